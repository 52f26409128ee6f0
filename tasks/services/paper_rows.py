"""The rows of a paper made from its outline: sections, items, slots, holders, demands, notes.

Set-wise: a constant number of statements, whatever the paper's length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accountability import pinyin
from accountability.selectors.directory import Candidate, Directory
from accountability.services import bulk
from tasks.models import (
    Assignment,
    ItemSlot,
    Paper,
    PaperNote,
    PaperSection,
    RecurringDemand,
    TaskItem,
)
from tasks.outline.corrections import BY_HAND, Node, nodes
from tasks.outline.model import FoundItem, FoundSection, FoundSlot, Outline, Place
from tasks.outline.source import Source
from tasks.selectors.comparing import whole_text
from tasks.selectors.matching import code_of, family_of

ORDER_STEP = 1000
"""Items stand this far apart, so that a later import puts one between without moving others."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A paper ready to be stored: its outline with all corrections, and what was decided.

    `keys` maps a value's code (matching.code_of) to a candidate's key; a value
    without one stays empty and becomes a note.
    """

    source: Source
    outline: Outline
    directory: Directory
    on: date
    keys: Mapping[str, str] = field(default_factory=dict)
    accepted_hints: frozenset[int] = frozenset()
    dropped_demands: frozenset[int] = frozenset()

    def candidate(self, slot: FoundSlot, value: str) -> Candidate | None:
        """Who or what a value of a slot means, as decided."""
        key = self.keys.get(code_of(family_of(slot.kind), value), "")
        return self.directory.by_key.get(key)


def place_of(place: Place, source: Source) -> dict[str, Any]:
    """A place as stored: paragraph and offsets of the reading, and the anchor in the file."""
    return {
        "paragraph": place.paragraph,
        "start": place.start,
        "end": place.end,
        "last": place.paragraph if place.last is None else place.last,
        "anchor": source.paragraphs[place.paragraph].anchor if source.paragraphs else 0,
    }


def fill_of(slot: FoundSlot, source: Source) -> dict[str, Any]:
    """Where the filled paper writes a slot's values; nothing for a slot added by hand.

    Offsets count from after the automatic number, which is not text in the file.
    A stretch over several paragraphs names the last one too.
    """
    if slot.reason == BY_HAND:
        return {}
    fill = slot.fill
    first = source.paragraphs[fill.paragraph]
    last = source.paragraphs[fill.paragraph if fill.last is None else fill.last]
    kept: dict[str, Any] = {
        "anchor": first.anchor,
        "start": max(0, fill.start - len(first.auto_label)),
        "end": max(0, fill.end - len(last.auto_label)),
    }
    if last.index != first.index:
        kept["last_anchor"] = last.anchor
    return kept


def section_values(section: FoundSection) -> dict[str, Any]:
    return {
        "level": max(1, section.level),
        "number": section.number[:60],
        "heading": section.heading[:200],
        "text": section.text,
    }


def item_values(item: FoundItem, source: Source) -> dict[str, Any]:
    """The fields of a task that come from the paper."""
    full, initials = pinyin.text_keys(item.heading)
    return {
        "number": item.number[:60],
        "heading": item.heading[:200],
        "text": whole_text(item),
        "category": item.category[:60],
        "due_on": item.due,
        "due_text": item.due_text[:80],
        "place": place_of(item.place, source),
        "heading_pinyin": full,
        "heading_initials": initials,
    }


def create_sections(
    paper: Paper,
    ordered: Sequence[Node],
    known: Mapping[str, PaperSection],
    *,
    first_position: int = 0,
) -> dict[str, PaperSection]:
    """The sections not in `known`, outer ones first; all sections by node key."""
    rows: dict[str, PaperSection] = dict(known)
    positions = {node.key: first_position + i for i, node in enumerate(ordered)}
    waiting = [n for n in ordered if n.item is None and n.key not in known]
    while waiting:
        ready = [n for n in waiting if not n.parent or n.parent in rows]
        made = [
            PaperSection(
                paper=paper,
                parent=rows.get(node.parent),
                position=positions[node.key],
                **section_values(node.found),  # type: ignore[arg-type]
            )
            for node in ready
        ]
        bulk.create(made)
        rows.update(zip((n.key for n in ready), made, strict=True))
        waiting = [n for n in waiting if n.key not in rows]
    return rows


def slots_of(
    item: TaskItem, found: FoundItem, source: Source
) -> list[tuple[ItemSlot, list[FoundSlot]]]:
    """An item's slots with what was found in the paper for each; one label is one slot."""
    by_label: dict[tuple[str, str], list[FoundSlot]] = {}
    for slot in found.slots:
        by_label.setdefault((slot.kind.value, slot.label[:20]), []).append(slot)
    ordinals: dict[str, int] = {}
    made: list[tuple[ItemSlot, list[FoundSlot]]] = []
    for position, ((kind, label), places) in enumerate(by_label.items()):
        ordinal = ordinals.get(kind, 0)
        ordinals[kind] = ordinal + 1
        row = ItemSlot(
            item=item,
            kind=kind,
            ordinal=ordinal,
            label=label,
            position=position,
            is_by_hand=places[0].reason == BY_HAND,
            fill=fill_of(places[0], source),
        )
        made.append((row, places))
    return made


