"""Login, logout, password; every page behind login."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from accountability.access.middleware import route_policy
from accountability.models import AuditEvent
from tests.world import PASSWORD, World


@pytest.mark.django_db
def test_signing_in_and_out_is_on_the_trail(client: Client, world: World) -> None:
    answer = client.post(reverse("login"), {"username": "bangong", "password": PASSWORD})
    assert answer.status_code == 302
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.actor_name, event.actor_unit) == ("login", "张敏", "县政府办公室")
    assert client.get(reverse("home")).status_code == 200
    client.post(reverse("logout"))
    assert AuditEvent.objects.latest("id").action == "logout"
    assert client.get(reverse("home")).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["bangong", "nobody-of-this-name"])
def test_a_wrong_password_and_an_unknown_name_read_the_same(
    client: Client, world: World, username: str
) -> None:
    answer = client.post(reverse("login"), {"username": username, "password": "x" * 12})
    assert answer.status_code == 422
    assert "用户名或密码不正确，请核对后重新输入。" in answer.content.decode()
    assert AuditEvent.objects.latest("id").action == "login.denied"


@pytest.mark.django_db
def test_every_route_has_a_policy_and_private_ones_want_a_login(client: Client) -> None:
    for name in get_resolver().reverse_dict:
        if isinstance(name, str):
            assert name in route_policy(), f"route {name} has no row in ROUTE_POLICY"
    for route in ("home", "me", "help", "password"):
        answer = client.get(reverse(route))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")


@pytest.mark.django_db
def test_an_expired_session_does_not_put_the_login_page_into_a_fragment(client: Client) -> None:
    answer = client.get(reverse("home"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/login/")


@pytest.mark.django_db
def test_the_first_login_must_change_the_password(
    signed_in: Callable[[str], Client], world: World
) -> None:
    from accountability.door import Actor, acting

    user = world.users["bangong"]
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        user.must_change_password = True
        user.save()
    client = signed_in("bangong")
    assert client.get(reverse("home"))["Location"] == reverse("password")
    answer = client.post(
        reverse("password"),
        {"old": PASSWORD, "new": "Shan-Quan-9035-lu", "again": "Shan-Quan-9035-lu"},
    )
    assert answer.status_code == 302
    assert client.get(reverse("home")).status_code == 200
    assert AuditEvent.objects.filter(action="password.change").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("route", ["home", "me", "help", "password"])
@pytest.mark.parametrize("username", ["bangong", "caizheng", "xianzhang", "jiwei", "xitong"])
def test_everybodys_own_pages_open(
    signed_in: Callable[[str], Client], route: str, username: str
) -> None:
    answer = signed_in(username).get(reverse(route))
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
