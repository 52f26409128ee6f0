"""Items of a task table (任务分解表, 台账): one for each row of the most specific column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .column import Content, Heading, read_header
from .form import cells_of as _cells
from .grid import Grid, GridCell, Row
from .heading import split_heading
from .items import set_due
from .line import spanning
from .model import FoundItem, FoundSection, FoundSlot, Place, SlotKind
from .numbering import recognise
from .slot_bracket import assigned_in_clauses
from .values import split_values

_HEADER_WITHIN = 12
_LONGEST_SUBHEADING = 4
_REMARK_ROW = re.compile(
    r"^(?:备?注|说明|填表说明|合计|总计|小计|填[报表]人|审核人|制表|联系人|单位负责人)\s*[:：]?"
)
_CHINESE_NUMBER = re.compile(r"[（(]?[一二三四五六七八九十]{1,3}[)）]?[、.．]?")
_LAST_DOT = " \t\u3000.．、。"


@dataclass(slots=True)
class TableReading:
    """The items and sections of one table; `paragraphs` are all that it took."""

    items: list[FoundItem] = field(default_factory=list)
    sections: list[FoundSection] = field(default_factory=list)
    paragraphs: list[int] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    has_slots: bool = False
    layout: _Layout | None = None
    width: int = 0


@dataclass(slots=True)
class _Layout:
    """The header of a table: its last row and the meaning of its columns."""

    last_row: int
    columns: dict[int, Heading]
    number: int | None
    tasks: list[int]
    """Task columns, the broadest first; the last is the items' own."""

    @property
    def heading(self) -> int:
        return self.tasks[-1]


def read_table(
    grid: Grid, year: int | None, before: TableReading | None = None
) -> TableReading | None:
    """The items of a table, or None where it is no table of tasks.

    A table without a header of its own goes on with the one `before` it, if its numbers do.
    """
    layout = _layout(grid)
    if layout is None and before is not None:
        layout = _continued(grid, before)
    if layout is None:
        return None
    reading = TableReading(paragraphs=grid.paragraphs, layout=layout, width=grid.width)
    reading.titles = [
        cell.text
        for row in grid.rows[: max(layout.last_row, 0)]
        for cell in _cells(row)[:1]
        if cell.lines
    ]
    reading.has_slots = any(
        heading.content in (Content.SLOT, Content.DEADLINE) for heading in layout.columns.values()
    )
    _Rows(grid, layout, reading, year).read()
    return reading if reading.items else None


def _continued(grid: Grid, before: TableReading) -> _Layout | None:
    """The layout of the table before, where the numbers of this one run on from its last."""
    layout = before.layout
    if layout is None or layout.number is None or grid.width != before.width or not grid.rows:
        return None
    first = grid.rows[0].get(layout.number)
    last = before.items[-1].number.partition("（")[0]
    number = first.text.strip(_LAST_DOT) if first is not None else ""
    if not (number.isdecimal() and last.isdecimal() and int(number) == int(last) + 1):
        return None
    return _Layout(-1, layout.columns, layout.number, layout.tasks)


def _layout(grid: Grid) -> _Layout | None:
    for at, row in enumerate(grid.rows[:_HEADER_WITHIN]):
        columns = _headings(row, {})
        if not _is_header(columns, row):
            continue
        last = at
        while last + 1 < len(grid.rows) and last < at + 2:
            below = grid.rows[last + 1]
            fresh = {c: cell for c, cell in below.items() if cell is not grid.rows[last].get(c)}
            deeper = _headings(fresh, grid.rows[last])
            named = [c for c, cell in fresh.items() if cell.lines]
            unknown = [column for column in named if column not in deeper]
            if not deeper or not _refines(deeper):
                break
            if any(not _is_subheading(below[c], grid.rows[last].get(c)) for c in unknown):
                break
            columns |= deeper
            last += 1
        return _arranged(last, columns, grid)
    return None


def _is_subheading(cell: GridCell, above: GridCell | None) -> bool:
    """A short word under a header cell that spans several columns."""
    return len(cell.text) <= _LONGEST_SUBHEADING and above is not None and above.columns > 1


def _refines(deeper: dict[int, Heading]) -> bool:
    return any(heading.content is not Content.NUMBER for heading in deeper.values())


def _headings(row: Row, above: Row) -> dict[int, Heading]:
    found: dict[int, Heading] = {}
    for column, cell in row.items():
        over = above[column].text if column in above else ""
        heading = read_header(cell.text, over)
        if heading is not None:
            found[column] = heading
    return found


