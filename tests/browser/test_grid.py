"""任务分解 in Chromium: UI-T1 … UI-T14 of the acceptance criteria."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable
from typing import Any

import pdfplumber
import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from tasks.models import Assignment, ItemSlot, Paper, TaskItem
from tasks.services import issue
from tests.papers import make_paper
from tests.world import World

from .conftest import Desk, axe_violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
URL = "/y/2026/assign/"
Sit = Callable[..., Desk]
COLUMNS = [
    "responsible_leader-0",
    "responsible_person-0",
    "lead_unit-0",
    "responsible_unit-0",
    "due",
]


def cell(page: Page, row: int, column: int) -> Any:
    """The cell of the n-th visible task, by position of its column."""
    return page.locator(f'tr[data-task] >> nth={row} >> [data-slot="{COLUMNS[column]}"]')


def saved(page: Page) -> None:
    expect(page.locator("#savest")).to_contain_text("已自动保存")


def values(page: Page) -> dict[str, Any]:
    """All values of the page, by task and column."""
    found: dict[str, Any] = page.evaluate(
        """() => { const g = window.portalGrid, o = {};
        g.order.forEach((id) => { o[id] = {}; Object.keys(g.T[id].cells).forEach((c) => {
        o[id][c] = g.T[id].cells[c].v; }); }); return o; }"""
    )
    return found


def clipboard(page: Page, text: str) -> None:
    page.evaluate("(t) => navigator.clipboard.writeText(t)", text)


def held(paper: Paper, row: int, kind: str) -> list[str]:
    """What the server has in the n-th task's slot."""
    item = TaskItem.objects.filter(paper=paper).order_by("order")[row]
    rows = Assignment.objects.on(timezone.localdate()).filter(slot__item=item, slot__kind=kind)
    return [str(a.holder) for a in rows.order_by("position")]


def test_every_slot_is_filled_from_the_keyboard(desk: Sit, world: World) -> None:
    """UI-T1, T2, T3, T9: 99 values into 79 slots in at most 400 keydowns, saved while typing."""
    paper = make_paper(world, items=20)
    saves: list[str] = []
    clerk = desk("bangong")
    page = clerk.open(URL)
    expect(page.locator("#todo")).to_have_text("还有 20 项未落实（79 处）")
    assert axe_violations(page) == []
    page.on("request", lambda r: saves.append(r.url) if r.url.endswith("/slots/") else None)
    cell(page, 0, 0).click()
    for row in range(20):
        page.keyboard.type("zj")
        page.keyboard.press("Tab")
        if row == 2:
            page.keyboard.press("ArrowRight")
        else:
            page.keyboard.type("hz")
            page.keyboard.press("Tab")
        page.keyboard.type("czj" if row == 0 else "cz")
        page.keyboard.press("Tab")
        if row == 0:
            assert cell(page, 0, 2).inner_text() == "县财政局"
            assert "act" in cell(page, 0, 3).get_attribute("class")
        page.keyboard.type("sjj")
        page.keyboard.press("Enter")
        page.keyboard.type("gx")
        page.keyboard.press("Tab")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowDown")
    assert page.evaluate("window.__keys") <= 400
    expect(page.locator("#todo")).to_have_text("全部落实")
    saved(page)
    assert len(saves) >= 2
    assert ItemSlot.objects.filter(item__paper=paper).count() == 79
    assert Assignment.objects.filter(item__paper=paper, valid_to=None).count() == 99
    assert held(paper, 19, "responsible_unit") == ["县审计局", "各乡镇"]
    assert held(paper, 19, "responsible_leader") == ["县政府常务副县长"]
    assert held(paper, 19, "responsible_person") == ["县财政局局长"]
    clerk.assert_clean(page)


