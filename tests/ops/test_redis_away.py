"""Redis away over a quarter's turn (F10), full, evicting and flushed (F11): the web goes on.

The portal's real web server, a real worker and a Redis of its own. Who is signed in
stays so, since sessions are rows; what is asked for is stored at once, and done once
when Redis is back.
"""

from __future__ import annotations

import http.cookiejar
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.assurance import results

from .databases import fresh_database
from .processes import clean_environment, kill_group, running, until
from .test_background_worker import WORKER
from .test_rhythm_faults import GUNICORN, SECONDS, TWICE, Site, free_port

pytestmark = [pytest.mark.nodb, pytest.mark.services]
COUNTY, CLERK, PASSWORD = "990201", "zhiban", "Yun-Ding-8842-wen"
SLOW = 15  # a request that cannot wake a worker answers sooner


class Browser:
    """One person's, with cookies."""

    def __init__(self, port: int) -> None:
        self.top = f"http://127.0.0.1:{port}"
        self.cookies = http.cookiejar.CookieJar()
        handler = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(handler)

    def get(self, path: str) -> str:
        """The page that `path` leads to; its address is kept."""
        with self.opener.open(self.top + path, timeout=60) as answer:
            self.at = urllib.parse.urlsplit(answer.url).path
            return str(answer.read().decode())

    def post(self, path: str, **values: str) -> float:
        """Seconds until the answer."""
        token = next(str(c.value) for c in self.cookies if c.name == "csrftoken")
        body = urllib.parse.urlencode({**values, "csrfmiddlewaretoken": token}).encode()
        began = time.monotonic()
        with self.opener.open(self.top + path, body, timeout=60) as answer:
            self.at = urllib.parse.urlsplit(answer.url).path
            answer.read()
        return time.monotonic() - began

    def sign_in(self) -> None:
        self.get("/login/")
        self.post("/login/", username=CLERK, password=PASSWORD)
        assert self.is_signed_in()

    def is_signed_in(self) -> bool:
        self.get("/settings/schedule/")
        return self.at == "/settings/schedule/"

    def run_now(self) -> None:
        """立即运行, which makes a job and would wake a worker."""
        took = self.post("/settings/schedule/test.monthly/run/")
        assert took < SLOW, took
        assert self.at == "/settings/schedule/"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with fresh_database() as url:
        made = Site(tmp_path, url, free_port())
        made.environment = clean_environment(
            DJANGO_SETTINGS_MODULE="tests.ops.worker_settings",
            DATA_DIR=str(tmp_path / "data"),
            DATABASE_URL=url,
            REDIS_URL=f"redis://127.0.0.1:{made.port}/0",
            TEST_REDIS_PREFIX="",
            JOB_LEASE_SECONDS="3",
            JOB_RECONCILE_SECONDS="2",
            PYTHONWARNINGS="ignore:You're running the worker with superuser",
        )
        made.manage("migrate")
        made.manage("collectstatic", "--noinput", "--verbosity", "0")
        yield made


@contextmanager
def web(site: Site) -> Iterator[Browser]:
    port = free_port()
    log = site.folder / "web.log"
    environment = {**site.environment, "WEB_PROCESSES": "1"}
    command = [*GUNICORN, "--bind", f"127.0.0.1:{port}"]
    with running(command, environment=environment, log=log) as server:
        browser = Browser(port)

        def is_up() -> bool:
            assert server.poll() is None, log.read_text("utf-8")
            try:
                return "ok" in browser.get("/health/")
            except OSError:
                return False

        until(is_up, seconds=SECONDS, what="the web server", log=log)
        yield browser


def echoes(site: Site, state: str) -> int:
    return site.count("accountability_job WHERE kind = 'test.echo' AND state = %s", state)


def test_redis_away_full_or_flushed_stops_nobody_and_loses_nothing(site: Site) -> None:
    log = str(site.folder / "starts")
    mine = "accountability_outboxmessage WHERE rule = 'test.monthly' AND county_id = %s"
    with ExitStack() as stack:
        browser = stack.enter_context(web(site))
        broker = site.broker()
        process = stack.enter_context(broker)
        worker = stack.enter_context(running(WORKER, environment=site.environment, log=site.log))
        site.manage("ask_echo", "先", log)
        until(lambda: echoes(site, "done") == 1, seconds=SECONDS, what="one", log=site.log)
        # F10: it goes while the worker works, and stays away over the quarter's turn.
        kill_group(process)
        # Made only now: no schedule of the worker's has been here before.
        site.manage("make_county", f"{COUNTY}@2026-01-01", "--clerk", f"{CLERK}:{PASSWORD}")
        site.counties = dict(site.rows("SELECT code, id FROM accountability_county"))
        county = site.counties[COUNTY]
        browser.sign_in()
        browser.run_now()
        site.manage("run_days", COUNTY, "2026-03-31", "2026-04-01")
        site.manage("ask_echo", "中", log, "--count", "5")
        assert browser.is_signed_in()
        assert echoes(site, "done") == 1
        assert site.count(mine, county) == 4 * 3  # January to April, three people
        assert worker.poll() is None, "the worker did not live through it"
        # F11: it is back, but takes nothing; then it throws away what it has.
        process = stack.enter_context(site.broker())
        site.redis.config_set("maxmemory-policy", "noeviction")
        site.redis.config_set("maxmemory", "1")
        browser.run_now()
        site.manage("ask_echo", "满", log, "--count", "5")
        site.redis.config_set("maxmemory-policy", "allkeys-random")
        site.manage("ask_echo", "逐", log, "--count", "5")
        assert browser.is_signed_in()
        site.redis.config_set("maxmemory", "0")
        site.redis.flushall()
        assert browser.is_signed_in()  # sessions are rows, not Redis's
        if worker.poll() is not None:  # a full Redis may end it: compose starts it again
            stack.enter_context(running(WORKER, environment=site.environment, log=site.log))
        rhythm = "accountability_job WHERE kind = 'rhythm' AND state <> 'done'"
        until(
            lambda: echoes(site, "done") == 16 and site.count(rhythm) == 0,
            seconds=SECONDS, what="all", log=site.log,
        )  # fmt: skip
    assert [line.split()[1] for line in site.starts("starts")] == ["1"] * 16
    assert site.count(TWICE) == 0
    day = site.local_day()
    assert site.count(mine, county) == ((day.year - 2026) * 12 + day.month) * 3
    told = {
        "F10 Redis away": "over 31 March and 1 April: web, schedule and jobs go on",
        "F11 Redis full, evicting": "memory of one byte, then flushed; who was signed in stays so",
    }
    results.save("faults-redis", held=told)
