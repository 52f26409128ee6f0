"""任务台账: who sees which rows, filters, keyset paging, queries that do not grow."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from tasks.models import TaskItem
from tests.task_factory import make_tasks
from tests.world import World

SignedIn = Callable[[str], Client]


@pytest.fixture
def papers(world: World) -> dict[str, Any]:
    """A paper on 县财政局 and 周建平, one on 县审计局 and 李明华, and a draft."""
    return {
        "finance": make_tasks(world, 4, prefix="甲"),
        "audit": make_tasks(world, 3, prefix="乙", lead="县数据中心", leader="李明华"),
        "draft": make_tasks(world, 2, prefix="丙", state="draft"),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "seen", "hidden"),
    [
        ("bangong", "甲乙丙", ""),
        ("zhuren", "甲乙丙", ""),
        ("jiwei", "甲乙", "丙"),
        ("caizheng", "甲乙", "丙"),  # 乙 through its head, who is 责任人员
        ("liuhe", "甲乙", "丙"),  # through the group 各乡镇
        ("fuxianzhang", "甲乙", "丙"),
        ("xianzhang", "", "甲乙丙"),
    ],
)
def test_each_role_sees_its_rows_and_no_others(
    signed_in: SignedIn, papers: dict[str, Any], username: str, seen: str, hidden: str
) -> None:
    page = signed_in(username).get(reverse("task_list", args=[2026])).content.decode()
    for mark in seen:
        assert f">{mark}严格控制" in page
    for mark in hidden:
        assert f"{mark}严格控制" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["xitong", "anquan", "shenji"])
@pytest.mark.parametrize("route", ["task_list", "task_xlsx", "task_import", "task_list_latest"])
def test_administrators_have_no_business_here(
    signed_in: SignedIn, world: World, username: str, route: str
) -> None:
    args = [] if route == "task_list_latest" else [2026]
    assert signed_in(username).get(reverse(route, args=args)).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["caizheng", "xianzhang", "jiwei"])
def test_only_the_office_imports(signed_in: SignedIn, world: World, username: str) -> None:
    client = signed_in(username)
    assert client.get(reverse("task_import", args=[2026])).status_code == 403
    assert client.post(reverse("task_import_confirm", args=[2026])).status_code == 403


@pytest.mark.django_db
def test_another_county_is_not_seen(
    client: Client, world: World, system: Actor, signed_in: SignedIn
) -> None:
    from tests.world import build

    with acting(by=system) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="2")
    make_tasks(other, 2, prefix="邻")
    page = signed_in("bangong").get(reverse("task_list", args=[2026])).content.decode()
    assert "邻严格控制" not in page


@pytest.mark.django_db
def test_the_latest_year_is_found_and_the_filters_are_kept(
    signed_in: SignedIn, papers: dict[str, Any]
) -> None:
    answer = signed_in("bangong").get(reverse("task_list_latest") + "?state=draft")
    assert answer["Location"] == "/y/2026/tasks/?state=draft"


def numbers(client: Client, query: str, year: int = 2026) -> list[str]:
    page = client.get(reverse("task_list", args=[year]) + query).content.decode()
    return re.findall(r'<a class="t" href="[^"]+">([^<]+)</a>', page)


@pytest.mark.django_db
def test_filters(signed_in: SignedIn, world: World) -> None:
    first = make_tasks(world, 6, unfilled=2, prefix="甲")
    make_tasks(world, 2, prefix="乙", lead="县数据中心", leader="李明华", state="draft")
    client = signed_in("bangong")
    assert len(numbers(client, "")) == 8
    assert len(numbers(client, "?state=draft")) == 2
    assert len(numbers(client, "?unfilled=on")) == 2
    assert len(numbers(client, f"?unit={world.units['县数据中心'].pk}")) == 2
    # 柳河镇 only through its group, which the two unfilled items do not have.
    assert len(numbers(client, f"?unit={world.units['柳河镇'].pk}")) == 6
    assert len(numbers(client, f"?post={world.posts['李明华'].pk}")) == 2
    assert len(numbers(client, f"?section={first.sections[0].pk}")) == 3
    assert numbers(client, "?q=甲严格控制") == ["甲严格控制“三公”经费支出"] * 2
    assert len(numbers(client, "?q=zfcg")) == 2  # 政府采购
    assert len(numbers(client, "?q=按月报送")) == 8  # in the text
    today = timezone.localdate()
    assert numbers(client, f"?due_to={today.isoformat()}") == []
    later = (today + timedelta(days=30)).isoformat()
    assert len(numbers(client, f"?due_from={later}&due_to={later}")) == 8
    page = client.get(reverse("task_list", args=[2026]) + "?q=没有这样的词").content.decode()
    assert "没有符合条件的任务" in page
    assert "清除条件" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "?unit=abc",
        "?unit=999999",
        "?state=x",
        "?due_from=昨天",
        "?due_from=2026-05-02&due_to=2026-05-01",
        "?after=%21%21",
        "?after=MTIz",
        "?q=a%00b",
        "?before=" + "9" * 50,
    ],
)
def test_a_wrong_filter_or_cursor_is_refused(signed_in: SignedIn, world: World, query: str) -> None:
    assert signed_in("bangong").get(reverse("task_list", args=[2026]) + query).status_code == 422


@pytest.mark.django_db
def test_keyset_paging_goes_on_after_inserts(signed_in: SignedIn, world: World) -> None:
    made = make_tasks(world, 130)
    client = signed_in("bangong")
    url = reverse("task_list", args=[2026])
    seen: list[int] = []
    query = ""
    for turn in range(3):
        page = client.get(url + query).content.decode()
        seen += [int(pk) for pk in re.findall(r'<a class="t" href="/tasks/(\d+)/', page)]
        match = re.search(r'href="\?(after=[\w-]+)"', page)
        query = f"?{match[1]}" if match else ""
        if turn == 0:
            make_tasks(world, 1, prefix="新", title="另一份意见")  # comes last
            with acting(by=Actor.system("test")) as act:
                act.unchanged()
                moved = TaskItem.objects.get(pk=made.items[0].pk)
                moved.state = "void"
                moved.save()  # a row of the page left behind goes away
    assert seen[:130] == [item.pk for item in made.items]
    assert len(seen) == 131
    back = re.search(r'href="\?(before=[\w-]+)"', page)
    assert back
    page = client.get(f"{url}?{back[1]}").content.decode()
    before = [int(pk) for pk in re.findall(r'<a class="t" href="/tasks/(\d+)/', page)]
    assert before == [item.pk for item in made.items[50:100]]
    assert "上一页" in page
    assert "下一页" in page


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["bangong", "caizheng", "fuxianzhang", "jiwei"])
def test_queries_do_not_grow_with_the_rows(
    signed_in: SignedIn, world: World, username: str
) -> None:
    client = signed_in(username)
    make_tasks(world, 10)
    url = reverse("task_list", args=[2026])
    few = queries(client, url)
    make_tasks(world, 60, title="又一份意见")
    assert queries(client, url) == few
    assert few <= 27


@pytest.mark.django_db
def test_htmx_gets_the_rows_alone(signed_in: SignedIn, world: World) -> None:
    make_tasks(world, 2)
    answer = signed_in("bangong").get(
        reverse("task_list", args=[2026]), headers={"HX-Request": "true"}
    )
    page = answer.content.decode()
    assert page.lstrip().startswith('<div class="lbox"')
    assert 'data-announce="共 2 项任务"' in page
    answer = signed_in("bangong").get(
        reverse("task_list", args=[2026]) + "?q=&state=issued", headers={"HX-Request": "true"}
    )
    assert answer["HX-Push-Url"] == "/y/2026/tasks/?state=issued"
    # The export in the page's head follows the filters.
    assert '/y/2026/tasks/xlsx/?state=issued"' in answer.content.decode()


@pytest.mark.django_db
def test_the_count_is_capped(world: World) -> None:
    from tasks.selectors import keyset

    make_tasks(world, 12)
    rows = TaskItem.objects.all()
    assert keyset.capped_count(rows) == "12"
    keyset_cap = keyset.COUNTED_AT_MOST
    try:
        keyset.COUNTED_AT_MOST = 10
        assert keyset.capped_count(rows) == "10+"
    finally:
        keyset.COUNTED_AT_MOST = keyset_cap
