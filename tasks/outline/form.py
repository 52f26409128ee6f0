"""Reads forms: tables in which a label stands in one cell and its value in the next.

A form gives slots to the item above it, or is a card (任务卡) that names its task itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .column import Content, read_header
from .form_line import FormLine, FoundDeadline
from .grid import Grid, GridCell, Row
from .line import Line, Piece, spanning
from .model import FoundSlot
from .slot_label import Meaning, meaning
from .slots import COLONS, starts_with_slot
from .values import split_values

_EDGE = COLONS + " \t\u3000\n"


@dataclass(frozen=True, slots=True)
class CardName(Line):
    """The line that names the task of a card; `number` as the card states it."""

    number: str = ""


def read_form(grid: Grid) -> list[Line] | None:
    """The form's lines in order, slots among them; None where it is no form."""
    lines: list[Line] = []
    found = False
    number = ""
    at = 0
    while at < len(grid.rows):
        row = grid.rows[at]
        cells = cells_of(row)
        below = cells_of(grid.rows[at + 1]) if at + 1 < len(grid.rows) else []
        if _is_label_row(cells) and len(below) == len(cells) and not any(map(_label, below)):
            lines.extend(map(_slot_line, cells, below))
            found, at = True, at + 2
            continue
        column = 0
        while column < len(cells):
            cell = cells[column]
            value = cells[column + 1] if column + 1 < len(cells) else None
            if value is not None and _label(value) is None and _is_slot(cell):
                lines.append(_slot_line(cell, value))
                found, column = True, column + 2
                continue
            content = _content(cell) if value is not None else None
            if content is Content.NUMBER and value is not None and len(value.text) < 12:
                number, column = value.text.strip(" .．、"), column + 2
                continue
            if content is Content.TASK and value is not None and value.lines:
                lines.extend(_task_lines(value, number, lines))
                number, column = "", column + 2
                continue
            lines.extend(cell.lines)
            found = found or starts_with_slot(cell.text)
            column += 1
        at += 1
    return lines if found else None


def cells_of(row: Row) -> list[GridCell]:
    """The row's cells from left to right, a merged one once."""
    result: list[GridCell] = []
    for column in sorted(row):
        if not any(cell is row[column] for cell in result):
            result.append(row[column])
    return result


def _label(cell: GridCell) -> Meaning | None:
    return meaning(cell.text.strip(_EDGE)) if 0 < len(cell.text) < 24 else None


def _is_slot(cell: GridCell) -> bool:
    return _label(cell) is not None


def _is_label_row(cells: list[GridCell]) -> bool:
    return len(cells) > 1 and all(map(_is_slot, cells))


def _content(cell: GridCell) -> Content | None:
    heading = read_header(cell.text.strip(_EDGE))
    return heading.content if heading else None


def _task_lines(value: GridCell, number: str, before: Iterable[Line]) -> list[Line]:
    """The first task cell of a card names it, the others are its text."""
    latest = next((line for line in reversed(list(before)) if _marks(line)), None)
    if isinstance(latest, CardName):
        return list(value.lines)
    first = value.lines[0]
    return [CardName(first.text, first.pieces, number), *value.lines[1:]]


def _marks(line: Line) -> bool:
    return isinstance(line, CardName | FormLine)


def _slot_line(cell: GridCell, value: GridCell) -> FormLine:
    found = _label(cell)
    assert found is not None
    word = "".join(cell.text.strip(_EDGE).split())
    pieces: tuple[Piece, ...] = cell.lines[0].pieces[:1]
    if found.kind is None:
        return FormLine("", pieces, (), FoundDeadline(value.text, value.place, word))
    slot = FoundSlot(
        kind=found.kind,
        label=word,
        values=split_values(value.text),
        place=spanning(cell.place, value.place),
        fill=value.fill,
        confidence=found.confidence,
        reason=found.reason,
    )
    return FormLine("", pieces, (slot,), None)
