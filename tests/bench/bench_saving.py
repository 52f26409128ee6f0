"""The last minute of a quarter: 500 reports handed in by 50 clients at once, none lost.

    python -m tests.bench.bench_saving [seconds]

The portal's own web server (gunicorn with config/gunicorn.py) on a database of its
own on PostgreSQL, asked over HTTP: each of 50 units' liaison officers is signed
in, opens ten forms and hands each in, and sends every tenth a second time, as a
proxy does. `seconds` spreads the work (0, the default: as fast as it goes).
Afterwards every text that was acknowledged must stand once, with its history
row, its event and its ledger rows, and the chain must verify; otherwise the
bench fails. Floors of the same run, by as many clients: the same 500 rows into a
bare table, each committed; and 500 answers of the health page.
"""

from __future__ import annotations

import http.client
import os
import re
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.bench.measure import at
from tests.ops import services
from tests.ops.databases import fresh_database
from tests.ops.processes import clean_environment, running, until

if TYPE_CHECKING:
    from tests.world import World

CLIENTS, EACH = 50, 10
REPEAT = 10  # every tenth report is sent twice
TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SENTENCE = "本季度已核对台账，压减会议经费，公开村级账目，对滞后的项目逐一说明原因。"


@dataclass
class Client:
    """One liaison officer's browser: its cookies, the forms it has open, what it was told."""

    port: int
    session: str
    unit: int
    addresses: list[str]
    csrf: str = field(default_factory=lambda: secrets.token_hex(16))
    tokens: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    line: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        """Status and text; the connection is kept, and opened anew where the server closed it."""
        self.line = self.line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {
            "Cookie": f"sessionid={self.session}; csrftoken={self.csrf}",
            "HX-Request": "true",
            **({**FORM, "X-CSRFToken": self.csrf} if body else {}),
        }
        try:
            self.line.request(method, path, body or None, headers)
            answer = self.line.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.line = None
            return self.ask(method, path, body)
        return answer.status, answer.read().decode()

    def open_forms(self) -> None:
        for path in self.addresses:
            status, text = self.ask("GET", path)
            found = TOKEN.search(text)
            assert found, (status, text[:300])
            self.tokens.append(found[1])

    def hand_in(self, ends: float) -> None:
        """All forms, the last of them not before `ends` (of `time.perf_counter`)."""
        began = time.perf_counter()
        for number, (path, token) in enumerate(zip(self.addresses, self.tokens, strict=True)):
            wait = began + (ends - began) * number / EACH - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            text = f"{SENTENCE}（{self.unit}之{number}）"
            body = urlencode(
                {"text": text, "percent": 40, "version": 0, "token": token, "action": "submit"}
            )
            for _ in range(2 if number % REPEAT == 0 else 1):
                asked = time.perf_counter()
                status, said = self.ask("POST", path, body)
                self.took.append((time.perf_counter() - asked) * 1000)
                if status != 200:
                    self.refused.append(f"{status} {said[:200]}")
            self.texts.append(text)


def at_once(actions: list[Callable[[], object]]) -> float:
    """Seconds until all are done, each in a thread of its own, started together."""
    gate = threading.Barrier(len(actions) + 1)

    def run(action: Callable[[], object]) -> None:
        gate.wait()
        action()

    with ThreadPoolExecutor(len(actions)) as pool:
        running_ones = [pool.submit(run, action) for action in actions]
        gate.wait()
        began = time.perf_counter()
        for one in running_ones:
            one.result()
    return time.perf_counter() - began


def busy(group: int) -> float:
    """Processor seconds of all processes of a group so far; Linux alone."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(url: str, folder: Path) -> Iterator[tuple[int, int]]:
    """The web server as it is started in production: its port and its group of processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = clean_environment(
        DJANGO_SETTINGS_MODULE="config.settings.embedded", DATABASE_URL=url, DATA_DIR=str(folder)
    )
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
    log = folder / "web.log"
    with running(
        [*command, "--bind", f"127.0.0.1:{port}"], environment=environment, log=log
    ) as server:

        def is_up() -> bool:
            assert server.poll() is None, log.read_text("utf-8")
            try:
                return Client(port, "", 0, []).ask("GET", "/health/")[0] == 200
            except OSError:
                return False

        until(is_up, seconds=120, what="the web server", log=log)
        yield port, server.pid


def county() -> tuple[World, list[Any]]:
    """A county in which 50 towns have a liaison officer each, and the officers."""
    from datetime import date

    from django.utils import timezone

    from accountability.door import Actor, acting
    from accountability.models import GroupMembership, Role, RoleGrant, Unit, User
    from accountability.services import rights
    from tests.world import START, build

    officers = []
    with acting(by=Actor.system("command")) as act:
        act.unchanged()
        world = build()
        world.county.started_on = date(timezone.localdate().year, 1, 1)
        world.county.save()
        for number in range(CLIENTS):
            unit = Unit(
                county=world.county, name=f"第{number}镇", kind="town", valid_from=START,
                precedence=100 + number,
            )  # fmt: skip
            unit.save()
            GroupMembership(group=world.groups["各乡镇"], unit=unit, valid_from=START).save()
            rights.ensure_groups(units=[unit], posts=[])
            user = User(username=f"z{number}", county=world.county, must_change_password=False)
            user.set_unusable_password()
            user.save()
            RoleGrant(
                user=user, role=Role.LIAISON, unit=unit, valid_from=START, granted_by="测试"
            ).save()
            officers.append((user, unit))
    return world, officers


