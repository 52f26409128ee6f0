"""发件箱: one message for each person, rule, matter and date."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest

from accountability.door import Actor, acting
from accountability.models import Channel, Contact, OutboxDelivery, OutboxMessage
from accountability.services import outbox
from tests.world import World

ON = date(2026, 3, 31)


@pytest.fixture
def clerk(world: World) -> Actor:
    user = world.users["bangong"]
    return Actor(key=f"user:{user.pk}", name="张敏", user=user, county=world.county)


def tell(world: World, by: Actor, *names: str, **change: Any) -> int:
    with acting(by=by) as act:
        act.unchanged()
        return outbox.tell(
            act,
            people=[world.persons[name] for name in names],
            **{"rule": "test.remind:1", "on": ON, "title": "一季度督查填报", **change},
        )


def test_a_person_is_told_once_a_rule_matter_and_day(world: World, clerk: Actor) -> None:
    assert tell(world, clerk, "刘芳", "吴霞") == 2
    assert tell(world, clerk, "刘芳", "吴霞", "刘芳") == 0
    assert tell(world, clerk, "刘芳", "黄志强") == 1
    assert tell(world, clerk, "刘芳", rule="test.remind:2") == 1
    assert tell(world, clerk, "刘芳", on=date(2026, 6, 30)) == 1
    assert tell(world, clerk, "刘芳", about=world.units["县财政局"]) == 1
    row = OutboxMessage.objects.filter(person=world.persons["刘芳"]).earliest("id")
    assert (row.title, row.made_by, row.county) == ("一季度督查填报", "张敏", world.county)
    assert OutboxDelivery.objects.filter(message=row).get().channel == Channel.PORTAL


def test_who_left_is_told_nothing(world: World, clerk: Actor, door: Any) -> None:
    person = world.persons["刘芳"]
    person.retired_on = ON
    person.save()
    assert tell(world, clerk, "刘芳") == 0
    assert tell(world, clerk, "刘芳", on=date(2026, 3, 30)) == 1


def test_a_person_of_another_county_is_told_nothing(world: World, clerk: Actor) -> None:
    with acting(by=clerk) as act:
        act.unchanged()
        assert outbox.tell(act, people=[10**9], rule="a", on=ON, title="甲") == 0


def test_channels_are_the_persons_choice(world: World, clerk: Actor, door: Any) -> None:
    Contact(
        county=world.county, person=world.persons["吴霞"], by_mail=True, mail="wu@example.cn"
    ).save()
    tell(world, clerk, "刘芳", "吴霞")
    rows = OutboxDelivery.objects.values_list("person__name", "channel", "state")
    assert sorted(rows) == [
        ("刘芳", "portal", "sent"),
        ("吴霞", "mail", "waiting"),
        ("吴霞", "portal", "sent"),
    ]


def test_what_was_rolled_back_was_never_said(world: World, clerk: Actor) -> None:
    with suppress(RuntimeError), acting(by=clerk) as act:
        outbox.tell(act, people=[world.persons["刘芳"]], rule="a", on=ON, title="甲")
        raise RuntimeError
    assert not OutboxMessage.objects.exists()
