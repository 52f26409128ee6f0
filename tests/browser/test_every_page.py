"""Every page that a link leads to, as each of the ten demo accounts: none is dead or closed.

GET only. A link that is shown must open (200): one that answers 403 or 404
is a promise broken. Each page has one h1 that its title begins with, fits
1366 px, and says nothing on the console; axe looks at one page of each kind.
"""

from __future__ import annotations

import io
from collections import Counter, deque
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Error, Page
from pytest_django.live_server_helper import LiveServer

from accountability.models import User
from accountability.services import jobs

from .conftest import SignIn
from .pages import axe, no_sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ACCOUNTS = [
    "bangong", "zhuren", "caizheng", "caizhengju", "xianzhang",
    "fuxianzhang", "jiwei", "xitong", "anquan", "shenji",
]  # fmt: skip
LOOKED_AT = {"bangong", "caizheng", "xianzhang", "jiwei", "xitong", "shenji"}  # one of each kind
EACHS_OWN = {"home"}  # another page for each role
PAGES = 60
OF_A_KIND = 1
LOOK = """() => ({
  title: document.title,
  h1: Array.from(document.querySelectorAll('h1'), (h) => h.textContent.trim()),
  links: Array.from(document.querySelectorAll('a[href]'), (a) => a.href),
})"""


@pytest.fixture
def demo(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo as `make run` loads it, its background work done."""
    monkeypatch.setenv("PORTAL_DEMO_PASSWORD", "unused-7421-demo")
    call_command("load_demo", signed=1, stdout=io.StringIO())
    for job in jobs.waiting():
        jobs.run(job)


def kind_of(address: str) -> str:
    """The route: what makes two pages of one kind."""
    return str(resolve(urlsplit(address).path).view_name)


class Walk:
    """One account's way through the portal."""

    def __init__(self, page: Page, base: str, *, looked_at: set[str] | None) -> None:
        self.page, self.base, self.looked_at = page, base, looked_at
        self.wrong: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.queue = deque([(base + "/", "the start")])
        self.known = {base + "/"}
        self.visited = 0

    def go(self) -> None:
        """Follow links, the nearest first, one page of each kind."""
        while self.queue and self.visited < PAGES:
            address, origin = self.queue.popleft()
            try:
                kind = kind_of(address)
            except Exception:
                self.wrong.append(f"{address}: no such route (link on {origin})")
                continue
            self.kinds[kind] += 1
            if self.kinds[kind] > OF_A_KIND:
                continue
            self.visited += 1
            self.open(address, origin)

    def open(self, address: str, origin: str) -> None:
        try:
            answer = self.page.goto(address)
        except Error as error:
            if "ownload" not in str(error):
                raise
            status = self.page.context.request.get(address).status
            if status != 200:
                self.wrong.append(f"{address}: {status} (file, link on {origin})")
            return
        if answer is None or answer.status != 200:
            told = answer.status if answer else "nothing"
            self.wrong.append(f"{address}: {told} (link on {origin})")
            return
        self.look(address)

    def look(self, address: str) -> None:
        seen = self.page.evaluate(LOOK)
        if len(seen["h1"]) != 1:
            self.wrong.append(f"{address}: h1 {seen['h1']}")
        elif not (
            seen["title"].startswith(seen["h1"][0])
            and seen["title"].endswith(f" - 安和县{settings.PORTAL_FULL_NAME}")
        ):
            self.wrong.append(f"{address}: h1 {seen['h1'][0]} title {seen['title']}")
        try:
            no_sideways_scroll(self.page)
            kind = kind_of(address)
            if self.looked_at is not None and kind not in self.looked_at:
                axe(self.page)
                self.looked_at |= {kind} - EACHS_OWN
        except AssertionError as found:
            self.wrong.append(str(found))
        for link in seen["links"]:
            link = urljoin(address, link).split("#")[0]
            if link.startswith(self.base) and link not in self.known:
                self.known.add(link)
                self.queue.append((link, address))


def test_no_link_leads_nowhere(open_page: SignIn, live_server: LiveServer, demo: None) -> None:
    wrong: list[str] = []
    counts = {}
    looked_at: set[str] = set()
    for username in ACCOUNTS:
        client = Client()
        client.force_login(User.objects.get(username=username))
        page = open_page()
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        walk = Walk(page, live_server.url, looked_at=looked_at if username in LOOKED_AT else None)
        walk.go()
        counts[username] = walk.visited
        wrong += [f"{username} {line.replace(live_server.url, '')}" for line in walk.wrong]
        page.context.close()
    print(counts)
    assert not wrong, "\n" + "\n".join(wrong)
    assert all(n >= 5 for n in counts.values()), counts
