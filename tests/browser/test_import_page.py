"""The import page in Chromium: choose, check, correct, confirm; no console error, no CSP event."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from accountability.door import Actor, acting
from tasks.models import ImportDraft, ItemSlot, TaskItem
from tests.tasks.opinions import FILLED, OPINION
from tests.tasks.test_import_seeds import seed
from tests.world import World, build

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Upload = Callable[[str, bytes], None]
Faults = Callable[[Page], list[str]]
SHOTS = os.environ.get("PORTAL_SCREENSHOTS", "")


CLICK_AT = """(words) => {
  const walker = document.createTreeWalker(document.getElementById('text'), NodeFilter.SHOW_TEXT);
  let node;
  while ((node = walker.nextNode()) && !node.data.includes(words));
  const range = document.createRange();
  range.setStart(node, node.data.indexOf(words));
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  node.parentElement.dispatchEvent(new MouseEvent('click', {bubbles: true}));
}"""


@pytest.fixture
def place(transactional_db: None) -> World:
    """The small county, committed, so that the live server sees it."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        return build()


class Watched:
    """What went wrong on a page: console errors, CSP violations, requests to other hosts."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def of(self, page: Page, base: str) -> None:
        page.on("console", lambda m: self.said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.said.append(str(e)))
        page.on("request", lambda r: r.url.startswith(base) or self.said.append(r.url))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
        )


@pytest.fixture
def watched() -> Iterator[Watched]:
    seen = Watched()
    yield seen
    # A refusal answers 409 or 422, and the browser says so on its console.
    assert [s for s in seen.said if "status of 4" not in s and "Error Code 4" not in s] == []


@pytest.fixture
def page(browser: Browser, live_server: Any, place: World, watched: Watched) -> Iterator[Page]:
    """Signed in as the office clerk, 1366×768."""
    client = Client()
    client.force_login(place.users["bangong"])
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=live_server.url
    )
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    context.set_default_timeout(20_000)
    shown = context.new_page()
    watched.of(shown, live_server.url)
    yield shown
    context.close()


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        # "initial": the style that hides the caret would be refused by the CSP
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), caret="initial")


@pytest.fixture
def faults(watched: Watched) -> Callable[[Page], list[str]]:
    """axe-core's findings; run by evaluate, because the CSP allows no added script."""

    def run(page: Page) -> list[str]:
        page.wait_for_timeout(50)
        before = len(watched.said)
        page.evaluate(Path(AXE_FILE_PATH).read_text(encoding="utf-8"))
        found = page.evaluate(
            "axe.run({runOnly: ['wcag2a','wcag2aa','wcag21aa','wcag22aa','best-practice']})"
        )
        page.wait_for_timeout(50)
        del watched.said[before:]  # axe itself sets styles, which the CSP forbids
        return [
            f"{v['id']}: {n['target']} {n['failureSummary']}"
            for v in found["violations"]
            for n in v["nodes"]
        ]

    return run


@pytest.fixture
def upload(page: Page, tmp_path: Path) -> Upload:
    def choose(name: str, data: bytes) -> None:
        page.goto("/y/2026/import/")
        path = tmp_path / name
        path.write_bytes(data)
        page.set_input_files("#id_file", str(path))
        page.click("text=上传并识别")
        page.wait_for_load_state()

    return choose


def test_the_real_paper_is_read_checked_and_confirmed(
    page: Page, upload: Upload, faults: Faults
) -> None:
    page.goto("/y/2026/import/")
    assert faults(page) == []
    shoot(page, "import-1-choose")
    upload("实施意见.txt", seed("000"))
    assert page.inner_text(".imp-found").count("20 项任务") == 1
    assert "79 个槽位" in page.inner_text(".imp-found")
    assert "周期要求 6 条" in page.inner_text("#h-demands")
    assert "占位符 12 处" in page.inner_text('[data-code="placeholder"] summary')
    assert "3 处" in page.inner_text('[data-code="county_district"] summary')
    assert page.inner_text("#text .x-none") == "责任人员 原文无此项"
    assert "原文无此项" in page.inner_text("#panel")
    shoot(page, "import-2-check")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click('#tree a[data-node="i11"]')
    page.wait_for_selector('#panel[data-node="i11"]')
    box = page.locator("#at-i11").bounding_box()
    assert box is not None
    assert 100 < box["y"] < 500
    shoot(page, "import-3-node")
    page.click("#confirm button")
    page.wait_for_url("**/done/")
    assert "已导入 20 项任务，79 个责任槽位" in page.inner_text("main")
    assert faults(page) == []
    shoot(page, "import-4-done")
    assert (TaskItem.objects.count(), ItemSlot.objects.count()) == (20, 79)


