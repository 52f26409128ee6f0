"""截至某日的情况 of a task: its fields, its slots with who held them then, its milestones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from accountability.access import scope_for
from accountability.models import (
    GroupMembership,
    Person,
    Post,
    Tenure,
    Unit,
    UnitGroup,
    User,
)
from accountability.models.unit import UnitKind
from accountability.selectors.as_of import (
    NONE,
    AsOf,
    Lines,
    Names,
    compared,
    day,
    joined,
    long,
)
from accountability.selectors.past import Past
from tasks.models import Assignment, ItemSlot, Milestone, TaskItem, TaskState

UNFILLED = "待落实"


def of_task(user: User, item: TaskItem, *, on: date) -> AsOf:
    """The task on `on` beside today; what was a draft then is the office's alone."""
    past = _past(item)
    found = compared(past, TaskItem, item.pk, on=on, what="任务", lines=_lines(item.pk))
    if found.told or scope_for(user).sees_drafts:
        return found
    then = past.at(found.place).get(TaskItem, item.pk)
    if then is not None and then.state == TaskState.DRAFT:
        told = f"{long(on)}这项任务还没有下发，请选下发以后的日期。"
        return AsOf(on, told=told, first_day=found.first_day)
    return found


def _past(item: TaskItem) -> Past:
    """All that the task's lines are made of; the same queries whatever the number of slots."""
    slots = list(ItemSlot.objects.filter(item=item).values_list("pk", flat=True))
    held = list(
        Assignment.objects.filter(item=item).values_list("pk", "post_id", "unit_id", "group_id")
    )
    posts = {row[1] for row in held if row[1]}
    groups = {row[3] for row in held if row[3]}
    tenures = dict(Tenure.objects.filter(post__in=posts).values_list("pk", "person_id"))
    of_posts = set(Post.objects.filter(pk__in=posts).values_list("unit_id", flat=True))
    units = {row[2] for row in held if row[2]} | of_posts
    parents = Unit.objects.filter(pk__in=units, parent__isnull=False)
    units |= set(parents.values_list("parent_id", flat=True))
    members = GroupMembership.objects.filter(group__in=groups).values_list("pk", flat=True)
    steps = Milestone.objects.filter(item=item).values_list("pk", flat=True)
    return Past(
        {
            TaskItem: [pk for pk in (item.pk, item.parent_id) if pk],
            ItemSlot: slots,
            Assignment: [row[0] for row in held],
            Milestone: list(steps),
            Post: posts,
            Unit: units,
            UnitGroup: groups,
            GroupMembership: list(members),
            Tenure: tenures,
            Person: set(tenures.values()),
        }
    )


def _lines(pk: int) -> Lines:
    def lines(names: Names) -> Iterable[tuple[str, str]]:
        row = names.standing.get(TaskItem, pk)
        assert row is not None
        parent = names.standing.get(TaskItem, row.parent_id)
        yield "编号", row.number
        yield "任务", row.heading
        yield "状态", row.get_state_display()
        if parent is not None:
            yield "上级任务", f"{parent.number} {parent.heading}"
        slots = [s for s in names.standing.all(ItemSlot) if s.item_id == pk and not s.is_dropped]
        for slot in sorted(slots, key=lambda s: (s.position, s.pk)):
            label = slot.label if slot.ordinal == 0 else f"{slot.label}（{slot.ordinal + 1}）"
            yield label, _holders(names, slot.pk)
        yield "完成时限", day(row.due_on)
        yield "时限依据", row.due_text or NONE
        yield "完成标准", row.measure or NONE
        yield "类别", row.category or NONE
        steps = [m for m in names.standing.all(Milestone) if not m.is_dropped]
        yield (
            "节点",
            joined(
                f"{day(m.due_on)} {m.text}" for m in sorted(steps, key=lambda m: (m.due_on, m.pk))
            ),
        )
        yield "原文", row.text or NONE

    return lines


def _holders(names: Names, slot_id: int) -> str:
    rows = [a for a in names.holding(Assignment) if a.slot_id == slot_id]
    told = [_holder(names, row) for row in sorted(rows, key=lambda a: (a.position, a.pk))]
    return "、".join(told) or UNFILLED


def _holder(names: Names, row: Assignment) -> str:
    if row.post_id:
        return f"{names.holder(row.post_id)}（{names.seat(row.post_id)}）"
    if row.group_id:
        return names.group(row.group_id)
    unit = names.standing.get(Unit, row.unit_id)
    if unit is not None and unit.kind == UnitKind.SECTION and unit.parent_id:
        return f"{names.unit(unit.parent_id)}{unit.name}"
    return names.unit(row.unit_id)
