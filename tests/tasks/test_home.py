"""工作台: each role its own part; queries that do not grow; no dead end."""

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
from accountability.models import RoleGrant
from tests.task_factory import make_tasks
from tests.world import World

SignedIn = Callable[[str], Client]
ROLES = ("bangong", "zhuren", "caizheng", "caizhengju", "liuhe", "xianzhang", "fuxianzhang",
         "jiwei", "xitong", "anquan", "shenji")  # fmt: skip


def this_year() -> int:
    return timezone.localdate().year


def page_of(client: Client) -> str:
    answer = client.get(reverse("home"))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("username", ROLES)
@pytest.mark.parametrize("filled", [False, True])
def test_everybody_has_a_home_without_a_dead_end(
    signed_in: SignedIn, world: World, username: str, filled: bool
) -> None:
    if filled:
        make_tasks(world, 6, year=this_year(), unfilled=2)
    page = page_of(signed_in(username))
    main = page.split('<main id="main"')[1].split("</main>")[0]
    assert main.count("<h1>") == 1
    assert 'href="' in main
    assert "style=" not in page


@pytest.mark.django_db
def test_the_office_sees_the_years_steps_and_its_todo(signed_in: SignedIn, world: World) -> None:
    page = page_of(signed_in("bangong"))
    assert f"{this_year()}年度还没有实施意见" in page
    today = timezone.localdate()
    make_tasks(world, 6, year=this_year(), unfilled=2, state="draft")
    make_tasks(world, 1, year=this_year(), due=today - timedelta(days=2), prefix="迟")
    make_tasks(world, 1, year=this_year(), due=today, prefix="今")
    page = page_of(signed_in("bangong"))
    assert "还有 2 项未落实（2 处）" in page
    assert "还有 2 项任务、2 处责任未落实" in page
    assert "4 项任务责任已落实，可以下发" in page
    assert "逾期 2 天" in page
    order = [page.index(f">{name} ") for name in ("已逾期", "今天", "以后")]
    assert order == sorted(order)
    assert "每季度听取一次汇报" in page


@pytest.mark.django_db
def test_a_unit_sees_its_part_in_each_task(signed_in: SignedIn, world: World) -> None:
    make_tasks(world, 2, year=this_year(), prefix="甲")
    make_tasks(world, 2, year=this_year(), prefix="密", state="draft")
    page = page_of(signed_in("caizheng"))
    assert "牵头单位</span>" in page
    assert "县财政局 · 在办 2 项，牵头 2 项" in page
    assert "密严格" not in page
    town = page_of(signed_in("liuhe"))
    assert '<span class="tag">责任单位</span>' in town
    assert "牵头 0 项" in town


@pytest.mark.django_db
def test_a_leader_sees_the_own_and_the_portfolio(signed_in: SignedIn, world: World) -> None:
    make_tasks(world, 2, year=this_year())
    make_tasks(
        world, 1, year=this_year(), leader="李明华", lead="县审计局", prefix="审",
        due=timezone.localdate() - timedelta(days=1),
    )  # fmt: skip
    page = page_of(signed_in("fuxianzhang"))
    assert "责任事项 3 项，其中本人承担 2 项" in page
    assert "分管单位" in page
    # 县财政局 leads two and has its head in the third, 县审计局 leads one.
    assert page.index("审严格") < page.index("规范政府采购监督")
    assert '<td class="r num">3</td><td class="r num">1</td>' in page
    assert '<html lang="zh-CN" class="fs-lg">' in page


@pytest.mark.django_db
def test_the_chosen_size_is_remembered(signed_in: SignedIn, world: World) -> None:
    client = signed_in("fuxianzhang")
    client.cookies["fs"] = "xl"
    assert 'class="fs-xl"' in page_of(client)
    client.cookies["fs"] = 'x"><script>'
    assert 'class="fs-lg"' in page_of(client)


@pytest.mark.django_db
def test_the_inspector_sees_changes_but_no_drafts(signed_in: SignedIn, world: World) -> None:
    from tasks.services import task_items

    out = make_tasks(world, 1, year=this_year(), prefix="甲").items[0]
    kept = make_tasks(world, 1, year=this_year(), prefix="密", state="draft").items[0]
    office = world.users["bangong"]
    by = Actor(key=f"user:{office.pk}", name="张敏", user=office, county=world.county)
    for item in (out, kept):
        task_items.change_measure(by=by, item=item, measure="m", reason="r", version=1)
    page = page_of(signed_in("jiwei"))
    assert "甲严格控制" in page
    assert "密严格控制" not in page


@pytest.mark.django_db
def test_administrators_see_accounts_and_no_task(signed_in: SignedIn, world: World) -> None:
    make_tasks(world, 2, year=this_year(), prefix="甲")
    for username in ("xitong", "anquan", "shenji"):
        page = page_of(signed_in(username))
        assert "全部账号" in page
        assert "甲严格" not in page
        assert 'role="search"' not in page


@pytest.mark.django_db
def test_an_account_without_a_role_is_told_what_to_do(signed_in: SignedIn, world: World) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        grant = RoleGrant.objects.get(user=world.users["liuhe"])
        grant.valid_to = grant.valid_from
        grant.save()
    assert "还没有授予角色" in page_of(signed_in("liuhe"))


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["bangong", "caizheng", "fuxianzhang", "jiwei"])
def test_queries_do_not_grow_with_the_rows(
    signed_in: SignedIn, world: World, username: str
) -> None:
    client = signed_in(username)

    def counted() -> int:
        page_of(client)
        with CaptureQueriesContext(connection) as caught:
            page_of(client)
        return len(caught)

    make_tasks(world, 10, year=this_year())
    few = counted()
    make_tasks(world, 60, year=this_year())
    assert counted() == few
    assert few <= 42  # a statement or two for each thing that may wait for somebody


@pytest.mark.django_db
@pytest.mark.parametrize("username", ROLES)
def test_the_guide_opens_with_the_readers_own_part(
    signed_in: SignedIn, world: World, username: str
) -> None:
    page = signed_in(username).get(reverse("help")).content.decode()
    assert page.count("本账号</span>") == 1
    assert page.index("本账号</span>") < page.index("快捷键</h2>")
