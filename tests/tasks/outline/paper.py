"""Small papers for the tests: sources built from text and from rows of cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tasks.outline.analyse import analyse
from tasks.outline.model import FoundItem, Outline, Place
from tasks.outline.source import Cell, Paragraph, Source

Span = tuple[str, int, int]


def source_of(text: str) -> Source:
    """One paragraph a line."""
    lines = enumerate(text.split("\n"))
    return Source("text", tuple(Paragraph(index, line, index + 1) for index, line in lines))


def table_of(rows: Sequence[Sequence[str | Span | None]], *, table: int = 0) -> Source:
    """A sheet; a cell is text or (text, rows, columns), None lies under a merged one."""
    paragraphs: list[Paragraph] = []
    for row, cells in enumerate(rows):
        column = 0
        for entry in cells:
            if entry is None:
                column += 1
                continue
            text, height, width = entry if isinstance(entry, tuple) else (entry, 1, 1)
            cell = Cell(table, row, column, height, width)
            for part in text.split("\n"):
                paragraphs.append(Paragraph(len(paragraphs), part, len(paragraphs), cell=cell))
            column += width
    return Source("xlsx", tuple(paragraphs))


def outline_of(text: str, *, year: int | None = None) -> Outline:
    return analyse(source_of(text), year=year)


def numbers(outline: Outline) -> list[str]:
    return [item.number for item in outline.items]


def headings(outline: Outline) -> list[str]:
    return [item.heading for item in outline.items]


def sections(outline: Outline) -> list[str]:
    return [section.number for section in outline.sections]


def slots(item: FoundItem) -> dict[str, list[str]]:
    """The paper's own labels and the values."""
    return {slot.label: slot.values for slot in item.slots}


def text_at(source: Source, place: Place) -> str:
    """The stretch of the source, paragraphs joined by line ends."""
    last = place.paragraph if place.last is None else place.last
    if last == place.paragraph:
        return source.paragraphs[last].text[place.start : place.end]
    middle = [source.paragraphs[index].text for index in range(place.paragraph + 1, last)]
    first = source.paragraphs[place.paragraph].text[place.start :]
    return "\n".join([first, *middle, source.paragraphs[last].text[: place.end]])


def places_of(outline: Outline) -> Iterable[Place]:
    for section in outline.sections:
        yield section.place
    for item in outline.items:
        yield item.place
        if item.due_place is not None:
            yield item.due_place
        for slot in item.slots:
            yield from (slot.place, slot.fill)
    yield from (demand.place for demand in outline.recurring)
    yield from (hint.place for hint in outline.hints)
