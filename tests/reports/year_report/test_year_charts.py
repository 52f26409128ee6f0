"""一图看懂: counts that agree with the tasks, within what a reader sees; constant queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.charts import Chart
from reports.selectors import year_charts
from tests.reports.assessment.rounds import TODAY
from tests.task_factory import make_tasks
from tests.world import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


def charts(world: World, name: str) -> dict[str, Chart]:
    made = year_charts.page(world.users[name], TODAY.year, on=TODAY)
    return {chart.head[0]: chart for chart, _ in made["charts"]}


def test_the_counts_are_those_of_the_tasks(world: World) -> None:
    make_tasks(world, 4, year=TODAY.year, due=TODAY - timedelta(days=1))
    make_tasks(world, 3, year=TODAY.year, prefix="补", title="补充")
    found = charts(world, "bangong")
    passed = TODAY - timedelta(days=1)
    quarter = f"第{'一二三四'[(passed.month - 1) // 3]}季度"
    rows = {row[0]: row for row in found["季度"].rows}
    assert int(rows[quarter][4]) >= 4
    assert sum(int(row[-1]) for row in rows.values()) == 7
    units = {row[0]: row for row in found["单位"].rows}
    assert units["县财政局"][-1] == "7"
    assert sum(int(row[-1]) for row in found["章节"].rows) == 7
    assert len(found["责任领导"].rows) == 1


def test_a_leader_sees_what_is_his_and_units_nothing(world: World, signed_in: SignedIn) -> None:
    make_tasks(world, 2, year=TODAY.year, leader="周建平")
    mine = charts(world, "fuxianzhang")
    assert sum(int(row[-1]) for row in mine["季度"].rows) == 2
    url = reverse("year_charts", args=[TODAY.year])
    assert signed_in("liuhe").get(url).status_code == 403
    page = signed_in("fuxianzhang").get(url)
    assert page.status_code == 200
    assert page.content.decode().count("<svg xmlns") == 4


def test_the_screen_has_no_navigation_and_the_page_asks_as_often(
    world: World, signed_in: SignedIn
) -> None:
    make_tasks(world, 2, year=TODAY.year)
    client, url = signed_in("bangong"), reverse("year_charts", args=[TODAY.year])
    screen = client.get(url, {"screen": "1"}).content.decode()
    assert "mainnav" not in screen
    assert "退出投屏" in screen

    def asked() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    few = asked()
    make_tasks(world, 40, year=TODAY.year, prefix="补", title="补充")
    assert asked() == few
    assert few <= 35
