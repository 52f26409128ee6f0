"""Tables as grids of cells, merged ones carried to every place they cover."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .line import BLANK, Line, lines_of, spanning
from .model import Place
from .source import Cell, Paragraph, Source

_MOST_COLUMNS = 64
_EDGE = BLANK + "；;，,、|｜\n"
_MOST_CARRIED = 200_000


@dataclass(slots=True, eq=False)
class GridCell:
    """A cell with its lines; the same object stands wherever a merged cell reaches."""

    lines: list[Line] = field(default_factory=list)
    paragraphs: list[int] = field(default_factory=list)
    columns: int = 1
    at: Place | None = None

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def place(self) -> Place:
        if self.lines:
            return spanning(self.lines[0].whole(), self.lines[-1].whole())
        return self.at or Place(self.paragraphs[0], 0, 0)

    @property
    def fill(self) -> Place:
        """Where names stand in the cell, without separators around them."""
        if not self.text.strip(_EDGE):
            return self.lines[0].place(0, 0) if self.lines else self.place
        lines = [line for line in self.lines if line.text.strip(_EDGE)]
        first, last = lines[0], lines[-1]
        start = len(first.text) - len(first.text.lstrip(_EDGE))
        end = len(last.text.rstrip(_EDGE))
        return spanning(first.place(start, len(first.text)), last.place(0, end))


Row = dict[int, GridCell]


@dataclass(slots=True)
class Grid:
    """The rows of one table, top to bottom; each maps a column to its cell."""

    rows: list[Row]
    paragraphs: list[int]
    width: int


def tables_of(source: Source) -> list[Grid]:
    """The tables of a paper, in order."""
    by_table: dict[int, dict[tuple[int, int], tuple[Cell, GridCell]]] = {}
    for paragraph in source.paragraphs:
        if paragraph.cell is None:
            continue
        cells = by_table.setdefault(paragraph.cell.table, {})
        key = (paragraph.cell.row, paragraph.cell.column)
        _, cell = cells.setdefault(key, (paragraph.cell, GridCell()))
        cell.paragraphs.append(paragraph.index)
        cell.lines.extend(lines_of(paragraph))
    return [_grid(list(cells.values())) for _, cells in sorted(by_table.items())]


def _grid(cells: list[tuple[Cell, GridCell]]) -> Grid:
    numbers = sorted({cell.row for cell, _ in cells})
    position = {number: at for at, number in enumerate(numbers)}
    rows: list[Row] = [{} for _ in numbers]
    carried = 0
    for cell, content in cells:
        content.columns = min(max(cell.column_span, 1), _MOST_COLUMNS)
        first = position[cell.row]
        for at in range(first, len(rows)):
            if numbers[at] >= cell.row + max(cell.row_span, 1) or carried > _MOST_CARRIED:
                break
            for column in range(cell.column, cell.column + content.columns):
                carried += 1
                if at == first or column not in rows[at]:
                    rows[at][column] = content
    paragraphs = [index for _, content in cells for index in content.paragraphs]
    width = max((column for row in rows for column in row), default=-1) + 1
    return Grid(rows, paragraphs, width)


def text_tables(source: Source, indices: Iterable[int]) -> list[Grid]:
    """Runs of text lines whose columns are parted by tabs or upright bars."""
    grids: list[Grid] = []
    rows: list[Row] = []
    paragraphs: list[int] = []

    def close() -> None:
        if len(rows) >= 2:
            grids.append(Grid(list(rows), list(paragraphs), max(max(row) for row in rows) + 1))
        rows.clear()
        paragraphs.clear()

    for index in indices:
        paragraph = source.paragraphs[index]
        row = _text_row(paragraph)
        if row is None:
            if paragraph.text.strip(BLANK + "|-+: "):
                close()
            elif rows:
                paragraphs.append(index)
            continue
        rows.append(row)
        paragraphs.append(index)
    close()
    return grids


def _text_row(paragraph: Paragraph) -> Row | None:
    text = paragraph.text
    if "\n" in text or len(text) > 5000:
        return None
    separator = next((mark for mark in "\t|｜" if text.count(mark) >= 2), None)
    if separator is None or not text.strip(BLANK + "|-+: "):
        return None
    row: Row = {}
    start, column = 0, 0
    for at in range(len(text) + 1):
        if at < len(text) and text[at] != separator:
            continue
        line = Line.of(paragraph, start, at).cut(0, at - start) if at > start else None
        cell = GridCell([line] if line and line.text else [], [paragraph.index])
        cell.at = Place(paragraph.index, start, start)
        if not (column == 0 and separator != "\t" and not cell.lines):
            row[column] = cell
        column += 1
        start = at + 1
    return row if len(row) <= _MOST_COLUMNS else None
