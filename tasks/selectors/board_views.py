"""督查看板 by task and by time, and the 台账 as Excel."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate

from accountability.models import User
from tasks.models import Campaign, CampaignState, Return, ReturnState
from tasks.models.unit_return import ReturnQuerySet
from tasks.selectors import board, campaign_units
from tasks.selectors.keyset import page
from tasks.selectors.ledger_sheet import sheet
from tasks.selectors.return_lines import reported

ORDER = ("paper_id", "order")
HEADS = (
    "序号",
    "单位",
    "分管领导",
    "应报",
    "已报",
    "报送情况",
    "灯色",
    "判定依据",
    "主要问题",
    "催报次数",
)
WIDTHS = (6, 26, 16, 7, 7, 14, 9, 34, 40, 9)
CHUNK = 500
MONTH = 84
HEAD, LINE = 26, 26
"""The time view's drawing: the width of a month, the heights of the head and of a line."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task: how many of its units take part, have confirmed, and said something on it."""

    id: int
    number: str
    heading: str
    due_on: date | None
    units: int
    submitted: int
    said: int


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page by task."""

    rows: list[TaskRow]
    next_cursor: str
    previous_cursor: str


def by_task(
    campaign: Campaign, rows: ReturnQuerySet, *, on: date, after: str = "", before: str = ""
) -> TaskPage:
    """One page of the tasks that the round looks at; a constant number of queries."""
    found = page(
        campaign_units.items_of(campaign),
        ("id", *ORDER, "number", "heading", "due_on"),
        fields=ORDER,
        after=after,
        before=before,
        size=board.PAGE,
    )
    ids = [row["id"] for row in found.rows]
    states = dict(rows.order_by().values_list("unit_id", "state"))
    by_item: dict[int, list[int]] = {pk: [] for pk in ids}
    for unit, items in campaign_units.carried(campaign, on=on, items=ids).items():
        if unit in states:
            for item in items:
                by_item[item].append(unit)
    said = reported(campaign, list(states), ids)
    made = [
        TaskRow(
            id=row["id"],
            number=row["number"],
            heading=row["heading"],
            due_on=row["due_on"],
            units=len(by_item[row["id"]]),
            submitted=sum(states[u] == ReturnState.SUBMITTED for u in by_item[row["id"]]),
            said=sum((unit, row["id"]) in said for unit in by_item[row["id"]]),
        )
        for row in found.rows
    ]
    return TaskPage(made, found.next_cursor, found.previous_cursor)


@dataclass(frozen=True, slots=True)
class Bar:
    """A round on the year's line: places in the drawing's own units."""

    campaign: Campaign
    y: int
    x: int
    width: int
    due_x: int
    ticks: tuple[tuple[int, str], ...]
    total: int
    submitted: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The year's rounds, a line each, over twelve months (and January for the last quarter)."""

    months: tuple[tuple[int, str], ...]
    height: int
    today_x: int | None
    bars: list[Bar]


def by_time(user: User, year: int, *, on: date) -> Timeline:
    """When each round ran and was due, and on which days units reported; three queries."""
    campaigns = list(
        Campaign.objects.visible_to(user)
        .filter(year=year)
        .exclude(state=CampaignState.VOID)
        .order_by("starts_on", "id")
    )
    visible = Return.objects.visible_to(user).filter(campaign__in=campaigns).order_by()
    totals = dict(visible.values_list("campaign_id").annotate(n=Count("pk")))
    days = (
        visible.filter(submitted_at__isnull=False)
        .annotate(day=TruncDate("submitted_at"))
        .values_list("campaign_id", "day")
        .annotate(n=Count("pk"))
        .order_by("campaign_id", "day")
    )
    ticks: dict[int, list[tuple[int, str]]] = {}
    done: dict[int, int] = {}
    for campaign_id, day, n in days:
        ticks.setdefault(campaign_id, []).append(
            (place(year, day), f"{day.month}月{day.day}日 {n} 个单位报送")
        )
        done[campaign_id] = done.get(campaign_id, 0) + n
    bars: list[Bar] = []
    for row in campaigns:
        x, due = place(year, row.opened_on or row.starts_on), place(year, row.due_on)
        bars.append(
            Bar(
                row,
                HEAD + LINE * len(bars),
                x,
                max(2, due - x),
                due,
                tuple(ticks.get(row.pk, ())),
                totals.get(row.pk, 0),
                done.get(row.pk, 0),
            )
        )
    months = tuple((n * MONTH, f"{n % 12 + 1}月") for n in range(13))
    first, last = date(year, 1, 1), date(year + 1, 1, 31)
    today = place(year, on) if first <= on <= last else None
    return Timeline(months, HEAD + LINE * len(bars) + 4, today, bars)


def place(year: int, day: date) -> int:
    """Where a day lies on the line of a year, January of the next year included."""
    months = (day.year - year) * 12 + day.month - 1
    share = (day.day - 1) / calendar.monthrange(day.year, day.month)[1]
    return min(13 * MONTH, max(0, round((months + share) * MONTH)))


def ledger(campaign: Campaign, rows: ReturnQuerySet, *, on: date) -> bytes:
    """督查台账: every unit that the asker sees, as Excel."""
    return sheet("督查台账", HEADS, WIDTHS, _lines(campaign, rows, on=on))


def _lines(campaign: Campaign, rows: ReturnQuerySet, *, on: date) -> Iterable[list[Any]]:
    reasons = dict(rows.exclude(light="").order_by().values_list("pk", "judge_reason"))
    number, after = 0, ""
    while True:
        found = board.by_unit(campaign, rows, on=on, after=after, size=CHUNK)
        for row in found.rows:
            number += 1
            yield [
                number, row.unit, row.leaders, row.due, row.reported, state_of(row),
                row.light_label, reasons.get(row.id, ""), row.problems, row.reminders,
            ]  # fmt: skip
        if not found.next_cursor:
            return
        after = found.next_cursor


def state_of(row: board.UnitRow) -> str:
    """How a unit reported, in words."""
    if row.state == ReturnState.SUBMITTED:
        told = "零报告" if row.is_zero else "已报送"
        return f"{told}（逾期补报）" if row.is_late else told
    label = str(ReturnState(row.state).label)
    return f"{label}，逾期 {row.days_late} 天" if row.days_late else label
