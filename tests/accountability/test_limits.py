"""Limits of signing in and of taking away: dormant accounts, one address, exports, results."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accountability.door import Actor, acting
from accountability.models import AccountSession, AuditEvent, Job, Person, Role, RoleGrant, User
from accountability.services import accounts, files
from accountability.services.signing_in import CONFIRMED
from tests.accountability.entering import actor, enter
from tests.task_factory import make_tasks
from tests.world import World

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]


# --- dormant accounts --------------------------------------------------------


@pytest.fixture
def long_ago(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The county's accounts were made now; the portal looks at them a hundred days later."""
    from accountability.selectors import accounts as listed
    from accountability.services import signing_in

    class Later:
        def __getattr__(self, name: str) -> Any:
            return getattr(timezone, name)

        def now(self) -> Any:
            return timezone.now() + timedelta(days=100)

    monkeypatch.setattr(signing_in, "timezone", Later())
    monkeypatch.setattr(listed, "timezone", Later())
    return world


def test_who_did_not_come_for_ninety_days_is_told_whom_to_ask(
    client: Client, long_ago: World
) -> None:
    answer = enter(client, "caizheng")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "超过 90 天未登录" in text
    assert "请联系系统管理员" in text
    assert AuditEvent.objects.filter(action="login.denied", target_label="caizheng").count() == 1
    # A wrong password is told nothing of it.
    assert "90 天" not in enter(Client(), "caizheng", "wrong").content.decode()


def test_who_came_meanwhile_gets_in(client: Client, long_ago: World) -> None:
    at = timezone.now() + timedelta(days=60)
    AccountSession.objects.create(
        user=long_ago.users["caizheng"], session_key="meanwhile", started_at=at, last_seen_at=at,
        ended_at=at, ended_because="logout",
    )  # fmt: skip
    assert enter(client, "caizheng").status_code == 302


def test_the_last_system_administrator_is_never_locked_out(client: Client, long_ago: World) -> None:
    assert enter(client, "xitong")["Location"] == reverse("login_code")
    assert enter(Client(), "anquan").status_code == 422


def test_the_system_administrator_sees_them_and_wakes_one(
    signed_in: Sign, long_ago: World, settings: Settings
) -> None:
    client = signed_in("xitong")
    dormant = {"state": "dormant"}
    listed = client.get(reverse("account_list"), dormant)
    names = {row["user"].username for row in listed.context["rows"]}
    assert names == set(long_ago.users) - {"xitong"}
    assert "长期未登录，已暂停" in listed.content.decode()
    url = reverse("account_edit", args=[long_ago.users["caizheng"].pk])
    assert "核实本人后由系统管理员重置密码" in client.get(url).content.decode()
    # Any change of the account wakes it; the clock of this test stands a hundred days on.
    settings.ACCOUNT_DORMANT_DAYS = 101
    assert client.get(reverse("account_list"), dormant).context["rows"] == []
    assert enter(Client(), "caizheng").status_code == 302


def test_a_reset_wakes_an_account(world: World, settings: Settings) -> None:
    from accountability.selectors.dormant import is_dormant

    user = world.users["liuhe"]
    later = timezone.now() + timedelta(days=100)
    assert is_dormant(user, now=later)
    history = User.history.filter(id=user.pk).latest("history_id")
    accounts.reset(by=Actor.system("test"), user_id=user.pk, reason="核实本人")
    assert User.history.filter(id=user.pk).latest("history_id").pk != history.pk
    assert not is_dormant(user, now=timezone.now() + timedelta(days=89))


# --- one address -------------------------------------------------------------


