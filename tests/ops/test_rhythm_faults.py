"""Faults of the schedule and of background work, with a real Redis and real processes.

Redis killed with a full queue and flushed (F9, F11), two beats (F14), a beat
that was down over the quarter's turn (F15), a clock that steps (F16), two runs at
once, a worker killed while it sends: what is due exists once, nothing is lost,
nothing goes out twice. Each test waits for what must come, with a limit that only
a portal that stands still reaches. The worker that is killed in a job (F12) and
Redis that is away or full (F10, F11) are test_background_worker's and test_redis_away's.
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
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from config.settings import base
from tests.assurance import results

from .databases import fresh_database
from .processes import TOP, clean_environment, kill_group, manage, running, until
from .test_background_worker import WORKER

pytestmark = [pytest.mark.nodb, pytest.mark.services]
MANY = 500 if results.IS_WHOLE else 60
SECONDS = 600 if results.IS_WHOLE else 240
HOUR, YEAR = 3600, 365 * 24 * 3600
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", str(TOP / "config" / "gunicorn.py")]
DUE, REDIS, MAIL, CLOCK = "990101", "990102", "990103", "990104"  # each test's county


@dataclass
class Site:
    """An installation on PostgreSQL with a Redis of its own, without its web server."""

    folder: Path
    url: str
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    counties: dict[str, int] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    @property
    def clock(self) -> Path:
        """By how many seconds the clock of this installation's processes is wrong."""
        return self.folder / "clock"

    def starts(self, name: str) -> list[str]:
        """One line an attempt of a `test.echo`: its process and the attempt's number."""
        file = self.folder / name
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

    def local_day(self) -> date:
        """Today in the county, by the database's clock."""
        sql = "SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date"
        day: date = self.rows(sql)[0][0]
        return day

    def step(self, seconds: int) -> None:
        """Put the clock of all processes forward or back, while they run."""
        new = self.folder / "clock.new"
        new.write_text(str(seconds), encoding="ascii")
        new.replace(self.clock)

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
            TEST_CLOCK=str(made.clock),
            PYTHONWARNINGS="ignore:You're running the worker with superuser",
        )
        made.manage("migrate")
        # The schedule leaves a county alone that has not begun: only its own test tells there.
        codes = [f"{code}@2026-01-01" for code in (DUE, REDIS, CLOCK)]
        made.manage("make_county", *codes, f"{MAIL}@2099-01-01", "--mail", "a@example.cn")
        made.counties = dict(made.rows("SELECT code, id FROM accountability_county"))
        yield made


HELD: dict[str, str] = {}


def held(fault: str, told: str) -> None:
    """For docs/assurance.md: this fault was brought about, and what must hold held."""
    HELD[fault] = told
    results.save("faults", held=HELD)


def assert_once(site: Site) -> None:
    """Each rule once a day and county; nobody told twice."""
    per_rule = site.rows(
        "SELECT county_id, parameters->>'rule', parameters->>'on', count(*)"
        " FROM accountability_job WHERE kind = 'rhythm' GROUP BY 1, 2, 3"
    )
    assert per_rule
    assert {row[3] for row in per_rule} == {1}
    assert site.count(TWICE) == 0


MESSAGES = "accountability_outboxmessage WHERE rule = 'test.monthly' AND county_id = %s"
TWICE = (
    "(SELECT 1 FROM accountability_outboxmessage"
    ' GROUP BY county_id, person_id, rule, "on", about_type, about_id HAVING count(*) > 1) AS twice'
)


