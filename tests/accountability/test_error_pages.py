"""Error pages say what happened and what to do next, in the portal's own look."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from accountability.models import AuditEvent
from tests.world import World

SignedIn = Callable[[str], Client]
TRIDENT = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/login/", "/tasks/"])
def test_compatibility_mode_is_told_how_to_leave_it(client: Client, path: str) -> None:
    page = client.get(path, headers={"User-Agent": TRIDENT}).content.decode()
    assert "请点击地址栏右侧图标切换到极速模式" in page


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "words"), [("offline", "网络已断开"), ("old_browser", "极速")])
def test_pages_without_a_login(client: Client, route: str, words: str) -> None:
    page = client.get(reverse(route)).content.decode()
    assert words in page
    assert 'href="/"' in page


@pytest.mark.django_db
def test_refusals_name_the_next_step(signed_in: SignedIn, world: World) -> None:
    client = signed_in("caizheng")
    missing = client.get("/no/such/page/")
    assert missing.status_code == 404
    assert "没有找到这个页面" in missing.content.decode()
    denied = client.get(reverse("task_import", args=[2026]))
    assert denied.status_code == 403
    assert "返回工作台" in denied.content.decode()
    assert AuditEvent.objects.filter(outcome="denied").count() == 1
    wrong = client.get(reverse("task_list", args=[2026]) + "?after=x!")
    assert wrong.status_code == 422
    assert "请从第一页重新查看" in wrong.content.decode()


@pytest.mark.django_db
def test_a_failure_shows_a_number_and_nothing_else(signed_in: SignedIn, world: World) -> None:
    client = signed_in("bangong")
    client.raise_request_exception = False
    with mock.patch("tasks.views.home.selector.home", side_effect=RuntimeError("secret detail")):
        answer = client.get("/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "已记录编号" in page
    assert answer["X-Request-Id"] in page
    assert "secret detail" not in page


@pytest.mark.django_db
def test_no_page_has_inline_code_or_forbidden_words(signed_in: SignedIn, world: World) -> None:
    import re

    client = signed_in("bangong")
    for path in ("/", "/tasks/", "/help/", "/me/", "/search/?q=x", "/offline/", "/none/"):
        page = client.get(path, follow=True).content.decode()
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", page), path
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", page), path
        assert not re.search("[你您！]", page), path
