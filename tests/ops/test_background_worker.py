"""A worker killed in the middle of a job: the reconciler brings the job to its end.

Once over the embedded broker and SQLite, once over the real Redis and
PostgreSQL; the same code path.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from .databases import fresh_database, redis_url
from .processes import TOP, clean_environment, kill_group, manage, running, until

pytestmark = pytest.mark.nodb
LEASE = 3
WORKER = [
    *(sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--beat"),
    *("--concurrency", "1", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
]


@dataclass
class Site:
    """An installation without its web server."""

    folder: Path
    environment: dict[str, str]
    row: Callable[[str], Any]

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    @property
    def starts(self) -> list[str]:
        """One line an attempt, written by the job itself."""
        file = self.folder / "starts"
        return file.read_text("ascii").splitlines() if file.exists() else []

    def ask(self, text: str, *, seconds: float = 0) -> str:
        """The id of a new `test.echo`."""
        asked = manage(
            *("ask_echo", text, str(self.folder / "starts"), "--seconds", str(seconds)),
            environment=self.environment,
        )
        assert asked.returncode == 0, asked.stderr
        return asked.stdout.strip()

    def ends(self, job: str, *, seconds: float) -> tuple[str, int, str]:
        """State, attempts and result of the job, once it is over."""
        until(
            lambda: self.row(job)[0] in ("done", "failed"),
            seconds=seconds,
            what="the end of the job",
            log=self.log,
        )
        state, attempts, result = self.row(job)
        return state, attempts, str(result)


def environment_of(folder: Path, **values: str) -> dict[str, str]:
    return clean_environment(
        DJANGO_SETTINGS_MODULE="tests.ops.worker_settings",
        DATA_DIR=str(folder / "data"),
        JOB_LEASE_SECONDS=str(LEASE),
        JOB_RECONCILE_SECONDS="1",
        PYTHONWARNINGS="ignore:You're running the worker with superuser",
        **values,
    )


ROW = "SELECT state, attempts, result FROM accountability_job WHERE id = "


@pytest.fixture
def embedded(tmp_path: Path) -> Site:
    """SQLite and the embedded broker."""
    environment = environment_of(tmp_path)

    def row(job: str) -> Any:
        database = sqlite3.connect(tmp_path / "data" / "portal.sqlite3", timeout=20)
        try:
            return database.execute(ROW + "?", [job]).fetchone()
        finally:
            database.close()

    assert manage("migrate", environment=environment).returncode == 0
    return Site(tmp_path, environment, row)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Site]:
    """PostgreSQL and Redis."""
    prefix = f"portal-test-{uuid.uuid4().hex[:8]}:"
    with fresh_database() as url:
        environment = environment_of(
            tmp_path, DATABASE_URL=url, REDIS_URL=redis_url(), TEST_REDIS_PREFIX=prefix
        )

        def row(job: str) -> Any:
            with psycopg.connect(url) as database:
                return database.execute(ROW + "%s", [job]).fetchone()

        assert manage("migrate", environment=environment).returncode == 0
        yield Site(tmp_path, environment, row)
        store = redis.Redis.from_url(redis_url())
        for key in store.scan_iter(f"{prefix}*"):
            store.delete(key)


def survives_a_kill(site: Site) -> None:
    """The whole story: a job done, a worker killed in the next, the reconciler's recovery."""
    with running(WORKER, environment=site.environment, log=site.log) as worker:
        assert site.ends(site.ask("甲"), seconds=60)[:2] == ("done", 1)
        job = site.ask("乙", seconds=60)
        until(lambda: len(site.starts) == 2, seconds=30, what="the job's start", log=site.log)
        kill_group(worker)
        assert site.row(job)[:2] == ("running", 1)
    # Nobody tells the new worker of the job: its message died with the old one.
    with running(WORKER, environment=site.environment, log=site.log):
        state, attempts, result = site.ends(job, seconds=60)
    assert (state, attempts) == ("done", 2)
    assert "乙" in result or "\\u4e59" in result
    assert len(site.starts) == 3
    assert len({line.split()[0] for line in site.starts}) >= 2


def test_a_killed_worker_over_the_embedded_broker(embedded: Site) -> None:
    survives_a_kill(embedded)


@pytest.mark.services
def test_a_killed_worker_over_redis_and_postgresql(served: Site) -> None:
    survives_a_kill(served)


@pytest.mark.services
def test_work_asked_for_while_redis_is_away_is_stored_at_once_and_done_later(
    served: Site,
) -> None:
    away = {**served.environment, "REDIS_URL": "redis://127.0.0.1:1/0"}
    start = time.monotonic()
    asked = subprocess.run(
        [sys.executable, "manage.py", "ask_echo", "丙", str(served.folder / "starts")],
        cwd=TOP,
        env=away,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert time.monotonic() - start < 30  # most of it is the start of Python
    assert "reconciler will find" in asked.stderr
    with running(WORKER, environment=served.environment, log=served.log):
        assert served.ends(asked.stdout.strip(), seconds=60)[:2] == ("done", 1)


def test_a_killed_process_of_the_pool_is_made_up_for(embedded: Site) -> None:
    """Should typesetting crash its process, the worker goes on and the job is tried again."""
    with running(WORKER, environment=embedded.environment, log=embedded.log):
        job = embedded.ask("丁", seconds=60)
        until(lambda: len(embedded.starts) == 1, seconds=60, what="its start", log=embedded.log)
        os.kill(int(embedded.starts[0].split()[0]), 9)
        assert embedded.ends(job, seconds=60)[:2] == ("done", 2)
