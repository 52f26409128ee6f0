"""搜索: by text, pinyin and initials; nothing that the asker may not see; marked and escaped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.door import Actor, acting
from accountability.selectors.finding import Words
from tasks.models import TaskItem
from tasks.selectors.search import excerpt, marked
from tests.task_factory import make_tasks
from tests.world import World, build

SignedIn = Callable[[str], Client]
CANARY = "金丝雀"


def found(client: Client, q: str) -> str:
    answer = client.get(reverse("search"), {"q": q})
    assert answer.status_code == 200
    page = answer.content.decode()
    return page.split('<main id="main"')[1].split("</main>")[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("q", "seen"),
    [
        ("财政", "县<mark>财政</mark>局"),
        ("caizheng", "县财政局"),
        ("CZJ", "县财政局"),
        ("xian'cai'zheng", "县财政局"),
        ("住建局", "县住房和城乡建设局"),
        ("zhujianju", "县住房和城乡建设局"),
        ("周建平", "<mark>周建平</mark>"),
        ("zjp", "周建平"),
        ("shanming", "单明"),
        ("zenglì", "没有找到"),
        ("政府采购", "规范<mark>政府采购</mark>监督"),
        ("zfcg", "规范政府采购监督"),
        ("zhengfucaigou", "规范政府采购监督"),
        ("二（2）", "<mark>二（2）</mark>"),
        ("按月报送", "要<mark>按月报送</mark>情况"),
        ("政府采购 按月", "规范<mark>政府采购</mark>监督"),
        ("实施意见", "落实主体责任<mark>实施意见</mark>"),
        ("〔2026〕3号", "试政发〔2026〕3号"),
        ("ztzr", "落实主体责任实施意见"),
        ("没有这样的词", "没有找到"),
        ("%", "没有找到"),
        ("_", "没有找到"),
        ("", "输入单位、人员"),
        ("a\0b", "没有找到"),
        ("' OR 1=1 --", "没有找到"),
    ],
)
def test_finds_by_text_pinyin_and_initials(
    signed_in: SignedIn, world: World, q: str, seen: str
) -> None:
    make_tasks(world, 4)
    assert seen in found(signed_in("bangong"), q)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "sees"),
    [("bangong", True), ("jiwei", False), ("caizheng", False), ("fuxianzhang", False),
     ("xianzhang", False), ("liuhe", False)],
)  # fmt: skip
@pytest.mark.parametrize("q", [CANARY, "jinsique", "jsq", "意见"])
def test_what_may_not_be_seen_never_appears(
    signed_in: SignedIn, world: World, system: Actor, username: str, sees: bool, q: str
) -> None:
    make_tasks(world, 3, prefix="甲")
    make_tasks(
        world, 2, state="draft", prefix=CANARY, text=f"{CANARY}在正文", title=f"{CANARY}意见"
    )
    with acting(by=system) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="2")
    make_tasks(other, 2, prefix=f"邻县{CANARY}", title=f"邻县{CANARY}意见", text=CANARY)
    client = signed_in(username)
    page = found(client, q)
    html = client.get(reverse("search"), {"q": q}, headers={"HX-Request": "true"}).content.decode()
    for text in (page, html):
        body = text.replace(f"“{CANARY}”", "").replace(f'value="{CANARY}"', "")
        body = body.replace("<mark>", "").replace("</mark>", "")
        assert "邻县" not in body
        if not sees:
            assert f"{CANARY}严格" not in body
            # An inspector reads every paper of the county, its tasks once handed out.
            assert username == "jiwei" or f"{CANARY}意见" not in body
            assert f"{CANARY}在正文" not in body
    if sees and q != "意见":
        assert CANARY in page


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["xitong", "anquan", "shenji"])
def test_administrators_do_not_search(signed_in: SignedIn, world: World, username: str) -> None:
    assert signed_in(username).get(reverse("search"), {"q": "财政"}).status_code == 403


def test_marks_are_escaped() -> None:
    words = Words.of("<b>  amp 财政")
    assert marked("县<b>财政&局", words) == "县<mark>&lt;b&gt;财政</mark>&amp;局"
    assert marked('"<i>', Words.of("x")) == "&quot;&lt;i&gt;"
    line = excerpt(
        "标题。" + "前" * 40 + "<script>词</script>" + "后" * 90, Words.of("词"), beside="标题"
    )
    assert str(line).startswith("…")
    assert "<script>" not in str(line)
    assert "<mark>词</mark>" in str(line)


@pytest.mark.django_db
def test_a_group_is_capped_and_leads_to_the_list(signed_in: SignedIn, world: World) -> None:
    make_tasks(world, 30)
    page = found(signed_in("bangong"), "按月报送")
    assert "20+ 个" in page
    assert page.count('<p class="ex">') == 20
    assert "/y/2026/tasks/?q=" in page


@pytest.mark.django_db
def test_suggestions_are_a_short_list(signed_in: SignedIn, world: World) -> None:
    make_tasks(world, 30)
    client = signed_in("bangong")
    answer = client.get(reverse("search"), {"q": "财政"}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert "<html" not in html
    assert html.count('role="option"') <= 16
    assert 'role="option"' in html


@pytest.mark.django_db
def test_queries_do_not_grow(signed_in: SignedIn, world: World) -> None:
    client = signed_in("bangong")

    def counted() -> int:
        found(client, "政府")
        with CaptureQueriesContext(connection) as caught:
            found(client, "政府")
        return len(caught)

    make_tasks(world, 10)
    few = counted()
    make_tasks(world, 60)
    assert counted() == few


@pytest.mark.django_db
def test_the_exact_number_comes_first(world: World) -> None:
    from django.utils import timezone

    from tasks.selectors.search import search

    made = make_tasks(world, 12)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item = TaskItem.objects.get(pk=made.items[0].pk)
        item.text = "参照三（9）办理"
        item.save()
    groups = search(world.users["bangong"], "三（9）", on=timezone.localdate())
    assert [g.label for g in groups] == ["任务"]
    assert [h.plain.split()[0] for h in groups[0].hits] == ["三（9）", "二（1）"]
