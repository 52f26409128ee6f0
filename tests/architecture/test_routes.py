"""Every route has its row in ROUTE_POLICY, no row is stale, the public ones are listed here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accountability.access.actions import MATRIX, Action
from accountability.access.middleware import route_policy

pytestmark = pytest.mark.nodb
PUBLIC = {
    "login",
    "login_code",  # between password and code: signed in only after it
    "login_occupied",
    "setup",  # a one-time code stands for the password that is not set yet
    "health",
    "old_browser",
    "offline",
    "public_start",  # 公开承诺 and 权力清单, for everybody
    "public_county",
    "public_promise",
    "public_promise_pdf",
    "public_list",
    "vote",  # a one-time code opens it; who votes is nobody
    "vote_done",
    "verify",  # a citizen or another office asks whether a paper is good
}


def routes(resolver: URLResolver | None = None, spaces: str = "") -> Iterator[tuple[str, str]]:
    """(name with its namespaces, pattern) of every route."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, f"{spaces}{entry.namespace}:" if entry.namespace else spaces)
        else:
            assert isinstance(entry, URLPattern)
            yield f"{spaces}{entry.name or ''}", str(entry.pattern)


def test_every_route_has_a_name_and_a_policy_and_no_row_is_stale() -> None:
    found = dict(routes())
    assert "" not in found, f"a route without a name: {found.get('')}"
    assert set(found) == set(route_policy())


def test_the_public_routes_are_these() -> None:
    assert {name for name, action in route_policy().items() if action == Action.PUBLIC} == PUBLIC


def test_every_action_of_a_route_is_somebodys() -> None:
    anybody = {Action.PUBLIC, Action.OWN, *(a for actions in MATRIX.values() for a in actions)}
    assert set(route_policy().values()) <= anybody
