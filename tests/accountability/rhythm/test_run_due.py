"""run_due: everything that is due up to a day, once."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accountability import rhythm
from accountability.door import Actor, acting
from accountability.models import County, Person
from accountability.refusals import Invalid
from accountability.rhythm import Made, Rule
from accountability.services import outbox
from tests.world import World


def monthly(county: County, on: date, by: Actor) -> Made:
    """Tells one person on the first of each month since the county's start."""
    created = existing = 0
    with acting(by=by) as act:
        act.unchanged()
        year, month = county.started_on.year, county.started_on.month
        while (day := date(year, month, 1)) <= on:
            told = outbox.tell(
                act,
                people=[Person.objects.filter(county=county).earliest("id")],
                rule="test.monthly",
                on=day,
                title=f"{month}月填报",
            )
            created, existing = created + told, existing + 1 - told
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return Made(created, existing)


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Rule]]:
    """The registry, empty but for what a test registers."""
    kept: dict[str, Rule] = {}
    monkeypatch.setattr(rhythm, "_rules", kept)
    rhythm.register(Rule("monthly", "按月提醒", "每月1日", monthly))
    return kept


def run_due(on: str) -> Any:
    out = io.StringIO()
    call_command("run_due", "--on", on, stdout=out)
    return json.loads(out.getvalue())


def start(county: County, day: date) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        county.started_on = day
        county.save()


def test_what_was_missed_is_made_up_and_nothing_twice(world: World, rules: Any) -> None:
    start(world.county, date(2026, 1, 1))
    assert run_due("2026-04-03") == {"created": {"monthly": 4}, "existing": {"monthly": 0}}
    assert run_due("2026-04-03") == {"created": {"monthly": 0}, "existing": {"monthly": 4}}
    assert run_due("2026-02-10") == {"created": {"monthly": 0}, "existing": {"monthly": 2}}
    assert run_due("2026-05-01") == {"created": {"monthly": 1}, "existing": {"monthly": 4}}


def test_before_the_countys_start_nothing_is_due(world: World, rules: Any) -> None:
    start(world.county, date(2026, 3, 1))
    assert run_due("2026-02-28") == {"created": {"monthly": 0}, "existing": {"monthly": 0}}


def test_a_rule_that_fails_leaves_the_others_to_go_on(world: World, rules: Any) -> None:
    def refuse(county: County, on: date, by: Actor) -> Made:
        raise Invalid("没有设定督查周期，请先设定。")

    start(world.county, date(2026, 1, 1))
    rhythm.register(Rule("broken", "坏的", "每天", refuse))
    with pytest.raises(CommandError, match=r"broken：试县：没有设定督查周期"):
        run_due("2026-04-03")
    assert run_due_of("monthly", world, date(2026, 4, 3)) == Made(0, 4)


def run_due_of(kind: str, world: World, on: date) -> Made:
    rule = rhythm.rule_of(kind)
    assert rule is not None
    by = Actor.system("schedule", county=world.county)
    return rhythm.run(rule, county=world.county, on=on, by=by)


@pytest.mark.nodb
def test_two_rules_of_one_kind_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rhythm, "_rules", {})
    rule = Rule("a", "甲", "每天", lambda county, on, by: Made())
    rhythm.register(rule)
    rhythm.register(rule)
    with pytest.raises(ValueError, match="two rules"):
        rhythm.register(Rule("a", "乙", "每天", lambda county, on, by: Made()))
