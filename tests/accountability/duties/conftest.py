"""A county that started with the year 2026, with rules of its own making."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from accountability.door import Actor, acting
from accountability.models import DutyRule
from accountability.services import duties
from tests.world import World

YEAR = 2026


def at(day: date) -> datetime:
    """Noon of a day in the county."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    # A scope lasts for a request; each act of a test is one.
    user.__dict__.pop("_scope", None)
    return Actor(key=f"user:{user.pk}", name=username, user=user, county=world.county)


def schedule(world: World) -> Actor:
    return Actor.system("schedule", county=world.county)


@pytest.fixture
def started(world: World) -> World:
    """The county began to use the portal on 1 January 2026."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        world.county.started_on = date(YEAR, 1, 1)
        world.county.save()
    return world


Rules = Callable[..., DutyRule]


@pytest.fixture
def rule(started: World) -> Rules:
    """`rule("meeting", per_year=2, …)` gives a saved rule of 2026."""

    def make(kind: str = "meeting", **values: Any) -> DutyRule:
        given: dict[str, Any] = {
            "code": f"{kind}_{DutyRule.objects.count()}",
            "title": "班子专题会议",
            "text": "研究一次",
            "basis_paper": "试县实施意见",
            "basis_clause": "四（一）",
            "per_year": 2,
            "due_month": 6,
            "due_day": 31,
            "subject": "unit",
            "unit_kinds": ["town"],
            "year": YEAR,
            **values,
        }
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            row = DutyRule(county=started.county, kind=kind, **given)
            row.full_clean()
            row.save()
        return row

    return make


def make(world: World, on: date) -> tuple[int, int]:
    """What the rhythm made and found on a day."""
    made = duties.make(county=world.county, on=on, by=schedule(world))
    return made.created, made.existing
