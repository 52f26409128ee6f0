"""The business tables as the ledger sees them: what an act changed, and that it is in the book."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Max

from accountability.models import AuditEvent, LedgerHead, LedgerLink, LedgerRow
from accountability.trail.install import engine
from accountability.trail.registry import Treatment, tables

Key = tuple[str, str]  # table and key
Row = dict[str, Any]
OP = {(False, True): "I", (True, True): "U", (True, False): "D"}


class Book:
    """Every row of the audited tables as its image, and the ledger's last row seen."""

    def __init__(self) -> None:
        sql = engine(connection)
        audited, others, self.history = [], [], {}
        for name, (model, table) in sorted(tables().items()):
            if table.treatment == Treatment.AUDITED:
                image = sql.image_sql(model, table, "t")
                audited.append(f"SELECT '{name}', {sql.key_sql(model, 't')}, {image} FROM {name} t")
            elif model not in (LedgerLink, LedgerHead):  # PostgreSQL makes them at commit
                others.append(f"SELECT '{name}', count(*) FROM {name}")
            original: Any = getattr(model, "instance_type", None)
            if original is not None and model.__name__.startswith("Historical"):
                self.history[original._meta.db_table] = name
        self._audited, self._others = " UNION ALL ".join(audited), " UNION ALL ".join(others)
        self.images = self._read()
        self.counts = self._count()
        self.last = self._end()
        self.changes = 0
        self._parsed: dict[str, list[Row]] = {}

    def _read(self) -> dict[Key, str]:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL TIME ZONE 'UTC'")
            cursor.execute(self._audited)
            return {(table, key): image for table, key, image in cursor.fetchall()}

    def _count(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(self._others)
            return dict(cursor.fetchall())

    @staticmethod
    def _end() -> int:
        return LedgerRow.objects.aggregate(last=Max("id"))["last"] or 0

    def rows(self, table: str) -> list[Row]:
        """The rows of a table as their images have them, by id."""
        if table not in self._parsed:
            found = (json.loads(i) for (t, _), i in self.images.items() if t == table)
            self._parsed[table] = sorted(found, key=lambda row: row["id"])
        return self._parsed[table]

    def assert_unchanged(self) -> None:
        """Nothing was written, not in a business table nor beside it."""
        assert self._end() == self.last, "a refused call wrote to the ledger"
        assert self._read() == self.images, "a refused call changed a row"
        assert self._count() == self.counts, "a refused call left a row behind"

    def follow(self) -> set[Key]:
        """What changed since the last look, each change once in the book, by a known actor.

        The ledger's rows of each key lead from the image before to the image
        now without a step that changes nothing, each with its row of history;
        every act that changed something has its audit event.
        """
        now = self._read()
        told: dict[Key, list[LedgerRow]] = defaultdict(list)
        ledgered: Counter[str] = Counter()
        events = set()
        for row in LedgerRow.objects.filter(id__gt=self.last).order_by("id"):
            ledgered[row.table] += 1
            if (row.table, row.key) in self.images or (row.table, row.key) in now:
                told[row.table, row.key].append(row)
                events.add(row.event)
                assert row.actor, f"nobody wrote {row.table} {row.key}"
        changed = {key for key in self.images.keys() | now.keys() if self._differs(key, now)}
        assert changed == set(told), f"changed {changed - set(told)}, told {set(told) - changed}"
        for key, rows in told.items():
            self._assert_leads(key, rows, now.get(key))
        for table, history in self.history.items():
            assert ledgered[history] == ledgered[table], f"history of {table}"
        if changed:
            known = set(
                AuditEvent.objects.filter(act_id__in=events).values_list("act_id", flat=True)
            )
            assert events == known, "an act without its event"
        self.images, self.counts, self.last = now, self._count(), self._end()
        self._parsed = {}
        self.changes += sum(len(rows) for rows in told.values())
        return changed

    def _differs(self, key: Key, now: dict[Key, str]) -> bool:
        return self.images.get(key) != now.get(key)

    def _assert_leads(self, key: Key, rows: Iterable[LedgerRow], now: str | None) -> None:
        image = self.images.get(key)
        for row in rows:
            after = None if row.op == "D" else row.image
            assert row.op == OP[image is not None, after is not None], f"{key} {row.op}"
            assert after != image, f"{key}: told without a change"
            image = after
        assert image == now, f"{key}: the book ends elsewhere"
