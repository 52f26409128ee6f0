"""督查看板 by unit (ui.md 6.5): who has reported, how each stands, what may be done.

A constant number of queries, however many units take part: the head is counted
by the database, the table is one page by keyset.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, Sum, Value, When

from accountability.models import Portfolio, Post, User
from accountability.models.dated import holds_on
from tasks.models import (
    MOST_REMINDERS,
    Campaign,
    CampaignKind,
    CampaignState,
    Light,
    Objection,
    ObjectionState,
    Return,
    ReturnState,
)
from tasks.models.unit_return import ReturnQuerySet
from tasks.selectors.keyset import page
from tasks.selectors.report_days import report_days
from tasks.selectors.return_lines import lines_of
from tasks.services.conclusion_objections import KIND

PAGE = 50
ORDER = ("precedence", "id")
LAMPS = (Light.GREEN, Light.YELLOW, Light.RED, Light.DONE, Light.IDLE)
QUARTERS = range(1, 5)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the board is narrowed to; the address carries it."""

    lamp: str = ""
    leader: int | None = None
    words: str = ""
    only_missing: bool = False

    @property
    def is_narrowed(self) -> bool:
        return bool(self.lamp or self.leader or self.words or self.only_missing)


@dataclass(frozen=True, slots=True)
class Head:
    """How many units take part, have reported, and stand under each lamp."""

    total: int
    submitted: int
    late: int
    zero: int
    lamps: tuple[tuple[str, str, int], ...]
    to_remind: int

    @property
    def percent(self) -> int:
        return round(100 * self.submitted / self.total) if self.total else 0


@dataclass(slots=True)
class UnitRow:
    """One unit's line."""

    id: int
    unit_id: int
    unit: str
    state: str
    lamp: str
    light_label: str
    is_judged: bool
    is_late: bool
    is_zero: bool
    days_late: int
    problems: str
    reminders: int
    due: int = 0
    reported: int = 0
    leaders: str = ""
    quarters: list[str] = field(default_factory=list)
    is_objected: bool = False

    @property
    def is_missing(self) -> bool:
        return self.state != ReturnState.SUBMITTED


@dataclass(frozen=True, slots=True)
class Board:
    """One page by unit."""

    rows: list[UnitRow]
    next_cursor: str
    previous_cursor: str


def soon_day(county_id: int, *, on: date) -> date:
    """The last day that counts as 临期 on `on`: so many working days away as the county chose."""
    days = report_days(county_id)
    return days.calendar.add(on, days.setting.soon_days)


def returns_of(campaign: Campaign, user: User, *, on: date) -> ReturnQuerySet:
    """The returns that `user` sees, with their lamp on `on`."""
    rows: ReturnQuerySet = Return.objects.visible_to(user).filter(campaign=campaign)
    return rows.with_light(on=on, soon=soon_day(campaign.county_id, on=on))


def head(rows: ReturnQuerySet, *, on: date) -> Head:
    """One query."""

    def count(condition: Q) -> Sum:
        whether = Case(When(condition, then=Value(1)), default=Value(0))
        return Sum(whether, output_field=IntegerField(), default=0)

    owing = ~Q(state=ReturnState.SUBMITTED) & Q(reminders__lt=MOST_REMINDERS)
    found = rows.order_by().aggregate(
        total=Count("pk"),
        submitted=count(Q(state=ReturnState.SUBMITTED)),
        late=count(Q(is_late=True)),
        zero=count(Q(is_zero=True)),
        to_remind=count(owing & (Q(reminded_on__isnull=True) | Q(reminded_on__lt=on))),
        **{f"lamp_{lamp.value}": count(Q(lamp=lamp.value)) for lamp in LAMPS},
    )
    return Head(
        found["total"],
        found["submitted"],
        found["late"],
        found["zero"],
        tuple((lamp.value, str(lamp.label), found[f"lamp_{lamp.value}"]) for lamp in LAMPS),
        found["to_remind"],
    )


