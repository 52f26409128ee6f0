"""Writes slot values into the uploaded .docx in place; everything else stays as it was.

Only document.xml is changed, and in it only the places named. A value takes the style
of the stretch that it replaces, else of the text before it (the slot's label). The same
paper and entries give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise

from lxml import etree

from tasks.outline import archive, gate
from tasks.outline.docx_text import (
    MC_ALTERNATE,
    MC_CHOICE,
    MC_FALLBACK,
    W_P,
    W_PPR,
    W_R,
    W_RPR,
    W_T,
    W_VAL,
    XML_SPACE_ATTRIBUTE,
    Hidden,
    Piece,
    W,
    chain,
    read_body,
)
from tasks.outline.package import open_package
from tasks.outline.readers.docx import load_main, load_styles
from tasks.outline.readers.docx_styles import Styles, hidden_test, value_of
from tasks.outline.sentences import refuse
from tasks.outline.source import Paragraph

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MARK_CHANGES = [f"{W}{tag}" for tag in ("ins", "del", "moveFrom", "moveTo", "rPrChange")]
_NOT_COPIED = [
    f"{W}{tag}" for tag in ("numPr", "sectPr", "pPrChange", "pageBreakBefore", "outlineLvl")
]
# What stands before w:numPr in a w:pPr (CT_PPr is a sequence).
_BEFORE_NUMBER = {
    f"{W}{tag}"
    for tag in (
        "pStyle",
        "keepNext",
        "keepLines",
        "pageBreakBefore",
        "framePr",
        "widowControl",
    )
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A value: `text` replaces the stretch from `start` to `end` of the paragraph `anchor`.

    Offsets count the typed text, without an automatic number: see `entry_for`. A line
    end in `text` becomes a soft return, a tab a tab.
    """

    anchor: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class NewLine:
    """A paragraph `text` of its own after the paragraph `after_anchor`, in its style."""

    after_anchor: int
    text: str


def body_span(paragraph: Paragraph, start: int, end: int) -> tuple[int, int]:
    """Offsets of `Paragraph.text` as offsets of the typed text, without the automatic number."""
    label = len(paragraph.auto_label)
    return max(start - label, 0), max(end - label, 0)


def entry_for(paragraph: Paragraph, start: int, end: int, text: str) -> Entry:
    """The entry that writes `text` at the stretch of `Paragraph.text` from `start` to `end`."""
    begin, finish = body_span(paragraph, start, end)
    return Entry(paragraph.anchor, begin, finish, text)


def fill(original: bytes, entries: Sequence[Entry], new_lines: Sequence[NewLine] = ()) -> bytes:
    """The .docx with the entries and new lines written in.

    ValueError for a place that the paper does not have or entries that overlap: they
    then belong to another file. Refused for a file that the gates do not let in.
    """
    gate.admit(original, "paper.docx")
    package = open_package(original, "docx")
    root = load_main(package)
    filling = _Filling(root, load_styles(package), package.parts[package.main])
    for anchor, group in _by_anchor(entries).items():
        filling.write(anchor, group)
    filling.add_lines(new_lines)
    document = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return _repacked(original, package.main, document)


def _by_anchor(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    """The entries of each paragraph, last place first, none touching another's stretch."""
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.anchor, []).append(entry)
    for group in groups.values():
        group.sort(key=lambda entry: (entry.start, entry.end))
        for before, after in pairwise(group):
            if after.start < before.end:
                raise ValueError(f"entries overlap in paragraph {before.anchor}")
        group.reverse()
    return groups


