"""From a paper as read to its outline."""

from __future__ import annotations

from itertools import chain

from .form import read_form
from .front import find_title, find_year
from .grid import Grid, tables_of, text_tables
from .hints import MOST_HINTS, missing_slots, numbering_hints, text_hints, unassigned
from .items import (
    Choice,
    choose,
    keep_apart,
    make_item,
    make_sections,
    number_headings,
    section_of,
)
from .line import Line, running_lines
from .model import FoundItem, FoundSection, Hint, Outline, Place, Recurring
from .recurring import find_recurring
from .source import Source
from .table_context import captions_of, put_in_place
from .tables import TableReading, read_table
from .tree import Node, build
from .wrapping import Entry, read_entries


def analyse(source: Source, *, year: int | None = None, title: str = "") -> Outline:
    """The outline of a paper: sections, items with slots, recurring demands, hints.

    `year` and `title`, where given, win over what the paper says. Never raises
    on any text: a paper in which nothing is found has no items and a note.
    """
    running = [p.index for p in source.paragraphs if p.cell is None]
    grids = tables_of(source) + text_tables(source, running)
    tables, rest = _task_tables(grids, None)
    in_tables = {index for table in tables for index in table.paragraphs}
    forms, rest, in_forms = _forms(rest)
    lines = _lines(source, _running(source, running, rest, in_tables | in_forms), forms)
    entries = read_entries(lines, source.paragraphs)
    captions = captions_of(entries, tables)
    named = {e.line.pieces[0].paragraph for e in captions.values()} if len(tables) > 1 else set()
    found_title, title_entries = find_title(entries, named)
    titles = [text for table in tables for text in table.titles]
    title = title or found_title or next(iter(titles), "").replace("\n", "")
    year = year or find_year(title, entries, [found_title, *titles])
    if tables and year is not None:
        tables, _ = _task_tables(grids, year)
    root = build([entry for entry in entries if not any(entry is t for t in title_entries)])
    return _outline(source, root, entries, tables, captions, year, title)


def _task_tables(grids: list[Grid], year: int | None) -> tuple[list[TableReading], list[Grid]]:
    readings: list[TableReading] = []
    rest: list[Grid] = []
    for grid in grids:
        reading = read_table(grid, year, readings[-1] if readings else None)
        if reading is None:
            rest.append(grid)
        else:
            readings.append(reading)
    return readings, rest


def _forms(grids: list[Grid]) -> tuple[dict[int, list[Line]], list[Grid], set[int]]:
    """The lines of each form by its first paragraph, the other grids, all that forms hold."""
    forms: dict[int, list[Line]] = {}
    rest: list[Grid] = []
    inside: set[int] = set()
    for grid in grids:
        lines = read_form(grid)
        if lines is None:
            rest.append(grid)
        else:
            forms[min(grid.paragraphs)] = lines
            inside.update(grid.paragraphs)
    return forms, rest, inside


def _lines(source: Source, running: list[int], forms: dict[int, list[Line]]) -> list[Line]:
    """The lines to read as text, those of a form where the form stands."""
    lines: list[Line] = []
    for index in sorted({*running, *forms}):
        lines.extend(forms[index] if index in forms else running_lines(source, [index]))
    lines.sort(key=lambda line: (line.pieces[0].paragraph, line.pieces[0].start))
    return lines


def _running(
    source: Source, running: list[int], rest: list[Grid], in_tables: set[int]
) -> list[int]:
    """The paragraphs to read as text: all outside tables, and tables used for layout."""
    outside = [index for index in running if index not in in_tables]
    has_text = any(source.paragraphs[index].text.strip() for index in outside)
    for grid in rest:
        if all(source.paragraphs[index].cell is None for index in grid.paragraphs):
            continue
        columns = max((len({id(cell) for cell in row.values()}) for row in grid.rows), default=0)
        if columns == 1 or (not has_text and not in_tables):
            outside.extend(grid.paragraphs)
    return sorted(set(outside))


