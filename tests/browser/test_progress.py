"""Progress in the browser: a row is reported in place, files are dropped, the office reviews."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tasks.models import Evidence, Progress
from tests.task_factory import make_tasks
from tests.tasks.progress.desk import png
from tests.world import World

from .pages import Watch, axe, shot

pytestmark = pytest.mark.browser
DROP = """(zone) => {
  const all = new DataTransfer();
  all.items.add(new File([Uint8Array.from(atob('%s'), (c) => c.charCodeAt(0))], '现场.png',
    {type: 'image/png'}));
  zone.dispatchEvent(new DragEvent('drop', {bubbles: true, dataTransfer: all}));
}"""


def test_a_quarter_at_the_desk_and_in_the_office(
    sign_in_page: Callable[..., Page], world: World, watch: Watch
) -> None:
    watch.expected("422")
    make_tasks(world, 4, year=timezone.localdate().year)
    page = sign_in_page("caizheng")
    page.goto("/")
    rows = page.locator("table.qtab > tbody")
    expect(rows).to_have_count(4)
    rows.nth(0).get_by_role("button", name="报进展").click()
    form = rows.nth(0).locator("form.pedit")
    expect(form).to_be_visible()
    # Handed in with nothing said: the sentence stands in the row, nothing is lost.
    form.get_by_label("完成比例").fill("30")
    form.get_by_role("button", name="提交审核").click()
    expect(rows.nth(0).get_by_text("请填写进展情况", exact=True)).to_be_visible()
    expect(form.get_by_label("完成比例")).to_have_value("30")
    form.get_by_label("进展情况").fill("经费支出比上年同期减少 6.2%，定点接待 12 家。")
    form.locator("[data-drop]").evaluate(DROP % base64.b64encode(png()).decode())
    form.get_by_label("或写明文号、会议").fill("局务会第 3 次会议")
    axe(page)
    shot(page, "progress-form")
    form.get_by_role("button", name="提交审核").click()
    expect(rows.nth(0).get_by_text("待审核")).to_be_visible()
    expect(rows.nth(0).locator("form.pedit")).to_have_count(0)
    expect(page.locator("#q-tabs")).to_contain_text("已报1")
    rows.nth(1).get_by_role("button", name="零报告").click()
    expect(rows.nth(1).get_by_text("待审核")).to_be_visible()
    assert Progress.objects.count() == 2
    assert sorted(Evidence.objects.values_list("name", flat=True)) == [
        "局务会第 3 次会议", "现场.png",
    ]  # fmt: skip
    shot(page, "progress-home")
    axe(page)

    office = sign_in_page("bangong")
    office.goto("/progress/review/")
    expect(office.locator(".ptext").first).to_contain_text("6.2%")
    shot(office, "progress-review")
    axe(office)
    office.keyboard.press("r")
    expect(office.locator("#review-reason")).to_be_focused()
    office.keyboard.type("请附统计表")
    office.keyboard.press("Control+Enter")
    expect(office.locator(".ptext").first).to_contain_text("零报告")
    office.keyboard.press("a")
    expect(office.get_by_text("没有待审核的进展。")).to_be_visible()
    picture = Evidence.objects.exclude(digest="").get()
    office.goto(f"/evidence/{picture.pk}/preview/")
    assert office.locator("img.evpic").evaluate("(img) => img.naturalWidth") == 40

    page.goto("/")
    expect(page.locator("form.pedit")).to_be_visible()
    expect(page.get_by_text("请附统计表")).to_be_visible()
    expect(page.locator("form.pedit").get_by_label("进展情况")).to_have_value(
        "经费支出比上年同期减少 6.2%，定点接待 12 家。"
    )
    shot(page, "progress-returned")
    page.get_by_role("link", name="严格控制").first.click()
    expect(page.get_by_role("heading", name="进展", exact=True)).to_be_visible()
    shot(page, "progress-task")
    axe(page)
