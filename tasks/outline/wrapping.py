"""Joins lines that a hard line break cut inside a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .clutter import Clutter, abstract_lines, clutter_of, is_contact, looks_like_signer
from .form import CardName
from .form_line import FormLine
from .line import Line, joined
from .numbering import RANK, Label, Style, recognise, recognise_automatic
from .points import split_points
from .run_together import part
from .slots import starts_with_slot
from .source import Paragraph
from .unnumbered import CARD, mark_unnumbered

_ENDS = tuple("。！？!?；;：:…”》")
_GOES_ON = tuple("，,、（(“《—和与及的")
_NEEDS_SEQUENCE = frozenset(
    {Style.WORDED, Style.ROMAN, Style.DECIMAL_2, Style.DECIMAL_3, Style.DECIMAL_4}
)
_MOST_LINES = 60


@dataclass(slots=True)
class Entry:
    """One line of the paper with what its beginning says about it."""

    line: Line
    label: Label | None = None
    slot: bool = False
    clutter: Clutter | None = None
    level: int | None = None
    """How deep a heading without a number stands; None for everything else."""

    @property
    def plain(self) -> bool:
        return self.label is None and not self.slot and self.clutter is None and self.level is None


def read_entries(lines: list[Line], paragraphs: Sequence[Paragraph] = ()) -> list[Entry]:
    """The lines with numbers, slots and clutter recognised, broken sentences joined.

    `paragraphs` are those of the source, for what their look says about headings.
    """
    lines = [piece for line in lines for piece in part(line)]
    abstracts = abstract_lines(lines)
    entries = [
        Entry(line, clutter=Clutter.ABSTRACT if at in abstracts else None)
        for at, line in enumerate(lines)
    ]
    _label(entries, paragraphs)
    _mark_clutter(entries)
    mark_unnumbered(entries, paragraphs)
    return _join(entries)


def _label(entries: list[Entry], paragraphs: Sequence[Paragraph]) -> None:
    """Number each line whose number fits what came before it."""
    found = [None if entry.clutter else _recognised(entry.line, paragraphs) for entry in entries]
    trusted = _trusted_bare(found)
    last: dict[Style, int] = {}
    for at, (entry, label) in enumerate(zip(entries, found, strict=True)):
        if isinstance(entry.line, CardName) and label is None:
            entry.level = CARD
            continue
        entry.slot = isinstance(entry.line, FormLine) or starts_with_slot(entry.line.text)
        if label is None:
            continue
        if starts_with_slot(entry.line.text[label.end :]):
            # "1.责任领导：王强" lists slots; "1.责任单位：要切实……" is text and no slot.
            entry.slot = True
            continue
        if label.bare and label.style not in trusted:
            continue
        fits = label.value in (1, last.get(label.style, 0) + 1)
        before = entries[at - 1] if at else None
        cut = before is not None and before.line.text.endswith(("，", "、", "（", "(", "第"))
        if not fits and (cut or label.bare or label.style in _NEEDS_SEQUENCE):
            continue
        if "，" in label.raw and not fits:
            continue
        if label.style is Style.POINT and split_points(entry.line)[1]:
            continue  # 一是……。二是…… in one paragraph: points inside it, not its number.
        entry.label = label
        last[label.style] = label.value
        for style in Style:
            # A new outer number lets the inner ones begin anew or run on.
            if RANK[style] > RANK[label.style] and style in _NEEDS_SEQUENCE:
                last.pop(style, None)


def _recognised(line: Line, paragraphs: Sequence[Paragraph]) -> Label | None:
    piece = line.pieces[0]
    automatic = paragraphs[piece.paragraph].auto_label if paragraphs else ""
    if automatic and piece.start < len(automatic):
        return recognise_automatic(line.text, automatic)
    return recognise(line.text)


def _trusted_bare(labels: list[Label | None]) -> set[Style]:
    """Styles whose numbers without a mark (1 加强……) form a sequence 1, 2, …"""
    runs: dict[Style, list[int]] = {}
    for label in labels:
        if label is not None and label.bare:
            runs.setdefault(label.style, []).append(label.value)
    trusted = set()
    for style, values in runs.items():
        steps = [value == 1 or before + 1 == value for before, value in zip(values, values[1:])]  # noqa: B905, RUF007
        if len(values) >= 2 and values[0] == 1 and all(steps) and 2 in values:
            trusted.add(style)
    return trusted


def _mark_clutter(entries: list[Entry]) -> None:
    before = True
    annexes = False
    for entry in entries:
        if entry.clutter is not None:
            continue
        annexes = annexes and entry.label is not None and _names_annex(entry)
        if annexes:
            entry.clutter, entry.label = Clutter.TAIL, None
            continue
        if entry.label is not None:
            rest = entry.line.text[entry.label.end :]
            if is_contact(rest):
                entry.clutter, entry.label = Clutter.CONTACT, None
                continue
            if clutter_of(entry.line.text, before=False) in (Clutter.CONTENTS, Clutter.PAGE):
                entry.clutter, entry.label = Clutter.CONTENTS, None
                continue
            before = False
        elif not entry.slot and entry.level is None:
            entry.clutter = clutter_of(entry.line.text, before=before)
            annexes = entry.clutter is Clutter.TAIL and entry.line.text.startswith("附")
    _mark_signatures(entries)


def _names_annex(entry: Entry) -> bool:
    """2.联系表 under 附件：1.分工表 goes on with the list of annexes."""
    text = entry.line.text
    return (
        entry.label is not None
        and entry.label.style is Style.ARABIC
        and (len(text) <= 60 and "。" not in text)
    )


def _mark_signatures(entries: list[Entry]) -> None:
    """Names of issuers stand right above the date or the tail, or end the paper."""
    if len(entries) > 1:
        last = entries[-1]
        ends = last.line.text.endswith(("人民政府", "委员会", "办公室"))
        open_names = entries[-2].line.text.endswith(("、", "，", ","))
        if last.plain and ends and looks_like_signer(last.line.text) and not open_names:
            last.clutter = Clutter.SIGNATURE
    for at in range(len(entries) - 1, 0, -1):
        below = entries[at].clutter
        above = entries[at - 1]
        if (
            below in (Clutter.DATE, Clutter.TAIL, Clutter.ANNEX, Clutter.SIGNATURE)
            and above.plain
            and looks_like_signer(above.line.text)
        ):
            above.clutter = Clutter.SIGNATURE


def _width(text: str) -> int:
    return sum(2 if ord(character) >= 0x2E80 else 1 for character in text)


class _Widths:
    """How wide the lines of a paper are where its sentences are cut."""

    def __init__(self, entries: list[Entry]) -> None:
        self.cut: Counter[int] = Counter()
        self.all: Counter[int] = Counter()
        self.widest = 0
        for at, entry in enumerate(entries):
            if entry.clutter is not None:
                continue
            width = _width(entry.line.text)
            self.widest = max(self.widest, width)
            self.all[width] += 1
            follows = entries[at + 1] if at + 1 < len(entries) else None
            if (
                entry.plain
                and follows is not None
                and follows.plain
                and not entry.line.text.endswith(_ENDS)
            ):
                self.cut[width] += 1

    def is_cut(self, text: str) -> bool:
        """Whether a line of this width ends at the edge of the page."""
        width = _width(text)
        if not 24 <= width <= 140:
            return False
        near = sum(self.cut[w] for w in range(width - 4, width + 5))
        if near >= 2 or (near and width >= 50):
            return True
        if width < self.widest - 4:
            return False
        return sum(self.all[w] for w in range(self.widest - 4, self.widest + 1)) >= 3


def _join(entries: list[Entry]) -> list[Entry]:
    widths = _Widths(entries)
    result: list[Entry] = []
    run: list[Line] = []
    for entry in entries:
        head = result[-1] if result else None
        if (
            head is not None
            and head.clutter is None
            and entry.plain
            and len(run) < _MOST_LINES
            and _goes_on(head, run[-1].text, widths)
        ):
            run.append(entry.line)
            continue
        if len(run) > 1 and head is not None:
            head.line = joined(run)
        result.append(entry)
        run = [entry.line]
    if len(run) > 1 and result:
        result[-1].line = joined(run)
    return result


def _goes_on(head: Entry, text: str, widths: _Widths) -> bool:
    if head.label is not None and head.label.end >= len(text):
        return False
    if text.endswith(_GOES_ON):
        return not head.slot or text[-1] in "、，,（("
    bracket = max(text.rfind("（"), text.rfind("("))
    if bracket > max(text.rfind("）"), text.rfind(")")) and "：" in text[bracket:]:
        return True
    return not text.endswith(tuple("。！？!?：:")) and widths.is_cut(text)
