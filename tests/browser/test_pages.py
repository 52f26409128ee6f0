"""The pages in Chromium: axe, CSP, no other host, keyboard, screenshots."""

from __future__ import annotations

import importlib.resources
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from tasks.models import Milestone
from tasks.services import task_items
from tests.task_factory import MadePaper, make_tasks
from tests.world import PASSWORD, World, build

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("PORTAL_SHOTS_DIR", "")
AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text()
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own


class Watched:
    """A page whose errors, policy violations and foreign requests are collected."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base = base
        self.errors: list[str] = []
        self.foreign: list[str] = []
        context.route("**", self._route)
        context.add_init_script(
            "window.__csp=[];document.addEventListener('securitypolicyviolation',"
            "e=>window.__csp.push(e.violatedDirective+' '+e.blockedURI))"
        )
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)

    def _route(self, route: Any) -> None:
        if route.request.url.startswith((self.base, "data:")):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def check(self, name: str, *, expect_status_error: bool = False) -> None:
        """axe finds nothing, no violation, no other host, no sideways scroll; a picture is kept."""
        if SHOTS:
            self.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))
        self.page.evaluate(AXE)
        found = self.page.evaluate(
            "async tags => (await axe.run(document, {runOnly: {type: 'tag', values: tags},"
            " resultTypes: ['violations']})).violations.map(v => v.id + ' ' +"
            " v.nodes.slice(0, 3).map(n => n.target.join(' ') + n.failureSummary).join('; '))",
            AXE_TAGS,
        )
        assert found == [], f"{name}: {found}"
        assert self.page.evaluate("window.__csp") == [], name
        assert self.foreign == [], name
        errors = [e for e in self.errors if not (expect_status_error and "status of 4" in e)]
        assert errors == [], name
        self.errors.clear()
        wide, inner = self.page.evaluate(
            "[document.documentElement.scrollWidth, window.innerWidth]"
        )
        assert wide <= inner, f"{name} scrolls sideways: {wide} > {inner}"


@pytest.fixture
def made(transactional_db: None, system: Actor) -> tuple[World, MadePaper]:
    """A county with 60 tasks: late, soon, unfilled, with parts of a history."""
    with acting(by=system) as act:
        act.unchanged()
        world = build()
    today = timezone.localdate()
    year = today.year
    made = make_tasks(world, 48, year=year)
    make_tasks(world, 2, year=year, due=today - timedelta(days=3), prefix="限期")
    make_tasks(world, 1, year=year, due=today + timedelta(days=2), prefix="尽快")
    make_tasks(world, 6, year=year, state="draft", unfilled=3, title="拟稿意见")
    office = world.users["bangong"]
    by = Actor(
        key=f"user:{office.pk}", name="张敏", user=office, post="科员", unit="县政府办公室",
        county=world.county,
    )  # fmt: skip
    item = made.items[0]
    task_items.change_due(
        by=by, item=item, due_on=today + timedelta(days=45), due_text="8月底前",
        reason="县政府常务会议纪要第18期", version=1,
    )  # fmt: skip
    task_items.change_measure(
        by=by, item=item, measure="印发管理办法并公开", reason="督查意见", version=2
    )
    with acting(by=system) as act:
        act.unchanged()
        Milestone(item=item, text="形成初稿", due_on=today + timedelta(days=10)).save()
        Milestone(item=item, text="征求意见", due_on=today + timedelta(days=20)).save()
    return world, made


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[Callable[[str], BrowserContext]]:
    opened: list[BrowserContext] = []

    def open_context(username: str = "") -> BrowserContext:
        opened.append(browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN"))
        return opened[-1]

    yield open_context
    for context in opened:
        context.close()


def enter(context: BrowserContext, live_server: LiveServer, world: World, username: str) -> None:
    """Signed in without the form: the session's cookie is set."""
    client = Client()
    client.force_login(world.users[username])
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


PAGES = [("home", "/"), ("list", "/tasks/"), ("search", "/search/?q=zfcg"), ("help", "/help/"),
         ("me", "/me/")]  # fmt: skip


@pytest.mark.parametrize("username", ["bangong", "caizheng", "fuxianzhang", "jiwei", "xitong"])
def test_pages_of_each_role(
    live_server: LiveServer,
    made: tuple[World, MadePaper],
    browser_context: Callable[[str], BrowserContext],
    username: str,
) -> None:
    world, paper = made
    context = browser_context(username)
    enter(context, live_server, world, username)
    watched = Watched(context, live_server.url)
    pages = list(PAGES)
    if username == "xitong":
        pages = [p for p in PAGES if p[0] in ("home", "help", "me")]
    else:
        pages.append(("task", f"/tasks/{paper.items[0].pk}/"))
        pages.append(("history", f"/tasks/{paper.items[0].pk}/history/"))
    for name, path in pages:
        watched.page.goto(live_server.url + path)
        watched.check(f"{name}-{username}")
    watched.page.goto(live_server.url + "/tasks/99999/")
    watched.check(f"refused-{username}", expect_status_error=True)


