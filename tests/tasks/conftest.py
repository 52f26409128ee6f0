"""After every test of tasks: rights are what the slots say, so rebuilding finds nothing to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.access.sound import assert_rights_are_sound


@pytest.fixture(autouse=True)
def rights_are_sound(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever services a test called, `rebuild_grants` would change nothing after them."""
    uses_database = request.node.get_closest_marker("django_db") or {
        "db",
        "transactional_db",
    } & set(request.fixturenames)
    if uses_database:
        request.getfixturevalue("db")
    yield
    if uses_database:
        assert_rights_are_sound()
