"""A whole quarter in the browser, by everybody who has a part in it.

The schedule makes the round, the head of the office approves it; a unit reports,
its head confirms, the office reviews; the board shows it; who is late is urged
and sent a notice; the bulletin tells of it.
"""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accountability import rhythm
from accountability.models import Job, OutboxMessage
from accountability.services import jobs
from tasks.models import Campaign, Notice, Progress
from tasks.periods import Period
from tasks.services import progress_settings
from tests.browser.conftest import SignIn
from tests.browser.pages import axe, no_sideways_scroll, shot
from tests.task_factory import make_tasks
from tests.tasks.rounds import actor, of, start_county_in
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def look(page: Page, name: str) -> None:
    """Fits, is sound, and is kept as a picture."""
    no_sideways_scroll(page)
    axe(page)
    shot(page, f"quarter-{name}")


def act(page: Page, name: str, button: str, told: str) -> None:
    """Open the act's form of a notice if it is shut, press its button, wait for what is said."""
    box = page.locator(f"#act-{name}")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    box.get_by_role("button", name=button).click()
    expect(page.locator(".notices")).to_contain_text(told)


def by_schedule(world: World, on: date) -> None:
    """What the schedule does on a day, with every rule that there is."""
    tally = rhythm.run_all(on=on, part="schedule", counties=[world.county])
    assert not tally.failed


def test_a_quarter_by_all_who_have_a_part_in_it(sign_in_page: SignIn, world: World) -> None:
    now = Period.of(timezone.localdate())
    opens = now.last.replace(day=25)
    start_county_in(world, now.first)
    items = make_tasks(world, 3, year=now.year).items
    progress_settings.choose(
        by=actor(world, "bangong"), county=world.county,
        head_confirms=True, report_days=10, soon_days=10,
    )  # fmt: skip

    # The schedule makes the round; the head of the office approves its plan; it opens on its day.
    by_schedule(world, opens)
    campaign = Campaign.objects.get(year=now.year, period=now.quarter)
    head = sign_in_page("zhuren")
    head.goto(reverse("campaign_plan", args=[campaign.pk]))
    head.get_by_role("button", name="批准方案").click()
    expect(head.get_by_role("status").first).to_contain_text("已批准")
    by_schedule(world, opens)
    assert campaign.returns.count() == 4

    # The liaison reports two tasks in the table of the workbench, the third has nothing new.
    liaison = sign_in_page("caizheng")
    liaison.goto(f"/?period={now.code}")
    rows = liaison.locator("table.qtab > tbody")
    expect(rows).to_have_count(3)
    for n, text in enumerate(("接待经费压减一成，逐单核对。", "采购文件已由两人复核。")):
        rows.nth(n).get_by_role("button", name="报进展").click()
        form = rows.nth(n).locator("form.pedit")
        form.get_by_label("进展情况").fill(text)
        form.get_by_label("完成比例").fill("40")
        form.get_by_role("button", name="提交审核").click()
        expect(rows.nth(n).locator("form.pedit")).to_have_count(0)
    rows.nth(2).get_by_role("button", name="零报告").click()
    expect(liaison.locator("#q-tabs")).to_contain_text("已报3")
    look(liaison, "workbench")

    # The unit's head confirms each; only then the office may review.
    unit_head = sign_in_page("caizhengju")
    for item in items:
        unit_head.goto(
            reverse("progress_form", args=[item.pk, world.units["县财政局"].pk, now.code])
        )
        unit_head.get_by_role("button", name="确认并送办公室").click()
        expect(unit_head.get_by_role("button", name="确认并送办公室")).to_have_count(0)
    assert {row.state for row in Progress.objects.all()} == {"confirmed"}
    office = sign_in_page("bangong")
    office.goto(reverse("review_queue"))
    look(office, "review")
    queue = office.locator(".rlist li")
    for waiting in (3, 2, 1):
        expect(queue).to_have_count(waiting)
        office.keyboard.press("a")
    expect(office.get_by_text("没有待审核的进展。")).to_be_visible()
    assert {row.state for row in Progress.objects.all()} == {"approved"}

    # The unit confirms its return, and the board shows it.
    liaison.goto(reverse("unit_return", args=[of(campaign, "县财政局").pk]))
    liaison.get_by_role("button", name="确认报送").click()
    expect(liaison.locator(".card-hd", has_text="任务进展")).to_contain_text("报送 3/3 项")
    office.goto(reverse("campaign", args=[campaign.pk]))
    expect(office.locator(".bsum")).to_contain_text("已报 1/4")
    expect(office.locator(".btab tr", has_text="县财政局")).to_contain_text("已报送")
    look(office, "board")

    # Who has not reported is urged, and then sent a notice from the board.
    office.get_by_role("button", name="催报 3 个单位").click()
    expect(office.get_by_role("status").first).to_contain_text("已向 3 个单位催报")
    told = OutboxMessage.objects.filter(rule="campaign.remind:1")
    assert [m.person.name for m in told] == ["吴霞"]
    office.locator(".btab tr", has_text="柳河镇").get_by_role("link", name="发督办单").click()
    office.get_by_label("事项", exact=True).fill("按期报送季度进展")
    office.get_by_label("办理要求").fill("说明未报原因，补报本季度进展。")
    office.get_by_role("button", name="保存草稿").click()
    expect(office.locator(".notices")).to_contain_text("已拟 1 份")
    notice = Notice.objects.get()
    url = reverse("notice_detail", args=[notice.pk])
    head.goto(url)
    act(head, "issue", "确认签发", "已签发")
    town = sign_in_page("liuhe")
    town.goto(url)
    act(town, "take", "确认签收", "已签收")
    town.get_by_role("textbox", name="办理情况").fill("人员更替漏报，已补报。")
    act(town, "answer", "提交反馈", "已反馈")
    look(town, "notice")

    # The bulletin is drafted from the round, approved by another, and taken away as a file.
    office.goto(reverse("campaign", args=[campaign.pk]))
    office.get_by_role("button", name="起草通报").click()
    expect(office.get_by_label("正文")).to_contain_text("已报送1个单位，占25%")
    office.get_by_role("button", name="送审", exact=True).click()
    expect(office.get_by_role("status").first).to_contain_text("已送审")
    head.goto(office.url)
    head.get_by_role("button", name="批准印发").click()
    expect(head.get_by_text("文件正在生成，稍后刷新")).to_be_visible()
    made = jobs.run(Job.objects.get(kind="bulletin_files").pk)
    assert made is not None
    assert made.state == "done", made.error
    head.reload()
    no_sideways_scroll(head)
    shot(head, "quarter-bulletin")
    with head.expect_download() as download:
        head.get_by_role("link", name="PDF").click()
    assert download.value.path().read_bytes()[:5] == b"%PDF-"

    # The schedule comes by once more, and everything stands as it stood.
    before = (Campaign.objects.count(), campaign.returns.count(), OutboxMessage.objects.count())
    by_schedule(world, opens)
    after = (Campaign.objects.count(), campaign.returns.count(), OutboxMessage.objects.count())
    assert after == before
