"""The lists of 签字背书, 发文 and 权力清单: however many rows, the same number of queries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import Unit
from accountability.services import bulk
from reports.models import Dispatch, Endorsement, EndorsementStep, PowerItem, PowerList
from reports.selectors import dispatches as dispatch_selector
from reports.selectors import endorsements as selector
from tests.world import World

pytestmark = pytest.mark.django_db
YEAR = timezone.localdate().year
SignedIn = Callable[[str], Client]


def write_dispatches(world: World, count: int) -> list[Dispatch]:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        return bulk.create(
            [
                Dispatch(
                    county=world.county, year=YEAR, form="letter", mark="试县", title=f"函{n}",
                    addressee="县财政局", body="一、事项", signature="试县", made_by="张敏",
                )
                for n in range(count)
            ]
        )  # fmt: skip


def endorse(world: World, rows: list[Dispatch]) -> None:
    """A round for each, whose first seat is the office clerk's."""
    seats = [world.posts[name] for name in ("张敏", "韩书琴", "周建平", "陈志远")]
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        rounds = bulk.create(
            [
                Endorsement(
                    county=world.county, dispatch=row, kind="dispatch", round=1,
                    content="文", digest="0" * 64, asked_by=world.users["bangong"],
                )
                for row in rows
            ]
        )  # fmt: skip
        bulk.create(
            [
                EndorsementStep(endorsement=one, layer=layer, post=post)
                for one in rounds
                for layer, post in enumerate(seats, 1)
            ]
        )


def list_powers(world: World, units: list[Unit]) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        rows = bulk.create(
            [
                PowerList(county=world.county, unit=unit, version=1, basis="纪要", made_by="张敏")
                for unit in units
            ]
        )
        bulk.create(
            [
                PowerItem(
                    power_list=row, position=n, name=f"事项{n}", holder="岗", risk="险",
                    level="high", measures="控",
                )
                for row in rows
                for n in (1, 2, 3)
            ]
        )  # fmt: skip


def queries(client: Client, url: str) -> int:
    client.get(url)  # what is kept between requests is there
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_endorsements_and_dispatches(world: World, signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    urls = [reverse("endorsements"), reverse("dispatches", args=[YEAR])]
    endorse(world, write_dispatches(world, 2))
    few = [queries(client, url) for url in urls]
    endorse(world, write_dispatches(world, 40))
    assert [queries(client, url) for url in urls] == few


def test_lists_of_powers(world: World, signed_in: SignedIn) -> None:
    client, url = signed_in("bangong"), reverse("powers")
    units = list(world.units.values())
    list_powers(world, units[:1])
    few = queries(client, url)
    list_powers(world, units[1:])
    assert queries(client, url) == few
    assert client.get(url).content.decode().count("高 3，中 0，低 0") == len(units)


def test_every_round_is_on_one_page_and_on_one_only(
    world: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "PAGE", 3)
    monkeypatch.setattr(dispatch_selector, "PAGE", 3)
    endorse(world, write_dispatches(world, 7))
    user, seen, before = world.users["bangong"], [], 0
    while True:
        page = selector.page(user, before=before)
        seen += [row.pk for row in page["rounds"]]
        if page["before"] is None:
            break
        before = page["before"]
    wanted = Endorsement.objects.order_by("-pk").values_list("pk", flat=True)
    assert seen == list(wanted)
    client, url = signed_in("bangong"), reverse("endorsements")
    first = client.get(url).content.decode()
    assert f"?before={seen[2]}" in first
    last = client.get(url, {"before": seen[5]}).content.decode()
    assert "更早的" not in last
    assert "回到最近" in last
    assert "没有更早的签字背书" in client.get(url, {"before": seen[-1]}).content.decode()
    assert client.get(url, {"before": "x" * 30}).status_code == 200
