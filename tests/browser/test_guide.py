"""The pictures of the user's guide (docs/guide): a year's work on the demo's own opinion.

`make guide` (PORTAL_SHOTS=1) writes them; each run of the suite walks the same
way and so notices when the guide's labels are no longer the pages'.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accountability.demo.loader import Loaded, load_county
from accountability.demo.make_opinion import opinion_docx
from accountability.services import jobs
from tasks.models import Paper
from tasks.services import demo_papers

from .conftest import SignIn
from .pages import TOP, axe, no_sideways_scroll, shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GUIDE = TOP / "docs" / "guide"
TYPED = {
    "responsible_leader-0": "zjp",
    "responsible_person-0": "rgd",
    "lead_unit-0": "zfb",
    "responsible_unit-0": "zfg",
}
MOST_BYTES = 150_000


@pytest.fixture
def loaded(transactional_db: None) -> Loaded:
    """The demo county with last year's opinion: this year's is still to come."""
    county = load_county("anhe", password="unused-7421-demo")
    demo_papers.load_previous(loaded=county)
    return county


def keep(page: Page, name: str, heading: str | None = None) -> None:
    """One picture of the guide, once its `heading` is there; the page is as clean as it looks."""
    if heading is not None:
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    axe(page)
    no_sideways_scroll(page)
    shot(page, name, guide=True)


def fill_the_rest(page: Page, left: int) -> None:
    """From one empty cell to the next with F8."""
    for _ in range(left):
        page.keyboard.press("F8")
        slot = page.evaluate("document.activeElement.dataset.slot")
        page.keyboard.type(TYPED[slot])
        page.keyboard.press("Tab")


def test_a_year_as_the_guide_shows_it(
    open_page: SignIn, live_server: LiveServer, loaded: Loaded, tmp_path: Path
) -> None:
    year = timezone.localdate().year

    def sit(username: str) -> Page:
        client = Client()
        client.force_login(loaded.users[username])
        page = open_page()
        cookie = client.cookies["sessionid"]
        page.context.add_cookies(
            [{"name": "sessionid", "value": cookie.value, "url": live_server.url}]
        )
        page.goto("/")
        return page

    page = open_page()
    page.goto("/")
    keep(page, "login")

    page = sit("bangong")
    keep(page, "home-office")
    page.get_by_role("link", name="导入意见").first.click()
    keep(page, "import-choose", "导入意见")
    paper = tmp_path / f"安和县{year}年度实施意见.docx"
    paper.write_bytes(opinion_docx(year))
    page.set_input_files("#id_file", str(paper))
    page.get_by_role("button", name="上传并识别").click()
    expect(page.get_by_role("heading", name="核对导入意见", level=1)).to_be_visible()
    keep(page, "import-check", "核对导入意见")
    page.get_by_role("button", name=re.compile("确认导入 2. 项任务")).click()
    keep(page, "import-done", "导入完成")
    page.get_by_role("link", name="去任务分解").click()
    keep(page, "assign", "任务分解")

    told = page.locator("#todo").inner_text()
    left = int(re.findall(r"（(\d+) 处）", told)[0])
    page.keyboard.press("F8")
    page.keyboard.type("rg")
    keep(page, "assign-type")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="校验并下发").click()
    expect(page.get_by_role("button", name=re.compile("先下发"))).to_be_visible()
    keep(page, "assign-check")
    page.get_by_role("button", name="返回修改").click()
    page.locator("#grid [tabindex='0']").focus()
    page.keyboard.press("Control+Home")
    fill_the_rest(page, left)
    expect(page.locator("#todo")).to_have_text("全部落实")
    expect(page.locator("#savest")).to_contain_text("已自动保存")
    page.get_by_role("link", name="校验并下发").click()
    expect(page.get_by_role("button", name=re.compile("下发全部"))).to_be_visible()
    expect(page.get_by_label("文号")).to_have_value(f"安政发〔{year}〕3号")  # as its head says
    keep(page, "assign-issue")
    page.get_by_role("button", name=re.compile("下发全部")).click()
    expect(page.locator(".notice")).to_contain_text("意见已印发")
    for job in jobs.waiting():
        jobs.run(job)
    page.get_by_role("link", name="意见文件").first.click()
    keep(page, "papers", "意见文件")
    page.goto("/settings/units/")
    keep(page, "settings-units")

    page = sit("caizheng")
    keep(page, "home-liaison")
    page.get_by_role("link", name="任务", exact=True).click()
    keep(page, "tasks", "任务台账")
    page.locator(".ltab tbody a").nth(1).click()
    expect(page.locator("dl.facts")).to_be_visible()
    keep(page, "task")
    keep(sit("xianzhang"), "home-leader")
    page = sit("jiwei")
    keep(page, "home-inspector")
    page.get_by_role("link", name="审计轨迹").click()
    keep(page, "audit", "审计轨迹")
    page.goto(f"/y/{year}/tasks/")
    page.locator(".ltab tbody a").nth(1).click()
    page.get_by_role("link", name="以往情况").click()
    keep(page, "as-of", "以往情况")
    keep(sit("xitong"), "home-admin")
    assert Paper.objects.filter(year=year, state="issued").count() == 1


def test_the_guide_shows_what_there_is() -> None:
    """Every picture that a chapter names is there and small; every picture there is shown."""
    named: set[str] = set()
    for chapter in GUIDE.glob("*.md"):
        text = chapter.read_text(encoding="utf-8")
        named |= set(re.findall(r"\]\(img/([\w-]+\.png)\)", text))
        for link in re.findall(r"\]\((?!img/|http)([^)#]+)", text):
            assert (GUIDE / link).exists(), f"{chapter.name}: {link}"
    there = {picture.name: picture.stat().st_size for picture in (GUIDE / "img").glob("*.png")}
    assert set(there) == named
    assert max(there.values()) <= MOST_BYTES


def test_the_guides_labels_are_the_pages_own() -> None:
    """What stands in 「」 is written so on a page; N and M stand for numbers."""
    told = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("templates", "static/js", "accountability", "tasks", "reports")
        for path in (TOP / folder).rglob("*")
        if path.suffix in (".html", ".js", ".py")
    )
    unknown = {
        label
        for chapter in GUIDE.glob("*.md")
        for label in re.findall("「([^」]+)」", chapter.read_text(encoding="utf-8"))
        for piece in re.split(r" ?[NM] ?", label)
        if piece.strip("（ ）") not in told
    }
    assert not unknown
