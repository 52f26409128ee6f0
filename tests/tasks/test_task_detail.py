"""任务详情: what it shows, to whom, and what the office may change on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import audit
from tasks.models import Milestone, TaskItem
from tasks.services import task_items
from tests.task_factory import make_tasks
from tests.world import World

SignedIn = Callable[[str], Client]


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def fresh(item: TaskItem) -> TaskItem:
    return TaskItem.objects.get(pk=item.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "mine", "draft"),
    [
        ("bangong", 200, 200),
        ("jiwei", 200, 404),
        ("caizheng", 200, 404),
        ("liuhe", 200, 404),
        ("fuxianzhang", 200, 404),
        ("xianzhang", 404, 404),
        ("xitong", 403, 403),
    ],
)
@pytest.mark.parametrize("route", ["task_detail", "task_history"])
def test_out_of_scope_is_not_found(
    signed_in: SignedIn, world: World, username: str, mine: int, draft: int, route: str
) -> None:
    out = make_tasks(world, 1).items[0]
    kept = make_tasks(world, 1, state="draft").items[0]
    client = signed_in(username)
    assert client.get(reverse(route, args=[out.pk])).status_code == mine
    assert client.get(reverse(route, args=[kept.pk])).status_code == draft
    assert client.get(reverse(route, args=[99999999])).status_code in (404, 403)


@pytest.mark.django_db
def test_the_page_shows_the_duty(signed_in: SignedIn, world: World) -> None:
    item = make_tasks(world, 4).items[0]
    page = signed_in("caizheng").get(reverse("task_detail", args=[item.pk])).content.decode()
    for words in (
        "周建平", "县政府常务副县长", "县财政局", "各乡镇（3 个单位）", "柳河镇、石桥镇、长岭乡",
        "二、明确职责", "依据原文：6月底前", "还没有变更", "还有 30 天",
    ):  # fmt: skip
        assert words in page
    assert "调整时限" not in page


@pytest.mark.django_db
def test_neighbours_stay_within_the_filtered_list(signed_in: SignedIn, world: World) -> None:
    made = make_tasks(world, 6, unfilled=3)
    client = signed_in("bangong")
    last_unfilled = made.items[5]
    page = client.get(
        reverse("task_detail", args=[made.items[3].pk]) + "?unfilled=on"
    ).content.decode()
    assert f'/tasks/{made.items[4].pk}/?unfilled=on" rel="next"' in page
    assert 'rel="prev"' not in page
    page = client.get(reverse("task_detail", args=[last_unfilled.pk])).content.decode()
    assert f'/tasks/{made.items[4].pk}/" rel="prev"' in page


@pytest.mark.django_db
def test_the_office_changes_a_deadline_with_its_grounds(signed_in: SignedIn, world: World) -> None:
    item = make_tasks(world, 2).items[0]
    client = signed_in("bangong")
    url = reverse("task_due", args=[item.pk])
    sent = {"due-version": 1, "due-due_on": "2026-09-30", "due-due_text": "9月底前"}
    answer = client.post(url, sent)
    assert answer.status_code == 422
    assert "请填写调整依据" in answer.content.decode()
    assert fresh(item).version == 1
    answer = client.post(url + "?state=issued", {**sent, "due-reason": "会议纪要第18期"})
    assert answer.status_code == 302
    assert answer["Location"].endswith("?state=issued")
    assert fresh(item).due_on == date(2026, 9, 30)
    event = AuditEvent.objects.get(action="task.due")
    assert event.reason == "会议纪要第18期"
    touched = set(event.units.values_list("name", flat=True))
    assert touched == {"县财政局", "县政府", "柳河镇", "石桥镇", "长岭乡"}
    assert [c["after"] for c in event.changes] == ["2026-09-30", "9月底前"]
    page = client.get(reverse("task_detail", args=[item.pk])).content.decode()
    assert "依据：会议纪要第18期" in page
    assert "变更后：</span>2026-09-30</ins>" in page


@pytest.mark.django_db
def test_a_stale_form_gets_both_versions(signed_in: SignedIn, world: World) -> None:
    item = make_tasks(world, 1).items[0]
    client = signed_in("bangong")
    task_items.change_due(
        by=actor(world, "zhuren"), item=item, due_on=date(2026, 8, 1), due_text="8月", reason="甲",
        version=1,
    )  # fmt: skip
    sent = {
        "due-version": 1, "due-due_on": "2026-09-30", "due-due_text": "9月底前", "due-reason": "乙"
    }  # fmt: skip
    url = reverse("task_due", args=[item.pk])
    answer = client.post(url, sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "2026-08-01" in page
    assert 'value="2026-09-30"' in page
    assert 'name="due-version" value="2"' in page
    assert fresh(item).due_on == date(2026, 8, 1)
    assert client.post(url, {**sent, "due-version": 2}).status_code == 302


@pytest.mark.django_db
def test_states_move_with_grounds_and_only_where_allowed(world: World) -> None:
    item = make_tasks(world, 1).items[0]
    by = actor(world, "bangong")
    with pytest.raises(Invalid):
        task_items.mark_done(by=by, item=item, reason=" ", version=1)
    task_items.mark_done(by=by, item=item, reason="验收通过", version=1)
    assert fresh(item).state == "done"
    with pytest.raises(WrongState):
        task_items.change_due(by=by, item=item, due_on=None, due_text="", reason="x", version=2)
    with pytest.raises(WrongState):
        task_items.void(by=by, item=item, reason="x", version=2)
    task_items.reopen(by=by, item=item, reason="复查未通过", version=2)
    with pytest.raises(Conflict):
        task_items.void(by=by, item=item, reason="x", version=2)
    task_items.void(by=by, item=item, reason="并入另一项", version=3)
    assert fresh(item).state == "void"
    assert fresh(item).history.count() == 4


@pytest.mark.django_db
def test_nobody_else_changes_a_task(signed_in: SignedIn, world: World) -> None:
    item = make_tasks(world, 1).items[0]
    for username in ("caizheng", "caizhengju", "fuxianzhang", "jiwei", "xitong"):
        client = signed_in(username)
        for name in ("due", "measure", "done", "void", "reopen"):
            url = reverse(f"task_{name}", args=[item.pk])
            assert client.post(url, {f"{name}-version": 1}).status_code == 403
        with pytest.raises(NotAllowed):
            task_items.change_measure(
                by=actor(world, username), item=item, measure="x", reason="y", version=1
            )
    assert fresh(item).version == 1


@pytest.mark.django_db
def test_a_closed_paper_is_not_changed_any_more(world: World, system: Actor) -> None:
    made = make_tasks(world, 1)
    with acting(by=system) as act:
        act.unchanged()
        made.paper.state = "closed"
        made.paper.save()
    with pytest.raises(WrongState):
        task_items.change_measure(
            by=actor(world, "bangong"), item=made.items[0], measure="x", reason="y", version=1
        )


@pytest.mark.django_db
def test_another_countys_office_finds_nothing(world: World, system: Actor) -> None:
    from tests.world import build

    with acting(by=system) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="2")
    item = make_tasks(world, 1).items[0]
    with pytest.raises(NotFound):
        task_items.change_measure(
            by=actor(other, "bangong"), item=item, measure="x", reason="y", version=1
        )


@pytest.mark.django_db
def test_nothing_is_stored_when_the_event_fails(world: World) -> None:
    item = make_tasks(world, 1).items[0]
    with (
        mock.patch.object(audit.AuditEvent, "save", side_effect=RuntimeError),
        pytest.raises(RuntimeError),
    ):
        task_items.change_measure(
            by=actor(world, "bangong"), item=item, measure="x", reason="y", version=1
        )
    assert fresh(item).measure == ""
    assert fresh(item).history.count() == 1


@pytest.mark.django_db
def test_a_change_that_changes_nothing_is_no_event(world: World) -> None:
    item = make_tasks(world, 1).items[0]
    task_items.change_due(
        by=actor(world, "bangong"), item=item, due_on=item.due_on, due_text=item.due_text,
        version=1,
    )  # fmt: skip
    assert not AuditEvent.objects.filter(action="task.due").exists()
    assert fresh(item).version == 1


@pytest.mark.django_db
def test_the_history_pages_without_offset(signed_in: SignedIn, world: World) -> None:
    item = make_tasks(world, 1).items[0]
    by = actor(world, "bangong")
    for turn in range(55):
        task_items.change_measure(
            by=by, item=item, measure=f"标准{turn}", reason="r", version=turn + 1
        )
    client = signed_in("jiwei")
    page = client.get(reverse("task_detail", args=[item.pk])).content.decode()
    assert page.count('class="s"') == 5
    url = reverse("task_history", args=[item.pk])
    first = client.get(url).content.decode()
    assert first.count("账本序号") == 1
    assert first.count('<td class="who nowrap">') == 50
    before = first.split("?before=")[1].split('"')[0]
    second = client.get(f"{url}?before={before}").content.decode()
    assert second.count('<td class="who nowrap">') == 5
    assert "标准0" in second
    assert "更早的记录" not in second
    assert client.get(f"{url}?before=x").status_code == 422


@pytest.mark.django_db
def test_queries_do_not_grow(signed_in: SignedIn, world: World) -> None:
    made = make_tasks(world, 4)
    client = signed_in("bangong")
    url = reverse("task_detail", args=[made.items[1].pk])

    def counted() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    by = actor(world, "bangong")
    task_items.change_measure(by=by, item=made.items[1], measure="先", reason="r", version=1)
    few = counted()
    make_tasks(world, 60)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for position in range(6):
            Milestone(
                item=made.items[1], position=position, text="节点", due_on=date(2026, 6, 1)
            ).save()
    for turn in range(4):
        task_items.change_measure(
            by=actor(world, "bangong"), item=made.items[1], measure=f"{turn}", reason="r",
            version=turn + 2,
        )  # fmt: skip
    assert counted() == few