def test_a_block_from_a_sheet_is_pasted(desk: Sit, world: World) -> None:
    """UI-T4 and T5: quoted newline, alias, date, CRLF, what lies outside; one undo step."""
    paper = make_paper(world, items=20)
    clerk = desk("bangong")
    page = clerk.open(URL)
    lines = ["周建平\t黄志强\t财政局\t县审计局、各乡镇\t2026.12.30"] * 20
    lines[0] = '周建平\t黄志强\t财政局\t"审计局\n县数据中心"\t2026.12.30'
    lines[1] = "周建平\t黄志强\t不存在的局\t住建局\t2026年12月31日"
    lines[2] = "周建平\t\t县财政局\t各乡镇\t"
    before = values(page)
    clipboard(page, "\r\n".join(lines) + "\r\n\r\n")
    cell(page, 0, 0).click()
    page.keyboard.press("Control+v")
    message = page.locator("#pmsg")
    expect(message).to_contain_text("1 处未识别，未写入：二（一）2 牵头单位“不存在的局”")
    expect(page.locator("#todo")).to_have_text("还有 1 项未落实（1 处）")
    expect(page.locator("#live")).to_contain_text("1 处未识别")
    assert axe_violations(page) == []
    after = values(page)
    first = next(iter(after.values()))
    assert first["due"] == ["2026-12-30"]
    assert len(first["responsible_unit-0"]) == 2
    message.locator("a").click()
    assert "act" in cell(page, 1, 2).get_attribute("class")
    saved(page)
    assert held(paper, 0, "responsible_unit") == ["县审计局", "县数据中心"]
    assert held(paper, 1, "lead_unit") == []
    page.keyboard.press("Control+z")
    assert values(page) == before
    expect(page.locator("#todo")).to_have_text("还有 20 项未落实（79 处）")
    page.keyboard.press("Control+y")
    assert values(page) == after
    saved(page)
    clipboard(page, "县财政局\t县审计局\t2026-12-01\t多出来的\n县审计局\n")
    cell(page, 19, 2).click()
    page.keyboard.press("Control+v")
    expect(message).to_contain_text("2 格在表格之外，未写入：“多出来的”、“县审计局”")
    saved(page)
    clerk.assert_clean(page)


def test_many_rows_at_once_and_the_input_method(desk: Sit, world: World) -> None:
    """UI-T6 and T7: Ctrl+Enter, fill-down, and Enter while composing."""
    paper = make_paper(world, items=6)
    clerk = desk("bangong")
    page = clerk.open(URL)
    cell(page, 0, 0).click()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.type("zjp")
    page.keyboard.press("Control+Enter")
    assert [cell(page, r, 0).inner_text() for r in range(3)] == ["周建平"] * 3
    page.keyboard.press("Control+z")
    expect(page.locator("#todo")).to_have_text("还有 6 项未落实（23 处）")
    page.keyboard.press("Control+y")
    cell(page, 0, 2).click()
    page.keyboard.type("czj")
    page.keyboard.press("Tab")
    cell(page, 0, 2).click()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+d")
    assert cell(page, 5, 2).inner_text() == "县财政局"
    saved(page)
    assert held(paper, 5, "lead_unit") == ["县财政局"]
    cell(page, 4, 3).click()
    page.keyboard.press("F2")
    page.evaluate(
        """() => { const i = document.querySelector('.edwrap input');
        i.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}));
        i.value = '财政'; [{isComposing: true}, {keyCode: 229}].forEach((o) => i.dispatchEvent(
        new KeyboardEvent('keydown', Object.assign({key: 'Enter', bubbles: true,
        cancelable: true}, o)))); }"""
    )
    assert page.locator(".edwrap input").input_value() == "财政"
    assert held(paper, 4, "responsible_unit") == []
    clerk.assert_clean(page)


