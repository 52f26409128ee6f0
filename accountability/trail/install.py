"""Installs the ledger's triggers: idempotent, at the end of every migration."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import connections

from ..door import Actor, acting
from . import postgresql, roles, separation, sqlite
from .registry import Treatment, tables

TRIGGERS = "ledger_triggers"  # the "table" of the schema rows that tell of the triggers


def install(*, using: str = "default") -> None:
    """Drop and re-make all triggers from the registry, and note changed table shapes.

    SQLite's table remakes drop triggers without a word; that is why this runs
    after every migration. Where an application's role is named
    (DATABASE_APP_ROLE) it gets its rights here, for the same reason.
    """
    connection = connections[using]
    known = tables()
    present = set(connection.introspection.table_names())
    if postgresql.ROW not in present:
        return
    known = {name: entry for name, entry in known.items() if name in present}
    with connection.cursor() as cursor:
        _drop_strays(connection, cursor)
        for statement in engine(connection).statements(known):
            cursor.execute(statement)
        if separation.DELEGATION in present:
            for statement in separation.statements(connection.vendor):
                cursor.execute(statement)
    note_schema(using=using)
    if settings.DATABASE_APP_ROLE:
        roles.grant(to=settings.DATABASE_APP_ROLE, using=using)


def engine(connection: Any) -> Any:
    """The module that speaks this database's language."""
    return postgresql if connection.vendor == "postgresql" else sqlite


def _drop_strays(connection: Any, cursor: Any) -> None:
    """Triggers of tables that left the registry."""
    if connection.vendor == "sqlite":
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' "
            "AND name LIKE 'ledger~_%' ESCAPE '~'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
    else:
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger "
            "WHERE tgname LIKE 'ledger\\_%' AND NOT tgisinternal"
        )
        for name, table in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name} ON {table}")


def shape(model: Any) -> str:
    """The columns of an audited table, as text."""
    return json.dumps(
        [field.column for field in model._meta.concrete_fields], separators=(",", ":")
    )


def note_schema(*, using: str = "default") -> None:
    """Write a schema row (op S) for each table whose columns changed, and for the triggers."""
    from ..models import LedgerRow

    last: dict[str, str] = {}
    for name, image in (
        LedgerRow.objects.using(using).filter(op="S").order_by("id").values_list("table", "image")
    ):
        last[name] = image
    changed = [
        (name, shape(model))
        for name, (model, table) in sorted(tables().items())
        if table.treatment != Treatment.EXEMPT and last.get(name) != shape(model)
    ]
    digest = definition_digest(using=using)
    if last.get(TRIGGERS) != digest:
        changed.append((TRIGGERS, digest))
    if not changed:
        return
    connection = connections[using]
    with acting(by=Actor.system("migration")) as act:
        act.unchanged()
        with connection.cursor() as cursor:
            for name, columns in changed:
                append(connection, cursor, chain=0, table=name, key="", op="S", image=columns)


def append(
    connection: Any, cursor: Any, *, chain: int, table: str, key: str, op: str, image: str
) -> None:
    """Write one ledger row by hand; its link follows as for any other."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT ledger_append(%s, %s, %s, %s, %s)", [chain, table, key, op, image])
        return
    cursor.execute(
        f"INSERT INTO {sqlite.ROW} "
        '(chain, "table", key, op, image, actor, on_behalf_of, event, at, txid, row_hash) '
        "SELECT %s, %s, %s, %s, %s, app_actor(), app_on_behalf_of(), app_event(), app_now(), 0, "
        "app_row_hash(%s, %s, %s, %s, app_now())",
        [chain, table, key, op, image, table, key, op, image],
    )


def definition_digest(*, using: str = "default") -> str:
    """A digest of the triggers and functions as the database has them now."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
                "AND name LIKE 'ledger~_%' ESCAPE '~' ORDER BY name"
            )
            rows = [list(map(str, row)) for row in cursor.fetchall()]
        else:
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname, tgenabled::text, pg_get_triggerdef(oid) "
                "FROM pg_trigger WHERE tgname LIKE 'ledger\\_%' AND NOT tgisinternal "
                "UNION ALL SELECT proname, '', '', pg_get_functiondef(oid) FROM pg_proc "
                "WHERE proname LIKE 'ledger\\_%' ORDER BY 1, 2"
            )
            rows = [list(map(str, row)) for row in cursor.fetchall()]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
