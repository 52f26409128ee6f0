"""What the trail costs: a write with and without it, and the verification of all that was written.

    DATABASE_URL=… python -m tests.bench.bench_trail

Writes: one row changed and many rows by one statement, bare, with the ledger's
triggers, and as the portal does it (history, audit event, ledger). Verification:
PORTAL_BENCH_LEDGER rows (a million on PostgreSQL, a hundred thousand on SQLite)
that the triggers themselves wrote, beside plain hashing of the same bytes; with
the witness and without. At last the stand-alone verifier over an exported package.
"""

# The settings stand before the models can be imported.
# ruff: noqa: E402

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.measure import at, peak, timed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")

import django

django.setup()

from django.db import connection, transaction

from accountability.door import Actor, acting
from accountability.ledger import standalone
from accountability.ledger.canonical import Entry, row_bytes
from accountability.models import LedgerLink, LedgerRow, Person
from accountability.services import evidence
from accountability.trail import checkpoints, witness
from accountability.trail.install import install
from accountability.trail.verify import verify
from tests.world import World, build

PERSONS = 50_000
MANY = 10_000
SYSTEM = Actor.system("test")
IS_POSTGRESQL = connection.vendor == "postgresql"


def rows_wanted() -> int:
    return int(os.environ.get("PORTAL_BENCH_LEDGER", 1_000_000 if IS_POSTGRESQL else 100_000))


@contextmanager
def triggers_off() -> Any:
    """Writes without the ledger, to be compared with."""
    with connection.cursor() as cursor:
        if IS_POSTGRESQL:
            cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            yield
        finally:
            if IS_POSTGRESQL:
                cursor.execute("SET session_replication_role = DEFAULT")
            else:
                install()


def update(where: str, *values: Any) -> None:
    """One statement in a transaction of its own, behind an open door."""
    with acting(by=SYSTEM) as act:
        act.unchanged()
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE accountability_person SET note = %s WHERE {where}", values)