def test_work_survives_a_lost_connection_and_a_reload(desk: Sit, world: World) -> None:
    """UI-T8: kept on this machine, retried, recovered; a lost answer is not saved twice."""
    paper = make_paper(world, items=5)
    clerk = desk("bangong")
    page = clerk.open(URL)
    page.route("**/slots/", lambda r: r.abort())
    cell(page, 0, 2).click()
    page.keyboard.type("czj")
    page.keyboard.press("Tab")
    expect(page.locator("#savest")).to_have_text("未能保存，已保留在本机，正在重试")
    page.unroute("**/slots/")
    expect(page.locator("#savest")).to_contain_text("已自动保存", timeout=5000)
    assert held(paper, 0, "lead_unit") == ["县财政局"]
    lost = []

    def lose_the_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/slots/", lose_the_answer)
    cell(page, 1, 2).click()
    page.keyboard.type("sjj")
    page.keyboard.press("Tab")
    expect(page.locator("#savest")).to_contain_text("正在重试")
    expect(page.locator("#savest")).to_contain_text("已自动保存", timeout=6000)
    assert lost == [200]
    assert AuditEvent.objects.filter(action="slot.fill").count() == 2
    page.unroute("**/slots/")
    page.route("**/slots/", lambda r: r.abort())
    cell(page, 2, 2).click()
    page.keyboard.type("sjj")
    page.keyboard.press("Tab")
    expect(page.locator("#savest")).to_contain_text("正在重试")
    page.on("dialog", lambda d: d.accept())
    page.unroute("**/slots/")
    page.reload()
    expect(page.locator("#pmsg")).to_contain_text("已恢复上次未保存的 1 处填写")
    saved(page)
    assert held(paper, 2, "lead_unit") == ["县审计局"]
    clerk.assert_clean(page, allowed="ERR_FAILED")


def test_what_is_refused_is_named_and_a_lost_login_loses_nothing(desk: Sit, world: World) -> None:
    """A value that no longer stands is marked, the others saved; 401 keeps the draft."""
    paper = make_paper(world, items=5)
    clerk = desk("bangong")
    page = clerk.open(URL)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        gone = world.units["县审计局"]
        gone.valid_to = timezone.localdate()
        gone.save()
    cell(page, 0, 2).click()
    page.keyboard.type("sjj")
    page.keyboard.press("Tab")
    page.keyboard.type("gxz")
    page.keyboard.press("Tab")
    message = page.locator("#pmsg")
    expect(message).to_contain_text("未保存：二（一）1 牵头单位")
    expect(message).to_contain_text("已撤并或不在名录中，请另选。")
    saved(page)
    assert held(paper, 0, "responsible_unit") == ["各乡镇"]
    assert held(paper, 0, "lead_unit") == []
    cookies = clerk.context.cookies()
    clerk.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    cell(page, 1, 2).click()
    page.keyboard.type("czj")
    page.keyboard.press("Tab")
    expect(page.locator("#savest")).to_contain_text("登录已失效，填写内容已保留在本机")
    clerk.context.add_cookies(cookies)
    page.on("dialog", lambda d: d.accept())
    page.reload()
    saved(page)
    assert held(paper, 1, "lead_unit") == ["县财政局"]
    clerk.assert_clean(page, allowed="Failed to load resource")


def test_a_draft_of_an_older_version_asks(desk: Sit, world: World) -> None:
    """What was typed without a line and changed by somebody else meanwhile is not written over."""
    paper = make_paper(world, items=2)
    clerk = desk("bangong")
    page = clerk.open(URL)
    page.route("**/slots/", lambda r: r.abort())
    cell(page, 0, 2).click()
    page.keyboard.type("czj")
    page.keyboard.press("Tab")
    expect(page.locator("#savest")).to_contain_text("正在重试")
    other = desk("zhuren").open(URL)
    cell(other, 0, 2).click()
    other.keyboard.type("sjj")
    other.keyboard.press("Tab")
    saved(other)
    page.on("dialog", lambda d: d.accept())
    page.unroute("**/slots/")
    page.reload()
    expect(page.locator("#cfdlg")).to_contain_text("改为县审计局，保留哪一个？")
    assert held(paper, 0, "lead_unit") == ["县审计局"]
    page.locator('[data-keep="mine"]').click()
    saved(page)
    assert held(paper, 0, "lead_unit") == ["县财政局"]


