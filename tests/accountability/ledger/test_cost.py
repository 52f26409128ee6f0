"""What the trail costs: the same writes with its triggers and without them, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from accountability.door import Actor, acting
from accountability.models import LedgerRow
from accountability.trail.verify import verify
from tests.accountability.ledger.tamper import past_the_triggers
from tests.accountability.ledger.test_verify import rename
from tests.assurance import results
from tests.world import World

pytestmark = [pytest.mark.campaign, pytest.mark.django_db(transaction=True)]
ROWS = 2_000 // results.SHARE


class Undo(Exception):
    """Ends a measurement."""


def insert(count: int) -> None:
    """`count` persons in one statement for each, as raw as can be."""
    with connection.cursor() as cursor:
        for number in range(count):
            cursor.execute(
                "INSERT INTO accountability_person "
                "(county_id, name, note, pinyin_override, pinyin, initials) "
                "SELECT id, %s, %s, '', '', '' FROM accountability_county",
                [f"人员{number}", str(number)],
            )


def milliseconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    spent = time.perf_counter() - began
    return round(spent * 1000 / ROWS, 3)


def test_rows_with_and_without_the_trail(book: World) -> None:
    before = LedgerRow.objects.count()
    told = {}
    for name in ("with", "without"):
        try:
            with acting(by=Actor.system("test")) as act:
                act.unchanged()
                if name == "with":
                    cost = milliseconds(lambda: insert(ROWS))
                else:
                    with past_the_triggers():
                        cost = milliseconds(lambda: insert(ROWS))
                told[name] = (cost, LedgerRow.objects.count() - before)
                raise Undo
        except Undo:
            pass
    assert told["with"][1] == ROWS
    assert told["without"][1] == 0

    def services() -> None:
        for number in range(ROWS // 10):
            rename(book.units["县审计局"], f"审计{number}")

    service = round(milliseconds(services) * 10, 2)
    with transaction.atomic():
        began = time.perf_counter()
        report = verify()
        seconds = time.perf_counter() - began
    assert report.faults == []
    results.save(
        f"cost-{connection.vendor}",
        database=connection.vendor,
        rows=ROWS,
        with_trail=told["with"][0],
        without_trail=told["without"][0],
        service=service,
        verified=report.rows,
        verified_per_second=round(report.rows / seconds),
    )
