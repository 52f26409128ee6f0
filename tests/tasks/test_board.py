"""督查看板: lamps, counts, filters, views; the same number of queries for many units."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accountability import workdays
from accountability.door import Actor, acting
from accountability.models import GroupMembership, Unit, User
from accountability.services import bulk
from tasks.models import Campaign, Return
from tasks.selectors import board, board_views, campaign_units
from tasks.selectors.board import Filters
from tasks.services import grants, unit_returns
from tests.task_factory import MadePaper, make_tasks
from tests.tasks.rounds import OPENS, YEAR, actor, of, reported, running
from tests.world import START, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(world: World) -> MadePaper:
    return make_tasks(world, 3, year=YEAR)


@pytest.fixture
def campaign(world: World, made: MadePaper) -> Campaign:
    return running(world)


def user(world: World, name: str = "bangong") -> User:
    return User.objects.get(pk=world.users[name].pk)


def lamps(campaign: Campaign, world: World, on: date) -> dict[str, str]:
    rows = board.returns_of(campaign, user(world), on=on)
    return dict(rows.values_list("unit__name", "lamp"))


def add_units(world: World, campaign: Campaign, count: int) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        units = bulk.create(
            [
                Unit(
                    county=world.county, name=f"第{n}局", kind="gov_department", valid_from=START,
                    precedence=1000 + n,
                )
                for n in range(count)
            ]
        )  # fmt: skip
        bulk.create(
            [
                Return(
                    county=world.county, campaign=campaign, unit=unit, due_on=campaign.due_on,
                    precedence=unit.precedence,
                )
                for unit in units
            ]
        )  # fmt: skip


def test_the_lamp_is_computed_until_a_person_judges(world: World, campaign: Campaign) -> None:
    due = campaign.due_on
    soon = workdays.add(campaign.county_id, due, -5)
    assert lamps(campaign, world, soon - timedelta(days=1))["柳河镇"] == "idle"
    assert lamps(campaign, world, soon)["柳河镇"] == "yellow"
    assert lamps(campaign, world, due)["柳河镇"] == "yellow"
    assert lamps(campaign, world, due + timedelta(days=1))["柳河镇"] == "red"
    row = unit_returns.confirm(
        by=actor(world, "liuhe"), return_id=of(campaign, "柳河镇").pk, on=OPENS, is_zero=True
    )
    assert lamps(campaign, world, OPENS)["柳河镇"] == "green"
    unit_returns.send_back(by=actor(world, "bangong"), return_id=row.pk, reason="补", on=OPENS)
    assert lamps(campaign, world, OPENS)["柳河镇"] == "yellow"
    unit_returns.judge(
        by=actor(world, "bangong"), campaign_id=campaign.pk, return_ids=[row.pk], light="done",
        reason="已并入", on=OPENS,
    )  # fmt: skip
    assert lamps(campaign, world, due + timedelta(days=9))["柳河镇"] == "done"


def test_the_head_counts_and_the_rows_tell(
    world: World, campaign: Campaign, made: MadePaper
) -> None:
    reported(world, made.items[:2], "县财政局")
    reported(world, made.items[:1], "石桥镇")
    unit_returns.confirm(
        by=actor(world, "caizheng"), return_id=of(campaign, "县财政局").pk, on=OPENS
    )
    on = campaign.due_on + timedelta(days=2)
    rows = board.returns_of(campaign, user(world), on=on)
    head = board.head(rows, on=on)
    assert (head.total, head.submitted, head.percent, head.to_remind) == (4, 1, 25, 3)
    assert [(lamp, n) for lamp, _, n in head.lamps] == [
        ("green", 1), ("yellow", 0), ("red", 3), ("done", 0), ("idle", 0),
    ]  # fmt: skip
    shown = {row.unit: row for row in board.by_unit(campaign, rows, on=on).rows}
    finance, stone = shown["县财政局"], shown["石桥镇"]
    assert (finance.due, finance.reported, finance.leaders) == (3, 2, "周建平")
    assert (stone.due, stone.reported, stone.days_late, stone.quarters) == (
        3, 1, 2, ["red", "", "", ""],
    )  # fmt: skip
    only = board.narrowed(rows, Filters(lamp="red", words="石桥"), on=on)
    assert [r.unit for r in board.by_unit(campaign, only, on=on).rows] == ["石桥镇"]
    of_leader = Filters(leader=world.posts["周建平"].pk)
    assert board.narrowed(rows, of_leader, on=on).get().unit_id == finance.unit_id
    assert board.narrowed(rows, Filters(only_missing=True), on=on).count() == 3
    leaders = board.by_leader(rows, on=on)
    assert [(r.name, r.total, r.submitted) for r in leaders] == [
        ("周建平", 1, 1), ("未明确分管领导", 3, 0),
    ]  # fmt: skip
    tasks = board_views.by_task(campaign, rows, on=on).rows
    assert [(t.units, t.submitted, t.said) for t in tasks] == [(4, 1, 2), (4, 1, 1), (4, 1, 0)]
    time = board_views.by_time(user(world), YEAR, on=on)
    assert [(b.total, b.submitted) for b in time.bars] == [(4, 1)]
    assert time.bars[0].x < time.bars[0].due_x < time.months[4][0]


def test_each_reader_sees_his_units_alone(world: World, campaign: Campaign) -> None:
    for name, units in (
        ("jiwei", 4),
        ("fuxianzhang", 1),
        ("caizheng", 1),
        ("liuhe", 1),
        ("xianzhang", 0),
    ):
        rows = board.returns_of(campaign, user(world, name), on=OPENS)
        assert rows.count() == units, name


@pytest.mark.parametrize("view", ["unit", "task", "leader", "time"])
def test_many_units_cost_no_more_queries(
    world: World, campaign: Campaign, signed_in: Callable[[str], Client], view: str
) -> None:
    client, url = signed_in("bangong"), reverse("campaign", args=[campaign.pk])
    client.get(url, {"view": view})

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url, {"view": view}).status_code == 200
        return len(seen)

    few = queries()
    add_units(world, campaign, 150)
    assert queries() == few


def test_who_left_a_group_no_longer_carries_its_tasks(
    world: World, campaign: Campaign, made: MadePaper
) -> None:
    """Another member's membership that still holds does not count for him."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        row = GroupMembership.objects.get(unit=world.units["石桥镇"])
        row.valid_to = OPENS
        row.save()
        grants.sync(made.items)
    carried = campaign_units.carried(campaign, on=OPENS)
    ids = {world.units[name].pk for name in ("县财政局", "柳河镇", "长岭乡")}
    assert set(carried) == ids
    assert all(len(items) == 3 for items in carried.values())