@pytest.mark.parametrize("keeps", ["mine", "theirs"])
def test_two_sessions_on_one_cell(desk: Sit, world: World, keeps: str) -> None:
    """UI-T10: the second is asked; neither value is lost silently; other cells are saved."""
    paper = make_paper(world, items=5)
    one, two = desk("zhuren"), desk("bangong")
    theirs, mine = one.open(URL), two.open(URL)
    cell(theirs, 0, 2).click()
    theirs.keyboard.type("sjj")
    theirs.keyboard.press("Tab")
    saved(theirs)
    cell(mine, 0, 2).click()
    mine.keyboard.type("czj")
    mine.keyboard.press("Tab")
    mine.keyboard.type("sjj")
    mine.keyboard.press("Tab")
    dialog = mine.locator("#cfdlg")
    expect(dialog).to_contain_text("二（一）1 牵头单位：韩书琴")
    expect(dialog).to_contain_text("改为县审计局，保留哪一个？")
    expect(dialog.locator("#cfm")).to_have_text("县财政局")
    assert axe_violations(mine) == []
    mine.keyboard.press("Escape")
    expect(mine.locator("#savest")).to_contain_text("1 处待选择保留哪一个")
    assert held(paper, 0, "lead_unit") == ["县审计局"]
    assert held(paper, 0, "responsible_unit") == ["县审计局"]
    mine.locator('[data-act="conflicts"]').click()
    mine.locator(f'[data-keep="{keeps}"]').click()
    saved(mine)
    wanted = "县财政局" if keeps == "mine" else "县审计局"
    expect(cell(mine, 0, 2)).to_have_text(re.compile(wanted))
    assert held(paper, 0, "lead_unit") == [wanted]
    two.assert_clean(mine, allowed="409")


def test_check_and_hand_out(desk: Sit, world: World) -> None:
    """UI-T11: the summary links to the first empty cell; what is complete is handed out."""
    paper = make_paper(world, items=5, filled=3)
    clerk = desk("bangong")
    page = clerk.open(URL)
    page.locator('[data-act="publish"]').click()
    summary = page.locator("#pubbad")
    expect(summary).to_contain_text("有 2 项任务未落实，共 8 处")
    assert summary.get_attribute("role") == "alert"
    assert summary.locator("a").count() == 2
    assert axe_violations(page) == []
    summary.locator("a >> nth=1").click()
    expect(cell(page, 4, 0)).to_be_focused()
    page.keyboard.press("F8")
    expect(cell(page, 4, 1)).to_be_focused()
    page.locator('[data-act="publish"]').click()
    page.get_by_role("button", name="先下发 3 项").click()
    expect(page.locator(".notice")).to_contain_text("已下发 3 项任务")
    paper.refresh_from_db(fields=["state"])
    assert paper.state == "part_issued"
    clerk.assert_clean(page)


def test_suggestions_wait_for_a_person(desk: Sit, world: World) -> None:
    """UI-T12: shown with their reason, written by an act, told as 采纳建议."""
    paper = make_paper(world, items=5)
    clerk = desk("bangong")
    page = clerk.open(URL)
    expect(page.locator("#side")).to_contain_text("正文写明“县财政局”")
    expect(page.locator("#side")).to_contain_text("县财政局由周建平分管")
    assert Assignment.objects.count() == 0
    cell(page, 0, 0).click()
    page.keyboard.press("Alt+Enter")
    assert cell(page, 0, 2).inner_text() == "县财政局"
    saved(page)
    assert held(paper, 0, "responsible_leader") == ["县政府常务副县长"]
    assert AuditEvent.objects.get(action="slot.fill").summary.startswith("采纳建议")
    expect(page.locator("#lastchanges")).to_contain_text("采纳建议 二（一）1")
    clerk.assert_clean(page)


def test_others_read(desk: Sit, world: World) -> None:
    """UI-T13: no edit affordance, and the save is refused."""
    paper = make_paper(world, items=5, filled=5)
    user = world.users["bangong"]
    by = Actor(key=f"user:{user.pk}", name="张敏", user=user, county=world.county)
    issue.issue(by=by, paper=paper)
    liaison = desk("caizheng")
    page = liaison.open(URL)
    assert page.locator("tr[data-task]").count() == 5
    assert page.locator("[role=gridcell], .ed, [data-act], dialog, #grid-payload").count() == 0
    assert axe_violations(page) == []
    answer = page.evaluate(
        """() => fetch('/y/2026/assign/slots/', {method: 'POST', body: '{}', headers:
        {'X-CSRFToken': document.body.getAttribute('data-csrf'),
        Accept: 'application/json'}}).then((r) => r.status)"""
    )
    assert answer == 403