def narrowed(rows: ReturnQuerySet, filters: Filters, *, on: date) -> ReturnQuerySet:
    """The rows that pass the filters."""
    if filters.lamp:
        rows = rows.filter(lamp=filters.lamp)
    if filters.only_missing:
        rows = rows.missing()
    if filters.words:
        rows = rows.filter(
            Q(unit__name__icontains=filters.words)
            | Q(unit__pinyin__icontains=filters.words)
            | Q(unit__initials__icontains=filters.words)
        )
    if filters.leader is not None:
        rows = rows.filter(
            Exists(
                Portfolio.objects.filter(
                    holds_on(on), post_id=filters.leader, unit_id=OuterRef("unit_id")
                )
            )
        )
    return rows


def by_unit(
    campaign: Campaign,
    rows: ReturnQuerySet,
    *,
    on: date,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Board:
    """One page of units with what each owes and has said."""
    columns = (
        *ORDER, "unit_id", "unit__name", "state", "lamp", "light", "is_late", "is_zero",
        "problems", "reminders", "content", "due_on",
    )  # fmt: skip
    found = page(rows, columns, fields=ORDER, after=after, before=before, size=size)
    return Board(lines(campaign, found.rows, on=on), found.next_cursor, found.previous_cursor)


def lines(campaign: Campaign, found: Sequence[dict[str, Any]], *, on: date) -> list[UnitRow]:
    """Rows of values as the board shows them; a constant number of queries."""
    units = [row["unit_id"] for row in found]
    live = [row["unit_id"] for row in found if row["state"] == ReturnState.WAITING]
    said = lines_of(campaign, live, on=on) if live else {}
    leaders = leaders_of(units, on=on)
    quarters = quarter_lamps(campaign, units, on=on)
    objected = objected_to(campaign, [row["id"] for row in found])
    made = []
    for row in found:
        unit = row["unit_id"]
        own = (
            [line.is_reported for line in said.get(unit, [])]
            if row["state"] == ReturnState.WAITING
            else [bool(line["text"] or line["share"]) for line in row["content"]]
        )
        made.append(
            UnitRow(
                id=row["id"],
                unit_id=unit,
                unit=row["unit__name"],
                state=row["state"],
                lamp=row["lamp"],
                light_label=str(Light(row["lamp"]).label),
                is_judged=bool(row["light"]),
                is_late=row["is_late"],
                is_zero=row["is_zero"],
                days_late=max(0, (on - row["due_on"]).days)
                if row["state"] != ReturnState.SUBMITTED
                else 0,
                problems=row["problems"],
                reminders=row["reminders"],
                due=len(own),
                reported=sum(own),
                leaders=leaders.get(unit, ""),
                quarters=[quarters.get((unit, q), "") for q in QUARTERS],
                is_objected=row["id"] in objected,
            )
        )
    return made


def objected_to(campaign: Campaign, returns: Collection[int]) -> set[int]:
    """Which of these returns have an objection that waits to be decided.

    One query, none before the round's conclusions were fed back.
    """
    if campaign.state != CampaignState.CONCLUDED:
        return set()
    rows = Objection.objects.filter(
        county_id=campaign.county_id,
        subject_kind=KIND,
        subject_id__in=returns,
        state=ObjectionState.OPEN,
    )
    return set(rows.values_list("subject_id", flat=True))


def leaders_of(units: Collection[int], *, on: date) -> dict[int, str]:
    """The names of the leaders in charge of each unit (分管领导) on `on`; one query."""
    rows = (
        Portfolio.objects.filter(
            holds_on(on),
            holds_on(on, "post__"),
            holds_on(on, "post__tenures__"),
            unit_id__in=units,
        )
        .order_by("post__precedence", "post_id")
        .values_list("unit_id", "post__tenures__person__name")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for unit, name in rows:
        found[unit].append(name)
    return {unit: "、".join(dict.fromkeys(names)) for unit, names in found.items()}


def quarter_lamps(
    campaign: Campaign, units: Iterable[int], *, on: date
) -> dict[tuple[int, int], str]:
    """The lamp of each unit in each quarter of the round's year; one query."""
    rows = Return.objects.filter(
        county_id=campaign.county_id,
        unit_id__in=list(units),
        campaign__year=campaign.year,
        campaign__kind=CampaignKind.QUARTERLY,
        campaign__state__in=[CampaignState.RUNNING, CampaignState.CONCLUDED],
    ).with_light(on=on, soon=soon_day(campaign.county_id, on=on))
    return {
        (unit, period): lamp
        for unit, period, lamp in rows.values_list("unit_id", "campaign__period", "lamp")
    }


@dataclass(frozen=True, slots=True)
class LeaderRow:
    """What the units of one leader's portfolio amount to."""

    post_id: int | None
    name: str
    post: str
    total: int
    submitted: int
    lamps: tuple[tuple[str, str, int], ...]


def by_leader(rows: ReturnQuerySet, *, on: date) -> list[LeaderRow]:
    """One line a leader in charge, last the units that nobody is in charge of; three queries."""
    path = "unit__in_portfolios"
    of_leaders = (
        rows.filter(holds_on(on, f"{path}__"), **{f"{path}__post__isnull": False})
        .order_by()
        .values_list(f"{path}__post_id", "lamp", "state")
        .annotate(units=Count("pk", distinct=True))
    )
    nobodys = (
        rows.filter(~Exists(Portfolio.objects.filter(holds_on(on), unit_id=OuterRef("unit_id"))))
        .order_by()
        .values_list("lamp", "state")
        .annotate(units=Count("pk"))
    )
    counts: dict[int | None, list[tuple[str, str, int]]] = defaultdict(list)
    for post, lamp, state, units in of_leaders:
        counts[post].append((lamp, state, units))
    for lamp, state, units in nobodys:
        counts[None].append((lamp, state, units))
    posts = {
        pk: (title, name)
        for pk, title, name in Post.objects.filter(
            Q(tenures__isnull=True) | holds_on(on, "tenures__"), pk__in=[p for p in counts if p]
        )
        .order_by("-precedence")
        .values_list("pk", "title", "tenures__person__name")
    }
    order = list(
        Post.objects.filter(pk__in=posts).order_by("precedence", "pk").values_list("pk", flat=True)
    )
    made = []
    for post in [*order, *([None] if None in counts else [])]:
        title, name = posts[post] if post is not None else ("", "未明确分管领导")
        found = counts[post]
        made.append(
            LeaderRow(
                post,
                name or "空缺",
                title,
                sum(n for _, _, n in found),
                sum(n for _, state, n in found if state == ReturnState.SUBMITTED),
                tuple(
                    (lamp.value, str(lamp.label), sum(n for own, _, n in found if own == lamp))
                    for lamp in LAMPS
                ),
            )
        )
    return made


def leader_choices(campaign: Campaign, *, on: date) -> list[tuple[int, str]]:
    """The leaders in charge of any unit of the county, for the filter; one query."""
    rows = (
        Post.objects.filter(
            holds_on(on),
            holds_on(on, "tenures__"),
            holds_on(on, "portfolio__"),
            portfolio__unit__isnull=False,
            county_id=campaign.county_id,
        )
        .order_by("precedence", "pk")
        .values_list("pk", "tenures__person__name", "title")
        .distinct()
    )
    return [(pk, f"{name}（{title}）") for pk, name, title in rows]


def to_remind(rows: ReturnQuerySet, *, on: date) -> list[int]:
    """The ids of the returns that may be reminded of today; one query."""
    return list(
        rows.missing()
        .filter(Q(reminded_on__isnull=True) | Q(reminded_on__lt=on), reminders__lt=MOST_REMINDERS)
        .order_by()
        .values_list("pk", flat=True)
    )