def bare(where: str, *values: Any) -> None:
    """The same statement without the door."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE accountability_person SET note = %s WHERE {where}", values)


def as_the_portal(pk: int, note: str) -> None:
    """Lock, re-read, save with history, record the event: what a service does."""
    with acting(by=SYSTEM, reason="测量") as act:
        row = Person.objects.select_for_update().get(pk=pk)
        before, row.note = row.note, note
        row.save()
        act.record(
            "person.change", row, summary="改备注",
            changes=[{"field": "note", "label": "备注", "before": before, "after": note}],
        )  # fmt: skip


def persons(world: World) -> tuple[int, int]:
    """`PERSONS` people, written with the triggers on; the first id and the last."""
    rows = [Person(county=world.county, name=f"测量{n}") for n in range(PERSONS)]
    with acting(by=SYSTEM) as act:
        act.unchanged()
        made = Person.objects.all().recorded_bulk().bulk_create(rows, batch_size=5000)
    return made[0].pk, made[-1].pk


def writes(first: int) -> None:
    """p50 of one changed row and of 10,000 by one statement, each four or three ways."""
    count = iter(range(10**9))

    def p50(action: Callable[[], None]) -> float:
        return at(timed(action, least=15), 0.5)

    def one(how: Callable[..., None]) -> float:
        return p50(lambda: how("id = %s", str(next(count)), first))

    def many(how: Callable[..., None]) -> float:
        return p50(lambda: how("id >= %s AND id < %s", str(next(count)), first, first + MANY))

    with triggers_off():
        plain, plain_many = one(bare), many(bare)
        portal_without = p50(lambda: as_the_portal(first, str(next(count))))
    with_ledger, with_ledger_many = one(update), many(update)
    portal = p50(lambda: as_the_portal(first, str(next(count))))
    print(
        "one row, ms       plain UPDATE   with the ledger   as the portal, no ledger   and with it"
    )
    print(
        f"                  {plain:12.2f}   {with_ledger:9.2f} ({with_ledger / plain:.1f}×)"
        f"   {portal_without:18.2f} ({portal_without / plain:.1f}×)"
        f"   {portal:8.2f} ({portal / portal_without:.2f}× without)"
    )
    print(
        f"{MANY:,} rows, ms   {plain_many:12.1f}   {with_ledger_many:9.1f} "
        f"({with_ledger_many / plain_many:.1f}×, {with_ledger_many * 1000 / MANY:.0f} µs a row)",
        flush=True,
    )


def fill(first: int, last: int) -> int:
    """Change all people until the ledger has the rows wanted; how many it has."""
    wanted = rows_wanted()
    began, started_with = time.perf_counter(), LedgerRow.objects.count()
    while (there := LedgerRow.objects.count()) < wanted:
        upto = min(last, first + wanted - there - 1)
        update("id >= %s AND id <= %s", f"第{there}次改动", first, upto)
    took = time.perf_counter() - began
    added = there - started_with
    print(f"{added:,} rows written by the triggers in {took:.0f} s, {added / took:,.0f} rows/s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return there


def hashing() -> float:
    """Seconds to read every row in order and hash it, nothing else: the floor of a verifier."""
    columns = ("table", "key", "op", "image", "actor", "on_behalf_of", "event", "at")
    rows = LedgerRow.objects.order_by("id").values_list(*columns)
    began = time.perf_counter()
    for fields in rows.iterator(chunk_size=5000):
        hashlib.sha256(row_bytes(Entry(*fields))).digest()
    return time.perf_counter() - began


def verification(there: int) -> None:
    """The portal's own verification, with its time beside plain hashing, and its memory."""
    floor = hashing()
    print(f"read and hash {there:,} rows: {floor:.1f} s, {there / floor:,.0f} rows/s")
    for label, outside in (("the database alone", False), ("with witness and checkpoints", True)):
        if outside:
            began = time.perf_counter()
            while witness.pump():
                pass
            print(f"witness told of all links: {time.perf_counter() - began:.1f} s")
            began = time.perf_counter()
            checkpoints.write(cause="bench")
            print(f"first checkpoint (SM3 over all rows): {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        reports: list[Any] = []
        taken = peak(lambda outside=outside, reports=reports: reports.append(
            verify(trust_outside=outside)
        ))  # fmt: skip
        took = time.perf_counter() - began
        if not reports[0].is_sound:
            raise SystemExit(str(reports[0].first()))
        print(
            f"verify, {label}: {took:.1f} s, {reports[0].rows / took:,.0f} rows/s, "
            f"{took / floor:.1f}× the hashing, memory +{taken:.0f} MB",
            flush=True,
        )


def package(world: World) -> None:
    """An exported package and the stand-alone verifier over it, as the inspectors run it."""
    began = time.perf_counter()
    made: list[bytes] = []
    taken = peak(
        lambda: made.append(
            evidence.package(
                county_id=world.county.pk, county_name=world.county.name, events=[],
                purpose="测量", asker="测量", parameters={}, progress=lambda percent, text: None,
            )
        )
    )  # fmt: skip
    took = time.perf_counter() - began
    links = LedgerLink.objects.filter(chain__in=[0, world.county.pk]).count()
    print(
        f"package of {links:,} links (digests alone): {took:.1f} s, {len(made[0]) / 2**20:.0f} MB,"
        f" memory +{taken:.0f} MB"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "package.zip"
        path.write_bytes(made[0])
        began = time.perf_counter()
        done = subprocess.Popen(
            [
                sys.executable,
                "-S",
                standalone.__file__,
                str(path),
                "--key",
                checkpoints.public_key(),
            ],
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(done.pid, 0)
        took = time.perf_counter() - began
    if status:
        raise SystemExit("the stand-alone verifier found a fault")
    print(
        f"stand-alone verifier: {took:.1f} s, {links / took:,.0f} links/s,"
        f" {usage.ru_maxrss / 1024:.0f} MB in all"
    )


def main() -> None:
    """Make a test database, write, verify, export, drop it."""
    print(f"{connection.vendor}, {rows_wanted():,} ledger rows")
    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    kept = witness.pump_on_commit
    witness.pump_on_commit = lambda: None  # told at once below; here writing is measured
    try:
        with acting(by=SYSTEM) as act:
            act.unchanged()
            world = build()
        first, last = persons(world)
        verification(fill(first, last))
        package(world)
        writes(first)  # last: what is written past the ledger would be found
    finally:
        witness.pump_on_commit = kept
        connection.creation.destroy_test_db(old, verbosity=0)


if __name__ == "__main__":
    main()
