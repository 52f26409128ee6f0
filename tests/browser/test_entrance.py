"""Login and the pages that everybody has, in the browser; and that the watch sees what it must."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.world import PASSWORD, World

from .conftest import SignIn
from .pages import Watch, axe, no_sideways_scroll, shot

pytestmark = pytest.mark.browser


def test_signing_in_and_out_from_the_keyboard(open_page: SignIn, world: World) -> None:
    page = open_page()
    page.goto("/")
    assert page.url.endswith("/login/?next=/")
    axe(page)
    shot(page, "login")
    page.get_by_label("用户名").focus()
    page.keyboard.type("bangong")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    axe(page)
    page.locator(".usermenu summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login/")


def test_a_wrong_password_is_said_beside_the_form(
    open_page: SignIn, world: World, watch: Watch
) -> None:
    watch.expected(r"status of 422")
    page = open_page()
    page.goto("/login/")
    page.get_by_label("用户名").fill("bangong")
    page.get_by_label("密码").fill("x" * 12)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert").first).to_contain_text("用户名或密码不正确")
    assert page.title().startswith("有误")
    axe(page)


@pytest.mark.parametrize("path", ["/me/", "/me/password/", "/help/"])
@pytest.mark.parametrize("username", ["bangong", "caizheng"])
def test_everybodys_pages_are_accessible(sign_in_page: SignIn, path: str, username: str) -> None:
    page = sign_in_page(username)
    page.goto(path)
    expect(page.get_by_role("main")).to_be_visible()
    axe(page)
    no_sideways_scroll(page)


def test_pages_hold_at_twice_the_size(sign_in_page: SignIn) -> None:
    page = sign_in_page("bangong", width=683, height=384)
    page.goto("/me/")
    no_sideways_scroll(page)
    axe(page)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("document.body.setAttribute('style', 'color:red')", "policy: style-src"),
        ("console.error('broken')", "console: broken"),
        ("setTimeout(() => { throw new Error('thrown') })", "script: "),
        ("fetch('https://192.0.2.1/x').catch(() => 0)", "192.0.2.1"),
    ],
)
def test_the_watch_sees(open_page: SignIn, watch: Watch, script: str, told: str) -> None:
    page = open_page()
    page.goto("/login/")
    page.evaluate(script)
    page.wait_for_timeout(300)
    assert any(told in line for line in watch.seen), watch.seen
    watch.expected(".")


def test_axe_sees(open_page: SignIn) -> None:
    page = open_page()
    page.goto("/login/")
    page.evaluate("document.querySelector('label').remove()")
    with pytest.raises(AssertionError, match="label"):
        axe(page)