def test_sizes_remembered_and_no_sideways_scroll(
    live_server: LiveServer,
    made: tuple[World, MadePaper],
    browser_context: Callable[[str], BrowserContext],
) -> None:
    world, paper = made
    context = browser_context("")
    enter(context, live_server, world, "bangong")
    watched = Watched(context, live_server.url)
    page = watched.page
    page.goto(live_server.url)
    page.select_option("#fsize", "xl")
    for path in ("/", "/tasks/", f"/tasks/{paper.items[0].pk}/", "/search/?q=zfcg"):
        page.goto(live_server.url + path)
        assert page.evaluate("document.documentElement.className") == "fs-xl"
        assert page.input_value("#fsize") == "xl"
        watched.check("xl" + path.split("/")[1])
    page.select_option("#fsize", "std")
    for width in (683, 1024, 1920):
        page.set_viewport_size({"width": width, "height": 700})
        for path in ("/", "/tasks/", f"/tasks/{paper.items[0].pk}/"):
            page.goto(live_server.url + path)
            wide, inner = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert wide <= inner, f"{path} at {width}: {wide}"


def test_the_office_searches_filters_and_changes_from_the_keyboard(
    live_server: LiveServer,
    made: tuple[World, MadePaper],
    browser_context: Callable[[str], BrowserContext],
) -> None:
    world, paper = made
    context = browser_context("")
    watched = Watched(context, live_server.url)
    page = watched.page
    page.goto(live_server.url + "/login/")
    watched.check("login")
    page.fill("#id_username", "bangong")
    page.fill("#id_password", "wrong-password")
    page.keyboard.press("Enter")
    page.wait_for_selector("#errsum")
    assert "用户名或密码不正确" in page.inner_text("#errsum")
    watched.check("login-wrong", expect_status_error=True)
    page.fill("#id_username", "bangong")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".steps")
    # Suggestions while typing; arrows and Enter.
    page.wait_for_load_state("load")
    page.keyboard.press("/")
    page.keyboard.type("czj")
    page.wait_for_selector("#gsugg [role=option]")
    watched.check("suggestions")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#gq", "aria-activedescendant")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/?unit=*")
    # Filters act without a button, and stand in the address.
    page.goto(live_server.url + "/tasks/")
    page.check("#f-unfilled")
    page.wait_for_url("**unfilled=on**")
    expect(page.locator(".ltab tbody tr")).to_have_count(3)
    expect(page.locator("#live")).to_contain_text("3 项")
    watched.check("list-unfilled")
    page.goto(live_server.url + "/tasks/?q=没有这样的词")
    watched.check("list-empty")
    # A stale form shows both versions.
    item = paper.items[1]
    page.goto(f"{live_server.url}/tasks/{item.pk}/")
    page.click("#adj-due summary")
    watched.check("task-form")
    office = world.users["zhuren"]
    task_items.change_due(
        by=Actor(key=f"user:{office.pk}", name="韩书琴", user=office, county=world.county),
        item=item, due_on=timezone.localdate(), due_text="", reason="x", version=1,
    )  # fmt: skip
    page.fill("#due-due_on", "2030-01-02")
    page.fill("#due-reason", "会议纪要")
    page.click("#adj-due button")
    page.wait_for_selector(".banner-ye")
    watched.check("task-conflict", expect_status_error=True)
    page.click("#adj-due button")
    page.wait_for_selector(".notice")
    assert AuditEvent.objects.filter(action="task.due", target_id=item.pk).count() == 2
    # Excel out and in.
    with page.expect_download() as download:
        page.goto(live_server.url + "/tasks/")
        page.click("text=导出 Excel")
    page.click("text=导入 Excel")
    watched.check("import")
    path = download.value.path()
    page.set_input_files("input[type=file]", files=[
        {"name": "台账.xlsx", "mimeType": "application/octet-stream", "buffer": path.read_bytes()}
    ])  # fmt: skip
    page.click("text=上传并核对")
    page.wait_for_selector("text=没有变化")
    watched.check("import-same")


def test_the_list_prints_landscape_with_its_head_repeated(
    live_server: LiveServer,
    made: tuple[World, MadePaper],
    browser_context: Callable[[str], BrowserContext],
) -> None:
    import io

    from pypdf import PdfReader

    world, _ = made
    context = browser_context("")
    enter(context, live_server, world, "bangong")
    page = context.new_page()
    page.goto(live_server.url + "/tasks/")
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    first = reader.pages[0]
    assert first.mediabox.width > first.mediabox.height
    assert len(reader.pages) >= 2
    texts = [p.extract_text() for p in reader.pages]
    assert all("责任领导" in text for text in texts[:2])
    assert "退出登录" not in texts[0]
    assert "导出 Excel" not in texts[0]


def test_plain_forms_work_without_scripts(
    browser: Browser, live_server: LiveServer, made: tuple[World, MadePaper]
) -> None:
    world, paper = made
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    enter(context, live_server, world, "bangong")
    page = context.new_page()
    page.goto(live_server.url)
    page.fill("#gq", "zfcg")
    page.press("#gq", "Enter")
    assert page.locator(".hits li").count() > 0
    page.goto(live_server.url + "/tasks/")
    page.check("#f-unfilled")
    page.click(".lfilter button")
    assert page.locator(".ltab tbody tr").count() == 3
    page.goto(f"{live_server.url}/tasks/{paper.items[2].pk}/")
    page.click("#adj-measure summary")
    page.fill("#measure-measure", "办法印发")
    page.fill("#measure-reason", "会议")
    page.click("#adj-measure button")
    assert "完成标准已调整" in page.inner_text(".notice")
    context.close()
