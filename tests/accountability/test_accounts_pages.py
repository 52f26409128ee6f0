"""账号与权限: who opens what, what the pages do, and that refusals change nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accountability.door import Actor
from accountability.models import AuditEvent, Delegation, Role, RoleGrant, User
from accountability.selectors import accounts as selector
from accountability.services import accounts, second_factor
from tests.world import World

Sign = Callable[[str], Client]
READ = {"xitong": 200, "anquan": 200, "shenji": 200, "bangong": 403, "jiwei": 403, "caizheng": 403}
MANAGE = READ | {"anquan": 403, "shenji": 403}
GRANT = READ | {"xitong": 403, "shenji": 403}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("route", "cells"),
    [
        ("account_list", READ),
        ("account_edit", READ),
        ("why_visible", READ),
        ("account_new", MANAGE),
        ("account_disable", MANAGE),
        ("account_reset", MANAGE),
        ("account_unlock", GRANT),
        ("account_sessions_end", GRANT),
        ("grant_new", GRANT),
        ("grant_end", GRANT),
        ("delegation_new", GRANT),
    ],
)
def test_who_opens_what(signed_in: Sign, world: World, route: str, cells: dict[str, int]) -> None:
    args: list[int] = []
    if route == "grant_end":
        args = [RoleGrant.objects.get(user=world.users["liuhe"]).pk]
    elif route not in ("account_list", "account_new", "why_visible", "delegation_new"):
        args = [world.users["liuhe"].pk]
    for username, status in cells.items():
        answer = signed_in(username).get(reverse(route, args=args))
        assert answer.status_code == status, (username, route)


@pytest.mark.django_db
def test_a_refused_post_changes_nothing(signed_in: Sign, world: World) -> None:
    target = world.users["liuhe"]
    posts = {
        "account_new": ([], {"username": "ghost", "person": ""}),
        "account_disable": ([target.pk], {"reason": "x", "to": "0"}),
        "account_reset": ([target.pk], {"reason": "x"}),
        "grant_new": (
            [target.pk],
            {"role": "leader", "valid_from": "2026-01-01", "reason": "x", "unit": ""},
        ),
        "account_factor_anew": (
            [world.users["xitong"].pk],
            {"reason": "x", "witness": "shenji", "witness_code": "000000"},
        ),
    }
    before = (User.objects.count(), RoleGrant.objects.count(), target.password)
    for username in ("shenji", "bangong", "jiwei"):
        client = signed_in(username)
        for route, (args, data) in posts.items():
            events = AuditEvent.objects.count()
            assert client.post(reverse(route, args=args), data).status_code in (403, 404), route
            assert AuditEvent.objects.count() == events + 1
    target.refresh_from_db()
    assert (User.objects.count(), RoleGrant.objects.count(), target.password) == before
    assert target.is_active


@pytest.mark.django_db
def test_another_countys_accounts_are_not_there(signed_in: Sign, world: World) -> None:
    from accountability.door import acting
    from tests.world import build

    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        other = build(name="别县", code="990022", suffix="2")
    client = signed_in("xitong")
    text = client.get(reverse("account_list")).content.decode()
    assert "bangong" in text
    assert "bangong2" not in text
    for route in ("account_edit", "account_disable", "account_reset"):
        url = reverse(route, args=[other.users["bangong"].pk])
        assert client.get(url).status_code == 404
    why = client.get(reverse("why_visible"), {"account": "bangong2", "kind": "task", "number": "1"})
    assert "没有这个账号" in why.content.decode()


@pytest.mark.django_db
def test_a_new_account_from_paper_to_rights(signed_in: Sign, world: World) -> None:
    client = signed_in("xitong")
    person = world.persons["许静"]
    assert (
        "用户名须以小写字母开头"
        in client.post(reverse("account_new"), {"username": "许静", "person": ""}).content.decode()
    )
    answer = client.post(reverse("account_new"), {"username": "xujing", "person": person.pk})
    code = re.search(r'id="code">([^<]+)<', answer.content.decode())
    assert code
    assert answer["Cache-Control"].startswith("max-age=0") or "no-store" in answer["Cache-Control"]
    user = User.objects.get(username="xujing")
    assert user.made_by == world.users["xitong"]
    assert "待设置" in client.get(reverse("account_list")).content.decode()
    assert (
        client.post(reverse("account_new"), {"username": "xujing", "person": ""}).status_code == 422
    )

    guardian = signed_in("anquan")
    url = reverse("grant_new", args=[user.pk])
    today = timezone.localdate()
    data = {
        "role": "unit_head",
        "unit": world.units["县审计局"].pk,
        "valid_from": today.isoformat(),
        "until": (today + timedelta(days=9)).isoformat(),
        "reason": "试任字3号",
        "witness": "",
        "witness_code": "",
    }
    assert "请选择单位" in guardian.post(url, data | {"unit": ""}).content.decode()
    assert "早于生效日期" in guardian.post(url, data | {"until": "2020-01-01"}).content.decode()
    assert "第二名管理员" in guardian.post(url, data | {"role": "audit_admin"}).content.decode()
    assert guardian.post(url, data).status_code == 302
    row = RoleGrant.objects.get(user=user)
    assert row.valid_to == today + timedelta(days=10)
    page = guardian.get(reverse("account_edit", args=[user.pk])).content.decode()
    assert f"至 {today + timedelta(days=9)}" in page
    assert (
        guardian.post(reverse("grant_end", args=[row.pk]), {"reason": "试免字1号"}).status_code
        == 302
    )
    row.refresh_from_db()
    assert row.valid_to == today
    assert (
        "已经结束"
        in guardian.post(reverse("grant_end", args=[row.pk]), {"reason": "x"}).content.decode()
    )


@pytest.mark.django_db
def test_no_event_no_right(signed_in: Sign, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in("anquan")
    before = list(RoleGrant.objects.order_by("id").values_list("id", "valid_to"))

    def broken(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accountability.services.audit.record", broken)
    today = timezone.localdate().isoformat()
    data = {"role": "leader", "unit": "", "valid_from": today, "until": "", "reason": "x"}
    with pytest.raises(RuntimeError):
        client.post(reverse("grant_new", args=[world.users["liuhe"].pk]), data)
    row = RoleGrant.objects.get(user=world.users["liuhe"])
    with pytest.raises(RuntimeError):
        client.post(reverse("grant_end", args=[row.pk]), {"reason": "x"})
    assert list(RoleGrant.objects.order_by("id").values_list("id", "valid_to")) == before


@pytest.mark.django_db
def test_a_grant_is_not_antedated(signed_in: Sign, world: World) -> None:
    data = {"role": "leader", "unit": "", "valid_from": "2020-01-01", "until": "", "reason": "x"}
    url = reverse("grant_new", args=[world.users["liuhe"].pk])
    assert "不倒签" in signed_in("anquan").post(url, data).content.decode()


@pytest.mark.django_db
def test_an_administrator_is_appointed_by_two(signed_in: Sign, world: World) -> None:
    accounts.create_with_code(
        by=Actor.system("test"), username="second", county=world.county, person=None
    )
    user = User.objects.get(username="second")
    data = {
        "role": "audit_admin",
        "unit": "",
        "valid_from": timezone.localdate().isoformat(),
        "until": "",
        "reason": "试任字4号",
        "witness": "shenji",
        "witness_code": second_factor.demo_code(world.users["shenji"]),
    }
    client = signed_in("anquan")
    assert client.post(reverse("grant_new", args=[user.pk]), data).status_code == 302
    assert "在场 shenji" in client.get(reverse("account_edit", args=[user.pk])).content.decode()


@pytest.mark.django_db
def test_disable_and_enable(signed_in: Sign, world: World) -> None:
    client = signed_in("xitong")
    url = reverse("account_disable", args=[world.users["liuhe"].pk])
    assert client.post(url, {"reason": "", "to": "0"}).status_code == 422
    assert client.post(url, {"reason": "调离", "to": "0"}).status_code == 302
    assert "已停用" in client.post(url, {"reason": "调离", "to": "0"}).content.decode()
    assert not User.objects.get(username="liuhe").is_active
    assert client.post(url, {"reason": "调回", "to": "1"}).status_code == 302
    assert User.objects.get(username="liuhe").is_active
    own = reverse("account_disable", args=[world.users["xitong"].pk])
    assert client.post(own, {"reason": "x", "to": "0"}).status_code == 403


@pytest.mark.django_db
def test_delegation_by_the_page(signed_in: Sign, world: World) -> None:
    client = signed_in("anquan")
    today = timezone.localdate()
    data = {
        "post": world.posts["周建平"].pk,
        "delegate": world.persons["李明华"].pk,
        "valid_from": today.isoformat(),
        "until": (today + timedelta(days=40)).isoformat(),
        "order_number": "试政办〔2026〕9号",
        "reason": "外出学习",
    }
    assert "不超过 30 天" in client.post(reverse("delegation_new"), data).content.decode()
    data["until"] = (today + timedelta(days=29)).isoformat()
    assert client.post(reverse("delegation_new"), data).status_code == 302
    row = Delegation.objects.get()
    assert "李明华" in client.get(reverse("account_list")).content.decode()
    assert (
        client.post(reverse("delegation_end", args=[row.pk]), {"reason": "提前返回"}).status_code
        == 302
    )
    assert signed_in("shenji").get(reverse("delegation_end", args=[row.pk])).status_code == 403


@pytest.mark.django_db
def test_the_list_filters_and_pages_at_constant_cost(
    signed_in: Sign, world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    viewer = world.users["shenji"]
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def ask() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            selector.page(viewer, words="", role="", state="", after="")
        return len(caught)

    ask()  # the viewer's scope is computed once
    few = ask()
    for n in range(60):
        accounts.create(
            by=Actor.system("test"), username=f"many{n:02}", password=None, county=world.county
        )
    assert ask() == few
    client = signed_in("shenji")
    first = client.get(reverse("account_list")).context
    assert len(first["rows"]) == selector.PAGE
    second = client.get(reverse("account_list"), {"after": first["more"]}).context
    names = [r["user"].username for r in (*first["rows"], *second["rows"])]
    assert names == sorted(names)
    assert len(names) == len(set(names)) == 60 + len(world.users)
    found = client.get(reverse("account_list"), {"words": "zm"}).context["rows"]
    assert [r["user"].username for r in found] == ["bangong"]
    found = client.get(reverse("account_list"), {"role": Role.INSPECTOR}).context["rows"]
    assert [r["user"].username for r in found] == ["jiwei"]


@pytest.mark.django_db
def test_a_locked_account_is_found_and_unlocked(
    client: Client, signed_in: Sign, world: World
) -> None:
    for _ in range(5):
        Client().post(reverse("login"), {"username": "liuhe", "password": "x" * 12})
    guardian = signed_in("anquan")
    rows = guardian.get(reverse("account_list"), {"state": "locked"}).context["rows"]
    assert [r["user"].username for r in rows] == ["liuhe"]
    url = reverse("account_unlock", args=[world.users["liuhe"].pk])
    assert guardian.post(url, {"reason": "核实本人"}).status_code == 302
    assert "没有锁定" in guardian.post(url, {"reason": "核实本人"}).content.decode()