def holders_of(
    slot: ItemSlot, places: Iterable[FoundSlot], reading: Reading
) -> tuple[list[Assignment], list[int]]:
    """The holders that the paper itself names for a slot, and the units that they touch."""
    rows: list[Assignment] = []
    units: list[int] = []
    seen: set[str] = set()
    for found in places:
        for value in found.values:
            candidate = reading.candidate(found, value)
            if candidate is None or candidate.key in seen:
                continue
            seen.add(candidate.key)
            rows.append(
                Assignment(
                    item_id=slot.item_id,
                    slot=slot,
                    position=len(rows),
                    valid_from=reading.on,
                    basis="原文",
                    **{f"{candidate.kind}_id": candidate.id},
                )
            )
            if candidate.unit_id is not None:
                units.append(candidate.unit_id)
    return rows, units


def create_slots(
    pairs: Sequence[tuple[ItemSlot, list[FoundSlot]]], reading: Reading
) -> tuple[int, list[int]]:
    """Store new slots with their holders; returns (holders, units touched)."""
    bulk.create([slot for slot, _ in pairs])
    holders: list[Assignment] = []
    units: list[int] = []
    for slot, places in pairs:
        rows, touched = holders_of(slot, places, reading)
        holders += rows
        units += touched
    bulk.create(holders)
    return len(holders), units


def create_items(
    paper: Paper,
    wanted: Sequence[tuple[FoundItem, PaperSection | None, int]],
    reading: Reading,
) -> tuple[list[TaskItem], int, int, list[int]]:
    """Store new items (found, section, order) with slots; (items, slots, holders, units)."""
    made = [
        TaskItem(
            county_id=paper.county_id,
            paper=paper,
            section=section,
            year=paper.year,
            order=order,
            **item_values(found, reading.source),
        )
        for found, section, order in wanted
    ]
    bulk.create(made)
    pairs = [
        pair
        for item, (found, _, _) in zip(made, wanted, strict=True)
        for pair in slots_of(item, found, reading.source)
    ]
    holders, units = create_slots(pairs, reading)
    return made, len(pairs), holders, units


def demand_rows(
    paper: Paper, reading: Reading, *, first_position: int = 0
) -> list[RecurringDemand]:
    """周期要求, ticked or not."""
    return [
        RecurringDemand(
            paper=paper,
            position=first_position + position,
            section_number=demand.section[:60],
            text=demand.text,
            frequency=demand.frequency,
            times=demand.times,
            is_kept=position not in reading.dropped_demands,
        )
        for position, demand in enumerate(reading.outline.recurring)
    ]


def note_rows(paper: Paper, reading: Reading) -> list[PaperNote]:
    """文稿校对 with what was accepted, and the values that match nobody (未匹配)."""
    rows = [
        PaperNote(
            paper=paper,
            code=hint.code,
            message=hint.message[:200],
            excerpt=hint.excerpt[:200],
            suggestion=hint.suggestion[:200],
            paragraph=hint.place.paragraph,
            start=hint.place.start,
            end=hint.place.end,
            is_accepted=position in reading.accepted_hints,
        )
        for position, hint in enumerate(reading.outline.hints)
    ]
    for item in reading.outline.items:
        for slot in item.slots:
            rows += [
                PaperNote(
                    paper=paper,
                    code="unmatched",
                    message=f"{item.number} {slot.label}“{value}”未匹配，槽位留空"[:200],
                    excerpt=value[:200],
                    paragraph=slot.fill.paragraph,
                    start=slot.fill.start,
                    end=slot.fill.end,
                )
                for value in slot.values
                if reading.candidate(slot, value) is None
            ]
    return rows


def ordered_nodes(outline: Outline) -> list[Node]:
    """Sections and items in the paper's order; see corrections.nodes."""
    return nodes(outline)
