"""Which units report on which tasks: those in 牵头单位 and 责任单位, groups expanded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Q, QuerySet

from accountability.models import GroupMembership
from accountability.models.dated import holds_on
from tasks.models import Assignment, Part, TaskItem, TaskState
from tasks.outline.model import SlotKind
from tasks.periods import Period

PARTS = {SlotKind.LEAD_UNIT: Part.LEAD, SlotKind.RESPONSIBLE_UNIT: Part.RESPONSIBLE}


def reporters(
    items: Collection[int], *, on: date, units: Collection[int] | None = None
) -> dict[int, dict[int, Part]]:
    """item → {unit: as what it reports} on a day; of `units` alone where given. Two queries."""
    found: dict[int, dict[int, Part]] = defaultdict(dict)
    rows = list(
        Assignment.objects.on(on)
        .filter(item_id__in=items, slot__kind__in=PARTS, slot__is_dropped=False)
        .filter(Q(unit__isnull=False) | Q(group__isnull=False))
        .order_by()
        .values_list("item_id", "slot__kind", "unit_id", "group_id")
    )
    groups = {row[3] for row in rows if row[3]}
    members: dict[int, list[int]] = defaultdict(list)
    if groups:
        belongs = GroupMembership.objects.filter(
            holds_on(on), holds_on(on, "unit__"), group_id__in=groups
        )
        if units is not None:
            belongs = belongs.filter(unit_id__in=units)
        for group_id, unit_id in belongs.values_list("group_id", "unit_id"):
            members[group_id].append(unit_id)
    for item_id, kind, unit_id, group_id in rows:
        part = PARTS[SlotKind(kind)]
        for unit in [unit_id] if unit_id else members[group_id]:
            if units is not None and unit not in units:
                continue
            if found[item_id].get(unit) != Part.LEAD:
                found[item_id][unit] = part
    return {item: of_item for item, of_item in found.items() if of_item}


def part_of(item: TaskItem, unit_id: int, *, on: date) -> Part | None:
    """As what a unit reports on a task; None where it does not."""
    return reporters([item.pk], on=on, units={unit_id}).get(item.pk, {}).get(unit_id)


def owed(
    rows: QuerySet[TaskItem], period: Period, units: Collection[int], *, on: date
) -> QuerySet[TaskItem]:
    """Of `rows`, the tasks on which one of `units` reports for a quarter.

    Handed out by its last day and not finished; what is handed out later is
    told of in the next quarter.
    """
    groups = GroupMembership.objects.filter(holds_on(on), unit_id__in=units).values("group_id")
    held = (
        Assignment.objects.on(on)
        .filter(slot__kind__in=PARTS, slot__is_dropped=False)
        .filter(Q(unit_id__in=units) | Q(group_id__in=groups))
        .order_by()
    )
    return rows.filter(
        state=TaskState.ISSUED,
        year=period.year,
        issued_at__date__lte=period.last,
        pk__in=held.values("item_id"),
    )
