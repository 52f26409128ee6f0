"""Where the task tables of a paper belong: beneath which chapter, under which caption."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from .clutter import Clutter
from .model import FoundSection, Place
from .source import Source
from .tables import TableReading
from .wrapping import Entry

_LONGEST_CAPTION = 40


def captions_of(entries: Sequence[Entry], tables: Sequence[TableReading]) -> dict[int, Entry]:
    """The line right above each table that names it, by the position of the table."""
    found: dict[int, Entry] = {}
    for number, table in enumerate(tables):
        entry = _above(entries, table)
        if entry is not None and entry.label is None and _is_caption(entry):
            found[number] = entry
    return found


def _is_caption(entry: Entry) -> bool:
    text = entry.line.text
    return (
        entry.clutter is None
        and not entry.slot
        and 2 <= len(text) <= _LONGEST_CAPTION
        and not text.endswith(tuple("。；：:，"))
        and not text.startswith(("（", "("))
    )


def _above(entries: Sequence[Entry], table: TableReading) -> Entry | None:
    first = min(table.paragraphs)
    above = None
    for entry in entries:
        if entry.line.pieces[0].paragraph >= first:
            break
        if entry.clutter in (None, Clutter.ANNEX):
            above = entry
    return above


def put_in_place(
    source: Source,
    tables: Sequence[TableReading],
    entries: Sequence[Entry],
    captions: dict[int, Entry],
    sections: Iterable[FoundSection],
) -> None:
    """Set the section of the tables' items: the chapter above, else what tells tables apart."""
    chapters = {section.place.paragraph: section for section in sections}
    for table in tables:
        chapter = _chapter(entries, table, chapters)
        if chapter is not None:
            _put_beneath(table, chapter.number, chapter.level)
    keys = Counter(key for table in tables for key in {(i.section, i.number) for i in table.items})
    known: set[str] = set()
    for number, table in enumerate(tables):
        if not any(keys[item.section, item.number] > 1 for item in table.items):
            continue
        name, place = _name(source, table, number, captions.get(number))
        while name in known:
            name += "′"
        known.add(name)
        _put_beneath(table, name, 1)
        table.sections.insert(0, FoundSection(name, name, 1, place))


def _chapter(
    entries: Sequence[Entry], table: TableReading, chapters: dict[int, FoundSection]
) -> FoundSection | None:
    """The numbered heading right above a table, or above the line that leads to it (如下：)."""
    first = min(table.paragraphs)
    chapter, direct = None, False
    for entry in entries:
        paragraph = entry.line.pieces[0].paragraph
        if paragraph >= first:
            break
        if entry.clutter is Clutter.ANNEX:
            chapter, direct = None, False
        elif entry.label is not None or entry.level is not None:
            chapter, direct = chapters.get(paragraph), True
        elif entry.clutter is None and not entry.line.text.startswith(("（", "(")):
            direct = direct and entry.line.text.endswith(("：", ":"))
    return chapter if direct else None


def _put_beneath(table: TableReading, number: str, level: int) -> None:
    renamed = {"": number}
    for section in table.sections:
        renamed[section.number] = f"{number}·{section.number}"
    for section in table.sections:
        section.parent = renamed[section.parent]
        section.number = renamed[section.number]
        section.level += level
    for item in table.items:
        item.section = renamed[item.section]
        item.level += level


def _name(
    source: Source, table: TableReading, number: int, caption: Entry | None
) -> tuple[str, Place]:
    first = min(table.paragraphs)
    if table.titles:
        index = next(i for i in sorted(table.paragraphs) if source.paragraphs[i].text.strip())
        text = "".join(table.titles[0].split())
        return text[:_LONGEST_CAPTION], Place(index, 0, len(source.paragraphs[index].text))
    if caption is not None:
        return caption.line.text, caption.line.whole()
    sheet = source.paragraphs[first].style if source.kind == "xlsx" else ""
    return sheet or f"表{number + 1}", Place(first, 0, 0)
