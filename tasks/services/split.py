"""拆分任务（M03）: sub-tasks with deadline, measure of done, milestones and their own slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max, Min
from django.utils import timezone

from accountability import pinyin
from accountability.access.actions import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.refusals import Conflict, Invalid, WrongState
from accountability.selectors.directory import directory
from accountability.services import audit, bulk
from tasks import slips
from tasks.models import (
    TASK_TRANSITIONS,
    Assignment,
    ItemSlot,
    Milestone,
    Paper,
    PaperState,
    TaskItem,
    TaskState,
)
from tasks.outline.model import STANDARD_NAMES, SlotKind
from tasks.selectors.held import Cell, cells_of

from . import commitments
from .slots import REASON_WANTED, CellChange, Changes, fill, members_by_group, units_of

MAX_SUB_ITEMS = 40
MAX_MILESTONES = 24


@dataclass(frozen=True, slots=True)
class SubItem:
    """What a sub-task is to be. `holders` maps slot kinds to keys (p12, u5, g3) in order."""

    heading: str
    due_on: date | None = None
    measure: str = ""
    milestones: Sequence[tuple[date, str]] = ()
    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)


def add(*, by: Actor, item: TaskItem, sub: SubItem) -> TaskItem:
    """Split a sub-task off `item`; its number is the parent's with -1, -2 …

    It is a draft until it is handed out. Raises `Invalid` or `WrongState`.
    """
    with acting(by=by) as act:
        require(by, Action.TASK_EDIT)
        paper, parent = _locked(item)
        _check(parent, sub)
        order = _free_order(parent)
        siblings = TaskItem.objects.filter(parent=parent).count()
        if siblings >= MAX_SUB_ITEMS:
            raise Invalid(f"一项任务最多拆分为 {MAX_SUB_ITEMS} 项，请合并后再拆分。")
        full, initials = pinyin.text_keys(sub.heading)
        made = TaskItem(
            county_id=parent.county_id,
            paper=paper,
            section_id=parent.section_id,
            parent=parent,
            year=parent.year,
            order=order,
            number=f"{parent.number}-{siblings + 1}",
            heading=sub.heading.strip(),
            measure=sub.measure.strip(),
            due_on=sub.due_on,
            category=parent.category,
            heading_pinyin=full,
            heading_initials=initials,
        )
        _clean(made)
        made.save()
        _write_milestones(made, sub.milestones)
        units = _begin_slots(made, sub.holders)
        act.record(
            "task.split",
            made,
            summary=f"拆分 {parent.number}，新增 {made.number} {made.heading}",
            changes=[
                audit.change("heading", "任务", "", made.heading),
                audit.change("due_on", "完成时限", "", made.due_on),
                audit.change("measure", "完成标准", "", made.measure),
            ],
            units=sorted(units),
        )
    return made


def edit(
    *,
    by: Actor,
    item: TaskItem,
    sub: SubItem,
    version: int,
    reason: str = "",
    letters: commitments.Choice | None = None,
) -> TaskItem:
    """Change a sub-task that was seen at `version`; its number stays.

    Raises `Conflict` when it was changed meanwhile, with both versions; a
    deadline of what is handed out wants a reason (调整依据). `letters` says what
    becomes of signed letters that print it; `LettersConcerned` without a choice.
    """
    with acting(by=by, reason=reason.strip()) as act:
        require(by, Action.TASK_EDIT)
        paper, parent = _locked(_parent_of(item))
        found = TaskItem.objects.select_for_update().get(pk=item.pk)
        _open(found)
        if found.version != version:
            raise Conflict(
                "这项任务已由他人修改，请核对后再保存。",
                details={
                    "mine": {"heading": sub.heading, "due_on": sub.due_on, "measure": sub.measure},
                    "theirs": {
                        "heading": found.heading,
                        "due_on": found.due_on,
                        "measure": found.measure,
                    },
                },
            )
        _check(parent, sub)
        values: dict[str, Any] = {
            "heading": sub.heading.strip(),
            "due_on": sub.due_on,
            "measure": sub.measure.strip(),
        }
        changes = audit.differences(found, values)
        if found.state == TaskState.ISSUED and found.due_on != sub.due_on and not reason.strip():
            raise Invalid(REASON_WANTED, details={"reason": [REASON_WANTED]})
        before, heading = _told_milestones(found), found.heading
        for name, value in values.items():
            setattr(found, name, value)
        found.heading_pinyin, found.heading_initials = pinyin.text_keys(found.heading)
        found.version += 1
        _clean(found)
        _write_milestones(found, sub.milestones)
        after = _told_milestones(found)
        if before != after:
            changes.append(audit.change("milestones", "节点", before, after))
        found.save()
        refilled = _refill(by, paper, found, sub.holders, letters)
        if found.state == TaskState.ISSUED:
            if refilled or not slips.is_slip(heading, found.heading):
                commitments.settle(act, [found.pk], letters)
            elif {c["field"] for c in changes} & {"heading", "due_on"}:
                commitments.amend(act, found.pk, reason.strip())
        if changes or not refilled:
            act.record(
                "task.edit", found, summary=f"修改 {found.number} {found.heading}", changes=changes
            )
        else:
            act.unchanged()
    return found


def void(
    *, by: Actor, item: TaskItem, reason: str, letters: commitments.Choice | None = None
) -> TaskItem:
    """Take a sub-task out (作废) for a reason; it stays on record with its number.

    `letters` as of `edit`.
    """
    if not reason.strip():
        raise Invalid("请填写作废理由。", details={"reason": ["请填写作废理由"]})
    with acting(by=by, reason=reason.strip()) as act:
        require(by, Action.TASK_EDIT)
        _locked(_parent_of(item))
        found = TaskItem.objects.select_for_update().get(pk=item.pk)
        if TaskState.VOID not in TASK_TRANSITIONS[found.state]:
            raise WrongState(f"{found.number} 已{found.get_state_display()}，不能作废。")
        before, was_out = found.get_state_display(), found.state == TaskState.ISSUED
        cells = _cells(found)
        found.state = TaskState.VOID
        found.version += 1
        found.save()
        act.record(
            "task.void",
            found,
            summary=f"作废 {found.number} {found.heading}",
            changes=[audit.change("state", "状态", before, "作废")],
            units=sorted(_units({k for c in cells for k in c.keys}, found)),
        )
        if was_out:
            commitments.settle(act, [found.pk], letters)
    return found


def _parent_of(item: TaskItem) -> TaskItem:
    if item.parent is None:
        raise WrongState("这不是拆分出来的任务，请在任务分解表中修改。")
    return item.parent


def _locked(item: TaskItem) -> tuple[Paper, TaskItem]:
    paper = Paper.objects.select_for_update().defer("reading", "findings").get(pk=item.paper_id)
    if paper.state == PaperState.CLOSED:
        raise WrongState("这份意见已归档，不能再改。")
    parent = TaskItem.objects.select_for_update().get(pk=item.pk)
    if parent.parent_id is not None:
        raise WrongState("拆分出来的任务不能再拆分，请在上级任务下增加。")
    _open(parent)
    return paper, parent


def _open(item: TaskItem) -> None:
    if item.state not in (TaskState.DRAFT, TaskState.ISSUED):
        raise WrongState(f"{item.number} 已{item.get_state_display()}，不能再改。")


def _check(parent: TaskItem, sub: SubItem) -> None:
    if not sub.heading.strip():
        raise Invalid("请填写任务内容。", details={"heading": ["请填写任务内容"]})
    if sub.due_on and parent.due_on and sub.due_on > parent.due_on:
        raise Invalid(
            f"时限晚于上级任务的 {parent.due_on:%Y-%m-%d}，请提前或先调整上级任务的时限。",
            details={"due_on": ["晚于上级任务的时限"]},
        )
    if len(sub.milestones) > MAX_MILESTONES:
        raise Invalid(
            f"节点最多 {MAX_MILESTONES} 个，请合并。", details={"milestones": ["节点过多"]}
        )
    last = sub.due_on or parent.due_on
    late = [text for day, text in sub.milestones if last and day > last]
    if late:
        raise Invalid(
            f"节点“{late[0]}”晚于完成时限 {last:%Y-%m-%d}，请提前。",
            details={"milestones": ["节点晚于完成时限"]},
        )


def _clean(item: TaskItem) -> None:
    try:
        item.full_clean(exclude=["place"])
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error


def _free_order(parent: TaskItem) -> int:
    """A place after the parent and its sub-tasks where there is room, else the paper's end.

    Orders never change once given: lists and rights are sorted by them.
    """
    in_paper = TaskItem.objects.filter(paper_id=parent.paper_id)
    last = max(
        parent.order,
        in_paper.filter(parent=parent).aggregate(last=Max("order"))["last"] or 0,
    )
    following = in_paper.filter(order__gt=last).aggregate(first=Min("order"))["first"]
    if following is None or following > last + 1:
        return last + 1
    end: int = in_paper.aggregate(last=Max("order"))["last"]
    return end + 1


def _write_milestones(item: TaskItem, wanted: Sequence[tuple[date, str]]) -> None:
    """Keep those that stay, add the new, drop (not delete) the others."""
    known = {(m.due_on, m.text): m for m in Milestone.objects.filter(item=item, is_dropped=False)}
    fresh = []
    for position, (day, text) in enumerate(wanted):
        kept = known.pop((day, text.strip()), None)
        if kept is None:
            row = Milestone(item=item, position=position, text=text.strip(), due_on=day)
            try:
                row.clean_fields()
            except ValidationError as error:
                raise Invalid("；".join(error.messages), details=error.message_dict) from error
            fresh.append(row)
    for dropped in known.values():
        dropped.is_dropped = True
    bulk.create(fresh)
    bulk.update(list(known.values()), ["is_dropped"])


def _told_milestones(item: TaskItem) -> list[str]:
    return [str(m) for m in Milestone.objects.filter(item=item, is_dropped=False)]


def _begin_slots(item: TaskItem, holders: Mapping[str, Sequence[str]]) -> set[int]:
    """The slots of a new sub-task with their first holders; gives the units touched."""
    found = directory(item.county_id, on=timezone.localdate())
    kinds = [k for k in SlotKind if holders.get(k)]
    for kind in kinds:
        for key in holders[kind]:
            candidate = found.by_key.get(key)
            if candidate is None or not candidate.fits(kind):
                raise Invalid(f"{STANDARD_NAMES[kind]}：所填已撤并或不能填在这里，请另选。")
    slots = bulk.create([_slot(item, kind) for kind in kinds])
    fields = {"p": "post_id", "u": "unit_id", "g": "group_id"}
    bulk.create(
        [
            Assignment(
                item=item,
                slot=slot,
                position=position,
                valid_from=found.day,
                **{fields[key[0]]: int(key[1:])},
            )
            for slot in slots
            for position, key in enumerate(dict.fromkeys(holders[slot.kind]))
        ]
    )
    return _units({key for kind in kinds for key in holders[kind]}, item)


def _slot(item: TaskItem, kind: SlotKind) -> ItemSlot:
    return ItemSlot(
        item=item,
        kind=kind,
        label=STANDARD_NAMES[kind],
        position=list(SlotKind).index(kind),
        is_by_hand=True,
    )


def _refill(
    by: Actor,
    paper: Paper,
    item: TaskItem,
    holders: Mapping[str, Sequence[str]],
    letters: commitments.Choice | None,
) -> bool:
    """Bring the slots of an edited sub-task to `holders`; whether anything changed."""
    cells = {c.slot.kind: c for c in _cells(item)}
    missing = [k for k in SlotKind if holders.get(k) and k not in cells]
    bulk.create([_slot(item, kind) for kind in missing])
    cells = {c.slot.kind: c for c in _cells(item)}
    changes = [
        CellChange(cell.slot.pk, tuple(dict.fromkeys(holders.get(kind, ()))), cell.slot.version)
        for kind, cell in cells.items()
        if cell.keys != list(dict.fromkeys(holders.get(kind, ())))
    ]
    if changes:
        fill(by=by, paper=paper, changes=Changes(cells=changes, letters=letters))
    return bool(changes)


def _cells(item: TaskItem) -> list[Cell]:
    found = directory(item.county_id, on=timezone.localdate())
    return cells_of([item], directory=found).get(item.pk, [])


def _units(keys: set[str], item: TaskItem) -> set[int]:
    found = directory(item.county_id, on=timezone.localdate())
    groups = {int(k[1:]) for k in keys if k[0] == "g"}
    return units_of(keys, found, members_by_group(groups, on=found.day))
