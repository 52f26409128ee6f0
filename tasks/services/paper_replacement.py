"""替换现有草稿: the same paper again, put in the place of the stored one.

Items whose text is at least 90 % the same stay the same rows, with their
slots and holders. What the new paper no longer has becomes void; what was
handed out is neither removed nor reworded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from accountability import pinyin
from accountability.door import Act
from accountability.models import StoredFile
from accountability.models.dated import holds_on
from accountability.refusals import Conflict, WrongState
from accountability.services import bulk
from accountability.services.audit import change
from tasks.models import (
    Assignment,
    ItemSlot,
    Paper,
    PaperNote,
    PaperSection,
    RecurringDemand,
    TaskItem,
    TaskState,
)
from tasks.outline.corrections import Node
from tasks.outline.model import FoundItem
from tasks.selectors.comparing import REPLACEABLE, compare_items, is_handed_out

from . import commitments, grants, paper_rows
from .paper_rows import ORDER_STEP, Reading
from .papers import check_outline, default_title, save_paper, set_reading

ITEM_FIELDS = (
    "section", "order", "number", "heading", "text", "category", "due_on", "due_text",
    "place", "heading_pinyin", "heading_initials", "version",
)  # fmt: skip
SLOT_FIELDS = ("label", "position", "fill", "is_by_hand", "is_dropped", "version")


@dataclass(slots=True)
class Outcome:
    """What replacing did, for the event."""

    added: int = 0
    changed: int = 0
    removed: list[TaskItem] = field(default_factory=list)
    units: list[int] = field(default_factory=list)


def replace_paper(
    act: Act,
    *,
    paper_id: int,
    source: StoredFile,
    reading: Reading,
    letters: commitments.Choice | None = None,
) -> Paper:
    """Put a new reading in the place of a stored paper, inside an open door.

    Raises `WrongState` when the paper is handed out in full, `Conflict` when
    it would remove an item that was handed out; then nothing changes. `letters`
    says what becomes of signed letters that print what changes (an empty slot of
    a handed-out task may be filled); `LettersConcerned` without a choice.
    """
    check_outline(reading.outline)
    paper = Paper.objects.select_for_update().get(pk=paper_id)
    if paper.state not in REPLACEABLE:
        raise WrongState("现有意见已印发，不能替换，可作为另一份意见导入。")
    stored = list(
        TaskItem.objects.select_for_update()
        .filter(paper=paper)
        .exclude(state=TaskState.VOID)
        .order_by("order")
    )
    tops = [item for item in stored if item.parent_id is None]
    found = compare_items(tops, reading.outline)
    outcome = Outcome(added=len(found.added), changed=len(found.changed))
    gone = set(found.removed)
    outcome.removed = [i for i in stored if i.pk in gone or i.parent_id in gone]
    _refuse_losing(outcome.removed)

    keep_title = paper.title != default_title(paper.year) and not reading.outline.title
    title, before = paper.title, paper.source
    paper.source = source
    set_reading(paper, reading)
    if keep_title:
        paper.title = title
        paper.title_pinyin, paper.title_initials = pinyin.text_keys(title)
    save_paper(paper)

    ordered = paper_rows.ordered_nodes(reading.outline)
    old_sections = list(PaperSection.objects.filter(paper=paper))
    sections = _sections(paper, ordered, old_sections)
    kept = {p.new: next(i for i in tops if i.pk == p.old) for p in found.pairs}
    top_nodes = [n for n in ordered if n.item is not None]
    taken = set(TaskItem.objects.filter(paper=paper).values_list("order", flat=True))
    orders = _orders([kept.get(int(n.key[1:])) for n in top_nodes], taken)
    _keep_items(reading, top_nodes, sections, kept, orders)
    outcome.units += _keep_slots(reading, kept)
    wanted = [
        (n.item, sections.get(n.parent), order)
        for n, order in zip(top_nodes, orders, strict=True)
        if n.item is not None and int(n.key[1:]) not in kept
    ]
    _, _, _, units = paper_rows.create_items(paper, wanted, reading)
    outcome.units += units
    _void(outcome, reading)
    grants.sync([*kept.values(), *outcome.removed])
    _drop_sections(paper, old_sections, sections)
    _demands(paper, reading)
    bulk.delete(list(PaperNote.objects.filter(paper=paper)))
    bulk.create(paper_rows.note_rows(paper, reading))
    _record(act, paper, before, outcome, kept=len(kept))
    commitments.settle(act, [row.pk for row in kept.values() if is_handed_out(row)], letters)
    return paper


def _refuse_losing(removed: Sequence[TaskItem]) -> None:
    lost = [item for item in removed if is_handed_out(item)]
    if lost:
        names = "、".join(item.number for item in lost[:10])
        raise Conflict(
            f"新文件中没有已下发的任务：{names}。请先核对文件，或将这些任务作废后再替换。",
            details={"issued": [str(item) for item in lost]},
        )


def _sections(
    paper: Paper, ordered: Sequence[Node], old: Sequence[PaperSection]
) -> dict[str, PaperSection]:
    """Headings that stand in both papers keep their rows; positions begin after the old ones."""
    base = max((s.position for s in old), default=-1) + 1
    free: dict[tuple[str, str], list[PaperSection]] = {}
    for section in old:
        free.setdefault((section.number, section.heading), []).append(section)
    known: dict[str, PaperSection] = {}
    for position, node in enumerate(ordered):
        if node.item is not None:
            continue
        same = free.get((node.found.number[:60], node.found.heading[:200]))
        if same:
            row = same.pop(0)
            for name, value in paper_rows.section_values(node.found).items():  # type: ignore[arg-type]
                setattr(row, name, value)
            row.position = base + position
            known[node.key] = row
    rows = paper_rows.create_sections(paper, ordered, known, first_position=base)
    for node in ordered:
        if node.key in known:
            known[node.key].parent = rows.get(node.parent)
    bulk.update(list(known.values()), ["parent", "position", "level", "text"])
    return rows


def _orders(rows: Sequence[TaskItem | None], taken: set[int]) -> list[int]:
    """An order for each item of the new paper: old ones stay where they can, others get gaps.

    The order of what is handed out never changes, for the lists of rights are
    sorted by it. No order that stood before is given to another row.
    """
    fixed: list[int | None] = []
    last = -1
    limits = [r.order for r in rows if r is not None and is_handed_out(r)]
    for row in rows:
        if row is None:
            fixed.append(None)
        elif is_handed_out(row):
            fixed.append(row.order)
            last = max(last, row.order)
            limits.remove(row.order)
        elif row.order > last and all(row.order < limit for limit in limits):
            fixed.append(row.order)
            last = row.order
        else:
            fixed.append(None)
    top = max([*taken, 0])
    orders: list[int] = []
    at = 0
    while at < len(fixed):
        here = fixed[at]
        if here is not None:
            orders.append(here)
            at += 1
            continue
        run = at
        while run < len(fixed) and fixed[run] is None:
            run += 1
        low = orders[-1] if orders else 0
        high = fixed[run] if run < len(fixed) else None
        count = run - at
        free: list[int] = []
        if high is not None and high > low:
            step = max(1, (high - low) // (count + 1))
            spot = low + step
            while spot < high and len(free) < count:
                if spot not in taken:
                    free.append(spot)
                    spot += step
                else:
                    spot += 1
        if len(free) < count:
            free = [top + ORDER_STEP * (i + 1) for i in range(count)]
            top = free[-1]
        taken.update(free)
        orders += free
        at = run
    return orders


def _keep_items(
    reading: Reading,
    top_nodes: Sequence[Node],
    sections: dict[str, PaperSection],
    kept: dict[int, TaskItem],
    orders: Sequence[int],
) -> None:
    """Kept rows take the new wording, unless they were handed out: then only their place."""
    rows: list[TaskItem] = []
    for node, order in zip(top_nodes, orders, strict=True):
        row = kept.get(int(node.key[1:]))
        if row is None or node.item is None:
            continue
        row.section = sections.get(node.parent)
        values = paper_rows.item_values(node.item, reading.source)
        if is_handed_out(row):
            values = {"place": values["place"]}
        else:
            row.order = order
            if node.item.due is None and row.due_on is not None:
                values.pop("due_on"), values.pop("due_text")
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        rows.append(row)
    bulk.update(rows, ITEM_FIELDS)


def _keep_slots(reading: Reading, kept: dict[int, TaskItem]) -> list[int]:
    """Slots of kept items: places renewed, holders untouched, new slots added.

    A slot that the new paper no longer has stays while somebody holds it (as
    one added by hand), else it is dropped.
    """
    ids = [row.pk for row in kept.values()]
    by_item: dict[int, list[ItemSlot]] = {}
    for slot in ItemSlot.objects.filter(item_id__in=ids):
        by_item.setdefault(slot.item_id, []).append(slot)
    held = set(
        Assignment.objects.filter(slot__item_id__in=ids)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=reading.on))
        .values_list("slot_id", flat=True)
    )
    changed: list[ItemSlot] = []
    fresh: list[tuple[ItemSlot, list[paper_rows.FoundSlot]]] = []
    filled: list[Assignment] = []
    units: list[int] = []
    for position, row in kept.items():
        item: FoundItem = reading.outline.items[position]
        old = {(s.kind, s.ordinal): s for s in by_item.get(row.pk, [])}
        for slot, places in paper_rows.slots_of(row, item, reading.source):
            known = old.pop((slot.kind, slot.ordinal), None)
            if known is None:
                if not is_handed_out(row):
                    fresh.append((slot, places))
                continue
            for name in ("label", "position", "fill", "is_by_hand"):
                setattr(known, name, getattr(slot, name))
            known.is_dropped = False
            known.version += 1
            changed.append(known)
            if known.pk not in held:
                holders, touched = paper_rows.holders_of(known, places, reading)
                filled += holders
                units += touched
        for rest in old.values():
            if rest.is_by_hand or rest.is_dropped:
                continue
            rest.fill = {}
            rest.is_by_hand = rest.pk in held or is_handed_out(row)
            rest.is_dropped = not rest.is_by_hand
            rest.version += 1
            changed.append(rest)
    bulk.update(changed, SLOT_FIELDS)
    _, touched = paper_rows.create_slots(fresh, reading)
    bulk.create(filled)
    return units + touched


def _void(outcome: Outcome, reading: Reading) -> None:
    """Draft items that the new paper no longer has; who held them holds them no more."""
    for item in outcome.removed:
        item.state = TaskState.VOID
        item.section = None
        item.version += 1
    bulk.update(outcome.removed, ["state", "section", "version"])
    holders = list(
        Assignment.objects.filter(holds_on(reading.on), item__in=outcome.removed).select_related(
            "post"
        )
    )
    for holder in holders:
        holder.valid_to = reading.on
        unit = holder.unit_id or (holder.post.unit_id if holder.post else None)
        if unit is not None:
            outcome.units.append(unit)
    bulk.update(holders, ["valid_to"])


def _drop_sections(
    paper: Paper, old: Sequence[PaperSection], sections: dict[str, PaperSection]
) -> None:
    """Headings that no longer stand in the paper; voided and split items let go of them first."""
    staying = {section.pk for section in sections.values()}
    gone = [section for section in old if section.pk not in staying]
    if not gone:
        return
    leaning = list(TaskItem.objects.filter(paper=paper, section__in=gone))
    for item in leaning:
        item.section = None
    bulk.update(leaning, ["section"])
    bulk.delete(sorted(gone, key=lambda section: -section.level))


def _demands(paper: Paper, reading: Reading) -> None:
    """周期要求 of the same wording keep their rows; those no longer there are unticked."""
    old = list(RecurringDemand.objects.filter(paper=paper))
    base = max((d.position for d in old), default=-1) + 1
    by_text = {demand.text: demand for demand in old}
    fresh: list[RecurringDemand] = []
    for row in paper_rows.demand_rows(paper, reading, first_position=base):
        known = by_text.pop(row.text, None)
        if known is None:
            fresh.append(row)
            continue
        for name in ("position", "section_number", "frequency", "times", "is_kept"):
            setattr(known, name, getattr(row, name))
    for demand in by_text.values():
        demand.is_kept = False
    bulk.update(old, ["position", "section_number", "frequency", "times", "is_kept"])
    bulk.create(fresh)


def _record(act: Act, paper: Paper, before: StoredFile, outcome: Outcome, *, kept: int) -> None:
    act.record(
        "paper.replace",
        paper,
        summary=(
            f"替换{paper.year}年度实施意见草稿：新增 {outcome.added} 项，"
            f"删除 {len(outcome.removed)} 项，修改 {outcome.changed} 项"
        ),
        changes=[
            change(
                "source",
                "原文件",
                f"{before.name}（SHA-256 {before.sha256}）",
                f"{paper.source.name}（SHA-256 {paper.source.sha256}）",
            ),
            change("kept", "保留的任务", "", kept),
            change("removed", "作废的任务", [str(i) for i in outcome.removed[:50]], ""),
        ],
        units=sorted(set(outcome.units)),
    )