def test_pages_follow_each_other(world: World, campaign: Campaign) -> None:
    add_units(world, campaign, 60)
    rows = board.returns_of(campaign, user(world), on=OPENS)
    seen, after = [], ""
    while True:
        page = board.by_unit(campaign, rows, on=OPENS, after=after)
        seen += [row.unit for row in page.rows]
        if not page.next_cursor:
            break
        after = page.next_cursor
    assert len(seen) == len(set(seen)) == 64


def test_the_ledger_goes_out_as_excel(
    world: World, campaign: Campaign, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("caizheng")
    response = client.get(reverse("campaign_xlsx", args=[campaign.pk]))
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["县财政局"]


def test_the_office_works_on_the_board(
    world: World, campaign: Campaign, signed_in: Callable[[str], Client]
) -> None:
    client, pk = signed_in("bangong"), campaign.pk
    row = of(campaign, "柳河镇")
    page = client.get(reverse("campaign", args=[pk]))
    assert "催报 4 个单位" in page.text
    done = client.post(reverse("campaign_remind", args=[pk]), {"returns": [row.pk]}, follow=True)
    assert "已向 1 个单位催报" in done.text
    wrong = client.post(reverse("campaign_judge", args=[pk]), {"returns": [row.pk], "light": "red"})
    assert wrong.status_code == 422
    assert "请填写判定依据" in wrong.text
    client.post(
        reverse("campaign_judge", args=[pk]),
        {"returns": [row.pk], "light": "red", "reason": "未并轨"},
    )
    row.refresh_from_db()
    assert (row.light, row.reminders) == ("red", 1)


def test_a_unit_confirms_on_its_page(
    world: World, campaign: Campaign, made: MadePaper, signed_in: Callable[[str], Client]
) -> None:
    client, row = signed_in("caizheng"), of(campaign, "县财政局")
    assert "待报送" in client.get("/").text
    assert "零报告</button>" in client.get(reverse("unit_return", args=[row.pk])).text
    refused = client.post(reverse("return_confirm", args=[row.pk]))
    assert refused.status_code == 422
    reported(world, made.items, "县财政局")
    done = client.post(
        reverse("return_confirm", args=[row.pk]), {"problems": "台账不全"}, follow=True
    )
    assert "报送 3/3 项" in done.text
    assert "确认报送</button>" not in done.text
