"""Chromium for the browser tests: real pages of a live server, watched while they are used.

    @pytest.mark.browser
    def test_something(sign_in_page: SignIn) -> None:
        page = sign_in_page("bangong")
        page.goto("/me/")
        axe(page)
        shot(page, "me")

At the end of each test nothing may have gone wrong on any of its pages: no
error on the console, no violation of the content security policy, no request
to another host.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Route,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from tests.world import World

from .pages import WATCH_POLICY, Watch

AXE = files("axe_playwright_python").joinpath("axe.min.js")
WATCH = """
window.__csp = [];
document.addEventListener('securitypolicyviolation', (e) => window.__csp.push(e.violatedDirective));
window.__keys = 0;
document.addEventListener('keydown', () => { window.__keys++; }, true);
"""
SignIn = Callable[..., Page]
CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


# A loaded machine is slow, not wrong: a page may take its time before a test gives it up.
PATIENCE = 20_000  # milliseconds
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser test that loses its page on a loaded machine is run once more, and says so."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def chromium_path() -> str:
    """PORTAL_CHROMIUM, or the system's Chromium; fails with the package's name."""
    named = os.environ.get("PORTAL_CHROMIUM")
    found = named or next((p for c in CANDIDATES if (p := shutil.which(c))), None)
    if not found:
        pytest.fail(
            "缺少 Chromium，make setup 会安装（软件包 chromium），或用 PORTAL_CHROMIUM 指明。"
            " / Chromium is missing: apt-get install chromium",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    # Playwright's synchronous interface runs an event loop in this thread; Django
    # would take the tests' own use of the database for a slip.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """One Chromium for the whole run; each test has a context of its own."""
    chromium = playwright_driver.chromium.launch(
        executable_path=chromium_path(), args=list(ARGUMENTS)
    )
    yield chromium
    chromium.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What goes wrong on the pages of this test. `watch.expected(…)` names what may."""
    seen = Watch()
    yield seen
    assert not seen.wrong(), "\n".join(seen.wrong())


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, watch: Watch) -> Iterator[SignIn]:
    """`open_page()` gives a page of a fresh browser at the portal, nobody signed in.

    1366×768, zh-CN, Asia/Shanghai, as on a clerk's desk; `width`, `height`
    and playwright's own context options change that.
    """
    contexts = []
    host = urlsplit(live_server.url).netloc

    def open_one(*, width: int = 1366, height: int = 768, **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=live_server.url,
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        context.add_init_script(WATCH_POLICY)
        context.expose_binding("reportPolicyViolation", watch.policy_violated)
        context.on("console", watch.console)
        context.on("weberror", watch.page_error)
        context.on("request", lambda request: watch.request(request, host))
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in_page(open_page: SignIn, live_server: LiveServer, world: World) -> SignIn:
    """`sign_in_page("bangong")` gives a page where that account of `world` is signed in.

    By a session made on the server: the login form has tests of its own.
    """

    def sign_in(username: str, **options: object) -> Page:
        client = Client()
        client.force_login(world.users[username])
        page = open_page(**options)
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": live_server.url,
                }
            ]
        )
        return page

    return sign_in


@pytest.fixture
def world(transactional_db: None) -> World:
    """The small county, committed, so that the live server's threads see it."""
    from accountability.door import Actor, acting
    from tests.world import build

    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        return build()


class Desk:
    """One person's browser: signed in, watched for errors and foreign requests."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context, self.base = context, base
        self.problems: list[str] = []
        context.add_init_script(WATCH)
        context.route("**/*", self._only_here)

    def _only_here(self, route: Route) -> None:
        if route.request.url.startswith(self.base):
            route.continue_()
        else:
            self.problems.append(f"request to {route.request.url}")
            route.abort()

    def open(self, path: str) -> Page:
        """A new page at `path`; its console errors count as problems."""
        page = self.context.new_page()
        page.on(
            "console",
            lambda m: self.problems.append(m.text) if m.type == "error" else None,
        )
        page.on("pageerror", lambda e: self.problems.append(str(e)))
        page.goto(self.base + path)
        return page

    def assert_clean(self, page: Page, *, allowed: str = "") -> None:
        """No script error, no policy violation, no request to another host."""
        assert page.evaluate("window.__csp") == []
        assert [p for p in self.problems if not (allowed and allowed in p)] == []


@pytest.fixture
def desk(browser: Browser, live_server: LiveServer, world: World) -> Iterator[Callable[..., Desk]]:
    """`desk("bangong")` is that account's browser, 1366×768, zh-CN."""
    made: list[BrowserContext] = []

    def sit(username: str, **options: Any) -> Desk:
        client = Client()
        client.force_login(world.users[username])
        context = browser.new_context(
            viewport={"width": 1366, "height": 768},
            locale="zh-CN",
            permissions=["clipboard-read", "clipboard-write"],
            **options,
        )
        context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": live_server.url,
                }
            ]
        )
        context.set_default_timeout(PATIENCE)
        made.append(context)
        return Desk(context, live_server.url)

    yield sit
    for context in made:
        context.close()


def axe_violations(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands: rule and first element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa',
        'best-practice']}).then((r) => r.violations.map((v) => v.id + ' ' + v.nodes[0].html))"""
    )
    return list(found)