def test_one_tab_stop_any_width_and_print(desk: Sit, world: World) -> None:
    """UI-A2, A6, B1 of this page: one stop, nothing runs over, A4 landscape on paper."""
    make_paper(world, items=20, filled=3)
    clerk = desk("bangong")
    page = clerk.open(URL)
    assert page.locator('#grid [tabindex="0"]').count() == 1
    assert page.locator("#grid a:visible:not([tabindex='-1'])").count() == 0
    for width in (1920, 1366, 1024, 683):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1366, "height": 768})
    page.select_option("#fsize", "xl")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    assert axe_violations(page) == []
    page.select_option("#fsize", "std")
    with pdfplumber.open(io.BytesIO(page.pdf(prefer_css_page_size=True))) as sheet:
        assert len(sheet.pages) == 2
        assert sheet.pages[0].width > sheet.pages[0].height
        for side in sheet.pages:
            words = side.extract_text().replace(" ", "")
            assert "责任领导" in words
            assert "工作台" not in words
    clerk.assert_clean(page)


def test_without_a_script(desk: Sit, world: World) -> None:
    """The same table as text, with a plain form a task."""
    paper = make_paper(world, items=3)
    clerk = desk("bangong", java_script_enabled=False)
    page = clerk.open(URL)
    assert page.locator("[data-act=undo]").is_hidden()
    page.locator(".ed").first.click()
    page.get_by_label("牵头单位").fill("财政局")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".notice")).to_contain_text("已保存 二（一）1")
    assert held(paper, 0, "lead_unit") == ["县财政局"]
    page.get_by_role("link", name="校验并下发").click()
    expect(page.locator(".errsum")).to_contain_text("有 3 项任务未落实，共 10 处")


def test_counts_agree_after_every_action(desk: Sit, world: World) -> None:
    """UI-T14: badge, tree and section counts agree through 200 random actions (seeded)."""
    make_paper(world, items=12, filled=4)
    clerk = desk("bangong")
    page = clerk.open(URL)
    chance = random.Random(20260409)
    keys = ["Delete", "Control+d", "Control+z", "Control+y", "Alt+Enter", "F8", "Shift+ArrowDown"]
    moves = ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End", "PageDown"]
    words = ["czj", "sjj", "zjp", "hzq", "gxz", "lhz"]
    count = """() => { const g = window.portalGrid; let items = 0, slots = 0; const sec = {};
      g.order.forEach((id) => { const m = Object.keys(g.T[id].cells).filter((c) => c !== 'due' &&
        !g.T[id].cells[c].v.length).length; slots += m; if (m) items++;
        const s = g.T[id].sec[0]; sec[s] = sec[s] || [0, 0]; sec[s][1]++; if (!m) sec[s][0]++; });
      const badge = document.getElementById('todo').textContent.trim();
      const said = slots ? '还有 ' + items + ' 项未落实（' + slots + ' 处）' : '全部落实';
      const tree = {}, band = {};
      Object.keys(sec).forEach((s) => { sec[s] = sec[s].join('/');
        tree[s] = document.querySelector('[data-c="' + s + '"]').textContent;
        band[s] = document.querySelector('[data-gc="' + s + '"]').textContent
          .replace(/[^0-9/]/g, ''); });
      return [badge, said, JSON.stringify(sec), JSON.stringify(tree), JSON.stringify(band),
        +document.querySelector('[data-n=miss]').textContent, items]; }"""
    cell(page, 0, 0).click()
    for _ in range(200):
        act = chance.random()
        if act < 0.4:
            page.keyboard.press(chance.choice(moves))
        elif act < 0.75:
            page.keyboard.press(chance.choice(keys))
        else:
            page.keyboard.type(chance.choice(words))
            page.keyboard.press(chance.choice(["Tab", "Escape", "Control+Enter"]))
            if page.locator(".edwrap input").count():
                page.keyboard.press("Escape")
        badge, said, sec, tree, band, miss, items = page.evaluate(count)
        assert badge == said
        assert json.loads(sec) == json.loads(tree) == json.loads(band)
        assert miss == items
    saved(page)
    clerk.assert_clean(page)
