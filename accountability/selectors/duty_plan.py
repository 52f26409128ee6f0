"""What the rules of a year ask of whom and when: the plan from which duties are made.

The same plan is what the preview of a changed rule shows, what 全年时间表 shows of
the months to come, and what the rhythm makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from .. import workdays
from ..duty_periods import Period, month_day, periods
from ..models import (
    County,
    Duty,
    DutyRoll,
    DutyRule,
    DutySubject,
    GroupMembership,
    Post,
    Unit,
)
from ..models.dated import Dated


@dataclass(frozen=True, slots=True)
class Planned:
    """One duty that a rule asks for."""

    rule: DutyRule
    period: Period
    due_on: date
    unit: Unit | None
    post: Post | None

    @property
    def key(self) -> tuple[int | None, str, int | None, int | None]:
        """What makes it the same as a duty that is there: rule, period, unit, seat."""
        return (
            self.rule.pk,
            self.period.key,
            self.unit.pk if self.unit else None,
            self.post.pk if self.post else None,
        )

    @property
    def subject_name(self) -> str:
        return str(self.unit or self.post)

    @property
    def subject_unit_id(self) -> int:
        return self.unit.pk if self.unit else self.post.unit_id  # type: ignore[union-attr]


class Directory:
    """A county's units, seats, memberships and calendar, read once: four queries for all rules."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.units = list(Unit.objects.filter(county=county).order_by("precedence", "id"))
        self.posts = list(
            Post.objects.filter(county=county)
            .select_related("unit")
            .order_by("unit__precedence", "unit_id", "precedence", "id")
        )
        self.calendar = workdays.of(county.pk)
        self.members: dict[int, list[tuple[int, date, date | None]]] = {}
        for group, unit, start, end in GroupMembership.objects.filter(
            group__county=county
        ).values_list("group_id", "unit_id", "valid_from", "valid_to"):
            self.members.setdefault(group, []).append((unit, start, end))

    def units_of(self, rule: DutyRule, days: Sequence[date]) -> list[Unit]:
        """The units that a rule's words name, that exist on all of `days`."""
        inside = self._members_on(rule.group_id, days[0]) if rule.group_id else None
        return [
            unit
            for unit in self.units
            if _holds(unit, days)
            and (rule.unit_id is None or unit.pk == rule.unit_id)
            and (inside is None or unit.pk in inside)
            and (not rule.unit_kinds or unit.kind in rule.unit_kinds)
        ]

    def posts_of(self, rule: DutyRule, days: Sequence[date]) -> list[Post]:
        """The seats of the rule's layers in its units."""
        units = {unit.pk for unit in self.units_of(rule, days)}
        return [
            post
            for post in self.posts
            if post.unit_id in units
            and post.layer in rule.layers
            and (post.is_leadership or not rule.leaders_only)
            and _holds(post, days)
        ]

    def _members_on(self, group_id: int, day: date) -> frozenset[int]:
        return frozenset(
            unit
            for unit, start, end in self.members.get(group_id, [])
            if start <= day and (end is None or day < end)
        )


def _holds(row: Dated, days: Sequence[date]) -> bool:
    return all(row.holds_on(day) for day in days)


def due_of(rule: DutyRule, period: Period, calendar: workdays.Workdays) -> date:
    """The deadline of one period, moved off a day off as the rule has it."""
    due = month_day(period.start, rule.due_month, rule.due_day)
    if rule.roll == DutyRoll.LATER:
        return calendar.roll(due)
    while rule.roll == DutyRoll.EARLIER and not calendar.is_workday(due):
        due -= timedelta(days=1)
    return due


def plan(
    rules: Iterable[DutyRule],
    directory: Directory,
    *,
    started_by: date | None = None,
    on: date | None = None,
) -> list[Planned]:
    """What these rules ask for in their years, by due day and precedence.

    A subject is who exists on the first day of the period (or on the county's own
    first day, where that is later) and, with `on`, still does on `on`. With
    `started_by` only the periods begun by that day. What fell due before the
    county started is not asked for.
    """
    first = directory.county.started_on
    found = []
    for rule in rules:
        if not rule.is_on:
            continue
        for period in periods(rule.year, rule.per_year):
            if started_by is not None and period.start > started_by:
                continue
            due = due_of(rule, period, directory.calendar)
            if due < first or period.end < first:
                continue
            days = [max(period.start, first)]
            if on is not None and on > days[0]:
                days.append(on)
            if rule.subject == DutySubject.UNIT:
                found += [
                    Planned(rule, period, due, u, None) for u in directory.units_of(rule, days)
                ]
            else:
                found += [
                    Planned(rule, period, due, None, p) for p in directory.posts_of(rule, days)
                ]
    return sorted(found, key=lambda p: (p.due_on, p.rule.precedence))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule as it would be asks for, beside what is there already."""

    planned: list[Planned]
    new: list[Planned]
    moved: list[tuple[Duty, date]]
    dropped: list[Duty]
    kept: int


def preview(rule: DutyRule, *, on: date) -> Preview:
    """The consequences of saving `rule` (which need not be saved yet); a bounded number of queries.

    Duties that are open and asked for no more are dropped (免除), open ones get the
    new deadline; what was held or done stays as it is. New ones are made of periods
    begun by `on`, the others when their period begins.
    """
    planned = plan([rule], Directory(rule.county), on=on)
    there: dict[tuple[int | None, str, int | None, int | None], Duty] = {}
    if rule.pk:
        rows = Duty.objects.filter(rule_id=rule.pk).select_related("unit", "post__unit", "rule")
        there = {(d.rule_id, d.period, d.unit_id, d.post_id): d for d in rows}
    wanted = {p.key: p for p in planned}
    open_ones = {key: duty for key, duty in there.items() if duty.state == "open"}
    return Preview(
        planned=planned,
        new=[p for p in planned if p.key not in there],
        moved=[
            (duty, wanted[key].due_on)
            for key, duty in open_ones.items()
            if key in wanted and wanted[key].due_on != duty.due_on
        ],
        dropped=[duty for key, duty in open_ones.items() if key not in wanted],
        kept=sum(key in wanted for key in there),
    )


def own_part(
    planned: Iterable[Planned], *, unit_ids: frozenset[int], post_ids: frozenset[int]
) -> list[Planned]:
    """Of a plan, what these units and seats owe."""
    return [
        p
        for p in planned
        if p.subject_unit_id in unit_ids or (p.post is not None and p.post.pk in post_ids)
    ]


def rules_of(county: County | int, *, years: Iterable[int]) -> list[DutyRule]:
    """The rules of a county that are on, with what names their subjects."""
    return list(
        DutyRule.objects.filter(Q(county=county), year__in=list(years), is_on=True)
        .select_related("unit", "group", "county")
        .order_by("year", "precedence", "id")
    )