class _Filling:
    """The paragraphs of one document, found by anchor and written to."""

    def __init__(self, root: etree._Element, styles: Styles, document: bytes) -> None:
        self._paragraphs: list[etree._Element] = list(root.iter(W_P))
        self._styles = styles
        self._hidden: Hidden | None = hidden_test(document, styles)

    def write(self, anchor: int, entries: Sequence[Entry]) -> None:
        for paragraph in self._with_twin(anchor):
            for entry in entries:
                self._write_one(chain(paragraph), entry)

    def add_lines(self, new_lines: Sequence[NewLine]) -> None:
        groups: dict[int, list[str]] = {}
        for line in new_lines:
            groups.setdefault(line.after_anchor, []).append(line.text)
        for anchor, texts in groups.items():
            for paragraph in self._with_twin(anchor):
                last = chain(paragraph)[-1]
                for text in texts:
                    last = self._line_after(paragraph, last, text)

    def _with_twin(self, anchor: int) -> list[etree._Element]:
        """The paragraph, and its copy in the other rendering of a text box."""
        if not 0 <= anchor < len(self._paragraphs):
            raise ValueError(f"no paragraph {anchor}")
        paragraph = self._paragraphs[anchor]
        found = [paragraph]
        for branch, other_tag in ((MC_CHOICE, MC_FALLBACK), (MC_FALLBACK, MC_CHOICE)):
            within = next(paragraph.iterancestors(branch), None)
            alternate = within.getparent() if within is not None else None
            if within is None or alternate is None or alternate.tag != MC_ALTERNATE:
                continue
            for other in alternate.iterchildren(other_tag):
                here, there = list(within.iter(W_P)), list(other.iter(W_P))
                position = here.index(paragraph)
                if len(here) == len(there) and self._text(there[position]) == self._text(paragraph):
                    found.append(there[position])
            break
        return found

    def _text(self, paragraph: etree._Element) -> str:
        return read_body(chain(paragraph), self._hidden).text

    def _write_one(self, parts: list[etree._Element], entry: Entry) -> None:
        pieces = read_body(parts, self._hidden).pieces
        length = sum(len(piece.text) for piece in pieces)
        if not 0 <= entry.start <= entry.end <= length:
            raise ValueError(f"no stretch {entry.start}–{entry.end} in paragraph {entry.anchor}")
        text = clean(entry.text)
        host, offset = _host(pieces, entry)
        if host is None:
            if text:
                parts[-1].append(self._new_run(parts[-1], text))
            return
        for piece in pieces:
            if piece.writable and piece.element.text != piece.text:
                _set_text(piece.element, piece.text)
        doomed = _cut(pieces, entry, host)
        if host.writable:
            _splice(host.element, offset, text)
        else:
            _add_beside(host.element, text, before=entry.end == 0)
        _drop_prompt_after(host.element)
        for element in doomed:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)

    def _new_run(self, paragraph: etree._Element, text: str) -> etree._Element:
        """A run for an empty paragraph: in the style of its mark, else of its left neighbour."""
        run = etree.Element(W_R)
        properties = paragraph.find(W_PPR)
        mark = properties.find(W_RPR) if properties is not None else None
        if mark is None or not len(mark):
            mark = _neighbour_style(paragraph)
        if mark is not None:
            run.append(_run_style(mark))
        run.extend(_text_elements(text))
        return run

    def _line_after(self, model: etree._Element, last: etree._Element, text: str) -> etree._Element:
        line = etree.Element(W_P)
        properties = last.find(W_PPR)
        section = properties.find(f"{W}sectPr") if properties is not None else None
        copied = etree.Element(W_PPR) if properties is None else deepcopy(properties)
        for tag in _NOT_COPIED:
            for child in copied.findall(tag):
                copied.remove(child)
        mark = copied.find(W_RPR)
        if mark is not None:
            copied.replace(mark, _run_style(mark))
        if self._styles.get(value_of(copied, "pStyle")).number_id:
            _without_number(copied)
        if section is not None:
            copied.append(section)  # moved: the section ends with the last of its lines
        if len(copied):
            line.append(copied)
        pieces = read_body(chain(model), self._hidden).pieces
        run = etree.SubElement(line, W_R)
        style = _style_of(pieces[-1].element) if pieces else mark
        if style is not None:
            run.append(_run_style(style))
        run.extend(_text_elements(clean(text)))
        last.addnext(line)
        return line


def clean(text: str) -> str:
    """Typed text as XML can carry it: no control characters, "\\n" for every line end."""
    return _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _host(pieces: list[Piece], entry: Entry) -> tuple[Piece | None, int]:
    """The piece in whose run the value is written, and the offset in it.

    The first piece of the replaced stretch; without one the piece before the place; at
    the very beginning the first piece.
    """
    at = 0
    before: tuple[Piece | None, int] = (None, 0)
    for piece in pieces:
        end = at + len(piece.text)
        if at <= entry.start < end and entry.end > entry.start:
            return piece, entry.start - at
        if at < entry.start <= end:
            before = (piece, entry.start - at)
        at = end
    if before[0] is None and pieces:
        return pieces[0], 0
    return before


