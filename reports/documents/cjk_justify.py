"""Justification of Chinese lines for WeasyPrint 70, which stretches spaces only.

A Chinese line that is a character or two short, because a closing mark may not begin the
next one (避头尾), keeps a ragged right edge: 72 of 241 lines were 5–22 mm short. This
shares the missing width out between the characters of the line. Figures and Latin words
are not pulled apart.

It replaces `weasyprint.layout.inline.justify_line` and
`weasyprint.text.line_break.Layout.set_text`, which are private; hence the pinned version
and the stress test in tests/reports/documents/test_justification.py.
"""

from __future__ import annotations

import re
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text import line_break
from weasyprint.text.ffi import TO_UNITS, ffi, pango

_CJK = re.compile(
    "[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
    "\u2014\u2018\u2019\u201c\u201d\u2026\u00b7]"
)
_TIGHT = re.compile("[\x21-\x7e\u200b]+")  # stretches that keep their spacing
MAX_GAP_EM = 0.25  # a line that would need wider gaps stays ragged

_justify_line = inline.justify_line
_set_text = line_break.Layout.set_text


def install() -> None:
    """Put the justification in place; once is enough, twice does no harm."""
    inline.justify_line = justify_line
    line_break.Layout.set_text = set_text


def justify_line(context: Any, line: Any, extra_width: float) -> None:
    """Fill the line's missing width, in pixels; lines without Chinese go WeasyPrint's way."""
    pieces = _text_boxes(line)
    text = "".join(piece.text for piece in pieces).rstrip()
    if not _CJK.search(text):
        _justify_line(context, line, extra_width)
        return
    gaps = _gaps(text)
    if not gaps:
        return
    spacing = extra_width / gaps
    if spacing <= MAX_GAP_EM * pieces[0].style["font_size"]:
        _Spread(context, spacing, pieces).move(line, 0.0)


def set_text(self: Any, text: str, justify: bool = False) -> None:
    """As WeasyPrint's, but a layout with `cjk_spacing` is drawn with it between characters."""
    spacing = getattr(self, "cjk_spacing", 0.0)
    if not (justify and spacing):
        _set_text(self, text, justify)
        return
    word_spacing, self.justification_spacing = self.justification_spacing, 0
    try:
        _set_text(self, text, justify)
    finally:
        self.justification_spacing = word_spacing
    _space_out(self, spacing)


def _text_boxes(box: Any) -> list[Any]:
    if isinstance(box, boxes.TextBox):
        return [box]
    if isinstance(box, (boxes.LineBox, boxes.InlineBox)):
        return [t for c in box.children if c.is_in_normal_flow() for t in _text_boxes(c)]
    return []


def _gaps(text: str) -> float:
    """How many gaps the text offers: whole between two wide characters, half beside Latin."""
    if len(text) < 2:
        return 0.0
    wide = len(text) - sum(map(len, _TIGHT.findall(text)))
    return wide - (_wide(text[0]) + _wide(text[-1])) / 2


def _wide(char: str) -> bool:
    return not _TIGHT.match(char)


class _Spread:
    """Moves the boxes of one line apart and hands each text its share of the width."""

    def __init__(self, context: Any, spacing: float, pieces: list[Any]) -> None:
        self.context = context
        self.spacing = spacing
        texts = [piece.text for piece in pieces]
        texts[-1] = texts[-1].rstrip()
        # what each text grows by inside itself, and the gap between it and the next
        self.shares = {
            id(piece): (_gaps(text), _gaps(text[-1:] + following[:1]))
            for piece, text, following in zip(pieces, texts, [*texts[1:], ""], strict=True)
        }

    def move(self, box: Any, shift: float) -> float:
        """Move a box right by `shift`, stretch what is in it, return the shift behind it."""
        if isinstance(box, boxes.TextBox):
            return self._stretch(box, shift)
        if isinstance(box, (boxes.LineBox, boxes.InlineBox)):
            box.position_x += shift
            start = shift
            for child in box.children:
                if child.is_in_normal_flow():
                    shift = self.move(child, shift)
            box.width += shift - start
        else:
            box.translate(shift, 0)
        return shift

    def _stretch(self, box: Any, shift: float) -> float:
        box.position_x += shift
        inside, behind = self.shares[id(box)]
        layout = line_break.create_layout(box.text, box.style, self.context, None, 0)
        layout.cjk_spacing = self.spacing
        layout.deactivate()
        box.pango_layout = layout
        box.width += self.spacing * inside
        return shift + self.spacing * (inside + behind)


def _space_out(layout: Any, spacing: float) -> None:
    """Give every wide character of a Pango layout the extra letter spacing, in pixels."""
    base = layout.style["letter_spacing"]
    units = int(((0 if base == "normal" else base) + spacing) * TO_UNITS)
    attributes = pango.pango_layout_get_attributes(layout.layout)
    if attributes == ffi.NULL:
        attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    start = 0
    for tight in [*_TIGHT.finditer(layout.text), None]:
        end = tight.start() if tight else len(layout.text)
        if end > start:
            attribute = pango.pango_attr_letter_spacing_new(units)
            attribute.start_index = len(layout.text[:start].encode())
            attribute.end_index = len(layout.text[:end].encode())
            pango.pango_attr_list_change(attributes, attribute)
        start = tight.end() if tight else end
    pango.pango_layout_set_attributes(layout.layout, attributes)