def test_what_is_due_exists_once_whatever_the_clock_does_and_whoever_asks(site: Site) -> None:
    """Two runs at once; down over 31 March; the clock a year ahead and back again."""
    county = site.counties[DUE]
    command = [sys.executable, "manage.py", "run_due", "--on", "2026-03-31"]
    both = [
        subprocess.Popen(command, cwd=TOP, env=site.environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [json.loads(process.communicate(timeout=SECONDS)[0]) for process in both]
    created = [one["created"]["test.monthly"] for one in told]
    due = 9 * (len(site.counties) - 1)  # the others', who have begun
    assert sum(created) == due, created
    assert [one["existing"]["test.monthly"] for one in told] == [due - c for c in created]
    # The quarter's turn, made up on the third day; a year ahead; and back again.
    days = ("2026-04-03", "2027-04-03", "2026-03-31")
    assert json.loads(site.manage("run_days", DUE, *days)) == [[3, 9], [36, 12], [0, 9]]
    assert site.count(MESSAGES, county) == 48
    assert site.count(TWICE) == 0
    late = "(SELECT 1 FROM " + MESSAGES + ' AND made_at::date > "on") AS late'
    assert site.count(late, county) > 0  # made up later, and it shows
    held("F15 down over the quarter's turn", "run on 31 March twice at once, then on 3 April")


def test_a_killed_and_a_flushed_redis_lose_nothing_and_two_beats_double_nothing(
    site: Site,
) -> None:
    with site.broker() as broker:
        site.manage("ask_echo", "甲", str(site.folder / "flushed"), "--count", str(MANY))
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
    assert [line.split()[1] for line in site.starts("flushed")] == ["1"] * MANY
    assert_once(site)
    told = f"{rhythm} AND county_id = %s AND parameters->>'rule' = 'test.monthly'"
    assert site.count(told, site.counties[REDIS]) == 1
    held("F9 Redis killed", f"{MANY} queued jobs, nothing kept on disk")
    held("F11 Redis flushed", "while two workers work")
    held("F14 two beats", "each with its worker")


def test_a_worker_killed_while_it_sends_leaves_the_message_to_be_verified(
    site: Site, mail: SilentMail
) -> None:
    county = site.counties[MAIL]
    mine = (
        "accountability_outboxdelivery d JOIN accountability_outboxmessage m"
        " ON m.id = d.message_id WHERE d.channel = 'mail' AND m.county_id = %s"
    )
    with site.broker():
        site.manage("run_days", MAIL, "2099-01-02")
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
    assert site.rows(
        f"SELECT m.on::text, d.state, d.attempts FROM {mine} AND m.on = '2099-01-01'", county
    ) == [("2099-01-01", "unsure", 1)]
    held("F12 worker killed", "while it sends: to be verified, not sent again")


def quarters(first: date, last: date) -> list[tuple[int, int]]:
    """The quarters whose round opens (on the 25th of their last month) from `first` to `last`."""
    found = [(year, n) for year in range(first.year, last.year + 1) for n in (1, 2, 3, 4)]
    return [(year, n) for year, n in found if first <= date(year, 3 * n, 25) <= last]


def done_by_the_schedule(site: Site) -> date | None:
    """The last day on which each rule was run to its end for the county of the clock."""
    rows = site.rows(
        "SELECT parameters->>'on' FROM accountability_job"
        " WHERE kind = 'rhythm' AND county_id = %s GROUP BY 1"
        " HAVING bool_and(state = 'done') ORDER BY 1 DESC LIMIT 1",
        site.counties[CLOCK],
    )
    return date.fromisoformat(rows[0][0]) if rows else None


def test_a_clock_that_steps_skips_nothing_doubles_nothing_and_strands_nothing(site: Site) -> None:
    """An hour back and forward and a year ahead, while a worker works and while it dies."""
    jobs = "accountability_job WHERE kind = 'test.echo' AND parameters->>'text' = '丙'"
    done, many = f"{jobs} AND state = 'done'", 10
    log = site.folder / "stepped"
    site.step(YEAR)
    next_year = site.local_day() + timedelta(seconds=YEAR)
    with site.broker():
        with site.worker("stepping") as worker:
            until(lambda: done_by_the_schedule(site) == next_year, seconds=SECONDS,
                  what="next year's rules", log=site.log)  # fmt: skip
            # Asked for a year ahead of time; the last of them is what its worker dies in.
            site.manage("ask_echo", "丙", str(log), "--count", str(many), "--seconds", "0.2",
                        "--last", "600")  # fmt: skip
            for count, seconds in ((1, -HOUR), (3, HOUR), (5, 0), (7, YEAR)):
                until(
                    lambda count=count: site.count(done) >= count,  # type: ignore[misc]
                    seconds=SECONDS, what=f"{count} jobs", log=site.log,
                )  # fmt: skip
                site.step(seconds)
            until(
                lambda: site.count(done) == many - 1 and len(site.starts("stepped")) == many,
                seconds=SECONDS, what="the last job", log=site.log,
            )  # fmt: skip
            until(
                lambda: site.count(f"{jobs} AND lease_until > now() + interval '300 days'") == 1,
                seconds=SECONDS, what="a lease of next year", log=site.log,
            )  # fmt: skip
            kill_group(worker)
        site.step(0)
        with site.worker("after"):
            until(lambda: site.count(done) == many, seconds=SECONDS, what="all", log=site.log)
    assert [line.split()[1] for line in site.starts("stepped")] == ["1"] * many + ["2"]
    assert_once(site)
    rounds = site.rows(
        "SELECT year, period FROM tasks_campaign WHERE county_id = %s ORDER BY 1, 2",
        site.counties[CLOCK],
    )
    assert rounds == quarters(date(2026, 1, 1), next_year), "a quarter was skipped or doubled"
    # What was written "next year" stands before what is written now: the order is the chain's.
    site.manage("run_days", REDIS, (next_year + timedelta(days=40)).isoformat())
    rows = site.rows("SELECT made_at FROM accountability_outboxmessage ORDER BY id")
    times = [made_at for (made_at,) in rows]
    assert times != sorted(times)
    site.manage("verify_ledger")
    held("F16 clock steps", "an hour back, an hour and a year ahead, in work and at a worker's end")


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
    held("F13 countdown beyond the visibility timeout", "no message is given one")
