"""What stands in the slots of a paper on a day, and where the filled paper writes it.

The paper's own wording is never altered: where a slot's text already names who holds it,
it stays as typed. A constant number of queries, whatever the paper's length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Prefetch

from accountability.models import Post, Tenure
from accountability.models.dated import holds_on
from accountability.selectors.directory import Candidate, Directory, directory, post_candidate
from tasks.models import Assignment, ItemSlot, Paper, TaskItem, TaskState
from tasks.outline.export import source_from_dict
from tasks.outline.source import Paragraph, Source
from tasks.outline.values import split_values

JOINER = "、"
# What may follow a value without a blank between them.
_CLOSERS = frozenset("；;，,、。）)】]〕| \t\u3000\u00a0\n")


@dataclass(frozen=True, slots=True)
class SlotValue:
    """One slot on that day. `text` is what a table shows, "" while nobody holds it.

    `written` is what the filled paper writes at the slot's place; None leaves the place
    as it is.
    """

    slot: ItemSlot
    text: str
    written: str | None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A task with its slots in the order of the paper."""

    item: TaskItem
    slots: tuple[SlotValue, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` takes the stretch from `start` to `end` of the paragraph `anchor`.

    Offsets count the typed text, without the automatic number.
    """

    anchor: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class AddedLine:
    """A line of its own for a slot added by hand, after the paragraph `after`."""

    after: int
    label: str
    value: str

    @property
    def text(self) -> str:
        return f"{self.label}：{self.value}"


@dataclass(slots=True)
class PaperRows:
    """A paper as it stands on a day: its text as read, its tasks, who holds them."""

    paper: Paper
    day: date
    source: Source
    items: list[ItemRow]
    edits: list[Edit] = field(default_factory=list)
    lines: list[AddedLine] = field(default_factory=list)
    slot_paragraphs: frozenset[int] = frozenset()
    """The paragraphs in which slots stand, by index: their tables are tables of tasks."""


def paper_rows(paper: Paper, *, on: date, with_drafts: bool = True) -> PaperRows:
    """The paper's tasks and slots on `on`.

    Without drafts what is not handed out yet is left out of tables, and its slots stay
    as the paper has them: it is the office's alone.
    """
    source = read_source(paper)
    items = list(
        TaskItem.objects.filter(paper=paper)
        .exclude(state=TaskState.VOID)
        .select_related("section")
        .order_by("order", "id")
    )
    if not with_drafts:
        items = [item for item in items if item.state != TaskState.DRAFT]
    slots: dict[int, list[ItemSlot]] = defaultdict(list)
    for slot in ItemSlot.objects.filter(item__paper=paper, is_dropped=False).order_by(
        "item_id", "position", "id"
    ):
        slots[slot.item_id].append(slot)
    known = directory(paper.county_id, on=on)
    holders = _holders(paper, known)
    places = _Places(source)
    rows = [
        ItemRow(
            item,
            tuple(_value(slot, holders.get(slot.pk, []), places, known) for slot in slots[item.pk]),
        )
        for item in items
    ]
    found = PaperRows(paper, on, source, rows)
    top = [row for row in rows if row.item.parent_id is None]
    found.edits = list(_edits(top, places))
    found.lines = list(_added_lines(top, places))
    found.slot_paragraphs = frozenset(
        stretch[0].index
        for row in rows
        for value in row.slots
        for stretch in places.stretches(value.slot.fill)
    )
    return found


def read_source(paper: Paper) -> Source:
    """The text that was read from the paper's file."""
    if not paper.reading:
        return Source(kind=paper.source_kind, paragraphs=())
    return source_from_dict(paper.reading)


def _holders(paper: Paper, known: Directory) -> dict[int, list[Candidate]]:
    """Who holds each slot on the directory's day, in order."""
    rows = list(
        Assignment.objects.on(known.day)
        .filter(item__paper=paper)
        .select_related("unit", "group")
        .order_by("slot_id", "position", "id")
    )
    missing = {row.post_id for row in rows if row.post_id} - {
        candidate.id for candidate in known.candidates() if candidate.kind == "post"
    }
    others = {post.pk: post_candidate(post) for post in _posts(missing, known.day)}
    held: dict[int, list[Candidate]] = defaultdict(list)
    for row in rows:
        held[row.slot_id].append(_candidate(row, known, others))
    return held


def _posts(ids: Iterable[int], day: date) -> Iterable[Post]:
    """Seats that the directory does not offer (staff, abolished), with their holders."""
    tenures = Tenure.objects.filter(holds_on(day)).select_related("person")
    return (
        Post.objects.filter(pk__in=ids)
        .select_related("unit")
        .prefetch_related(
            Prefetch("tenures", queryset=tenures.order_by("is_acting", "id"), to_attr="held_now")
        )
    )


def _candidate(row: Assignment, known: Directory, others: dict[int, Candidate]) -> Candidate:
    if row.post_id:
        return known.by_key.get(f"p{row.post_id}") or others[row.post_id]
    kind, held = ("unit", row.unit) if row.unit is not None else ("group", row.group)
    assert held is not None
    found = known.by_key.get(f"{kind[0]}{held.pk}")
    return found or Candidate(f"{kind[0]}{held.pk}", kind, held.pk, held.name, "", (), ())


def _value(
    slot: ItemSlot, held: Sequence[Candidate], places: _Places, known: Directory
) -> SlotValue:
    typed = places.text(slot.fill).strip()
    values = split_values(typed)
    keys = {candidate.key for candidate in held}
    meant = {
        value: keys & {candidate.key for candidate in known.resolve(value, slot.kind)}
        for value in values
    }
    named = set().union(*meant.values())
    if values and slot.version == 1:
        # Nobody touched it since the import: the paper's words stand, unless a seat that
        # they name has passed to somebody else.
        if all(c.key in named for c in held if c.kind == "post"):
            return SlotValue(slot, typed, None)
    elif values and keys and keys == named and all(meant.values()):
        return SlotValue(slot, typed, None)
    words = []
    for candidate in held:
        own = next((v for v in values if candidate.key in meant[v]), "")
        words.append(own or candidate.label)
    text = JOINER.join(dict.fromkeys(words))
    if not text and not values:
        return SlotValue(slot, "", None)
    return SlotValue(slot, text, text)


class _Places:
    """Finds the stretches of the source that slots and items name."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.by_anchor = {paragraph.anchor: paragraph for paragraph in source.paragraphs}

    def stretches(self, fill: dict[str, Any]) -> list[tuple[Paragraph, int, int]]:
        """The paragraphs that a fill runs over, each with offsets of its typed text."""
        first = self.by_anchor.get(fill["anchor"]) if fill else None
        if first is None:
            return []
        last = self.by_anchor.get(fill.get("last_anchor", fill["anchor"]), first)
        found = []
        for paragraph in self.source.paragraphs[first.index : last.index + 1]:
            length = len(typed_text(paragraph))
            start = fill["start"] if paragraph is first else 0
            end = fill["end"] if paragraph is last else length
            found.append((paragraph, min(start, length), min(end, length)))
        return found

    def text(self, fill: dict[str, Any]) -> str:
        """What the source has there."""
        return "\n".join(typed_text(p)[start:end] for p, start, end in self.stretches(fill))

    def last_anchor(self, row: ItemRow) -> int | None:
        """The paragraph after which a slot added by hand is written."""
        ends = [
            stretches[-1][0].index
            for value in row.slots
            if not value.slot.is_by_hand and (stretches := self.stretches(value.slot.fill))
        ]
        index = max(ends) if ends else row.item.place.get("last")
        if index is None or not 0 <= index < len(self.source.paragraphs):
            return None
        return self.source.paragraphs[index].anchor


def typed_text(paragraph: Paragraph) -> str:
    """A paragraph's text without its automatic number."""
    return paragraph.text[len(paragraph.auto_label) :]


def _edits(rows: Sequence[ItemRow], places: _Places) -> Iterator[Edit]:
    """One edit a stretch: a merged cell that several tasks share is written once."""
    wanted: dict[tuple[int, int, int], list[SlotValue]] = {}
    stretches: dict[tuple[int, int, int], list[tuple[Paragraph, int, int]]] = {}
    for row in rows:
        for value in row.slots:
            found = places.stretches(value.slot.fill)
            if not found:
                continue
            paragraph, start, end = found[0]
            key = (paragraph.index, start, end)
            wanted.setdefault(key, []).append(value)
            stretches.setdefault(key, found)
    done: dict[int, int] = {}
    for key in sorted(wanted):
        values = wanted[key]
        if all(value.written is None for value in values):
            continue
        paragraph, start, end = stretches[key][0]
        if start < done.get(paragraph.index, 0):
            continue
        texts = [part for v in values for part in v.text.split(JOINER) if part]
        text = JOINER.join(dict.fromkeys(texts))
        yield Edit(paragraph.anchor, start, end, _set_apart(paragraph, start, end, text))
        done[paragraph.index] = end
        for later, begin, finish in stretches[key][1:]:
            if begin < finish:
                yield Edit(later.anchor, begin, finish, "")
                done[later.index] = finish


def _set_apart(paragraph: Paragraph, start: int, end: int, text: str) -> str:
    """The value with the colon that its label lacks, and a blank before what follows."""
    typed = typed_text(paragraph)
    before, after = typed[:start].rstrip(), typed[end : end + 1]
    if not text:
        return text
    if before and before[-1] not in "：:" and paragraph.cell is None and not typed[start:end]:
        text = "：" + text
    return text + "\u3000" if after and after not in _CLOSERS else text


def _added_lines(rows: Sequence[ItemRow], places: _Places) -> Iterator[AddedLine]:
    """Lines for slots added by hand; several tasks in one paragraph name themselves."""
    found: list[tuple[int, TaskItem, SlotValue]] = []
    for row in rows:
        added = [value for value in row.slots if value.slot.is_by_hand or not value.slot.fill]
        anchor = places.last_anchor(row) if added else None
        if anchor is not None:
            found += [(anchor, row.item, value) for value in added]
    tasks: dict[int, set[int]] = defaultdict(set)
    for anchor, item, _ in found:
        tasks[anchor].add(item.pk)
    for anchor, item, value in found:
        own = f"（{own_number(item)}）" if len(tasks[anchor]) > 1 else ""
        yield AddedLine(anchor, own + value.slot.label, value.text)


def own_number(item: TaskItem) -> str:
    """The last part of a task's path number: 1 of 三（二）1, 一要 of 二一要."""
    section = item.section.number if item.section is not None else ""
    return item.number.removeprefix(section) or item.number
