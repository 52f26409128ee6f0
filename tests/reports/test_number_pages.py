"""设置 · 文号: what the office sees and does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from reports.models import DocumentNumber, NumberSeries
from reports.services import numbers
from tests.world import World

pytestmark = pytest.mark.django_db


def take(world: World, count: int = 1) -> DocumentNumber:
    year = timezone.localdate().year
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for _ in range(count):
            last = numbers.take(county=world.county, kind="notice", year=year, for_="检查通知")
    return last


def test_the_page_lists_series_numbers_and_what_is_void(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    number, client = take(world), signed_in("bangong")
    page = client.get(reverse("settings_numbers"), {"kind": "notice"}).content.decode()
    assert page.count(number.text) >= 2
    assert "没有作废文号" in page
    answer = client.post(reverse("number_void", args=[number.pk]), {"reason": "打印有误"})
    assert answer.status_code == 302
    page = client.get(reverse("settings_numbers")).content.decode()
    assert "打印有误" in page
    assert "没有作废文号" not in page


def test_voiding_without_a_reason_is_refused_on_the_page(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    number = take(world)
    answer = signed_in("bangong").post(reverse("number_void", args=[number.pk]), {"reason": ""})
    assert answer.status_code == 422
    assert "请填写作废理由" in answer.content.decode()
    number.refresh_from_db()
    assert not number.is_void


def test_the_pattern_is_set_on_the_page(world: World, signed_in: Callable[[str], Client]) -> None:
    client, year = signed_in("zhuren"), timezone.localdate().year
    data = {"kind": "circular", "year": year, "pattern": "试纪通〔{年}〕{号}号"}
    assert client.post(reverse("number_pattern"), data).status_code == 302
    assert NumberSeries.objects.get().pattern == "试纪通〔{年}〕{号}号"
    answer = client.post(reverse("number_pattern"), {**data, "pattern": "试纪通{号}号"})
    assert answer.status_code == 422
    assert "各一次" in answer.content.decode()


def test_queries_do_not_grow_with_the_numbers(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    client, counts = signed_in("bangong"), []
    for more in (1, 12):
        take(world, more)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(reverse("settings_numbers"), {"kind": "notice"})
        counts.append(len(asked))
    assert counts[0] == counts[1]
