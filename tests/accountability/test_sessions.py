"""Sessions of accounts, and confirming again before what matters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import (
    AccountSession,
    AuditEvent,
    EndedBecause,
    SecondFactor,
)
from accountability.services import accounts, audit, second_factor, sessions
from accountability.services.signing_in import CONFIRMED
from tests.accountability.entering import NEW, actor, enter, enter_both
from tests.world import PASSWORD, World


@pytest.fixture
def later(world: World) -> Callable[[str], None]:
    """`later("anquan")`: as if half a minute had passed since the last code."""

    def forget(username: str) -> None:
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            rows = SecondFactor.objects.filter(user=world.users[username])
            rows.recorded_bulk().update(last_step=-1)

    return forget


# --- sessions ----------------------------------------------------------------


def age(client: Client, *, idle: timedelta = timedelta(), old: timedelta = timedelta()) -> None:
    now = timezone.now()
    AccountSession.objects.filter(session_key=client.session.session_key).update(
        last_seen_at=now - idle, started_at=now - old
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "minutes", "holds"),
    [("bangong", 14, True), ("bangong", 16, False), ("anquan", 9, True), ("anquan", 11, False)],
)
def test_idle_sessions_end(
    client: Client, world: World, username: str, minutes: int, holds: bool
) -> None:
    client.force_login(world.users[username])
    key = client.session.session_key
    age(client, idle=timedelta(minutes=minutes))
    answer = client.get(reverse("me"))
    assert (answer.status_code == 200) == holds
    if not holds:
        assert answer["Location"].endswith("why=idle")
        page = client.get(answer["Location"])
        assert "长时间未操作，登录已结束" in page.content.decode()
        assert not Session.objects.filter(pk=key).exists()
        assert AuditEvent.objects.filter(action="session.end").count() == 1


@pytest.mark.django_db
def test_no_session_outlives_eight_hours(client: Client, world: World) -> None:
    client.force_login(world.users["bangong"])
    age(client, old=timedelta(hours=8, minutes=1))
    assert client.get(reverse("home"))["Location"].endswith("why=absolute")


@pytest.mark.django_db
def test_scripts_hear_of_the_end_and_keep_what_was_typed(client: Client, world: World) -> None:
    for headers, status in (
        ({"HX-Request": "true"}, 204),
        ({"Accept": "application/json"}, 401),
    ):
        client.force_login(world.users["bangong"])
        age(client, idle=timedelta(minutes=16))
        answer = client.get(reverse("home"), headers=headers)
        assert answer.status_code == status
    assert AccountSession.objects.open().count() == 0


@pytest.mark.django_db
def test_a_poll_does_not_keep_a_session_alive(client: Client, world: World) -> None:
    client.force_login(world.users["shenji"])
    age(client, idle=timedelta(minutes=5))
    before = AccountSession.objects.get().last_seen_at
    client.get(reverse("audit_integrity"), headers={"HX-Request": "true"})
    assert AccountSession.objects.get().last_seen_at == before
    client.get(reverse("audit"))
    assert AccountSession.objects.get().last_seen_at > before


@pytest.mark.django_db
def test_a_new_login_ends_the_old_one(world: World) -> None:
    first, second = Client(), Client()
    enter(first, "bangong")
    enter(second, "bangong", REMOTE_ADDR="10.1.2.3")
    answer = first.get(reverse("home"))
    assert answer["Location"].endswith(f"why={EndedBecause.REPLACED}")
    assert "已在别处登录" in first.get(answer["Location"]).content.decode()
    assert second.get(reverse("home")).status_code == 200
    event = AuditEvent.objects.filter(action="session.end").get()
    assert "在别处登录" in event.summary
    assert AccountSession.objects.open().count() == 1


@pytest.mark.django_db
def test_an_inspector_without_a_factor_is_not_pushed_out(world: World) -> None:
    first, second = Client(), Client()
    enter(first, "jiwei")
    answer = enter(second, "jiwei")
    assert answer.status_code == 422
    assert "正在别处登录" in answer.content.decode()
    assert first.get(reverse("home")).status_code == 200


@pytest.mark.django_db
def test_an_administrator_takes_over_after_the_code(
    world: World, later: Callable[[str], None]
) -> None:
    first, second = Client(), Client()
    enter_both(first, world, "anquan")
    later("anquan")
    assert enter_both(second, world, "anquan")["Location"] == reverse("login_occupied")
    assert first.get(reverse("home")).status_code == 200
    assert "结束原登录并登录" in second.get(reverse("login_occupied")).content.decode()
    assert second.post(reverse("login_occupied")).status_code == 302
    assert second.get(reverse("home")).status_code == 200
    assert first.get(reverse("home")).status_code == 302


@pytest.mark.django_db
def test_the_password_alone_takes_nothing_over(world: World) -> None:
    first, second = Client(), Client()
    enter_both(first, world, "anquan")
    enter(second, "anquan")
    assert second.post(reverse("login_occupied"))["Location"] == reverse("login")
    assert first.get(reverse("home")).status_code == 200


@pytest.mark.django_db
def test_disabling_ends_everything_at_once(client: Client, world: World) -> None:
    client.force_login(world.users["bangong"])
    accounts.set_active(
        by=actor(world, "xitong"),
        user_id=world.users["bangong"].pk,
        is_active=False,
        reason="调离",
    )
    assert client.get(reverse("home"))["Location"].endswith("why=disabled")
    assert "用户名或密码不正确" in enter(client, "bangong").content.decode()
    assert not AccountSession.objects.open().exists()


@pytest.mark.django_db
def test_one_ends_ones_own_sessions_and_nobody_elses(client: Client, world: World) -> None:
    client.force_login(world.users["bangong"])
    other = Client()
    other.force_login(world.users["caizheng"])
    theirs = AccountSession.objects.get(user=world.users["caizheng"])
    assert client.post(reverse("session_end", args=[theirs.pk])).status_code == 404
    mine = AccountSession.objects.get(user=world.users["bangong"])
    assert "本处" in client.get(reverse("me")).content.decode()
    client.post(reverse("session_end", args=[mine.pk]))
    assert client.get(reverse("home")).status_code == 302
    sessions.end_of(by=actor(world, "anquan"), user_id=world.users["caizheng"].pk, reason="核查")
    assert other.get(reverse("home"))["Location"].endswith("why=ended")


@pytest.mark.django_db
def test_changing_the_password_keeps_this_session_and_ends_others(
    client: Client, world: World
) -> None:
    client.force_login(world.users["bangong"])
    key = client.session.session_key
    client.post(reverse("password"), {"old": PASSWORD, "new": NEW, "again": NEW})
    assert client.session.session_key != key
    assert client.get(reverse("home")).status_code == 200


# --- confirming again --------------------------------------------------------


@pytest.mark.django_db
def test_what_matters_wants_a_recent_factor_and_loses_nothing(client: Client, world: World) -> None:
    client.force_login(world.users["jiwei"])
    data = {"purpose": "专项检查用", "since": "2026-01-01", "until": "", "unit": ""}
    answer = client.post(reverse("audit_package"), data)
    assert answer.status_code == 403
    text = answer.content.decode()
    assert 'name="purpose" value="专项检查用"' in text
    assert "登录密码" in text
    wrong = client.post(reverse("audit_package"), data | {"confirm_code": "x"})
    assert "密码不正确" in wrong.content.decode()
    assert not AuditEvent.objects.filter(action="evidence.export").exists()
    key = client.session.session_key
    right = client.post(reverse("audit_package"), data | {"confirm_code": PASSWORD})
    assert right.status_code == 302
    assert client.session.session_key != key
    assert AuditEvent.objects.filter(action="evidence.export").exists()
    # Five minutes long nothing is asked again; then it is.
    assert client.post(reverse("audit_package"), data).status_code == 302
    session = client.session
    session[CONFIRMED] = (timezone.now() - timedelta(minutes=6)).isoformat()
    session.save()
    assert client.post(reverse("audit_package"), data).status_code == 403


@pytest.mark.django_db
def test_a_page_behind_it_asks_first(client: Client, world: World) -> None:
    client.force_login(world.users["anquan"])
    url = reverse("grant_new", args=[world.users["caizheng"].pk])
    answer = client.get(url)
    assert answer["Location"].startswith(reverse("confirm"))
    code = second_factor.demo_code(world.users["anquan"])
    answer = client.post(reverse("confirm"), {"code": code, "next": url})
    assert answer["Location"] == url
    assert client.get(url).status_code == 200
    answer = client.post(reverse("confirm"), {"code": code, "next": "https://elsewhere.example/"})
    assert answer.status_code == 422  # the code was used


@pytest.mark.django_db
def test_scripts_are_sent_to_confirm(client: Client, world: World) -> None:
    client.force_login(world.users["jiwei"])
    data = {"purpose": "专项检查用"}
    answer = client.post(reverse("audit_package"), data, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (403, "confirm_again")
    answer = client.post(
        reverse("audit_package"),
        data,
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/audit/?who=zm"},
    )
    assert answer["HX-Redirect"] == "/confirm/?next=%2Faudit%2F%3Fwho%3Dzm"


@pytest.mark.django_db
def test_many_rows_of_the_trail_want_it_too(client: Client, world: World) -> None:
    client.force_login(world.users["jiwei"])
    assert client.post(reverse("audit_export")).status_code == 200
    by = Actor.system("test")
    for number in range(101):
        audit.record_denial(
            by=Actor(key=by.key, name=by.name, county=world.county),
            action="denied:x",
            sentence=str(number),
        )
    assert client.post(reverse("audit_export")).status_code == 403
    data = {"confirm_code": PASSWORD}
    assert client.post(reverse("audit_export"), data).status_code == 200
