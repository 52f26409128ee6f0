"""A notice from its draft to green in the browser, and 整改台账, as each role sees them."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from tasks.models import Notice
from tests.browser.conftest import SignIn
from tests.browser.pages import axe, no_sideways_scroll, shot
from tests.tasks.watching import Desk
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def look(page: Page, name: str) -> None:
    """Accessible, no wider than the window; a picture to look at."""
    axe(page)
    no_sideways_scroll(page)
    shot(page, f"watching-{name}", full_page=True)


def act(page: Page, name: str, button: str, told: str) -> None:
    """Open the act's form if it is shut, press its button, wait for what is said."""
    box = page.locator(f"#act-{name}")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    box.get_by_role("button", name=button).click()
    expect(page.locator(".notices")).to_contain_text(told)


def test_a_notice_from_draft_to_green(world: World, sign_in_page: SignIn) -> None:
    desk = Desk(world)
    desk.standing(title="票据存根缺号", rectify_by=timezone.localdate().replace(year=2099))
    desk.sent("柳河镇", colour="red", colour_reason="久拖不办", title="整修档案室")
    clerk = sign_in_page("bangong")
    unit = world.units["县财政局"].pk
    clerk.goto(f"{reverse('notice_new')}?unit={unit}&kind=supervision")
    clerk.get_by_label("事项", exact=True).fill("规范票据管理")
    clerk.get_by_label("办理要求").fill("核对三季度票据存根，报送核对表。")
    look(clerk, "new")
    clerk.get_by_role("button", name="保存草稿").click()
    expect(clerk.locator(".notices")).to_contain_text("已拟 1 份")
    row = Notice.objects.get(title="规范票据管理")
    url = reverse("notice_detail", args=[row.pk])

    head = sign_in_page("zhuren")
    head.goto(f"{reverse('notice_list', args=[row.year])}")
    look(head, "list")
    head.goto(url)
    act(head, "issue", "确认签发", "已签发")

    liaison = sign_in_page("caizheng")
    liaison.goto("/")
    expect(liaison.get_by_role("heading", name="督办和整改")).to_be_visible()
    look(liaison, "home")
    liaison.locator(".htodo a.btn-primary").filter(has_text="签收").click()
    act(liaison, "take", "确认签收", "已签收")
    liaison.get_by_role("textbox", name="办理情况").fill("已逐本核对，缺号两本已说明去向。")
    look(liaison, "answer")
    act(liaison, "answer", "提交反馈", "已反馈")

    clerk.goto(url)
    clerk.locator("#act-recheck").get_by_label("意见").fill("情况属实")
    act(clerk, "recheck", "复核通过", "复核通过")
    expect(clerk.locator(".lamp-yellow").first).to_have_text("黄色")
    head.goto(url)
    act(head, "strike", "确认销号", "已销号")
    expect(head.locator(".lamp-green").first).to_have_text("绿色")
    look(head, "struck")


def test_the_ledger_of_findings_as_unit_inspector_and_leader(
    world: World, sign_in_page: SignIn
) -> None:
    desk = Desk(world)
    row = desk.standing(title="票据存根缺号", rectify_by=timezone.localdate().replace(year=2099))
    unit = sign_in_page("caizhengju")
    unit.goto(reverse("finding_detail", args=[row.pk]))
    unit.get_by_role("textbox", name="整改措施").fill("逐本补登，建立月度核对。")
    unit.get_by_label("责任人").fill("刘芳")
    look(unit, "finding")
    act(unit, "plan", "提交整改措施", "整改措施已报送")
    inspector = sign_in_page("jiwei")
    inspector.goto(reverse("finding_list", args=[row.year]))
    expect(inspector.get_by_role("link", name="票据存根缺号")).to_be_visible()
    look(inspector, "findings")
    inspector.goto(reverse("finding_new"))
    look(inspector, "finding-new")
    leader = sign_in_page("fuxianzhang")
    leader.goto(reverse("finding_detail", args=[row.pk]))
    expect(leader.locator("#act-plan")).to_have_count(0)
    expect(leader.locator(".kv").first).to_contain_text("巡察一组反馈意见")
