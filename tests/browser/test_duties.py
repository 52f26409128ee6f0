"""Duties in a browser: a record typed in and a paper handed in; the year's pages are accessible."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accountability.door import Actor, acting
from accountability.models import Duty
from accountability.services import duties, duty_rules
from tests.browser.conftest import Desk, axe_violations
from tests.tasks.progress.desk import pdf
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def year(world: World) -> int:
    """The shipped rules of the clock's year, and what they ask for."""
    today = timezone.localdate()
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        world.county.started_on = date(today.year, 1, 1)
        world.county.save()
    by = Actor.system("schedule", county=world.county)
    duty_rules.adopt(by=by, county=world.county, year=today.year, on=today)
    duties.make(county=world.county, on=today, by=by)
    return today.year


def test_a_liaison_records_a_life_meeting(
    desk: Callable[..., Desk], world: World, year: int
) -> None:
    duty = Duty.objects.get(unit=world.units["柳河镇"], kind="life_meeting")
    sitting = desk("liuhe")
    page = sitting.open(f"/duties/{duty.pk}/")
    assert axe_violations(page) == []
    page.get_by_label("会议日期").fill(timezone.localdate().isoformat())
    for label, text in (
        ("地点", "二楼"),
        ("主持人", "曾立"),
        ("出席人员", "全体"),
        ("会议主题", "对照"),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="保存记录").click()
    expect(page.locator(".notice")).to_contain_text("材料未齐")
    expect(page.get_by_text("还缺：会议基本情况、会议记录、解决的问题、整改措施")).to_be_visible()
    row = page.locator("tr", has_text="会议记录").first
    row.locator("input[type=file]").set_input_files(
        {"name": "记录.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    )
    row.locator("button[type=submit]").click()
    expect(page.locator(".notice")).to_contain_text("已报送会议记录")
    expect(page.get_by_role("link", name="记录.pdf")).to_be_visible()
    assert axe_violations(page) == []
    sitting.assert_clean(page)


@pytest.mark.parametrize("who", ["bangong", "fuxianzhang"])
def test_the_pages_are_accessible(
    desk: Callable[..., Desk], world: World, year: int, who: str
) -> None:
    sitting = desk(who)
    parts = ("", "calendar/", "coverage/owing/", "coverage/talks/")
    paths = [f"/y/{year}/duties/{part}" for part in parts] + [f"/y/{year}/ten-things/"]
    if who == "bangong":
        paths.append(f"/settings/duty-rules/{world.county.duty_rules.order_by('id')[0].pk}/")
    else:
        talk = Duty.objects.get(post=world.posts["周建平"], kind="talk")
        paths.append(f"/duties/{talk.pk}/talks/")
    for path in paths:
        page = sitting.open(path)
        expect(page.locator("main h1")).to_be_visible()
        assert axe_violations(page) == [], path
        sitting.assert_clean(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 1366, f"{path} is {width} wide"
        page.close()
