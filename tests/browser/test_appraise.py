"""评分 by keyboard alone: adopt, deduct with its ground, save and go on to the next."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from reports.models import Sheet
from tests.reports.assessment.rounds import TODAY, in_feedback, in_review, sheet_of
from tests.task_factory import make_tasks
from tests.world import World

from .conftest import SignIn
from .pages import Watch, axe, no_sideways_scroll, shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_team_scores_without_the_mouse(world: World, sign_in_page: SignIn, watch: Watch) -> None:
    watch.expected("422")
    make_tasks(world, 6, year=TODAY.year, due=TODAY)
    row = in_review(world)
    first, second = sheet_of(row, "柳河镇"), sheet_of(row, "石桥镇")
    page = sign_in_page("jiwei")
    page.goto(reverse("sheet", args=[first.pk]))
    expect(page.get_by_role("heading", level=1)).to_have_text("柳河镇")
    axe(page)
    no_sideways_scroll(page)
    shot(page, "appraise")
    rule = page.get_by_label("1.1 复评分")
    expect(rule).to_be_focused()
    page.keyboard.press("Space")
    expect(rule).to_have_value("60")
    page.keyboard.press("ArrowDown")
    review = page.get_by_label("1.2 复评分")
    expect(review).to_be_focused()
    expect(page.get_by_role("region", name="1.2 的佐证")).to_be_visible()
    page.keyboard.type("38.5")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").first).to_contain_text("请填写原因和依据")
    expect(review).to_be_focused()
    expect(review).to_have_value("38.5")
    shot(page, "appraise-refused")
    page.keyboard.press("Tab")
    page.keyboard.type("缺一次记录")
    page.keyboard.press("Tab")
    page.keyboard.type("查阅记录2号")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("石桥镇")
    first.refresh_from_db()
    assert (str(first.total), first.state) == ("98.50", "scored")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_have_text("柳河镇")
    assert Sheet.objects.get(pk=second.pk).state == "waiting"


@pytest.mark.parametrize(("who", "name"), [("liuhe", "subject"), ("bangong", "office")])
def test_the_pages_of_a_round_look_right(
    world: World, sign_in_page: SignIn, who: str, name: str
) -> None:
    row = in_feedback(world)
    sheet = sheet_of(row, "柳河镇")
    page = sign_in_page(who)
    addresses = {
        "sheet": reverse("sheet", args=[sheet.pk]),
        "why": reverse("sheet_why", args=[sheet.pk]),
        "round": reverse("assessment", args=[row.pk]),
        "rank": reverse("assessment", args=[row.pk]) + "?tab=rank",
        "teams": reverse("assessment", args=[row.pk]) + "?tab=teams",
        "list": reverse("assessments", args=[row.year]),
        "schemes": reverse("schemes", args=[row.year]),
        "scheme": reverse("scheme", args=[row.scheme_id]),
    }
    for what, address in addresses.items():
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        axe(page)
        no_sideways_scroll(page)
        shot(page, f"appraise-{name}-{what}")
