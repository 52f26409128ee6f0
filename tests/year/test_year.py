"""A simulated year: what comes round is there exactly once, however the schedule ran."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from accountability.door import Actor, acting
from reports.models.letter import LetterState
from reports.services import letter_making, letters
from tests.assurance import results
from tests.task_factory import make_tasks
from tests.world import World

from .simulated import FIRST, YEAR, Year, actor, days, live

pytestmark = [pytest.mark.campaign, pytest.mark.django_db]
# `PORTAL_CAMPAIGN=full` lives each day and sleeps through three times of the year.
WHOLE = results.IS_WHOLE
OUTAGES = (date(YEAR, 3, 12), date(YEAR, 6, 1), date(YEAR, 12, 10))
CARRIERS = {"县财政局", "柳河镇", "石桥镇", "长岭乡"}
ROUNDS = [(YEAR, 1), (YEAR, 2), (YEAR, 3), (YEAR, 4)]


@pytest.fixture
def county(world: World) -> World:
    """It begins with the year, has a paper that is handed out, and letters that are in force."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        world.county.started_on = FIRST
        world.county.save()
    paper = make_tasks(world, 3, year=YEAR, due=date(YEAR, 12, 20)).paper
    rows = letter_making.make(by=actor(world, "bangong"), paper=paper)
    letters.submit(by=actor(world, "bangong"), letters=rows)
    letters.send(by=actor(world, "bangong"), letters=rows)
    # Both parties' signatures are not what this is about.
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for row in rows[:2]:
            row.refresh_from_db()
            row.state, row.file = LetterState.EFFECTIVE, paper.issued_file
            row.save()
    return world


def assert_once(year: Year) -> None:
    """Each thing once, nobody told twice, nobody urged more than twice within one clock."""
    for what in (year.rounds, year.returns, year.duties, year.letters):
        assert what
        # A short list: what is told of two hundred rows at a failure takes longer than the year.
        assert [key for key, n in Counter(what).items() if n > 1][:3] == []
    assert [key for key, n in year.told.items() if n > 1][:3] == []
    assert set(year.reminded.values()) <= {1, 2}


def test_a_year_however_the_schedule_ran(county: World) -> None:
    """On its days; twice on each of them; and after forty days on which it slept."""
    on = days(whole=WHOLE)
    year = live(county, on)
    assert_once(year)
    assert year.rounds == ROUNDS
    assert set(year.returns) == {(y, n, unit) for y, n in ROUNDS for unit in CARRIERS}
    assert sorted(state for _, state in year.letters)[:2] == [LetterState.EXPIRED] * 2
    assert year.made["letter.expire"] == 2
    assert year.made["duty"] == len(year.duties)
    assert {row[0] for row in year.duties} == {YEAR, YEAR + 1}
    assert year.made["duty_reminder"] > 0
    # Two for what was never taken, answered or put right; none for what was answered in time.
    assert Counter(key[1:] for key in year.reminded.elements()) == {
        ("notice.reminder:take", "整修档案室"): 2,
        ("notice.reminder:answer:0", "规范票据管理"): 4,  # two persons
        ("rectification.reminder:report:0", "票据存根缺号"): 4,
    }

    twice = live(county, on, twice=True)
    assert_once(twice)
    assert twice.stands() == year.stands()
    assert twice.told == year.told
    assert +twice.made_by_the_second == Counter()

    outages = OUTAGES if WHOLE else OUTAGES[:1]
    for first in outages:
        late = live(county, on, down={first + timedelta(days=n) for n in range(40)})
        assert_once(late)
        assert late.stands() == year.stands()
        # What was slept through is not told afterwards one by one.
        assert set(late.reminded) <= set(year.reminded)
        assert late.told.total() <= year.told.total()
    results.save(
        f"year-{results.database()}",
        database=results.database(),
        days=len(on),
        years=2 + len(outages),
        rounds=len(year.rounds),
        returns=len(year.returns),
        duties=len(year.duties),
        messages=year.told.total(),
    )
