"""Reminders of duties: at most two of each, in one message a person and day (减负)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q
from django.urls import reverse

from ..door import Actor, acting
from ..duty_periods import reminder_days
from ..models import County, Duty, RoleGrant, Tenure
from ..models.dated import holds_on
from ..models.person import Layer
from ..models.user import UNIT_ROLES, Role
from ..rhythm import Made
from . import bulk, outbox

RULE = "duty.reminder"
MOST_SHOWN = 8


def remind(*, county: County, on: date, by: Actor) -> Made:
    """Tell who owes duties that come due; run again on the same day, nothing more is told.

    How often a duty was told of stands on the duty itself, so that a moved deadline
    or a change of the rule gives no third reminder. What an outage skipped is told
    once, never caught up one by one; past the deadline nothing is told any more.
    """
    with acting(by=by) as act:
        due = [duty for duty in _open(county, on) if _is_due(duty, on)]
        if not due:
            act.unchanged()
            return Made()
        people = _people(due, county, on)
        by_person: dict[int, list[Duty]] = {}
        for duty in due:
            for person in people[duty.pk]:
                by_person.setdefault(person, []).append(duty)
        by_text: dict[tuple[str, str], list[int]] = {}
        for person, duties in by_person.items():
            by_text.setdefault(_wording(duties), []).append(person)
        told = sum(
            outbox.tell(
                act, people=persons, rule=RULE, on=on, title=title, text=text,
                link=reverse("duties_latest"), county=county,
            )
            for (title, text), persons in by_text.items()
        )  # fmt: skip
        for duty in due:
            duty.reminders = _passed(duty, on)
        bulk.update(due, ["reminders"])
        act.record(
            "duty.remind",
            county,
            summary=f"提醒 {told} 人，涉及履责事项 {len(due)} 项",
            units=sorted({duty.subject_unit_id for duty in due}),
        )
    return Made(told, 0)


def _open(county: County, on: date) -> list[Duty]:
    return list(
        Duty.objects.filter(county=county, state="open", due_on__gte=on, reminders__lt=2)
        .select_related("rule", "unit", "post")
        .order_by("due_on", "id")
    )


def _passed(duty: Duty, on: date) -> int:
    """How many of the duty's reminders have had their day by `on`."""
    rule = duty.rule
    days = reminder_days(duty.due_on, rule.first_reminder, rule.second_reminder)
    return sum(day <= on for day in days)


def _is_due(duty: Duty, on: date) -> bool:
    return _passed(duty, on) > duty.reminders


def _people(due: Iterable[Duty], county: County, on: date) -> dict[int, set[int]]:
    """The persons to be told, by duty: a unit's liaison and head, a seat's holder.

    A unit without accounts of its own (县政府) is its first responsible seat's and
    the office's. Three queries.
    """
    duties = list(due)
    units = {d.unit_id for d in duties if d.unit_id}
    of_unit: dict[int | None, set[int]] = {}
    office: set[int] = set()
    for unit, role, person in RoleGrant.objects.filter(
        holds_on(on),
        Q(role__in=UNIT_ROLES, unit_id__in=units) | Q(role=Role.OFFICE_CLERK),
        user__is_active=True,
        user__county=county,
        user__person__isnull=False,
    ).values_list("unit_id", "role", "user__person_id"):
        if role == Role.OFFICE_CLERK:
            office.add(person)
        else:
            of_unit.setdefault(unit, set()).add(person)
    seats = Q(post_id__in={d.post_id for d in duties if d.post_id}) | Q(
        post__unit_id__in=units - set(of_unit), post__layer=Layer.FIRST_RESPONSIBLE
    )
    of_post: dict[int, set[int]] = {}
    first: dict[int, set[int]] = {}
    for post, unit, person in Tenure.objects.filter(
        seats, holds_on(on), holds_on(on, "post__")
    ).values_list("post_id", "post__unit_id", "person_id"):
        of_post.setdefault(post, set()).add(person)
        first.setdefault(unit, set()).add(person)
    return {
        d.pk: of_post.get(d.post_id, set())
        if d.post_id
        else of_unit.get(d.unit_id) or (first.get(d.unit_id or 0, set()) | office)
        for d in duties
    }


def _wording(duties: list[Duty]) -> tuple[str, str]:
    """(title, text); the same for all persons who owe the same."""
    lines = list(
        dict.fromkeys(f"{d.title}，时限 {d.due_on.month}月{d.due_on.day}日" for d in duties)
    )
    more = f"\n另有 {len(lines) - MOST_SHOWN} 项" if len(lines) > MOST_SHOWN else ""
    title = f"{len(lines)} 项履责事项临近时限" if len(lines) > 1 else f"临近时限：{lines[0]}"
    return title, "\n".join(lines[:MOST_SHOWN]) + more