def test_corrections_by_mouse_and_keyboard(page: Page, upload: Upload, faults: Faults) -> None:
    upload("意见.txt", OPINION.encode())
    page.click('#tree a[data-node="i3"]')
    page.wait_for_selector('#panel[data-node="i3"]')
    page.select_option("#cut", index=1)
    page.click("#panel button[value=split]")
    page.wait_for_selector("text=6 项任务")
    page.wait_for_selector("#live:has-text('6 项任务')", state="attached")
    page.click('#tree a[data-node="i4"]')
    page.wait_for_selector('#panel[data-node="i4"]')
    page.click("text=合并到上一条")
    page.wait_for_selector("text=5 项任务")
    page.focus('#tree a[data-node="s2"]')
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_selector('#desk[data-version="4"]')
    page.wait_for_selector('#tree a[data-node="s2"]:focus')
    page.uncheck('input[name="demand"] >> nth=0')
    page.wait_for_selector('#desk[data-version="5"]')
    draft = ImportDraft.objects.get()
    assert draft.corrections["demands_off"] == [0]
    # The same draft changed in another window: the sentence is shown, nothing is lost.
    page.evaluate("document.querySelectorAll('#desk [name=version]').forEach(i => i.value = '1')")
    page.click("#panel button[value=up]")
    page.wait_for_selector("#import-error:has-text('另一个窗口')")
    assert ImportDraft.objects.get().version == 5
    assert faults(page) == []


def test_a_place_in_the_text_is_picked_for_splitting(
    page: Page, upload: Upload, faults: Faults
) -> None:
    upload("意见.txt", OPINION.encode())
    page.click('#tree a[data-node="i2"]')
    page.wait_for_selector('#panel[data-node="i2"]')
    page.evaluate(CLICK_AT, "任前必须公示")
    assert page.inner_text("#cut option[data-caret]").startswith("光标处：任前必须公示")
    page.click("#panel button[value=split]")
    page.wait_for_selector("text=6 项任务")
    shoot(page, "import-5-split")


def test_filled_values_a_speech_and_the_same_paper_again(
    page: Page, upload: Upload, faults: Faults
) -> None:
    upload("分工.txt", FILLED.encode())
    assert "3 个待选择" in page.inner_text("#h-match")
    page.select_option("#m1-use", "unit")
    page.fill("#m1-name", "县林业和草原局")
    shoot(page, "import-6-match")
    assert faults(page) == []
    page.click("text=保存选择")
    page.wait_for_selector("text=将新建")
    page.click("#confirm button")
    page.wait_for_url("**/done/")
    upload(
        "再次.txt",
        (
            FILLED.replace("2.管好人事", "2.管好人员") + "3.管好物资。物资按月盘点。\n责任领导：\n"
        ).encode(),
    )
    assert "新增 1 删除 0 修改 1" in page.inner_text("#h-diff >> xpath=..")
    shoot(page, "import-7-again")
    assert faults(page) == []
    page.click("#confirm button")
    page.wait_for_url("**/done/")
    upload("讲话.txt", seed("002"))
    assert "未识别到编号条目" in page.inner_text(".imp-banners")
    shoot(page, "import-8-speech")
    assert faults(page) == []


def test_a_refused_file_is_named_on_the_page(page: Page, upload: Upload, faults: Faults) -> None:
    upload("程序.docx", b"MZ" + bytes(500))
    assert "未能导入" in page.inner_text("#errsum")
    assert faults(page) == []
    shoot(page, "import-9-refused")


@pytest.mark.parametrize("width", [1920, 1024, 683])
def test_no_page_scrolls_sideways(page: Page, upload: Upload, faults: Faults, width: int) -> None:
    upload("分工.txt", FILLED.encode())
    page.set_viewport_size({"width": width, "height": 768})
    for size in ("std", "xl"):
        page.select_option("#fsize", size)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        shoot(page, f"import-w{width}-{size}")
    assert faults(page) == []
