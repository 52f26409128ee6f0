"""Faults of the schedule and of background work, with a real Redis and real processes.

Redis killed with a full queue and flushed, two beats, a beat that was down over
the quarter's turn, a clock that steps, two runs at once, a worker killed while
it sends: what is due exists once, nothing is lost, nothing goes out twice.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from config.settings import base

from .databases import fresh_database
from .processes import TOP, clean_environment, kill_group, manage, running, until
from .test_background_worker import WORKER

pytestmark = [pytest.mark.nodb, pytest.mark.services]
MANY = 100
SECONDS = 180


@dataclass
class Site:
    """An installation on PostgreSQL with a Redis of its own, without its web server."""

    folder: Path
    url: str
    port: int
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    @property
    def starts(self) -> list[str]:
        """One line an attempt of `test.echo`: its process and the attempt's number."""
        file = self.folder / "starts"
        return file.read_text("ascii").splitlines() if file.exists() else []

    @property
    def redis(self) -> redis.Redis:
        return redis.Redis(port=self.port)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.url) as database:
            return database.execute(sql, values).fetchall()

    def count(self, sql: str, *values: Any) -> int:
        return int(self.rows(f"SELECT count(*) FROM {sql}", *values)[0][0])

    def manage(self, *arguments: str) -> str:
        done = manage(*arguments, environment=self.environment, seconds=300)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run_due(self, on: str) -> tuple[int, int]:
        """What `test.monthly` made and found."""
        told = json.loads(self.manage("run_due", "--on", on))
        return told["created"]["test.monthly"], told["existing"]["test.monthly"]

    @contextmanager
    def worker(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """A worker with a beat of its own."""
        environment = {
            **self.environment,
            "BEAT_SCHEDULE_FILE": str(self.folder / f"beat-{name}"),
        }
        command = [*WORKER, "--hostname", f"{name}@test"]
        with running(command, environment=environment, log=self.log) as process:
            yield process

    @contextmanager
    def broker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Redis that keeps nothing on disk, as production runs it."""
        command = [
            *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
        ]
        with running(command, environment=self.environment, log=self.folder / "redis") as process:
            until(self.answers, seconds=20, what="Redis", log=self.folder / "redis")
            yield process

    def answers(self) -> bool:
        try:
            return bool(self.redis.ping())
        except redis.RedisError:
            return False


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class SilentMail:
    """A mail server that takes the call and says nothing."""

    def __init__(self) -> None:
        self.calls: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self.calls.append(self.listener.accept()[0])
            except OSError:
                return


@pytest.fixture(scope="module")
def mail() -> Iterator[SilentMail]:
    server = SilentMail()
    yield server
    server.listener.close()
    for call in server.calls:
        call.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, mail: SilentMail) -> Iterator[Site]:
    """One installation for all of these tests; each makes a county of its own."""
    folder = tmp_path_factory.mktemp("rhythm")
    with fresh_database() as url:
        made = Site(folder, url, free_port())
        made.environment = clean_environment(
            DJANGO_SETTINGS_MODULE="tests.ops.worker_settings",
            DATA_DIR=str(folder / "data"),
            DATABASE_URL=url,
            REDIS_URL=f"redis://127.0.0.1:{made.port}/0",
            TEST_REDIS_PREFIX="",
            EMAIL_URL=f"smtp://127.0.0.1:{mail.port}",
            JOB_LEASE_SECONDS="3",
            JOB_RECONCILE_SECONDS="4",
            OUTBOX_LOST_SECONDS="2",
            PYTHONWARNINGS="ignore:You're running the worker with superuser",
        )
        made.manage("migrate")
        yield made


MESSAGES = "accountability_outboxmessage WHERE rule = 'test.monthly' AND county_id = %s"
TWICE = (
    "(SELECT 1 FROM accountability_outboxmessage"
    ' GROUP BY county_id, person_id, rule, "on", about_type, about_id HAVING count(*) > 1) AS twice'
)


def test_what_is_due_exists_once_whatever_the_clock_does_and_whoever_asks(site: Site) -> None:
    """Two runs at once; down over 31 March; the clock a year ahead and back again."""
    county = site.manage("make_county", "990101", "--started", "2026-01-01")
    command = [sys.executable, "manage.py", "run_due", "--on", "2026-03-31"]
    both = [
        subprocess.Popen(command, cwd=TOP, env=site.environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [json.loads(process.communicate(timeout=SECONDS)[0]) for process in both]
    created = [one["created"]["test.monthly"] for one in told]
    assert sum(created) == 9, created
    assert sorted(one["existing"]["test.monthly"] for one in told) == sorted(9 - c for c in created)
    assert site.run_due("2026-04-03") == (3, 9)  # the quarter's turn, made up on the third day
    assert site.run_due("2027-04-03") == (36, 12)
    assert site.run_due("2026-03-31") == (0, 9)
    assert site.count(MESSAGES, county) == 48
    assert site.count(TWICE) == 0
    late = "(SELECT 1 FROM " + MESSAGES + ' AND made_at::date > "on") AS late'
    assert site.count(late, county) > 0  # made up later, and it shows


def test_a_killed_and_a_flushed_redis_lose_nothing_and_two_beats_double_nothing(
    site: Site,
) -> None:
    site.manage("make_county", "990102", "--started", "2026-01-01")
    with site.broker() as broker:
        site.manage("ask_echo", "甲", str(site.folder / "starts"), "--count", str(MANY))
        assert site.redis.llen("celery") >= MANY
        kill_group(broker)
    jobs = "accountability_job WHERE kind = 'test.echo' AND state = 'done'"
    with ExitStack() as stack:
        stack.enter_context(site.broker())
        assert site.redis.llen("celery") == 0  # all messages are gone, the rows are not
        for name in ("one", "two"):
            stack.enter_context(site.worker(name))
        until(lambda: site.count(jobs) > 20, seconds=SECONDS, what="some", log=site.log)
        site.redis.flushall()
        until(lambda: site.count(jobs) == MANY, seconds=SECONDS, what="all", log=site.log)
        rhythm = "accountability_job WHERE kind = 'rhythm'"
        until(
            lambda: site.count(f"{rhythm} AND state <> 'done'") == 0 < site.count(rhythm),
            seconds=SECONDS,
            what="the day's rules",
            log=site.log,
        )
    assert len(site.starts) == MANY
    assert {line.split()[1] for line in site.starts} == {"1"}
    per_rule = site.rows(
        "SELECT county_id, parameters->>'rule', parameters->>'on', count(*)"
        " FROM accountability_job WHERE kind = 'rhythm' GROUP BY 1, 2, 3"
    )
    assert per_rule
    assert {row[3] for row in per_rule} == {1}
    assert site.count(TWICE) == 0


def test_a_worker_killed_while_it_sends_leaves_the_message_to_be_verified(
    site: Site, mail: SilentMail
) -> None:
    county = site.manage(
        "make_county", "990103", "--started", "2026-01-01", "--mail", "a@example.cn"
    )
    mine = (
        "accountability_outboxdelivery d JOIN accountability_outboxmessage m"
        " ON m.id = d.message_id WHERE d.channel = 'mail' AND m.county_id = %s"
    )
    with site.broker():
        site.run_due("2026-01-02")
        with site.worker("killed") as worker:
            until(lambda: len(mail.calls) == 1, seconds=SECONDS, what="the call", log=site.log)
            kill_group(worker)
        assert site.rows(f"SELECT d.state FROM {mine}", county) == [("sending",)]
        with site.worker("next"):
            until(
                lambda: site.rows(f"SELECT d.state FROM {mine} LIMIT 1", county) == [("unsure",)],
                seconds=SECONDS,
                what="待核实",
                log=site.log,
            )
            job = site.manage("ask_echo", "乙", str(site.folder / "starts"))
            until(
                lambda: site.count("accountability_job WHERE id = %s AND state = 'done'", job) == 1,
                seconds=SECONDS,
                what="the next job",
                log=site.log,
            )
    assert site.rows(
        f"SELECT m.on::text, d.state, d.attempts FROM {mine} AND m.on = '2026-01-01'", county
    ) == [("2026-01-01", "unsure", 1)]


def test_no_message_waits_in_the_broker_and_none_is_handed_out_while_it_is_worked_on() -> None:
    """A countdown longer than the visibility timeout is delivered again and again."""
    wrong = [
        str(path)
        for app in ("accountability", "tasks", "reports", "config")
        for path in (TOP / app).rglob("*.py")
        for word in ("countdown=", "eta=")
        if word in path.read_text("utf-8")
    ]
    assert not wrong
    options = base.REDIS_TRANSPORT_OPTIONS
    assert options["visibility_timeout"] >= 4 * base.CELERY_TASK_TIME_LIMIT
