"""轨迹 of one object: on its own page, and all of it on 全部轨迹."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent, LedgerLink, Unit
from accountability.selectors import object_trail
from accountability.services import accounts, tenures, units
from accountability.services.directory import version_of
from tasks.models import Milestone, TaskItem
from tasks.services import task_items
from tests.task_factory import make_tasks
from tests.world import World

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]


def actor(world: World, username: str) -> Actor:
    """As the middleware has it: with the post held now and the address."""
    user = world.users[username]
    return Actor(
        key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county,
        post="科员", unit="县政府办公室", address="10.1.2.3",
    )  # fmt: skip


def put_off(world: World, item: TaskItem, *days: str) -> None:
    for day in days:
        now = TaskItem.objects.get(pk=item.pk)
        task_items.change_due(
            by=actor(world, "bangong"), item=now, due_on=date.fromisoformat(day),
            due_text="", reason=f"纪要{day}", version=now.version,
        )  # fmt: skip


def short(world: World, name: str) -> None:
    unit = Unit.objects.get(pk=world.units["县财政局"].pk)
    units.edit(
        by=actor(world, "bangong"), unit=unit, values={"short_name": name},
        version=version_of(unit), reason="机构改革",
    )  # fmt: skip


def test_five_on_the_page_and_all_behind_the_link(signed_in: Sign, world: World) -> None:
    item = make_tasks(world, 1).items[0]
    put_off(world, item, *(f"2026-09-{day:02}" for day in range(1, 9)))
    client = signed_in("jiwei")
    page = client.get(reverse("task_detail", args=[item.pk])).content.decode()
    assert page.count("<b>张敏</b> 县政府办公室 科员") == 5
    assert "依据：纪要2026-09-08" in page
    assert "纪要2026-09-03" not in page
    url = reverse("audit_object", args=["task", item.pk])
    assert f'href="{url}">全部轨迹' in page
    whole = client.get(url)
    assert len(whole.context["entries"]) == 8
    text = whole.content.decode()
    newest = whole.context["entries"][0]
    place = LedgerLink.objects.filter(
        row__table="accountability_auditevent", row__key=str(newest.event.pk)
    )
    if connection.vendor == "sqlite":  # PostgreSQL links at commit
        assert f"#{place.get().seq}</a>" in text
    assert "关注：时限推迟" in text
    day = timezone.localdate()
    assert f"{reverse('task_as_of', args=[item.pk])}?on={day:%Y-%m-%d}" in text


def test_who_may_not_read_all_of_it_gets_no_link(signed_in: Sign, world: World) -> None:
    item = make_tasks(world, 1).items[0]
    put_off(world, item, *(f"2026-09-{day:02}" for day in range(1, 8)))
    url = reverse("audit_object", args=["task", item.pk])
    client = signed_in("caizheng")
    page = client.get(reverse("task_detail", args=[item.pk])).content.decode()
    assert url not in page
    assert "以往情况" not in page
    assert reverse("task_history", args=[item.pk]) in page, "his own task's history he may read"
    history = client.get(reverse("task_history", args=[item.pk])).content.decode()
    assert "纪要2026-09-01" in history
    assert reverse("task_as_of", args=[item.pk]) not in history
    assert client.get(url).status_code == 403


@pytest.mark.parametrize("kind", ["unit", "post", "person", "group"])
def test_the_directorys_pages_have_their_trail(signed_in: Sign, world: World, kind: str) -> None:
    short(world, "财局")
    tenures.appoint(
        by=actor(world, "bangong"), post=world.posts["黄志强"], person=world.persons["许静"],
        day=timezone.localdate(), is_acting=False, reason="任免文件12号",
    )  # fmt: skip
    row = {
        "unit": world.units["县财政局"],
        "post": world.posts["黄志强"],
        "person": world.persons["许静"],
        "group": world.groups["各乡镇"],
    }[kind]
    url = reverse("audit_object", args=[kind, row.pk])
    for username in ("bangong", "jiwei"):
        client = signed_in(username)
        page = client.get(reverse(f"{kind}_edit", args=[row.pk])).content.decode()
        assert f'href="{url}">全部轨迹' in page
        whole = client.get(url).content.decode()
        if kind != "group":
            assert "任免文件12号" in page
            assert "任免文件12号" in whole
        else:
            assert "没有更早的记录" in whole
    liaison = signed_in("caizheng").get(reverse(f"{kind}_edit", args=[row.pk])).content.decode()
    assert url not in liaison


def test_business_acts_do_not_show_on_a_units_trail(signed_in: Sign, world: World) -> None:
    item = make_tasks(world, 1).items[0]
    put_off(world, item, "2026-09-01")
    short(world, "财局")
    unit = world.units["县财政局"].pk
    assert AuditEvent.objects.filter(action="task.due", event_units__unit_id=unit).exists()
    text = signed_in("bangong").get(reverse("audit_object", args=["unit", unit])).content.decode()
    assert "财局" in text
    assert "调整时限" not in text


def test_the_audit_administrator_reads_the_trail_of_accounts_alone(
    signed_in: Sign, world: World
) -> None:
    account = world.users["liuhe"]
    accounts.set_active(
        by=Actor.system("test"), user_id=account.pk, is_active=False, reason="离岗两年"
    )
    item = make_tasks(world, 1).items[0]
    client = signed_in("shenji")
    url = reverse("audit_object", args=["account", account.pk])
    assert url in client.get(reverse("account_edit", args=[account.pk])).content.decode()
    assert "离岗两年" in client.get(url).content.decode()
    unit = world.units["县财政局"].pk
    told = client.get(reverse("unit_edit", args=[unit])).content.decode()
    assert reverse("audit_object", args=["unit", unit]) not in told
    for kind, pk in (("unit", unit), ("task", item.pk)):
        assert client.get(reverse("audit_object", args=[kind, pk])).status_code == 404
    assert signed_in("jiwei").get(url).status_code == 404
    assert signed_in("xitong").get(url).status_code == 403


def test_a_papers_trail_is_on_its_page(signed_in: Sign, world: World) -> None:
    made = make_tasks(world, 1)
    with acting(by=actor(world, "zhuren"), reason="常务会议") as act:
        act.record("paper.issue", made.paper, summary="印发实施意见")
    client = signed_in("jiwei")
    page = client.get(reverse("papers", args=[2026])).content.decode()
    assert "印发实施意见" in page
    url = reverse("audit_object", args=["paper", made.paper.pk])
    assert url in page
    assert "常务会议" in client.get(url).content.decode()


def test_pages_go_on_without_offset(
    signed_in: Sign, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_trail, "PAGE", 3)
    item = make_tasks(world, 1).items[0]
    put_off(world, item, *(f"2026-09-{day:02}" for day in range(1, 6)))
    client = signed_in("bangong")
    url = reverse("audit_object", args=["task", item.pk])
    first = client.get(url)
    second = client.get(f"{url}?before={first.context['older']}")
    seen = [e.event.pk for page in (first, second) for e in page.context["entries"]]
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5
    assert second.context["older"] is None
    assert client.get(f"{url}?before=x").status_code == 422
    assert "#" in first.content.decode()
    assert reverse("audit_event", args=[seen[0]]) not in first.content.decode(), (
        "the office may not"
    )


def test_as_many_questions_for_many_events_as_for_few(signed_in: Sign, world: World) -> None:
    item = make_tasks(world, 1).items[0]
    put_off(world, item, "2026-09-01")
    short(world, "县财")
    client = signed_in("jiwei")
    urls = [
        reverse("audit_object", args=["task", item.pk]),
        reverse("task_detail", args=[item.pk]),
        reverse("audit_object", args=["unit", world.units["县财政局"].pk]),
        reverse("task_as_of", args=[item.pk]),
        reverse("unit_as_of", args=[world.units["县财政局"].pk]),
        reverse("post_as_of", args=[world.posts["黄志强"].pk]),
    ]

    def counted() -> list[int]:
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as caught:
                assert client.get(url).status_code == 200
            found.append(len(caught))
        return found

    counted()
    few = counted()
    put_off(world, item, *(f"2026-10-{day:02}" for day in range(1, 28)))
    for name in ("财局", "县财局", "财政"):
        short(world, name)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for position in range(6):
            Milestone(item=item, position=position, text="节点", due_on=timezone.localdate()).save()
    assert counted() == few
    assert max(few) <= 32
