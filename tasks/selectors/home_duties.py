"""工作台 of units and leaders: the tasks that they answer for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from accountability.access import scope_for
from accountability.models import GroupMembership, Unit, User
from accountability.models.dated import holds_on
from tasks.lights import URGENCY, Verdict
from tasks.models import Assignment, TaskItem, TaskState
from tasks.outline.model import STANDARD_NAMES, SlotKind
from tasks.selectors import lights
from tasks.selectors.holders import SlotHeld, slots_held
from tasks.selectors.home_days import list_url, nodes, summary
from tasks.selectors.ledger import late_days

ROWS = 50


@dataclass(frozen=True, slots=True)
class Duty:
    """A task that a unit or a leader answers for; `part` says as what."""

    id: int
    number: str
    heading: str
    part: str
    lead: str
    due_on: date | None
    due_text: str
    late: int
    days_left: int | None
    measure: str
    verdict: Verdict | None


def _in_hand(user: User, year: int) -> QuerySet[TaskItem]:
    """The tasks of the year that are handed out and not finished."""
    return TaskItem.objects.visible_to(user, year=year).open()


def _open_rows(user: User, year: int) -> list[dict[str, Any]]:
    """The tasks in hand, the earliest deadline first."""
    columns = ("id", "number", "heading", "due_on", "due_text", "measure")
    rows: QuerySet[Any, dict[str, Any]] = _in_hand(user, year).values(*columns)
    return list(rows.order_by(F("due_on").asc(nulls_last=True), "paper_id", "order")[:ROWS])


def _duty(
    row: dict[str, Any], part: str, slots: list[SlotHeld], verdict: Verdict | None, *, on: date
) -> Duty:
    lead = [h.label for s in slots if s.kind == SlotKind.LEAD_UNIT for h in s.holders]
    return Duty(
        id=row["id"],
        number=row["number"],
        heading=row["heading"],
        part=part,
        lead="、".join(lead),
        due_on=row["due_on"],
        due_text=row["due_text"],
        late=late_days(TaskState.ISSUED, row["due_on"], on=on),
        days_left=(row["due_on"] - on).days if row["due_on"] else None,
        measure=row["measure"],
        verdict=verdict,
    )


def unit(user: User, *, on: date) -> dict[str, Any]:
    """The head of the unit's page; its table of the quarter is `home_progress.quarter`."""
    scope = scope_for(user)
    year = on.year
    counts = summary(TaskItem.objects.visible_to(user, year=year), scope.county_id, on=on)
    names = Unit.objects.filter(pk__in=scope.unit_ids).order_by("precedence", "id")
    lead = (
        Assignment.objects.on(on)
        .filter(slot__kind=SlotKind.LEAD_UNIT)
        .filter(Q(unit_id__in=scope.unit_ids) | Q(group_id__in=scope.group_ids))
        .order_by()
    )
    return {
        "year": year,
        "unit_names": "、".join(names.values_list("name", flat=True)),
        "counts": counts,
        "leads": _in_hand(user, year).filter(pk__in=lead.values("item_id")).count(),
        "nodes": nodes(user, on=on),
        "all_url": list_url(year),
        "xlsx_url": reverse("task_xlsx", args=[year]),
    }


def leader(user: User, *, on: date) -> dict[str, Any]:
    """All that a leader answers for: on the own seat first said, then through the portfolio."""
    scope = scope_for(user)
    year = on.year
    rows = _open_rows(user, year)
    held = slots_held([row["id"] for row in rows], on=on)
    verdicts = lights.verdicts([row["id"] for row in rows], on=on)
    duties = []
    for row in rows:
        slots = held.get(row["id"], [])
        own = [
            STANDARD_NAMES[SlotKind(slot.kind)]
            for slot in slots
            for holder in slot.holders
            if holder.key[0] == "p" and int(holder.key[1:]) in scope.post_ids
        ]
        part = own[0] if own else "分管单位"
        duties.append(_duty(row, part, slots, verdicts.get(row["id"]), on=on))
    duties.sort(key=lambda duty: URGENCY.index(duty.verdict.light) if duty.verdict else 0)
    on_me = Assignment.objects.on(on).filter(post_id__in=scope.post_ids).order_by()
    return {
        "year": year,
        "duties": duties,
        "own_count": _in_hand(user, year).filter(pk__in=on_me.values("item_id")).count(),
        "counts": summary(TaskItem.objects.visible_to(user, year=year), scope.county_id, on=on),
        "portfolio": portfolio(user, year, on=on),
        "nodes": nodes(user, on=on, limit=6),
        "all_url": list_url(year),
        "xlsx_url": reverse("task_xlsx", args=[year]),
    }


def portfolio(user: User, year: int, *, on: date) -> list[dict[str, Any]]:
    """The units in a leader's charge with their open and overdue tasks; three queries."""
    units = scope_for(user).portfolio_unit_ids
    if not units:
        return []
    groups: dict[int, set[int]] = {}
    for group_id, unit_id in GroupMembership.objects.filter(
        holds_on(on), unit_id__in=units
    ).values_list("group_id", "unit_id"):
        groups.setdefault(group_id, set()).add(unit_id)
    pairs: set[tuple[int, int, bool]] = set()
    for item_id, due_on, unit_id, seat_unit_id, group_id in (
        Assignment.objects.on(on)
        .filter(item__county_id=scope_for(user).county_id, item__year=year)
        .filter(item__state=TaskState.ISSUED)
        .filter(Q(unit_id__in=units) | Q(post__unit_id__in=units) | Q(group_id__in=groups))
        .order_by()
        .values_list("item_id", "item__due_on", "unit_id", "post__unit_id", "group_id")
    ):
        late = due_on is not None and due_on < on
        for found in {unit_id, seat_unit_id, *groups.get(group_id, ())} & units:
            pairs.add((found, item_id, late))
    open_tasks = Counter(unit_id for unit_id, _, _ in pairs)
    late_tasks = Counter(unit_id for unit_id, _, late in pairs if late)
    names = Unit.objects.filter(pk__in=units).order_by("precedence", "id")
    return [
        {
            "name": name,
            "url": list_url(year, f"unit={pk}"),
            "open": open_tasks[pk],
            "late": late_tasks[pk],
        }
        for pk, name in names.values_list("id", "name")
    ]