def test_fifty_failures_close_the_address_before_any_hash(
    client: Client, world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LOGIN_ADDRESS_FAILURES = 6
    for n in range(6):
        assert enter(client, f"nobody-{n}", "x").status_code == 422
    calls: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        calls.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    answer = enter(client, "caizheng")
    assert answer.status_code == 429
    until = timezone.localtime(timezone.now() + timedelta(minutes=30))
    assert "已暂停从本机登录" in answer.content.decode()
    assert f"{until:%H:}" in answer.content.decode()
    assert calls == []
    assert enter(Client(), "caizheng", REMOTE_ADDR="10.1.2.3").status_code == 302
    denied = AuditEvent.objects.filter(action="login.denied").latest("id")
    assert "来源地址未通过次数过多" in denied.summary


def test_the_default_is_that_of_the_bar(settings: Settings) -> None:
    assert (settings.LOGIN_ADDRESS_FAILURES, settings.ACCOUNT_DORMANT_DAYS) == (50, 90)


# --- what leaves the portal --------------------------------------------------


def test_the_directory_leaves_on_record(signed_in: Sign, world: World) -> None:
    url = reverse("settings_export")
    client = signed_in("caizheng")
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 200
    event = AuditEvent.objects.get(action="read.directory_export")
    assert event.actor_name == "刘芳"
    assert "人" in event.summary


def test_more_than_a_hundred_persons_want_the_factor(client: Client, world: World) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for n in range(101):
            Person(county=world.county, name=f"甲{n}").save()
    client.force_login(world.users["bangong"])
    url = reverse("settings_export")
    refused = client.post(url)
    assert refused.status_code == 403
    assert "确认身份" in refused.content.decode()
    assert not AuditEvent.objects.filter(action="read.directory_export").exists()
    session = client.session
    session[CONFIRMED] = timezone.now().isoformat()
    session.save()
    assert client.post(url).status_code == 200


def done(world: World, kind: str, username: str, **more: Any) -> str:
    """The address of the file of a finished job."""
    user = world.users[username]
    with acting(by=actor(world, username)) as act:
        act.unchanged()
        file = files.store(county=world.county, name="x.zip", data=b"x", content_type="x/y")
        job = Job(
            county=world.county, kind=kind, key=f"{kind}:{username}:{len(more)}", title="x",
            asked_by=user, state="done", run_after=timezone.now(), result_file=file, **more,
        )  # fmt: skip
        job.save()
    return reverse("job_file", args=[job.pk])


def end_role(world: World, username: str) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for grant in RoleGrant.objects.filter(user=world.users[username]):
            grant.valid_to = timezone.localdate()
            grant.save()


def give(world: World, username: str, role: str, unit: str | None = None) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        RoleGrant(
            user=world.users[username], role=role, unit=world.units[unit] if unit else None,
            valid_from=timezone.localdate(), granted_by="测试",
        ).save()  # fmt: skip


def test_a_former_inspector_does_not_get_his_old_package(signed_in: Sign, world: World) -> None:
    url = done(world, "evidence_package", "jiwei", result={"mandate": None})
    assert signed_in("jiwei").get(url).status_code == 200
    end_role(world, "jiwei")
    give(world, "jiwei", Role.LIAISON, "县财政局")
    refused = signed_in("jiwei").get(url)
    assert refused.status_code == 403
    assert AuditEvent.objects.filter(action="denied:job_file").count() == 1


def test_a_narrower_mandate_does_not_get_the_wider_package(signed_in: Sign, world: World) -> None:
    whole = done(world, "evidence_package", "jiwei", result={"mandate": None})
    unit = world.units["县财政局"].pk
    part = done(world, "evidence_package", "jiwei", result={"mandate": [unit]}, parameters={"x": 1})
    end_role(world, "jiwei")
    give(world, "jiwei", Role.INSPECTOR, "县财政局")
    client = signed_in("jiwei")
    refused = client.get(whole)
    assert refused.status_code == 403
    assert "重新导出" in refused.content.decode()
    assert client.get(part).status_code == 200


def test_a_papers_file_goes_with_the_sight_of_the_paper(signed_in: Sign, world: World) -> None:
    made = make_tasks(world, 1, state="draft")
    url = done(world, "paper_docx", "bangong", parameters={"paper_id": made.paper.pk})
    assert signed_in("bangong").get(url).status_code == 200
    end_role(world, "bangong")
    give(world, "bangong", Role.LIAISON, "县财政局")
    assert signed_in("bangong").get(url).status_code == 403
