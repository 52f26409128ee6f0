"""承诺书, 发文 and the navigation in a browser: from the office's desk to the public page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import SignIn
from tests.browser.pages import axe, no_sideways_scroll, shot
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Lines that the entries take, and by how much the last one is beyond its place.
ENTRIES = """() => {
  const nav = document.querySelector('.mainnav');
  const shown = Array.from(nav.querySelectorAll('a'), (a) => a.getBoundingClientRect());
  return {
    lines: new Set(shown.map((r) => Math.round(r.top))).size,
    over: shown[shown.length - 1].right - nav.getBoundingClientRect().right,
  };
}"""


def look(page: Page, name: str) -> None:
    """Fits, is sound, and is kept as a picture."""
    no_sideways_scroll(page)
    axe(page)
    shot(page, f"pub-{name}")


def test_the_navigation_fits_one_line_at_every_size(
    sign_in_page: SignIn, world: World, live_server: LiveServer
) -> None:
    for username in ("zhuren", "xianzhang"):
        page = sign_in_page(username)
        for size in ("std", "lg", "xl"):
            page.context.add_cookies([{"name": "fs", "value": size, "url": live_server.url}])
            page.goto("/dispatches/")
            expect(page.locator(f"html.fs-{size}")).to_be_visible()
            found = page.evaluate(ENTRIES)
            assert found["lines"] == 1, (username, size)
            assert found["over"] <= 0, (username, size)
            no_sideways_scroll(page)
            shot(page, f"nav-{username}-{size}")
        # Under one entry the others are a click away.
        expect(page.locator(".mainnav [aria-current]")).to_have_text("签批公开")
        page.get_by_role("link", name="权力清单", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("权力清单")
        page.locator(".mainnav").get_by_role("link", name="督查", exact=True).click()
        page.get_by_role("link", name="整改台账", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("整改台账")
        expect(page.locator(".mainnav [aria-current]")).to_have_text("督查")