def _cut(pieces: list[Piece], entry: Entry, host: Piece) -> list[etree._Element]:
    """Takes the replaced stretch out of the texts; returns the marks that must go entirely."""
    doomed = []
    at = 0
    for piece in pieces:
        end = at + len(piece.text)
        start, stop = max(entry.start, at), min(entry.end, end)
        if start < stop:
            if piece.writable:
                kept = piece.text[: start - at] + piece.text[stop - at :]
                _set_text(piece.element, kept)
                if piece.element is not host.element and not kept:
                    doomed.append(piece.element)
            else:
                doomed.append(piece.element)
        at = end
    return doomed


def _splice(element: etree._Element, at: int, text: str) -> None:
    """Puts `text` into a w:t; breaks and tabs in it split the element."""
    old = element.text or ""
    head, tail = old[:at], old[at:]
    if element.tag != W_T:
        _set_text(element, head + text.replace("\n", " ") + tail)
        return
    first, *rest = re.split("([\n\t])", text)
    if not rest:
        _set_text(element, head + first + tail)
        return
    _set_text(element, head + first)
    last = element
    for new in _text_elements("".join(rest) + tail):
        last.addnext(new)
        last = new


def _add_beside(mark: etree._Element, text: str, *, before: bool) -> None:
    """Puts `text` next to a tab, break or symbol, in the same run."""
    last = mark
    for new in _text_elements(text):
        if before:
            mark.addprevious(new)
        else:
            last.addnext(new)
            last = new


def _drop_prompt_after(element: etree._Element) -> None:
    """Removes a content control that only prompts (单击此处输入文字) where the value now stands."""
    run = next(element.iterancestors(W_R), None)
    following = run.getnext() if run is not None else None
    if (
        following is not None
        and following.tag == f"{W}sdt"
        and following.find(f"{W}sdtPr/{W}showingPlcHdr") is not None
    ):
        parent = following.getparent()
        if parent is not None:
            parent.remove(following)


def _set_text(element: etree._Element, text: str) -> None:
    element.text = text
    if element.tag == W_T and text != text.strip():
        element.set(XML_SPACE_ATTRIBUTE, "preserve")


def _text_elements(text: str) -> list[etree._Element]:
    elements = []
    for part in re.split("([\n\t])", text):
        if part == "\n":
            elements.append(etree.Element(f"{W}br"))
        elif part == "\t":
            elements.append(etree.Element(f"{W}tab"))
        elif part:
            element = etree.Element(W_T)
            _set_text(element, part)
            elements.append(element)
    return elements


def _style_of(element: etree._Element) -> etree._Element | None:
    run = next(element.iterancestors(W_R), None)
    return run.find(W_RPR) if run is not None else None


def _run_style(properties: etree._Element) -> etree._Element:
    """A copy of run properties without the tracked changes of where they came from."""
    style = deepcopy(properties)
    style.tail = None
    for tag in _MARK_CHANGES:
        for child in style.findall(tag):
            style.remove(child)
    return style


def _neighbour_style(paragraph: etree._Element) -> etree._Element | None:
    """The style of the nearest worded run before this one in the same table row."""
    cell = next(paragraph.iterancestors(f"{W}tc"), None)
    while cell is not None:
        cell = cell.getprevious()
        if cell is not None:
            for run in cell.iter(W_R):
                properties = run.find(W_RPR)
                if properties is not None and run.find(W_T) is not None:
                    return properties
    return None


def _without_number(properties: etree._Element) -> None:
    """Switches off the number that the paragraph's style would give it."""
    number = etree.Element(f"{W}numPr")
    etree.SubElement(number, f"{W}ilvl").set(W_VAL, "0")
    etree.SubElement(number, f"{W}numId").set(W_VAL, "0")
    position = sum(1 for child in properties if child.tag in _BEFORE_NUMBER)
    properties.insert(position, number)


def _repacked(original: bytes, main: str, document: bytes) -> bytes:
    """The package with its main part replaced; names, order, times and bits as they were."""
    out = io.BytesIO()
    replaced = False
    with zipfile.ZipFile(out, "w") as packed:
        for entry, content in archive.inflated(original):
            old = entry.info
            info = zipfile.ZipInfo(old.filename, old.date_time)
            info.compress_type = old.compress_type
            info.external_attr = old.external_attr
            info.create_system = old.create_system
            if old.filename.lower() == main:
                content = document
                info.compress_type = zipfile.ZIP_DEFLATED
                replaced = True
            packed.writestr(info, content)
    if not replaced:
        raise refuse("damaged")
    return out.getvalue()
