"""Set-wise writes with their history in the same step (performance.md 2b)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.utils import timezone
from simple_history.utils import get_history_manager_for_model

from ..door import require_act
from ..models import RecordedModel
from ..year_guard import must_be_open

Row = TypeVar("Row", bound=RecordedModel)


def create(rows: Sequence[Row], *, batch_size: int = 1000) -> list[Row]:
    """Insert many new rows of one model and their history; ids are set on the rows."""
    if not rows:
        return []
    act = require_act()
    model: Any = type(rows[0])
    created = (
        model._default_manager.get_queryset()
        .recorded_bulk()
        .bulk_create(rows, batch_size=batch_size)
    )
    _write_history(model, created, "+", act)
    return list(created)


def update(rows: Sequence[Row], fields: Iterable[str], *, batch_size: int = 500) -> int:
    """Update `fields` of many rows of one model and write their history.

    The new values are joined as a table: Django's `bulk_update` makes a CASE
    with a branch for each row and field, which took 40 s for 3,000 rows.
    """
    if not rows:
        return 0
    act = require_act()
    must_be_open(act, rows)
    model: Any = type(rows[0])
    columns = [model._meta.get_field(name) for name in fields]
    limit = connection.features.max_query_params
    if limit:
        batch_size = max(1, min(batch_size, limit // (len(columns) + 1)))
    count = 0
    with connection.cursor() as cursor:
        for start in range(0, len(rows), batch_size):
            count += _update(cursor, model, columns, rows[start : start + batch_size])
    _write_history(model, rows, "~", act)
    return count


def _update(cursor: Any, model: Any, columns: Sequence[Any], rows: Sequence[Any]) -> int:
    """One statement: UPDATE … FROM (VALUES …)."""
    quote = connection.ops.quote_name
    key = model._meta.pk
    fields = [key, *columns]
    is_typed = connection.vendor == "postgresql"
    places = [
        f"%s::{f.rel_db_type(connection) if f is key else f.db_type(connection)}" for f in fields
    ]
    line = f"({', '.join(places if is_typed else ['%s'] * len(fields))})"
    # SQLite names the columns of VALUES itself and takes no list of names.
    names = [f"column{number}" for number in range(1, len(fields) + 1)]
    sets = ", ".join(
        f"{quote(f.column)} = v.{name}" for f, name in zip(columns, names[1:], strict=True)
    )
    alias = f"v ({', '.join(names)})" if is_typed else "v"
    table = quote(model._meta.db_table)
    cursor.execute(
        f"UPDATE {table} SET {sets} FROM (VALUES {', '.join([line] * len(rows))}) AS {alias}"  # noqa: S608 - names of the models, values as parameters
        f" WHERE {table}.{quote(key.column)} = v.{names[0]}",
        [f.get_db_prep_save(getattr(row, f.attname), connection) for row in rows for f in fields],
    )
    return int(cursor.rowcount)


def delete(rows: Sequence[Row]) -> int:
    """Delete rows of one model that carry no record of their own, and write their history.

    For what is derived and made anew (the notes of a replaced paper). A row
    that something still points at is refused by the database.
    """
    if not rows:
        return 0
    act = require_act()
    must_be_open(act, rows)
    model: Any = type(rows[0])
    history = get_history_manager_for_model(model)
    history.bulk_create(
        [
            history.model(
                history_date=timezone.now(),
                history_user=act.actor.user,
                history_change_reason=act.reason or None,
                history_type="-",
                **{f.attname: getattr(row, f.attname) for f in history.model.tracked_fields},
            )
            for row in rows
        ],
        batch_size=1000,
    )
    doomed = model._default_manager.filter(pk__in=[row.pk for row in rows])
    # Past the collector, which would write the history once more, row by row.
    return int(doomed._raw_delete(doomed.db) or 0)


def _write_history(model: Any, rows: Sequence[Any], kind: str, act: Any) -> None:
    get_history_manager_for_model(model).bulk_history_create(
        list(rows),
        update=kind == "~",
        default_user=act.actor.user,
        default_change_reason=act.reason or None,
        default_date=timezone.now(),
        batch_size=1000,
    )
