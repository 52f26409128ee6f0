"""Who acts, and keys to sign with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accountability.door import Actor
from accountability.models import User
from reports.services import enrolment
from tests.reports.signing.conftest import key_folder, portal_keys  # noqa: F401 - fixtures
from tests.world import World

PIN = "Liu-4827-shan"
Act = Callable[[str], Actor]


@pytest.fixture
def act(world: World) -> Act:
    """`act("bangong")` is that account as actor, its scope as of now."""

    def acting_as(name: str) -> Actor:
        user = User.objects.get(pk=world.users[name].pk)
        return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=user.county)

    return acting_as


@pytest.fixture
def enrolled(act: Act, portal_keys: Path) -> Callable[[str], None]:  # noqa: F811
    """`enrolled("caizhengju")` gives that account a key under PIN."""
    return lambda name: _enrol(act(name))


def _enrol(by: Actor) -> None:
    enrolment.enrol(by=by, pin=PIN, again=PIN)