def clients(port: int) -> list[Client]:
    from django.test import Client as Browser
    from django.urls import reverse
    from django.utils import timezone

    from tasks.models import TaskItem
    from tasks.periods import Period
    from tests.task_factory import make_tasks

    world, officers = county()
    make_tasks(world, EACH, year=timezone.localdate().year)
    period = Period.of(timezone.localdate()).code
    items = list(TaskItem.objects.values_list("pk", flat=True))
    made = []
    for number, (user, unit) in enumerate(officers):
        browser = Browser()
        turned = items[number % EACH :] + items[: number % EACH]  # each begins elsewhere
        browser.force_login(user)
        made.append(
            Client(
                port,
                browser.cookies["sessionid"].value,
                unit.pk,
                [reverse("progress_form", args=[item, unit.pk, period]) for item in turned],
            )
        )
    return made


def check(made: list[Client]) -> None:
    """None lost, none twice, none without its history, event and ledger rows; the chain holds."""
    from accountability.models import AuditEvent, LedgerRow
    from accountability.trail.verify import verify
    from tasks.models import Progress, ProgressState

    refused = [sentence for one in made for sentence in one.refused]
    assert not refused, (len(refused), refused[:3])
    told = sorted(text for one in made for text in one.texts)
    rows = Progress.objects.filter(state=ProgressState.SUBMITTED)
    assert told == sorted(rows.values_list("text", flat=True)), (
        "a report was lost or is there twice"
    )
    counts = {
        "acknowledged": len(told),
        "rows": Progress.objects.count(),
        "history": Progress.history.count(),
        "events": AuditEvent.objects.filter(action="progress.submit").count(),
        "ledger rows": LedgerRow.objects.filter(table="tasks_progress", op="I").count(),
    }
    report = verify(trust_outside=True)
    assert not report.faults, report.faults
    print(
        "  " + ", ".join(f"{name} {count}" for name, count in counts.items()) + ", chain verifies"
    )
    assert set(counts.values()) == {CLIENTS * EACH}, counts


def bare_rows(url: str) -> float:
    """Seconds for the same rows into a bare table, each committed, by as many clients."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as database:
        database.execute("CREATE TABLE bench_floor (LIKE tasks_progress INCLUDING ALL)")
        ids = [row[0] for row in database.execute("SELECT id FROM tasks_progress").fetchall()]
    lines = [psycopg.connect(url, autocommit=True) for _ in range(CLIENTS)]

    def insert(number: int) -> None:
        for pk in ids[number * EACH : (number + 1) * EACH]:
            lines[number].execute(
                "INSERT INTO bench_floor SELECT * FROM tasks_progress WHERE id = %s", [pk]
            )

    took = at_once([lambda n=n: insert(n) for n in range(CLIENTS)])  # type: ignore[misc]
    for line in lines:
        line.close()
    return took


def main(seconds: float) -> None:
    if services.missing() == "PostgreSQL":
        print("PostgreSQL does not answer: left out")
        return
    with fresh_database() as url, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
            "DATABASE_URL": url,
            "DATA_DIR": place,
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from accountability.management.commands.portal import collect_static

        call_command("migrate", verbosity=0, interactive=False)
        collect_static(folder)
        with served(url, folder) as (port, group):
            made = clients(port)
            print(f"postgresql, {CLIENTS} clients, {EACH} reports each", flush=True)
            empty = at_once(
                [
                    lambda one=one: [one.ask("GET", "/health/") for _ in range(EACH)]  # type: ignore[misc]
                    for one in made
                ]
            )
            opened = at_once([one.open_forms for one in made])
            ends = time.perf_counter() + seconds
            spent = busy(group)
            took = at_once([lambda one=one: one.hand_in(ends) for one in made])  # type: ignore[misc]
            many = CLIENTS * EACH
            spent = busy(group) - spent
            times = sorted(ms for one in made for ms in one.took)
            print(f"  health page            {many} in {empty:.1f} s")
            print(f"  forms opened           {many} in {opened:.1f} s, {opened / empty:.1f} ×")
            print(
                f"  handed in              {many} (and {len(times) - many} sent again) in"
                f" {took:.1f} s, {took / empty:.1f} × the health page; median"
                f" {at(times, 0.5):.0f} ms, p95 {at(times, 0.95):.0f} ms;"
                f" {1000 * spent / len(times):.0f} ms of the server's processors each"
            )
            check(made)
            bare = bare_rows(url)
            print(
                f"  bare rows              {many} in {bare:.2f} s, {took / bare:.0f} times quicker"
            )
        connection.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 0)
