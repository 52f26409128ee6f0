"""Fixtures that every test may use. Factories write through the door, as the portal does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from accountability.door import Act, Actor, acting
from accountability.models import County
from accountability.services.signing_in import CONFIRMED
from tests.ops import services
from tests.world import World, build


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests that need PostgreSQL and Redis: without these a failure in CI, a skip elsewhere."""
    if item.get_closest_marker("services") and (missing := services.missing()):
        if os.environ.get("CI"):
            pytest.fail(f"{missing} does not answer; .ci/run starts it", pytrace=False)
        pytest.skip(f"{missing} does not answer; .ci/run starts it")


@pytest.fixture(autouse=True)
def own_book(request: pytest.FixtureRequest) -> None:
    """A test that commits tells its checkpoints and links to files of its own, not the next's."""
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    if commits or (marker and marker.kwargs.get("transaction")):
        settings = request.getfixturevalue("settings")
        folder = request.getfixturevalue("tmp_path")
        settings.LEDGER_CHECKPOINT_FILE = str(folder / "checkpoints.jsonl")
        settings.LEDGER_WITNESS_FILE = str(folder / "links.txt")


@pytest.fixture
def system() -> Actor:
    """The test itself as actor."""
    return Actor.system("test")


@pytest.fixture
def door(db: None, system: Actor) -> Iterator[Act]:
    """An open door for tests that make rows directly."""
    with acting(by=system) as act:
        act.unchanged()
        yield act


@pytest.fixture
def county(door: Act) -> County:
    """An empty county."""
    row = County(
        name="测试县",
        short_name="测试",
        code="990001",
        number_prefix="测政发",
        issuer="测试县人民政府",
        started_on=date(2026, 1, 1),
    )
    row.full_clean()
    row.save()
    return row


@pytest.fixture
def world(db: None, system: Actor) -> World:
    """A small county with an account for each role; its password is tests.world.PASSWORD."""
    with acting(by=system) as act:
        act.unchanged()
        return build()


@pytest.fixture
def signed_in(client: Client, world: World) -> Callable[[str], Client]:
    """`signed_in("bangong")` gives the client signed in as that account."""

    def sign_in(username: str) -> Client:
        client.force_login(world.users[username])
        session = client.session
        session[CONFIRMED] = timezone.now().isoformat()
        session.save()
        return client

    return sign_in