def _outline(
    source: Source,
    root: Node,
    entries: list[Entry],
    tables: list[TableReading],
    captions: dict[int, Entry],
    year: int | None,
    title: str,
) -> Outline:
    assigning = [table for table in tables if table.has_slots]
    choice = choose(root, measures=not tables)
    if choice.items and any(node.carries for node in choice.items):
        tables = assigning
    found = make_sections(choice)
    number_headings(choice.items)
    put_in_place(source, tables, entries, captions, found.values())
    items = [
        make_item(
            node,
            section=section_of(node, found),
            year=year,
            from_point=choice.from_points or node.inline,
        )
        for node in choice.items
    ]
    notes = list(source.notes)
    items, sections = _with_tables(items, list(found.values()), tables, notes)
    keep_apart(items)
    recurring = _recurring(source, root, found, tables)
    has_slots = any(node.carries for node in choice.items) or any(t.has_slots for t in tables)
    hints = _hints(root, choice, items, entries, source, tables)
    _note(notes, items, has_slots, choice)
    return Outline(title, year, sections, items, recurring, hints, has_slots, notes)


def _with_tables(
    items: list[FoundItem],
    sections: list[FoundSection],
    tables: list[TableReading],
    notes: list[str],
) -> tuple[list[FoundItem], list[FoundSection]]:
    """Items of text and tables in order, without a table that repeats the text."""
    for table in tables:
        headings = {item.heading for item in items}
        same = sum(item.heading in headings for item in table.items)
        if items and 2 * same > len(table.items):
            notes.append(f"附表中有 {same} 项与正文任务相同，未重复列出")
            continue
        items = items + table.items
        known = {(section.number, section.heading) for section in sections}
        sections = sections + [s for s in table.sections if (s.number, s.heading) not in known]
    return (
        sorted(items, key=lambda item: _order(item.place)),
        sorted(sections, key=lambda section: _order(section.place)),
    )


def _order(place: Place) -> tuple[int, int]:
    return place.paragraph, place.start


def _recurring(
    source: Source,
    root: Node,
    found: dict[int, FoundSection],
    tables: list[TableReading],
) -> list[Recurring]:
    demands: list[Recurring] = []
    for node in chain([root], root.walk()):
        section = section_of(node, found)
        for piece in [p for p in node.flow if isinstance(p, Line)] + node.after:
            demands.extend(find_recurring(piece, section))
    for table in tables:
        demands.extend(_recurring_in_table(source, table))
    return sorted(demands, key=lambda demand: _order(demand.place))


def _recurring_in_table(source: Source, table: TableReading) -> list[Recurring]:
    """Demands of the task columns; the deadline column is worded in the items themselves."""
    slots = {slot.place.paragraph for item in table.items for slot in item.slots}
    dues = {item.due_place.paragraph for item in table.items if item.due_place}
    demands: list[Recurring] = []
    rows = {
        index
        for item in table.items
        for index in range(item.place.paragraph, (item.place.last or item.place.paragraph) + 1)
    }
    for index in sorted(rows.intersection(table.paragraphs) - slots - dues):
        for line in running_lines(source, [index]):
            demands.extend(find_recurring(line, ""))
    return demands


def _hints(
    root: Node,
    choice: Choice,
    items: list[FoundItem],
    entries: list[Entry],
    source: Source,
    tables: list[TableReading],
) -> list[Hint]:
    whole = [entry.line for entry in entries if entry.clutter is None]
    whole += [
        line for table in tables for line in running_lines(source, sorted(set(table.paragraphs)))
    ]
    found = chain(
        text_hints(whole),
        numbering_hints(root),
        missing_slots(items),
        unassigned(root, choice.items) if any(n.carries for n in choice.items) else (),
    )
    hints = [hint for hint, _ in zip(found, range(MOST_HINTS), strict=False)]
    return sorted(hints, key=lambda hint: _order(hint.place))


def _note(notes: list[str], items: list[FoundItem], has_slots: bool, choice: Choice) -> None:
    if not items:
        notes.append("未识别到编号条目，可手工划分")
    elif choice.from_points:
        notes.append("正文没有单独编号的条目，已按段落中的“一要”“一是”列出，请逐条核对")
    if items and not has_slots:
        notes.append("未识别到责任槽位，可为每条补充空槽位")
