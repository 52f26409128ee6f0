"""Outline and source as JSON-able dictionaries: for the command line, and to keep a draft."""

from __future__ import annotations

from datetime import date
from typing import Any

from .model import (
    FoundItem,
    FoundSection,
    FoundSlot,
    Hint,
    Outline,
    Place,
    Recurring,
    SlotKind,
)
from .source import Cell, Paragraph, Source

Json = dict[str, Any]


def to_json_dict(outline: Outline, source: Source) -> Json:
    """What `import_opinion FILE --json` prints.

    Places name the paragraph from 0, the offsets in it, and the anchor in the
    file (a line number in a text).
    """
    return {
        "title": outline.title,
        "items": [_item(item) for item in outline.items],
        "sections": [
            {
                "number": section.number,
                "heading": section.heading,
                "level": section.level,
                "parent": section.parent,
                "place": _anchored(section.place, source),
            }
            for section in outline.sections
        ],
        "recurring": [
            {
                "text": demand.text,
                "frequency": demand.frequency,
                "times": demand.times,
                "section": demand.section,
                "place": _anchored(demand.place, source),
            }
            for demand in outline.recurring
        ],
        "hints": [
            {
                "code": hint.code,
                "message": hint.message,
                "excerpt": hint.excerpt,
                "suggestion": hint.suggestion,
                "place": _anchored(hint.place, source),
            }
            for hint in outline.hints
        ],
    }


def _item(item: FoundItem) -> Json:
    slots: dict[str, list[str]] = {}
    for slot in item.slots:
        values = slots.setdefault(slot.kind.standard_name, [])
        values.extend(value for value in slot.values if value not in values)
    return {
        "number": item.number,
        "heading": item.heading,
        "text": item.text,
        "slots": slots,
        "due": item.due.isoformat() if item.due else None,
        "due_text": item.due_text,
        "warnings": list(item.warnings),
    }


def _anchored(place: Place, source: Source) -> Json:
    kept = place_to_dict(place)
    kept["anchor"] = source.paragraphs[place.paragraph].anchor
    return kept


def place_to_dict(place: Place) -> Json:
    return {
        "paragraph": place.paragraph,
        "start": place.start,
        "end": place.end,
        "last": place.last,
    }


def place_from_dict(kept: Json) -> Place:
    return Place(kept["paragraph"], kept["start"], kept["end"], kept["last"])


def outline_to_dict(outline: Outline) -> Json:
    """Everything in the outline, to be kept as a draft."""
    return {
        "title": outline.title,
        "year": outline.year,
        "sections": [
            {
                "number": section.number,
                "heading": section.heading,
                "level": section.level,
                "place": place_to_dict(section.place),
                "text": section.text,
                "parent": section.parent,
            }
            for section in outline.sections
        ],
        "items": [_kept_item(item) for item in outline.items],
        "recurring": [
            {
                "text": demand.text,
                "frequency": demand.frequency,
                "times": demand.times,
                "place": place_to_dict(demand.place),
                "section": demand.section,
            }
            for demand in outline.recurring
        ],
        "hints": [
            {
                "code": hint.code,
                "message": hint.message,
                "place": place_to_dict(hint.place),
                "excerpt": hint.excerpt,
                "suggestion": hint.suggestion,
            }
            for hint in outline.hints
        ],
        "has_slots": outline.has_slots,
        "notes": list(outline.notes),
    }


def _kept_item(item: FoundItem) -> Json:
    return {
        "number": item.number,
        "heading": item.heading,
        "text": item.text,
        "place": place_to_dict(item.place),
        "section": item.section,
        "level": item.level,
        "slots": [
            {
                "kind": slot.kind.value,
                "label": slot.label,
                "values": list(slot.values),
                "place": place_to_dict(slot.place),
                "fill": place_to_dict(slot.fill),
                "confidence": slot.confidence,
                "reason": slot.reason,
            }
            for slot in item.slots
        ],
        "points": list(item.points),
        "due": item.due.isoformat() if item.due else None,
        "due_text": item.due_text,
        "due_place": place_to_dict(item.due_place) if item.due_place else None,
        "category": item.category,
        "warnings": list(item.warnings),
        "confidence": item.confidence,
        "reason": item.reason,
    }


def outline_from_dict(kept: Json) -> Outline:
    """The outline again, as `outline_to_dict` kept it."""
    return Outline(
        title=kept["title"],
        year=kept["year"],
        sections=[FoundSection(**_placed(section)) for section in kept["sections"]],
        items=[_item_again(item) for item in kept["items"]],
        recurring=[Recurring(**_placed(demand)) for demand in kept["recurring"]],
        hints=[Hint(**_placed(hint)) for hint in kept["hints"]],
        has_slots=kept["has_slots"],
        notes=list(kept["notes"]),
    )


def _placed(kept: Json) -> Json:
    return kept | {"place": place_from_dict(kept["place"])}


def _item_again(kept: Json) -> FoundItem:
    again = _placed(kept)
    again["slots"] = [
        FoundSlot(
            **(
                _placed(slot)
                | {"kind": SlotKind(slot["kind"]), "fill": place_from_dict(slot["fill"])}
            )
        )
        for slot in kept["slots"]
    ]
    again["due"] = date.fromisoformat(kept["due"]) if kept["due"] else None
    again["due_place"] = place_from_dict(kept["due_place"]) if kept["due_place"] else None
    return FoundItem(**again)


def source_to_dict(source: Source) -> Json:
    """The paper as read, to be kept beside the draft."""
    return {
        "kind": source.kind,
        "encoding": source.encoding,
        "notes": list(source.notes),
        "paragraphs": [_paragraph(paragraph) for paragraph in source.paragraphs],
    }


def _paragraph(paragraph: Paragraph) -> Json:
    """Only what differs from a plain paragraph is kept."""
    kept: Json = {"text": paragraph.text, "anchor": paragraph.anchor}
    if paragraph.auto_label:
        kept["auto_label"] = paragraph.auto_label
    if paragraph.style:
        kept["style"] = paragraph.style
    if paragraph.outline_level is not None:
        kept["outline_level"] = paragraph.outline_level
    if paragraph.in_text_box:
        kept["in_text_box"] = True
    if paragraph.strong:
        kept["strong"] = True
    if paragraph.cell is not None:
        cell = paragraph.cell
        kept["cell"] = [cell.table, cell.row, cell.column, cell.row_span, cell.column_span]
    return kept


def source_from_dict(kept: Json) -> Source:
    """The paper again, as `source_to_dict` kept it."""
    return Source(
        kind=kept["kind"],
        paragraphs=tuple(
            Paragraph(
                index=index,
                text=paragraph["text"],
                anchor=paragraph["anchor"],
                auto_label=paragraph.get("auto_label", ""),
                style=paragraph.get("style", ""),
                outline_level=paragraph.get("outline_level"),
                cell=Cell(*paragraph["cell"]) if "cell" in paragraph else None,
                in_text_box=paragraph.get("in_text_box", False),
                strong=paragraph.get("strong", False),
            )
            for index, paragraph in enumerate(kept["paragraphs"])
        ),
        encoding=kept["encoding"],
        notes=tuple(kept["notes"]),
    )
