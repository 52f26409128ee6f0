"""廉政谈话: with each of the three groups, seen by those concerned alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accountability.door import Actor, acting
from accountability.models import AuditEvent, Duty, Person, Post, Talk, Tenure
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from accountability.selectors.duty_coverage import talks as coverage
from accountability.selectors.talk_partners import Seats
from accountability.services import talks
from tests.world import START, World

from .conftest import Rules, actor, at, make

pytestmark = pytest.mark.django_db
ON = date(2026, 6, 10)


@pytest.fixture
def county(started: World, rule: Rules) -> World:
    """周建平 (two units in charge) and 陈志远 (the county's first) owe their talks."""
    rule(
        "talk", per_year=1, due_month=12, due_day=31, subject="post", unit_kinds=[],
        layers=["first_responsible", "dual_duty"], leaders_only=True,
    )  # fmt: skip
    make(started, date(2026, 1, 1))
    return started


def talk(world: World, who: str, talker: str, *talked: str, **values: Any) -> list[Talk]:
    given: dict[str, Any] = {
        "topic": "integrity", "held_on": date(2026, 5, 8), "note": "", "now": at(ON), **values,
    }  # fmt: skip
    return talks.record(
        by=actor(world, who), talker_post=world.posts[talker],
        talked_post_ids=[world.posts[name].pk for name in talked], **given,
    )  # fmt: skip


def duty_of(world: World, name: str) -> Duty:
    return Duty.objects.get(post=world.posts[name], kind="talk")


def names(world: World, name: str) -> dict[str, str]:
    found = Seats(world.county, on=ON).partners(world.posts[name])
    return {p.person.name: p.group for p in found}


def test_the_three_groups(county: World) -> None:
    assert names(county, "周建平") == {"黄志强": "portfolio", "许静": "portfolio"}
    first = names(county, "陈志远")
    assert {n for n, g in first.items() if g == "member"} == {"周建平", "李明华"}
    assert {n for n, g in first.items() if g == "lower"} == {"曾立", "解放", "任喆"}
    assert names(county, "李明华") == {}


def test_the_duty_is_done_with_the_last_talk(county: World) -> None:
    talk(county, "fuxianzhang", "周建平", "黄志强")
    assert duty_of(county, "周建平").state == "open"
    made = talk(county, "fuxianzhang", "周建平", "许静", held_on=date(2026, 6, 9))
    assert duty_of(county, "周建平").state == "done"
    assert duty_of(county, "陈志远").state == "open"
    talks.void(by=actor(county, "fuxianzhang"), talk_id=made[0].pk, reason="记错", now=at(ON))
    assert duty_of(county, "周建平").state == "open"
    with pytest.raises(WrongState):
        talks.void(by=actor(county, "fuxianzhang"), talk_id=made[0].pk, reason="再", now=at(ON))


def test_who_sees_a_talk_and_who_does_not(county: World) -> None:
    made = talk(county, "bangong", "周建平", "黄志强", note="已谈")[0]
    sees = {
        name
        for name in county.users
        if Talk.objects.visible_to(actor(county, name).user).filter(pk=made.pk).exists()  # type: ignore[arg-type]
    }
    # The office's clerk who put it on record, both parties, the inspectors.
    assert sees == {"bangong", "fuxianzhang", "caizhengju", "jiwei"}
    with pytest.raises(NotFound):
        talks.void(by=actor(county, "zhuren"), talk_id=made.pk, reason="x", now=at(ON))
    with pytest.raises(NotAllowed):
        talks.void(by=actor(county, "caizhengju"), talk_id=made.pk, reason="x", now=at(ON))


def test_the_trail_tells_of_a_talk_without_naming_whom(county: World) -> None:
    talk(county, "bangong", "周建平", "黄志强", note="已谈")
    event = AuditEvent.objects.get(action="talk.record")
    told = f"{event.summary}{event.target_label}{event.changes}"
    assert "黄志强" not in told
    assert "已谈" not in told
    assert [u.name for u in event.units.all()] == ["县政府"]


def test_who_reads_talks_that_are_not_his_own_is_on_record(county: World, client: Client) -> None:
    talk(county, "bangong", "周建平", "黄志强")
    url = reverse("duty_talks", args=[duty_of(county, "周建平").pk])
    read = AuditEvent.objects.filter(action="read.talks")
    for username, count in (("bangong", 0), ("fuxianzhang", 0), ("zhuren", 0), ("jiwei", 1)):
        client.force_login(county.users[username])
        assert client.get(url).status_code == 200
        assert read.count() == count, username
    assert "黄志强" not in read.get().summary
    # What the inspectors read the audit administrator sees, and the other way round.
    client.force_login(county.users["shenji"])
    assert "廉政谈话登记 1 人次" in client.get(reverse("audit")).content.decode()


@pytest.mark.parametrize(
    ("values", "talked", "field"),
    [
        ({}, (), "talked"),
        ({}, ("曾立",), "talked"),  # not of his groups
        ({"topic": "gossip"}, ("黄志强",), "topic"),
        ({"held_on": date(2026, 6, 11)}, ("黄志强",), "held_on"),
        ({"held_on": date(2019, 6, 11)}, ("黄志强",), "held_on"),
        ({"note": "电话 13800138000"}, ("黄志强",), "note"),
        ({"note": "长" * 201}, ("黄志强",), "note"),
    ],
)
def test_what_may_not_be_put_on_record(
    county: World, values: dict[str, Any], talked: tuple[str, ...], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        talk(county, "fuxianzhang", "周建平", *talked, **values)
    assert field in refused.value.details
    assert not Talk.objects.exists()


def test_nobody_else_puts_a_leaders_talk_on_record(county: World) -> None:
    for name in ("caizheng", "caizhengju", "xianzhang", "jiwei"):
        with pytest.raises(NotAllowed):
            talk(county, name, "周建平", "黄志强")
    with pytest.raises(NotAllowed):
        talks.record(
            by=Actor.system("worker", county=county.county), talker_post=county.posts["周建平"],
            talked_post_ids=[], topic="duty", held_on=ON, note="", now=at(ON),
        )  # fmt: skip


def test_twice_on_one_day_with_the_same_is_refused(county: World) -> None:
    talk(county, "fuxianzhang", "周建平", "黄志强")
    with pytest.raises(Invalid, match="已经登记"):
        talk(county, "fuxianzhang", "周建平", "黄志强")


def test_a_talk_with_the_predecessor_is_none_with_the_successor(county: World) -> None:
    talk(county, "fuxianzhang", "周建平", "黄志强", "许静")
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        seat = county.posts["许静"]
        former = Tenure.objects.get(post=seat)
        former.valid_to = date(2026, 6, 1)
        former.save()
        newcomer = Person(county=county.county, name="程远")
        newcomer.save()
        Tenure(person=newcomer, post=seat, valid_from=date(2026, 6, 1)).save()
    rows = coverage(actor(county, "bangong").user, 2026, on=ON).rows  # type: ignore[arg-type]
    row = next(r for r in rows if r[1] == "周建平")
    assert (row[4], row[6]) == ("1/2", "程远")


def test_coverage_is_of_own_seats_for_a_leader(county: World, rule: Rules) -> None:
    talk(county, "fuxianzhang", "周建平", "黄志强")
    table = coverage(actor(county, "fuxianzhang").user, 2026, on=ON)  # type: ignore[arg-type]
    assert [r[1] for r in table.rows] == ["周建平"]
    assert table.rows[0][5] == "黄志强（5月8日）"
    assert len(coverage(actor(county, "jiwei").user, 2026, on=ON).rows) == 3  # type: ignore[arg-type]
    assert coverage(actor(county, "caizheng").user, 2026, on=ON).rows == []  # type: ignore[arg-type]


def test_a_vacant_seat_has_nobody_to_talk_for(county: World) -> None:
    post = Post(
        county=county.county, unit=county.units["县政府"], title="副县长", seat=2,
        layer="dual_duty", is_leadership=True, valid_from=START,
    )  # fmt: skip
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        post.save()
    county.posts["空缺"] = post
    with pytest.raises(Invalid, match="没有任职人"):
        talk(county, "bangong", "空缺", "黄志强")
