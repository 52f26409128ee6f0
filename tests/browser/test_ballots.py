"""投票 by keyboard, with and without scripts; the office's and the tellers' pages as they look."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from reports.models import BallotBlank
from tests.reports.assessment.polls import closed, on_paper, opened, prepared
from tests.reports.assessment.rounds import TODAY
from tests.world import World

from .conftest import SignIn
from .pages import axe, no_sideways_scroll, shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_slip_is_voted_by_keyboard_without_any_script(world: World, open_page: SignIn) -> None:
    row, codes = opened(world)
    page = open_page(java_script_enabled=False)
    page.goto(reverse("vote"))
    page.get_by_label("投票码").focus()
    page.keyboard.type(codes[0].lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("县财政局民主测评")
    first = page.get_by_role("group", name="落实主体责任").get_by_label("满意", exact=True)
    first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("投票已收到")
    votes = BallotBlank.objects.filter(ballot=row).exclude(choices="")
    assert [vote.choices for vote in votes]
    assert votes[0].choices.startswith("0,")


def test_the_code_of_the_qr_is_filled_in_and_leaves_the_address(
    world: World, open_page: SignIn
) -> None:
    _, codes = opened(world)
    page = open_page(width=390, height=844)
    page.goto(f"{reverse('vote')}#{codes[0]}")
    expect(page.get_by_label("投票码")).to_have_value(codes[0])
    assert "#" not in page.url
    axe(page)
    no_sideways_scroll(page)
    page.get_by_role("button", name="下一步").click()
    axe(page)
    no_sideways_scroll(page)
    shot(page, "vote-phone", full_page=True)


def test_the_pages_of_a_ballot_look_right(world: World, sign_in_page: SignIn) -> None:
    counted = closed(world, [(0, 0)] * 6 + [(1, 2), (2, 3), (0, None), (None, None)])
    running, _ = opened(world, 30, title="县审计局满意度测评", group="服务对象",
                        subject=f"u{world.units['县审计局'].pk}")  # fmt: skip
    paper = on_paper(world, title="柳河镇民主测评", subject=f"u{world.units['柳河镇'].pk}")
    fresh = prepared(world, title="石桥镇民主测评", subject=f"u{world.units['石桥镇'].pk}")
    page = sign_in_page("bangong")
    for name, url in (
        ("ballots", reverse("ballots", args=[TODAY.year])),
        ("ballot-new", reverse("ballot_new", args=[TODAY.year])),
        ("ballot-result", reverse("ballot", args=[counted.pk])),
        ("ballot-open", reverse("ballot", args=[running.pk])),
        ("ballot-paper", reverse("ballot", args=[paper.pk])),
        ("ballot-fresh", reverse("ballot", args=[fresh.pk])),
    ):
        page.goto(url)
        axe(page)
        no_sideways_scroll(page)
        shot(page, name)
    teller = sign_in_page("zhuren")
    teller.goto(reverse("ballot_tally", args=[paper.pk]))
    axe(teller)
    shot(teller, "ballot-tally")
    voter = sign_in_page("bangong")
    voter.goto(reverse("vote"))
    shot(voter, "vote")
