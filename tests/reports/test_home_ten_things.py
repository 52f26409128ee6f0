"""The ten things in brief on the 工作台: lights, returns, the way to the list; for whom."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor
from accountability.models import Duty, User
from accountability.services import duties, duty_rules
from reports.selectors.home_ten_things import TenInBrief, own_ten_things
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def county(world: World) -> World:
    on = timezone.localdate()
    by = Actor.system("schedule", county=world.county)
    duty_rules.adopt(by=by, county=world.county, year=on.year, on=on)
    duties.make(county=world.county, on=on, by=by)
    return world


def card(world: World, name: str, on: date) -> Any:
    block = own_ten_things(User.objects.get(pk=world.users[name].pk), on)
    return block.content if block else None


def test_lights_are_the_gravest_of_each_thing(county: World) -> None:
    year = timezone.localdate().year
    found = card(county, "xianzhang", date(year, 1, 1))
    assert isinstance(found, TenInBrief)
    assert [brief.number for brief in found.things] == list(range(1, 11))
    assert found.late == found.returned == 0
    ended = card(county, "xianzhang", date(year, 12, 31))
    owed = {
        duty.rule.thing
        for duty in Duty.objects.visible_to(county.users["xianzhang"]).select_related("rule")
        if duty.is_overdue(date(year, 12, 31))
        and (duty.post == county.posts["陈志远"] or duty.unit == county.posts["陈志远"].unit)
    }
    assert {brief.number for brief in ended.things if brief.lamp == "red"} == owed - {None}
    assert ended.late == len(owed - {None}) > 0


def test_who_has_no_such_seat_has_no_card(county: World) -> None:
    on = timezone.localdate()
    assert card(county, "fuxianzhang", on) is None
    assert card(county, "xitong", on) is None
    assert card(county, "liuhe", on) is None


def test_the_leaders_page_leads_to_the_list(county: World, client: Client) -> None:
    client.force_login(county.users["xianzhang"])
    page = client.get(reverse("home")).content.decode()
    year = timezone.localdate().year
    assert "第一责任人十件事" in page
    list_of = f"{reverse('ten_things', args=[year])}?post={county.posts['陈志远'].pk}"
    assert list_of in page
    assert client.get(list_of).status_code == 200
    client.force_login(county.users["fuxianzhang"])
    assert "第一责任人十件事" not in client.get(reverse("home")).content.decode()
