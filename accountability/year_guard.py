"""What belongs to a closed year does not change: the one guard before every write.

A model of a year names in `year_path` the way to the row that has county and
year ("" itself, "item", "sheet__assessment"). What carries over into the next
year (notices, findings, rectifications, objections, duties) names none.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection

from .refusals import WrongState

if TYPE_CHECKING:
    from .door import Act

Year = tuple[int, int]  # county's id, year
_LOCK = 0x79656172  # the class of the advisory locks of closing, on PostgreSQL
_TRIES, _PAUSE = 30, 0.1  # tries, seconds between them
_CHUNK = 500


def must_be_open(act: Act, rows: Sequence[Any]) -> None:
    """Raise `WrongState` when one of `rows` (of one model) belongs to a closed year.

    One query an act to know the closed years; further ones only where there are any
    and the row that has the year is not at hand.
    """
    if not rows:
        return
    path = getattr(type(rows[0]), "year_path", None)
    if path is None:
        return
    closed = _closed(act)
    if not closed:
        return
    for year in _years(rows, path):
        if year in closed:
            raise WrongState(
                f"{year[1]}年度已结转，{type(rows[0])._meta.verbose_name}不再改动。"
                "确需更正的，由办公室在“设置—年度结转”申请恢复办理，经批准后改正。"
            )


@contextmanager
def carried_over(act: Act) -> Iterator[None]:
    """Within it, what carries over (an objection's decision) may write into its closed year."""
    before, act.closed_years = act.closed_years, frozenset()
    try:
        yield
    finally:
        act.closed_years = before


def shut_out_writers(county_id: int) -> bool:
    """Keep every writer of the county's years out until this transaction ends.

    False when somebody is in the midst of a write; it never waits for long, so that
    nobody waits for whom it waits. On SQLite the transaction itself is exclusive.
    """
    if connection.vendor != "postgresql":
        return True
    for key in (0, county_id):
        for _ in range(_TRIES):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, key])
                if cursor.fetchone()[0]:
                    break
            time.sleep(_PAUSE)
        else:
            return False
    return True


def _closed(act: Act) -> frozenset[Year]:
    if act.closed_years is None:
        from .models import ClosedYear

        if connection.vendor == "postgresql":
            county = act.actor.county
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_xact_lock_shared(%s, %s)",
                    [_LOCK, county.pk if county else 0],
                )
        found = ClosedYear.objects.shut().order_by().values_list("county_id", "year")
        act.closed_years = frozenset(found)
    return act.closed_years


def _years(rows: Sequence[Any], path: str) -> Iterable[Year]:
    """The years that `rows` belong to, from what is loaded, else by one query."""
    if not path:
        yield from {(row.county_id, row.year) for row in rows}
        return
    first, _, rest = path.partition("__")
    field = type(rows[0])._meta.get_field(first)
    loaded, missing = [], set()
    for row in rows:
        if field.is_cached(row):
            loaded.append(field.get_cached_value(row))
        else:
            missing.add(getattr(row, field.attname))
    if loaded:
        yield from _years(loaded, rest)
    ends = [f"{rest}__county_id", f"{rest}__year"] if rest else ["county_id", "year"]
    wanted = sorted(missing)
    for start in range(0, len(wanted), _CHUNK):
        found = field.related_model._base_manager.filter(pk__in=wanted[start : start + _CHUNK])
        yield from found.order_by().values_list(*ends).distinct()
