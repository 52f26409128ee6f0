"""A whole quarter in the browser, by everybody who has a part in it.

The schedule makes the round, the head of the office approves it; a unit reports,
its head confirms, the office reviews; the board shows it; who is late is urged
and sent a notice; the bulletin tells of it.
"""

from __future__ import annotations

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
from tests.tasks.rounds import actor, start_county_in
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


def by_schedule(world: World) -> None:
    """What the schedule does today, with every rule that there is."""
    tally = rhythm.run_all(
        on=timezone.localdate(), part="schedule", counties=[world.county]
    )
    assert not tally.failed


@pytest.fixture
def opening(world: World) -> Campaign:
    """The county began two quarters ago, at the latest: a round is there to be approved."""
    today = timezone.localdate()
    make_tasks(world, 3, year=today.year)
    start_county_in(world, today.replace(year=today.year - 1))
    progress_settings.store(
        by=actor(world, "bangong"), county=world.county,
        head_confirms=True, report_days=10, soon_days=10,
    )  # fmt: skip
    by_schedule(world)
    return Campaign.objects.filter(county=world.county).latest("year", "period")