def _is_header(columns: dict[int, Heading], row: Row) -> bool:
    cells = {id(row[column]) for column in columns}
    contents = {heading.content for heading in columns.values()}
    if len(cells) < 2 or Content.TASK not in contents:
        return False
    assigns = contents & {Content.SLOT, Content.DEADLINE}
    grouped = any(cell.columns > 1 and "责任" in cell.text for cell in row.values())
    return bool(assigns) or grouped or (Content.NUMBER in contents and len(cells) >= 3)


def _arranged(last: int, columns: dict[int, Heading], grid: Grid) -> _Layout | None:
    numbers = [c for c, heading in columns.items() if heading.content is Content.NUMBER]
    tasks = sorted(
        (heading.rank, column)
        for column, heading in columns.items()
        if heading.content is Content.TASK
    )
    ordered = [column for _, column in tasks]
    filled = [
        column
        for column in ordered
        if any(column in row and row[column].lines for row in grid.rows[last + 1 :])
    ]
    if not filled:
        return None
    return _Layout(last, columns, min(numbers, default=None), filled)


class _Rows:
    """Walks the rows beneath the header."""

    def __init__(
        self, grid: Grid, layout: _Layout, reading: TableReading, year: int | None
    ) -> None:
        self.grid, self.layout, self.reading, self.year = grid, layout, reading, year
        self.banner: FoundSection | None = None
        self.carried: dict[int, GridCell] = {}
        self.sections: dict[tuple[str, str], FoundSection] = {}
        self.item: FoundItem | None = None
        self.item_cell: GridCell | None = None
        self.numbers: dict[int, int] = {}
        column = layout.number
        self.counts_in_digits = column is not None and any(
            column in row and row[column].text.strip(_LAST_DOT).isdigit() for row in grid.rows
        )

    def read(self) -> None:
        last = self.layout.last_row
        header = [cell.text for cell in _cells(self.grid.rows[last])] if last >= 0 else []
        for row in self.grid.rows[self.layout.last_row + 1 :]:
            cells = _cells(row)
            filled = [cell for cell in cells if cell.lines]
            if not filled or [cell.text for cell in cells] == header:
                continue
            if _REMARK_ROW.match(filled[0].text):
                continue
            if self._is_banner(row, filled):
                self._open_banner(filled[0])
                continue
            if self._is_numbered_section(row):
                self._open_banner(row[self.layout.heading], row)
                continue
            self._read_row(row)

    def _is_banner(self, row: Row, filled: list[GridCell]) -> bool:
        """A row of one text over the whole width names what follows."""
        only = filled[0]
        if len(filled) > 1 or only is self.item_cell:
            return False
        if only.columns >= max(2, self.grid.width - 1):
            return True
        label = recognise(only.text)
        first = row.get(min(row)) is only
        return first and label is not None and row.get(self.layout.heading) is not only

    def _is_numbered_section(self, row: Row) -> bool:
        """A row 一 | 压实责任 with nothing assigned, above rows 1, 2, …"""
        column = self.layout.number
        number = row.get(column) if column is not None else None
        own = row.get(self.layout.heading)
        if number is None or own is None or not own.lines or own is number:
            return False
        if not _CHINESE_NUMBER.fullmatch(number.text) or not self.counts_in_digits:
            return False
        return not any(
            row[c].lines
            for c, heading in self.layout.columns.items()
            if c in row and heading.content in (Content.SLOT, Content.DEADLINE)
        )

    def _open_banner(self, cell: GridCell, row: Row | None = None) -> None:
        number = row[self.layout.number].text if row and self.layout.number is not None else ""
        self.banner = self._section(cell, parent="", level=1, number=number)
        self.carried.clear()

    def _section(
        self, cell: GridCell, *, parent: str, level: int, number: str = ""
    ) -> FoundSection:
        text = cell.text
        if number:
            text = number.strip(_LAST_DOT) + ("" if number.endswith(tuple("）)")) else "、") + text
        key = (parent, text)
        if key in self.sections:
            return self.sections[key]
        label = recognise(text)
        known = {section.number for section in self.sections.values()}
        heading, _ = split_heading(text[label.end :] if label else text)
        number = label.canonical if label else heading
        if parent:
            number = parent + number if label else f"{parent}·{number}"
        while number in known:
            number += "′"
        section = FoundSection(number, heading, level, cell.place, parent=parent)
        self.sections[key] = section
        self.reading.sections.append(section)
        return section

    def _read_row(self, row: Row) -> None:
        own = row.get(self.layout.heading)
        for column in self.layout.tasks[:-1]:
            cell = row.get(column)
            if cell is not None and cell.lines:
                if self.carried.get(column) is not cell:
                    self._forget_narrower(column)
                self.carried[column] = cell
        if own is not None and own is self.item_cell and self.item is not None:
            self._add_slots(self.item, row)
            return
        if own is None or not own.lines:
            own = self._stand_in(row)
            if own is None:
                if self.item is not None:
                    self._add_slots(self.item, row)
                return
        self._open_item(row, own)

    def _forget_narrower(self, column: int) -> None:
        at = self.layout.tasks.index(column)
        for narrower in self.layout.tasks[at + 1 :]:
            self.carried.pop(narrower, None)

    def _stand_in(self, row: Row) -> GridCell | None:
        """A row without its most specific column is named by the next broader one."""
        for column in reversed(self.layout.tasks[:-1]):
            cell = row.get(column)
            if cell is not None and cell.lines and cell is not self.item_cell:
                return cell
        return None

    def _open_item(self, row: Row, own: GridCell) -> None:
        parent = self.banner.number if self.banner else ""
        level = 2 if self.banner else 1
        category = ""
        for column in self.layout.tasks[:-1]:
            cell = self.carried.get(column)
            if cell is None or cell is own:
                continue
            section = self._section(cell, parent=parent, level=level)
            parent, level = section.number, level + 1
            category = category or section.heading
        label = recognise(own.text)
        full = own.text[label.end :] if label else own.text
        heading, text = split_heading(full)
        if label is not None and any(recognise(line.text) for line in own.lines[1:]):
            # A list of measures: the first number is not the row's, and the text keeps it.
            label, text = None, own.text
        item = FoundItem(
            number=self._number(row, label.canonical if label else ""),
            heading=heading,
            text=text,
            place=_row_place(row),
            section=parent,
            level=level,
            category=category or (self.banner.heading if self.banner else ""),
        )
        self.item, self.item_cell = item, own
        self.reading.items.append(item)
        self._add_slots(item, row)

    def _number(self, row: Row, own: str) -> str:
        column = self.layout.number
        cell = row.get(column) if column is not None else None
        if cell is not None and cell.lines:
            label = recognise(cell.text.strip() + " ") if len(cell.text) < 12 else None
            written = cell.text.strip(_LAST_DOT).replace("\n", "")
            number = label.canonical if label and not label.bare else written
            count = self.numbers.get(id(cell), 0) + 1
            self.numbers[id(cell)] = count
            if count == 2 and self.reading.items:
                self.reading.items[-1].number += "（1）"
            return number if count == 1 else f"{number}（{count}）"
        return own or str(len(self.reading.items) + 1)

    def _add_slots(self, item: FoundItem, row: Row) -> None:
        for column in sorted(self.layout.columns):
            heading = self.layout.columns[column]
            cell = row.get(column)
            if cell is None or (column - 1 in row and row[column - 1] is cell and cell.columns > 1):
                continue
            if heading.content is Content.DEADLINE:
                if cell.lines or item.due_place is None:
                    self._add_due(item, cell)
            elif heading.content is Content.SLOT and heading.slot and heading.slot.kind:
                self._add_slot(item, heading, cell)

    def _add_due(self, item: FoundItem, cell: GridCell) -> None:
        wording = cell.text
        if wording and wording in item.due_text:
            return
        if item.due_text:
            wording = f"{item.due_text}；{wording}"
        set_due(item, wording, cell.place, self.year)

    def _add_slot(self, item: FoundItem, heading: Heading, cell: GridCell) -> None:
        assert heading.slot is not None
        assert heading.slot.kind is not None
        if heading.slot.kind is SlotKind.RESPONSIBLE_UNIT and "牵头" in cell.text:
            stated = [
                slot
                for line in cell.lines
                for slot in assigned_in_clauses(line, 0, len(line.text.rstrip("。；")))[0]
            ]
            if stated:
                item.slots.extend(stated)
                return
        values = split_values(cell.text)
        for slot in item.slots:
            if slot.label == heading.word and slot.kind is heading.slot.kind:
                slot.values.extend(value for value in values if value not in slot.values)
                return
        item.slots.append(
            FoundSlot(
                heading.slot.kind,
                heading.word,
                values,
                cell.place,
                cell.fill,
                heading.slot.confidence,
                heading.slot.reason,
            )
        )


def _row_place(row: Row) -> Place:
    """From the first filled cell of the row to the last."""
    places = [cell.place for cell in _cells(row) if cell.lines]
    first = min(places, key=lambda place: (place.paragraph, place.start))
    last = max(places, key=lambda place: (place.last or place.paragraph, place.end))
    return spanning(first, last)
