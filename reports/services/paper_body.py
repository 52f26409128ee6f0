"""The text of an uploaded paper, with its slots filled, as an official paper's content.

What stands around the text is put where GB/T 9704-2012 has it: number and addressee above,
signature and date below, copies in the imprint. Site notices are left out and reported.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from reports.documents.content import (
    Annex,
    Block,
    Column,
    Heading,
    HeadingLevel,
    Paragraph,
    SlotLine,
    Table,
)
from reports.selectors.paper_slots import AddedLine, Edit, PaperRows
from tasks.outline.clutter import Clutter
from tasks.outline.front import find_title
from tasks.outline.line import Line, running_lines
from tasks.outline.numbering import Style
from tasks.outline.source import Paragraph as Read
from tasks.outline.source import Source
from tasks.outline.wrapping import Entry, read_entries

LONGEST_HEADING = 60
_LEVELS: dict[Style, HeadingLevel] = {
    Style.PART: 1,
    Style.CHAPTER: 1,
    Style.CHINESE: 1,
    Style.SECTION: 2,
    Style.CHINESE_BRACKET: 2,
    Style.ARABIC: 3,
    Style.DECIMAL_2: 3,
    Style.DECIMAL_3: 4,
    Style.ARABIC_BRACKET: 4,
}
_SENTENCE_END = re.compile("[。！？!?]")
_BRACKETED_SLOT = re.compile(r"[（(【\[][^（()）【】\[\]。，]{2,14}[：:]")
_NUMBER = re.compile(r"^\D{1,16}[〔\[（(【]\s*20\d\d\s*[〕\])）】]\s*第?\s*\d+\s*号")
_DAY = re.compile(r"(20\d\d)年\s*(\d{1,2})月\s*(\d{1,2})日")
_COPIES = re.compile(r"^抄\s*[送报][:：]?\s*")
_ATTACHED = re.compile(r"^附\s*件?\s*\d{0,2}\s*[:：]\s*")
_PRINTED = re.compile(r"^(.{2,40}?)\s*(20\d\d年\d{1,2}月\d{1,2}日)印发?$")
_ORDINAL = re.compile(r"^\d{1,2}\s*[.．、]\s*")
_SILENT = frozenset({Clutter.PAGE, Clutter.CONTENTS, Clutter.HEAD})


@dataclass(slots=True)
class Body:
    """What the paper's text says, sorted by the element of the standard it belongs to."""

    blocks: list[Block] = field(default_factory=list)
    number: str = ""
    addressee: str = ""
    signature: str = ""
    dated: date | None = None
    note: str = ""
    copies_to: str = ""
    printed_by: str = ""
    printed_on: date | None = None
    attachments: list[str] = field(default_factory=list)
    annexes: list[Annex] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_body(rows: PaperRows) -> Body:
    """The paper's text with the slots filled; tables of tasks are left out.

    A table of tasks is one in which slots stand: the annex lists it.
    """
    return _Reader(rows).read()


class _Filled:
    """The source's paragraphs with the edits in them."""

    def __init__(self, source: Source, edits: Iterable[Edit]) -> None:
        self.source = source
        anchors = {paragraph.anchor: paragraph for paragraph in source.paragraphs}
        self.edits: dict[int, list[Edit]] = defaultdict(list)
        for edit in edits:
            paragraph = anchors.get(edit.anchor)
            if paragraph is not None:
                shift = len(paragraph.auto_label)
                self.edits[paragraph.index].append(
                    Edit(edit.anchor, edit.start + shift, edit.end + shift, edit.text)
                )
        for found in self.edits.values():
            found.sort(key=lambda edit: (edit.start, edit.end))

    def text(self, line: Line) -> str:
        """A line's text, the edits within it or in the blanks behind it made."""
        return "".join(
            self._piece(piece.paragraph, piece.start, piece.start + piece.length)
            for piece in line.pieces
        )

    def _piece(self, index: int, start: int, end: int) -> str:
        text = self.source.paragraphs[index].text
        written: list[str] = []
        at = start
        for edit in self.edits.get(index, ()):
            behind = edit.start > end and not text[end : edit.start].strip(" \t\u3000\u00a0")
            if edit.start < start or (edit.start > end and not behind):
                continue
            written += [text[at : min(edit.start, end)], edit.text]
            at = max(at, min(edit.end, end))
        written.append(text[at:end])
        return "".join(written)


