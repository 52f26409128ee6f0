"""The system rules of returns, notices, duties and findings, against counting by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accountability.door import Actor
from accountability.models import Duty
from accountability.services import duties, duty_rules
from reports.rules import Subject, rules, sources
from tasks.models import Finding, Notice
from tasks.services import notice_work, unit_returns
from tests.task_factory import make_tasks
from tests.tasks.rounds import YEAR, actor, of, reported, running
from tests.tasks.watching import DAY, Desk, at
from tests.world import World

pytestmark = pytest.mark.django_db
UNITS = ("县财政局", "柳河镇", "县审计局")


def counted(world: World, code: str, until: date) -> dict[str, tuple[int, int]]:
    """(kept, counted) of each unit by a rule; those with nothing to count are left out."""
    rule = rules()[code]
    subjects = [Subject(name, unit_id=world.units[name].pk) for name in UNITS]
    source = next(one for one in sources() if one.kind == rule.source)
    judged = {
        key: [kept for case in cases if (kept := rule.judge(case, until)) is not None]
        for key, cases in source.cases(world.county.pk, YEAR, subjects, until).items()
    }
    return {key: (sum(found), len(found)) for key, found in judged.items() if found}


def by_hand(rows: list[Any], judge: Callable[[Any], bool | None]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        kept = judge(row)
        if kept is not None and row.unit is not None and row.unit.name in UNITS:
            good, total = found.get(row.unit.name, (0, 0))
            found[row.unit.name] = (good + kept, total + 1)
    return found


def test_returns_in_time_and_sent_back(world: World) -> None:
    items = make_tasks(world, 3, year=YEAR).items
    campaign = running(world)
    reported(world, items, "县财政局")
    row = of(campaign, "县财政局")
    assert counted(world, "returns_in_time", campaign.due_on) == {}  # nobody's deadline has passed
    unit_returns.confirm(by=actor(world, "caizheng"), return_id=row.pk, on=campaign.due_on)
    today = timezone.localdate()
    late = today > campaign.due_on  # the history keeps the clock's day
    others = {name: (0, 1) for name in UNITS if campaign.returns.filter(unit__name=name).exists()}
    expected = others | {"县财政局": (0 if late else 1, 1)}
    assert counted(world, "returns_in_time", max(today, campaign.due_on + timedelta(days=1))) == (
        expected
    )
    assert counted(world, "returns_accepted", today) == {"县财政局": (1, 1)}
    unit_returns.send_back(by=actor(world, "bangong"), return_id=row.pk, reason="补台账", on=today)
    unit_returns.confirm(by=actor(world, "caizheng"), return_id=row.pk, on=today)
    assert counted(world, "returns_accepted", today) == {"县财政局": (0, 1)}


def test_notices_answered_and_closed(world: World) -> None:
    desk = Desk(world)
    rows = desk.sent(*UNITS)
    desk.draft("县财政局")
    notice_work.take(by=desk("caizheng"), notice_id=rows[0].pk, now=at())
    notice_work.answer(by=desk("caizheng"), notice_id=rows[0].pk, text="已办", now=at())
    assert counted(world, "notices_in_time", DAY) == {"县财政局": (1, 1)}
    later = DAY + timedelta(days=40)
    everything = list(Notice.objects.filter(issued_at__isnull=False).select_related("unit"))
    assert counted(world, "notices_in_time", later) == by_hand(
        everything, lambda n: n.answered_at is not None
    )
    assert counted(world, "notices_closed", later) == dict.fromkeys(UNITS, (0, 1))
    notice_work.recheck(by=desk("bangong"), notice_id=rows[0].pk, opinion="属实", now=at())
    notice_work.strike(by=desk("zhuren"), notice_id=rows[0].pk, now=at())
    assert counted(world, "notices_closed", DAY) == {"县财政局": (1, 1)}
    assert counted(world, "notices_closed", later)["县财政局"] == (1, 1)


def test_findings_put_right(world: World) -> None:
    desk = Desk(world)
    for unit in ("县财政局", "县财政局", "柳河镇"):
        desk.standing(unit)
    desk.found("县审计局")  # a draft is no finding yet
    assert counted(world, "rectifications_closed", DAY) == {}
    rows = list(Finding.objects.select_related("unit", "rectification").filter(state="standing"))
    later = max(row.rectification.due_on for row in rows) + timedelta(days=1)
    assert counted(world, "rectifications_closed", later) == by_hand(
        rows, lambda row: row.rectification.struck_at is not None
    )
    assert counted(world, "rectifications_closed", later)["县财政局"] == (0, 2)


def test_duties_kept(world: World) -> None:
    by, on = Actor.system("schedule", county=world.county), date(YEAR, 6, 10)
    duty_rules.adopt(by=by, county=world.county, year=YEAR, on=on)
    duties.make(county=world.county, on=on, by=by)
    end = date(YEAR, 12, 31)

    def plainly(duty: Duty) -> bool | None:
        if duty.state == "waived":
            return None
        if duty.done_on is not None and duty.done_on <= end:
            return not duty.is_late
        return False if duty.next_due < end else None

    rows = list(Duty.objects.select_related("unit", "post", "rule").filter(year=YEAR))
    assert counted(world, "duties_kept", end) == by_hand(rows, plainly) != {}


def test_each_source_asks_little_however_many_units(world: World) -> None:
    Desk(world).sent(*UNITS)
    Desk(world).standing()
    for source in sources():
        counts = []
        for names in (UNITS[:1], UNITS):
            subjects = [Subject(name, unit_id=world.units[name].pk) for name in names]
            with CaptureQueriesContext(
                connection,
            ) as asked:
                source.cases(world.county.pk, YEAR, subjects, DAY)
            counts.append(len(asked))
        assert max(counts) <= 5, source.kind
