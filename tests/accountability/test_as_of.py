"""以往情况: a task, a unit, a seat as they stood on a past day, by the ledger's order.

Rows are written today and moved into the past behind the portal's back, the
only way to have a past in a test; the order of the ledger stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor
from accountability.models import LedgerRow, Unit
from accountability.services import tenures, units
from accountability.services.directory import version_of
from tasks.models import ItemSlot, TaskItem
from tasks.services import slots, task_items
from tests.accountability.ledger.test_verify import behind_its_back
from tests.task_factory import make_tasks
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Sign = Callable[[str], Client]
TODAY = timezone.localdate()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def long(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def actor(world: World, username: str = "bangong") -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


class Clock:
    """Moves what was written since the last call to a day in the past, at noon UTC+8."""

    def __init__(self) -> None:
        self.last = 0

    def was(self, day: date, *, hour: int = 4) -> None:
        at = timezone.datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        with behind_its_back() as cursor:
            cursor.execute(
                "UPDATE accountability_ledgerrow SET at = %s WHERE id > %s",
                [f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", self.last],
            )
        self.last = LedgerRow.objects.latest("id").pk


@pytest.fixture
def clock(world: World) -> Clock:
    return Clock()


def due(world: World, item: TaskItem, day: date) -> None:
    now = TaskItem.objects.get(pk=item.pk)
    task_items.change_due(
        by=actor(world), item=now, due_on=day, due_text="", reason="纪要", version=now.version
    )


def fill(world: World, item: TaskItem, kind: str, *keys: str) -> None:
    slot = ItemSlot.objects.get(item=item, kind=kind)
    change = slots.CellChange(slot.pk, keys, slot.version)
    slots.fill(by=actor(world), paper=item.paper, changes=slots.Changes(cells=[change]))


def lines(answer: Any) -> dict[str, tuple[str, str]]:
    return {line.label: (line.then, line.now) for line in answer.context["found"].lines}


def test_a_task_as_it_stood(signed_in: Sign, world: World, clock: Clock) -> None:
    item = make_tasks(world, 1, due=date(2026, 6, 30)).items[0]
    clock.was(ago(30))
    due(world, item, date(2026, 9, 30))
    clock.was(ago(20))
    fill(world, item, "lead_unit", f"u{world.units['县审计局'].pk}")
    tenures.appoint(
        by=actor(world), post=world.posts["黄志强"], person=world.persons["许静"], day=TODAY,
        is_acting=False, reason="任免",
    )  # fmt: skip
    client = signed_in("jiwei")
    url = reverse("task_as_of", args=[item.pk])
    answer = client.get(url, {"on": f"{ago(25):%Y-%m-%d}"})
    found = lines(answer)
    assert found["完成时限"] == ("2026-06-30", "2026-09-30")
    assert found["牵头单位"] == ("县财政局", "县审计局")
    assert found["责任人员"] == ("黄志强（县财政局局长）", "许静（县财政局局长）")
    assert found["责任领导"][0] == "周建平（县政府常务副县长）"
    assert found["责任单位"] == ("各乡镇（3 个单位）",) * 2
    text = answer.content.decode()
    assert f"截至 {long(ago(25))} 的情况" in text
    assert "与今天有" in text
    assert text.count("不同</span>") == answer.context["found"].differing
    later = lines(client.get(url, {"on": f"{ago(20):%Y-%m-%d}"}))
    assert later["完成时限"] == ("2026-09-30", "2026-09-30")
    assert later["牵头单位"][0] == "县财政局"
    same = client.get(url)
    assert same.context["found"].on == TODAY
    assert "与今天相同" in same.content.decode()


def test_the_order_is_the_ledgers_not_the_clocks(
    signed_in: Sign, world: World, clock: Clock
) -> None:
    """The clock was put back between two changes: the second one still is the later."""
    item = make_tasks(world, 1, due=date(2026, 6, 30)).items[0]
    clock.was(ago(30))
    due(world, item, date(2026, 7, 31))
    clock.was(ago(20), hour=9)
    due(world, item, date(2026, 8, 31))
    clock.was(ago(20), hour=8)
    client = signed_in("bangong")
    url = reverse("task_as_of", args=[item.pk])
    found = lines(client.get(url, {"on": f"{ago(20):%Y-%m-%d}"}))
    assert found["完成时限"] == ("2026-08-31", "2026-08-31")
    due(world, item, date(2026, 10, 31))
    clock.was(ago(5))
    due(world, item, date(2026, 11, 30))
    clock.was(ago(6))  # a day back: by the sixth day before today both stood
    found = lines(client.get(url, {"on": f"{ago(6):%Y-%m-%d}"}))
    assert found["完成时限"][0] == "2026-11-30"
    assert lines(client.get(url, {"on": f"{ago(7):%Y-%m-%d}"}))["完成时限"][0] == "2026-08-31"


def test_a_write_past_the_services_counts_too(signed_in: Sign, world: World, clock: Clock) -> None:
    """The ledger saw a bulk update that left no history row."""
    from accountability.door import acting

    clock.was(ago(10))
    unit = world.units["县财政局"]
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        Unit.objects.filter(pk=unit.pk).recorded_bulk().update(short_name="绕过")
    clock.was(ago(5))
    client = signed_in("jiwei")
    url = reverse("unit_as_of", args=[unit.pk])
    assert lines(client.get(url, {"on": f"{ago(7):%Y-%m-%d}"}))["简称"] == ("财政局", "绕过")
    assert lines(client.get(url, {"on": f"{ago(5):%Y-%m-%d}"}))["简称"] == ("绕过", "绕过")


def test_a_unit_and_a_seat_as_they_stood(signed_in: Sign, world: World, clock: Clock) -> None:
    clock.was(ago(30))
    unit = Unit.objects.get(pk=world.units["县财政局"].pk)
    units.edit(
        by=actor(world), unit=unit, values={"name": "县财政和国资局", "aliases": ["县财政"]},
        version=version_of(unit), reason="机构改革",
    )  # fmt: skip
    tenures.appoint(
        by=actor(world), post=world.posts["黄志强"], person=world.persons["许静"],
        day=ago(12), is_acting=False, reason="任免",
    )  # fmt: skip
    clock.was(ago(10))
    client = signed_in("jiwei")
    at = {"on": f"{ago(20):%Y-%m-%d}"}
    answer = client.get(reverse("unit_as_of", args=[unit.pk]), at)
    found = lines(answer)
    assert found["单位名称"] == ("县财政局", "县财政和国资局")
    assert found["别名"] == ("--", "县财政")
    assert found["局长"] == ("黄志强", "许静")
    assert found["分管领导"][0] == "县政府常务副县长"
    assert found["所在集合"][0] == "县政府各部门"
    post = reverse("post_as_of", args=[world.posts["黄志强"].pk])
    found = lines(client.get(post, at))
    assert found["任职人"] == ("黄志强", "许静")
    assert found["单位"] == ("县财政局", "县财政和国资局")
    # Appointed from the twelfth day, entered on the tenth: the page says both.
    entered = lines(client.get(post, {"on": f"{ago(11):%Y-%m-%d}"}))
    assert entered["任职人"][0] == "黄志强（后补登为许静）"
    leader = reverse("post_as_of", args=[world.posts["周建平"].pk])
    assert lines(client.get(leader, at))["分管"][0] == "县财政局、县审计局"


def test_days_that_cannot_be_shown_are_told(signed_in: Sign, world: World, clock: Clock) -> None:
    item = make_tasks(world, 1).items[0]
    clock.was(ago(10))
    client = signed_in("jiwei")
    for url in (
        reverse("task_as_of", args=[item.pk]),
        reverse("unit_as_of", args=[world.units["县财政局"].pk]),
        reverse("post_as_of", args=[world.posts["黄志强"].pk]),
    ):
        before = client.get(url, {"on": f"{ago(11):%Y-%m-%d}"})
        assert before.status_code == 422
        assert f"{long(ago(11))}系统中还没有" in before.content.decode()
        assert f"自 {long(ago(10))}起有记录" in before.content.decode()
        future = client.get(url, {"on": f"{ago(-1):%Y-%m-%d}"})
        assert future.status_code == 422
        assert "所选日期还没有到" in future.content.decode()
        wrong = client.get(url, {"on": "三月五日"})
        assert wrong.status_code == 422
        assert "日期格式不对" in wrong.content.decode()


def test_what_was_a_draft_then_is_the_offices_alone(
    signed_in: Sign, world: World, clock: Clock
) -> None:
    item = make_tasks(world, 1, state="draft", text="草稿里的话").items[0]
    clock.was(ago(10))
    item.state, item.issued_at, item.issued_by = "issued", timezone.now(), world.users["zhuren"]
    item.text = "下发的话"
    from accountability.door import acting

    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item.save()
    clock.was(ago(5))
    url, at = reverse("task_as_of", args=[item.pk]), {"on": f"{ago(8):%Y-%m-%d}"}
    text = signed_in("jiwei").get(url, at).content.decode()
    assert "这项任务还没有下发" in text
    assert "草稿里的话" not in text
    assert "草稿里的话" in signed_in("bangong").get(url, at).content.decode()
