"""A quarter's supervision in a browser: confirmed, reminded, judged, ended, told in a bulletin."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accountability.models import Job
from accountability.services import jobs
from tasks.models import Campaign
from tests.browser.conftest import SignIn
from tests.browser.pages import Watch, axe, no_sideways_scroll, shot
from tests.task_factory import make_tasks
from tests.tasks.rounds import YEAR, of, reported, running
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def campaign(world: World) -> Campaign:
    made = make_tasks(world, 6, year=YEAR)
    campaign = running(world, on=date(YEAR, 3, 25))
    reported(world, made.items[:4], "县财政局")
    return campaign


def look(page: Page, name: str) -> None:
    """Fits, is sound, and is kept as a picture."""
    no_sideways_scroll(page)
    axe(page)
    shot(page, name)


def test_a_quarter_from_the_board_to_the_bulletin(
    sign_in_page: SignIn, world: World, campaign: Campaign
) -> None:
    # The unit confirms what it reported.
    unit = sign_in_page("caizheng")
    unit.goto("/")
    unit.get_by_role("link", name="确认报送").click()
    expect(unit.get_by_role("heading", level=1)).to_have_text("县财政局")
    look(unit, "superv-return")
    unit.get_by_label("主要问题").fill("会计集中核算台账不全")
    unit.get_by_role("button", name="确认报送").click()
    expect(unit.locator(".card-hd", has_text="任务进展")).to_contain_text("报送 4/6 项")

    # The office reminds and judges.
    office = sign_in_page("bangong")
    office.goto(f"/campaigns/{campaign.pk}/")
    look(office, "superv-board")
    judge = office.get_by_role("button", name="判定灯色")
    expect(judge).to_be_disabled()
    office.get_by_label("选择柳河镇").check()
    judge.click()
    office.get_by_label("判定依据").fill("会计集中核算未并轨")
    office.get_by_role("dialog").get_by_label("判定", exact=True).select_option("red")
    shot(office, "superv-judge")
    office.get_by_role("button", name="确认判定").click()
    expect(office.get_by_role("status").first).to_contain_text("已判定 1 个单位")
    office.get_by_label("选择石桥镇").check()
    office.get_by_role("button", name="催报", exact=True).click()
    expect(office.get_by_role("status").first).to_contain_text("已向 1 个单位催报")
    for view in ("按任务", "按领导", "时间轴"):
        office.get_by_role("link", name=view).click()
        expect(office.locator(".tabs [aria-current]")).to_have_text(view)
        look(office, f"superv-{view}")
    office.get_by_role("link", name="方案", exact=True).click()
    expect(office.get_by_role("heading", level=1)).to_have_text("督查方案")
    look(office, "superv-plan")

    # A leader sees the units in his charge.
    leader = sign_in_page("fuxianzhang")
    leader.goto(f"/campaigns/{campaign.pk}/")
    expect(leader.locator(".btab tbody tr")).to_have_count(1)
    look(leader, "superv-leader")

    # The bulletin is drafted, sent, issued by another and made.
    office.goto(f"/campaigns/{campaign.pk}/")
    office.get_by_role("button", name="起草通报").click()
    expect(office.get_by_role("heading", level=1)).to_have_text("督查通报")
    expect(office.get_by_label("正文")).to_contain_text("已报送1个单位，占25%")
    look(office, "superv-bulletin")
    office.get_by_role("button", name="送审", exact=True).click()
    expect(office.get_by_role("status").first).to_contain_text("已送审")
    head = sign_in_page("zhuren")
    head.goto(office.url)
    head.get_by_role("button", name="批准印发").click()
    expect(head.get_by_text("文件正在生成，稍后刷新")).to_be_visible()
    job = Job.objects.get(kind="bulletin_files")
    made = jobs.run(job.pk)
    assert made is not None
    assert made.state == "done", made.error
    head.reload()
    look(head, "superv-issued")
    with head.expect_download() as download:
        head.get_by_role("link", name="PDF").click()
    file = shot(head, "superv-issued").with_name("superv-bulletin.pdf")
    download.value.save_as(file)
    assert file.read_bytes()[:5] == b"%PDF-"
    head.get_by_role("link", name="全部通报").click()
    head.get_by_role("link", name="上半年汇总").click()
    expect(head.get_by_role("heading", name="上半年汇总")).to_be_visible()
    look(head, "superv-half-year")

    # The round ends, and the unit may object.
    head.goto(f"/campaigns/{campaign.pk}/")
    head.get_by_role("button", name="反馈结论并结束").click()
    expect(head.get_by_role("status").first).to_contain_text("结论已反馈")
    unit.goto(f"/returns/{of(campaign, '县财政局').pk}/")
    unit.get_by_label("对结论有异议").fill("台账已补齐")
    unit.get_by_role("button", name="提出异议").click()
    expect(unit.get_by_text("待复核").or_(unit.get_by_text("复核中"))).to_be_visible()
    look(unit, "superv-objection")


def test_a_plan_is_written(sign_in_page: SignIn, world: World, watch: Watch) -> None:
    watch.expected("422")
    make_tasks(world, 3, year=YEAR)
    page = sign_in_page("bangong")
    page.goto(f"/y/{YEAR}/campaigns/new/")
    look(page, "superv-new")
    page.get_by_label("名称").fill("工程发包专项督查")
    page.get_by_label("督查内容").fill("限额以上工程发包情况")
    page.get_by_label("督查对象").fill("有关单位")
    page.get_by_label("启动日期").fill(f"{YEAR}-03-01")
    page.get_by_label("报送截止日期").fill(f"{YEAR}-03-20")
    page.get_by_role("button", name="保存方案").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("督查方案")
    page.get_by_role("button", name="送审", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("组长")
    look(page, "superv-plan-refused")
