"""The module 责任追究和谈话函询, switched on by its two hands."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from accountability.door import Actor
from accountability.services import module_switches
from tests.world import World

NOW = datetime(2026, 6, 10, 2, tzinfo=UTC)


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    # A scope lasts for a request; each act of a test is one.
    user.__dict__.pop("_scope", None)
    return Actor(key=f"user:{user.pk}", name=username, user=user, county=world.county)


def switch_on(world: World) -> None:
    module_switches.ask(
        by=actor(world, "xitong"), number="试保〔2026〕1号", organ="试县保密办",
        approved_on=date(2026, 1, 5), now=NOW,
    )  # fmt: skip
    module_switches.confirm(by=actor(world, "anquan"), now=NOW)


@pytest.fixture
def opened(world: World) -> World:
    switch_on(world)
    return world
