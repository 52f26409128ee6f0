"""The county's year as a state machine: everybody does anything in any order, and it holds.

A small campaign in the suite; whole under PORTAL_CAMPAIGN=full, whose figures
docs/assurance.md tells. PORTAL_SEED repeats a run, PORTAL_RUNS makes it longer.
"""

from __future__ import annotations

import os
import random
import time
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import RULE_MARKER, run_state_machine_as_test

from accountability.door import Actor, acting
from accountability.models import Role, Unit
from tests.assurance import results
from tests.task_factory import make_tasks
from tests.tasks.progress.desk import account, section
from tests.world import World

from .machine.beginnings import Beginnings
from .machine.book import Book
from .machine.desk import YEAR, Tally
from .machine.duties import DutyRules, rules_of
from .machine.faults import FaultRules
from .machine.holding import Holding

pytestmark = [pytest.mark.campaign, pytest.mark.django_db]
STEPS = 50 if results.IS_WHOLE else 30
RUNS = int(os.environ.get("PORTAL_RUNS", 200 if results.IS_WHOLE else 8))


class YearMachine(Holding, Beginnings, DutyRules, FaultRules):
    """All rules over one county."""


@pytest.fixture
def county(world: World) -> World:
    """Since 1 January, with four tasks that are handed out, three rules of duties, a section."""
    paper = make_tasks(world, 4, year=YEAR, due=date(YEAR, 9, 20))
    account(world, "liuhezhen", Role.UNIT_HEAD, "柳河镇", "曾立")
    section(world)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        world.county.started_on = date(YEAR, 1, 1)
        world.county.save()
        for rule in rules_of(world):
            rule.full_clean()
            rule.save()
    YearMachine.world, YearMachine.items = world, [item.pk for item in paper.items]
    return world


def test_whatever_is_done_in_whatever_order(
    county: World, capsys: pytest.CaptureFixture[str]
) -> None:
    number = int(os.environ.get("PORTAL_SEED", random.randrange(10**9)))
    YearMachine.tally = tally = Tally()
    rules, began = (
        sum(hasattr(getattr(YearMachine, name), RULE_MARKER) for name in dir(YearMachine)),
        time.monotonic(),
    )
    assert rules >= 25
    with capsys.disabled():
        print(f"\nyear machine, seed {number}: {RUNS} runs of {STEPS} steps, {rules} rules")
    machine = seed(number)(YearMachine)
    try:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine,
            settings=settings(
                max_examples=RUNS,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                verbosity=Verbosity.normal,
                suppress_health_check=list(HealthCheck),
            ),
        )
        violations = 0
    except BaseException:
        violations = 1
        raise
    finally:
        results.save(
            f"machine-{results.database()}",
            database=results.database(),
            seed=number,
            rules=rules,
            kinds=len(tally.done),
            runs=tally.runs,
            acts=tally.acts,
            done=tally.done.total(),
            refused=tally.refused.total(),
            changes=tally.changes,
            violations=violations,
            minutes=round((time.monotonic() - began) / 60, 1),
        )
    with capsys.disabled():
        print(f"{tally.done.total()} acts done, {tally.refused.total()} refused")
        if results.IS_WHOLE:
            for name in sorted({*tally.done, *tally.refused}):
                print(f"{name:24} {tally.done[name]:6} {tally.refused[name]:6}")
    # A campaign in which little is ever done shows little.
    assert len(tally.done) >= (40 if results.IS_WHOLE else 15), sorted(tally.done)


def rename(unit: Unit, name: str) -> None:
    unit.short_name = name
    unit.save()


def test_the_book_sees_what_it_is_there_for(county: World) -> None:
    """A row behind a refusal, an act without its event, a write that changes nothing."""
    unit, by = county.units["县财政局"], Actor.system("test", county=county.county)
    book = Book()
    assert book.follow() == set()
    with acting(by=by) as act:
        rename(unit, "财局")
        act.record("unit.edit", unit, summary="改简称")
    with pytest.raises(AssertionError, match="refused call"):
        book.assert_unchanged()
    assert book.follow() == {("accountability_unit", str(unit.pk))}
    with acting(by=by) as act:
        act.unchanged()
        rename(unit, "县财")
    with pytest.raises(AssertionError, match="without its event"):
        book.follow()
    book = Book()
    with acting(by=by) as act:
        rename(unit, "县财")
        act.record("unit.edit", unit, summary="改简称")
    with pytest.raises(AssertionError, match="told"):
        book.follow()
