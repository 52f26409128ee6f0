"""Pages that other tests do not count: as many statements for 60 tasks as for 10."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from tests.task_factory import make_tasks
from tests.world import World

SignedIn = Callable[[str], Client]
THIS_YEAR = timezone.localdate().year


def statements(client: Client, url: str) -> int:
    """How many statements the whole request takes, the second time it is asked for."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "url", "most"),
    [
        ("xianzhang", reverse("home"), 30),
        ("caizhengju", reverse("home"), 46),
        ("xitong", reverse("home"), 16),
        ("anquan", reverse("home"), 16),
        ("shenji", reverse("home"), 16),
        ("jiwei", reverse("audit"), 20),
        ("bangong", reverse("assign_issue", args=[THIS_YEAR]), 22),
        ("bangong", reverse("papers", args=[THIS_YEAR]), 17),
        ("bangong", reverse("search") + "?q=三公", 20),
        ("fuxianzhang", reverse("search") + "?q=三公", 20),
    ],
)
def test_no_page_asks_more_often_for_more_tasks(
    signed_in: SignedIn, world: World, username: str, url: str, most: int
) -> None:
    client = signed_in(username)
    make_tasks(world, 10, year=THIS_YEAR)
    few = statements(client, url)
    make_tasks(world, 60, year=THIS_YEAR, unfilled=30)
    assert statements(client, url) == few
    assert few <= most


@pytest.mark.django_db
def test_the_grid_asks_once_more_for_all_holders_that_are_gone(
    signed_in: SignedIn, world: World
) -> None:
    """A retired unit is not in the directory; its rows come in one query, for 10 tasks and 60."""
    client = signed_in("bangong")
    url = reverse("assign", args=[THIS_YEAR])
    make_tasks(world, 10, year=THIS_YEAR)
    standing = statements(client, url)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        unit = world.units["县财政局"]
        unit.valid_to = timezone.localdate() - timedelta(days=1)
        unit.save()
    few = statements(client, url)
    assert few == standing + 1
    make_tasks(world, 60, year=THIS_YEAR)
    assert statements(client, url) == few
    assert "已撤并" in client.get(url).content.decode()