class _Reader:
    """Goes through the entries of a paper once and sorts them."""

    def __init__(self, rows: PaperRows) -> None:
        self.source = source = rows.source
        self.filled = _Filled(source, rows.edits)
        self.slot_paragraphs = rows.slot_paragraphs
        self.body = Body()
        self.taken: Entry | None = None
        self.into: list[Block] = self.body.blocks
        by_anchor = {paragraph.anchor: paragraph.index for paragraph in source.paragraphs}
        self.added: dict[int, list[AddedLine]] = defaultdict(list)
        for line in rows.lines:
            if line.after in by_anchor:
                self.added[by_anchor[line.after]].append(line)
        self.tables: dict[int, list[Read]] = defaultdict(list)
        for paragraph in source.paragraphs:
            if paragraph.cell is not None:
                self.tables[paragraph.cell.table].append(paragraph)

    def read(self) -> Body:
        layout = {number for number, cells in self.tables.items() if _is_layout(cells)}
        running = [
            p.index for p in self.source.paragraphs if p.cell is None or p.cell.table in layout
        ]
        entries = read_entries(running_lines(self.source, running))
        _, title = find_title(entries)
        waiting = {
            cells[0].index: cells
            for number, cells in self.tables.items()
            if number not in layout and self._is_kept(cells)
        }
        started, above = False, bool(title)
        for position, entry in enumerate(entries):
            first = entry.line.pieces[0].paragraph
            for index in sorted(i for i in waiting if i < first):
                self.into.append(self._table(waiting.pop(index)))
            if any(entry is t for t in title):
                above = False
            elif above and entry.plain:
                self.body.left_out.append(entry.line.text)
            else:
                self._sort(entry, _plain_after(entries, position), started=started)
            started = started or entry.label is not None
            self._add_lines(entries, position)
        self.into += [self._table(waiting[index]) for index in sorted(waiting)]
        self._close_annex()
        return self.body

    def _is_kept(self, cells: list[Read]) -> bool:
        """Whether a table is printed where it stands: no slots in it, some text."""
        return any(p.text.strip() for p in cells) and not any(
            p.index in self.slot_paragraphs or p.index in self.added for p in cells
        )

    def _add_lines(self, entries: list[Entry], position: int) -> None:
        """Lines added by hand, once their paragraph's last entry is through."""
        here = {piece.paragraph for piece in entries[position].line.pieces}
        if position + 1 < len(entries):
            here -= {piece.paragraph for piece in entries[position + 1].line.pieces}
        for index in sorted(here):
            for line in self.added.get(index, ()):
                self.into.append(SlotLine(line.label, line.value))

    def _sort(self, entry: Entry, below: Entry | None, *, started: bool) -> None:
        body, kind = self.body, entry.clutter
        text = self.filled.text(entry.line).strip()
        if not text or self.taken is entry:
            return
        if kind is None:
            if below is not None and entry.label is not None and entry.label.end >= len(text):
                # A number on a line of its own: what it numbers is the line below.
                blank = "\u3000" if text.startswith("第") else ""
                text += blank + self.filled.text(below.line).strip()
                self.taken = below
            self.into.append(_block(entry, text))
        elif kind is Clutter.HEAD:
            if not body.number and _NUMBER.match(text):
                body.number = text
        elif kind is Clutter.ADDRESS and not started and not body.addressee:
            body.addressee = text.rstrip("：:")
        elif kind is Clutter.ADDRESS:
            self.into.append(Paragraph(text))
        elif kind is Clutter.SIGNATURE:
            body.signature = text
        elif kind is Clutter.DATE:
            body.dated = _day(text) or body.dated
        elif kind is Clutter.ANNEX:
            self._close_annex()
            self.into = []
        elif kind is Clutter.TAIL:
            self._tail(text)
        elif kind is Clutter.CONTACT:
            joined = [body.note, text.strip("（）()")]
            body.note = "；".join(part for part in joined if part)
        elif kind not in _SILENT:
            body.left_out.append(text)

    def _tail(self, text: str) -> None:
        body = self.body
        printed = _PRINTED.match(text)
        if _COPIES.match(text):
            body.copies_to = _COPIES.sub("", text)
        elif _ATTACHED.match(text):
            body.attachments.append(_ORDINAL.sub("", _ATTACHED.sub("", text)))
        elif printed is not None:
            body.printed_by, body.printed_on = printed[1], _day(printed[2])
        elif text.strip("（）()").startswith(("此件", "本件")):
            body.note = text.strip("（）()")
        else:
            body.left_out.append(text)

    def _close_annex(self) -> None:
        """An annex of the paper's own: its first line is its title."""
        if self.into is self.body.blocks or not self.into:
            return
        first, *rest = self.into
        if isinstance(first, Paragraph) and len(first.text) <= LONGEST_HEADING:
            self.body.annexes.append(Annex(first.text, tuple(rest)))
        else:
            self.body.annexes.append(Annex("附件", tuple(self.into)))

    def _table(self, cells: list[Read]) -> Block:
        """A table of the text; merged cells repeat their words in every row they span."""
        rows = max(c.row + c.row_span for p in cells if (c := p.cell))
        width = max(c.column + c.column_span for p in cells if (c := p.cell))
        texts: list[list[str]] = [[""] * width for _ in range(rows)]
        across: dict[int, bool] = {}
        for paragraph in cells:
            cell = paragraph.cell
            assert cell is not None
            line = Line.of(paragraph, 0, len(paragraph.text))
            text = self.filled.text(line).strip()
            across[cell.row] = across.get(cell.row, False) or cell.column_span == width
            for row in range(cell.row, cell.row + cell.row_span):
                old = texts[row][cell.column]
                texts[row][cell.column] = f"{old}\n{text}" if old and text else old or text
        head = next((r for r in range(rows) if not across.get(r)), 0)
        found: list[tuple[str, ...] | str] = [
            row[0] if across.get(number) else tuple(row)
            for number, row in enumerate(texts)
            if number != head and any(row)
        ]
        return Table(tuple(Column(text) for text in texts[head]), tuple(found))


def _is_layout(cells: list[Read]) -> bool:
    """A table of one column only frames running text."""
    return all(p.cell is not None and p.cell.column == 0 for p in cells)


def _plain_after(entries: list[Entry], position: int) -> Entry | None:
    below = entries[position + 1] if position + 1 < len(entries) else None
    return below if below is not None and below.plain else None


def _block(entry: Entry, text: str) -> Block:
    if entry.slot:
        word, colon, value = text.partition("：")
        return SlotLine(word, value) if colon and "\n" not in word else Paragraph(text)
    label = entry.label
    level = _LEVELS.get(label.style) if label is not None else None
    if label is None or level is None:
        return Paragraph(text)
    sentence = _SENTENCE_END.search(text, label.end)
    slot = _BRACKETED_SLOT.search(text, label.end)
    ends = [found for found in (sentence and sentence.end(), slot and slot.start()) if found]
    end = min(ends, default=len(text))
    if end > LONGEST_HEADING:
        return Paragraph(text)
    return Heading(level, text[:end], text[end:].lstrip())


def _day(text: str) -> date | None:
    found = _DAY.search(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
