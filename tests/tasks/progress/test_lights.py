"""灯: the pure rule, and its SQL form which says the same of every combination."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accountability.door import Actor, acting
from accountability.services import bulk
from tasks.lights import Facts, Light, Threshold, judge, worst
from tasks.models import Part, Progress, TaskItem
from tasks.periods import Period
from tasks.selectors import lights
from tasks.selectors.report_days import report_days
from tests.task_factory import make_tasks
from tests.world import World

DAY = date(2026, 4, 8)
THRESHOLD = Threshold(5, DAY + timedelta(days=8))
NEAR, FAR = DAY + timedelta(days=7), DAY + timedelta(days=8)


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("facts", "light", "why"),
    [
        (Facts("done", DAY - timedelta(days=9), set_light="red", set_why="x"), "done", "已办结"),
        (Facts("draft", DAY - timedelta(days=9)), "idle", "尚未下发"),
        (Facts("issued", FAR), "idle", "没有单位报送"),
        (Facts("issued", None), "idle", "没有单位报送"),
        (Facts("issued", FAR, is_reported=True), "green", "超过 5 个工作日"),
        (Facts("issued", None, is_reported=True), "green", "没有具体完成时限"),
        (Facts("issued", NEAR, is_reported=True), "yellow", "不超过 5 个工作日"),
        (Facts("issued", DAY), "yellow", "2026-04-08"),
        (Facts("issued", NEAR, is_reported=True, is_complete=True), "green", "待办结"),
        (Facts("issued", FAR, is_reported=True, is_returned=True), "yellow", "被退回"),
        (Facts("issued", DAY - timedelta(days=1), is_complete=True), "red", "2026-04-07"),
        (Facts("issued", FAR, set_light="red", set_why="实地督查"), "red", "实地督查"),
        (Facts("issued", DAY - timedelta(days=9), set_light="green", set_why="同意"), "green",
         "人工判定"),
    ],
)  # fmt: skip
def test_the_rule_says_its_grounds(facts: Facts, light: str, why: str) -> None:
    verdict = judge(facts, THRESHOLD, on=DAY)
    assert verdict is not None
    assert verdict.light == light
    assert why in verdict.why


@pytest.mark.nodb
def test_a_void_task_has_none_and_the_most_urgent_comes_first() -> None:
    assert judge(Facts("void", DAY), THRESHOLD, on=DAY) is None
    assert worst([Light.GREEN, Light.RED, Light.YELLOW]) == Light.RED
    assert worst([]) is None


@pytest.mark.nodb
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_quarters_meet_without_gap(day: date) -> None:
    period = Period.of(day)
    assert period.first <= day <= period.last
    assert period.next.previous == period
    assert period.next.first - period.last == timedelta(days=1)
    assert Period.parse(period.code) == period


@pytest.mark.nodb
@pytest.mark.parametrize(
    "code", ["", "2026", "2026Q0", "2026Q5", "2026q1", "2026Q1x", "９９９９Q1"]
)
def test_no_other_code_is_a_quarter(code: str) -> None:
    assert Period.parse(code) is None


@pytest.mark.django_db
def test_the_sql_form_agrees_with_the_rule_on_every_combination(world: World) -> None:
    """Every state × deadline × report × hand-set light; the list's filter is the page's word."""
    dues = (None, *(DAY + timedelta(days=n) for n in (-1, 0, 4, 5, 6, 7, 8, 9, 30)))
    reports: tuple[tuple[str, str, int | None] | None, ...] = (
        None, ("draft", Part.LEAD, 100), ("submitted", Part.LEAD, 100),
        ("returned", Part.LEAD, 50), ("approved", Part.LEAD, 50), ("approved", Part.LEAD, 100),
        ("approved", Part.RESPONSIBLE, 100),
    )  # fmt: skip
    wanted = [
        (state, due, report, by_hand)
        for state in ("draft", "issued", "done", "void")
        for due in (dues if state == "issued" else dues[:3])
        for report in reports
        for by_hand in ("", "green", "red")
    ]
    items = make_tasks(world, len(wanted)).items
    clerk = world.users["bangong"]
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        rows = []
        for item, (state, due, report, by_hand) in zip(items, wanted, strict=True):
            item.state, item.due_on, item.set_light = state, due, by_hand
            if by_hand:
                item.set_light_why, item.light_set_by = "督查", clerk
                item.light_set_at = item.issued_at
            if report:
                rows.append(_report(world, item, *report))
        bulk.update(items, ["state", "due_on", "set_light", "set_light_why", "light_set_at",
                            "light_set_by"])  # fmt: skip
        bulk.create(rows)
    ids = [item.pk for item in items]
    found = lights.verdicts(ids, on=DAY)
    lit = dict(
        lights.of_county(TaskItem.objects.filter(pk__in=ids), world.county.pk, on=DAY).values_list(
            "pk", "light"
        )
    )
    assert len(lit) == len(wanted)
    for pk, light in lit.items():
        assert light == (found[pk].light.value if pk in found else "")
    assert set(lit.values()) == {"", *(light.value for light in Light)}


def _report(world: World, item: TaskItem, state: str, part: str, percent: int | None) -> Progress:
    user = world.users["caizheng"]
    is_in = state != "draft"
    return Progress(
        county=world.county, item=item, unit=world.units["县财政局"], year=2026, quarter=1,
        part=part, text="进展", percent=percent, state=state,
        reported_at=item.issued_at if is_in else None, reported_by=user if is_in else None,
        opinion="补充" if state == "returned" else "",
    )  # fmt: skip


@pytest.mark.django_db
def test_the_threshold_counts_working_days_over_a_long_holiday(world: World) -> None:
    """2026-09-29 is a Tuesday before 国庆: five working days on is past the holiday."""
    days = report_days(world.county.pk)
    horizon = days.threshold(date(2026, 9, 29)).horizon
    assert horizon > date(2026, 10, 8)
    assert days.calendar.between(date(2026, 9, 29), horizon) == 6


@pytest.mark.django_db
def test_the_quarter_that_ended_is_reported_until_its_day(world: World) -> None:
    days = report_days(world.county.pk)
    end = days.deadline(Period(2026, 1))
    assert end == date(2026, 4, 15)
    assert days.current(end) == Period(2026, 1)
    assert days.current(end + timedelta(days=1)) == Period(2026, 2)
    assert days.calendar.is_workday(days.deadline(Period(2026, 3)))
