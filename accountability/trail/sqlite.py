"""The ledger's triggers on SQLite, which links at once.

The triggers call functions that the portal registers on its connections
(`register`): a foreign client's write fails with "no such function".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import BinaryField, Model

from ..ledger.canonical import Entry, genesis, link_hash, row_hash
from .registry import Table, Treatment

ROW = "accountability_ledgerrow"
LINK = "accountability_ledgerlink"
HEAD = "accountability_ledgerhead"


class _Clock:
    """The time of the row being written: one value until the row is linked."""

    def __init__(self) -> None:
        self.value = ""

    def now(self) -> str:
        if not self.value:
            self.value = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return self.value

    def clear(self) -> None:
        self.value = ""


def register(connection: Any, told: Callable[[], tuple[str, str, str]]) -> None:
    """Give a raw sqlite3 connection the functions that the triggers call.

    `told()` is (actor, on behalf of, event) of the open door.
    """
    clock = _Clock()

    def hash_row(*fields: str) -> str:
        table, key, op, image, at = fields
        actor, behalf, event = told()
        return row_hash(Entry(table, key, op, image, actor, behalf, event, at))

    def link(previous: str, of_row: str) -> str:
        clock.clear()
        return link_hash(previous, of_row)

    def digest(text: str) -> str:
        import hashlib

        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    connection.create_function("app_actor", 0, lambda: told()[0])
    connection.create_function("app_on_behalf_of", 0, lambda: told()[1])
    connection.create_function("app_event", 0, lambda: told()[2])
    connection.create_function("app_now", 0, clock.now)
    connection.create_function("app_row_hash", 5, hash_row)
    connection.create_function("app_link", 2, link)
    connection.create_function("app_genesis", 1, genesis)
    connection.create_function("app_digest", 1, digest)


def image_sql(
    model: type[Model], table: Table, row: str, *, columns: Sequence[str] | None = None
) -> str:
    """The expression for the image of `row`, columns in the table's order, without secrets.

    `columns` limits it to those that the table had once, in their order then
    (verification alone).
    """
    parts = []
    fields = {field.column: field for field in model._meta.concrete_fields}
    for name in fields if columns is None else columns:
        field = fields[name]
        if field.column in table.secrets:
            continue
        value = f'{row}."{field.column}"'
        if isinstance(field, BinaryField):
            value = f"hex({value})"
        parts.append(f"'{field.column}', {value}")
    image = f"json_object({', '.join(parts)})"
    return f"app_digest({image})" if table.treatment == Treatment.HASH_ONLY else image


def key_sql(model: type[Model], row: str) -> str:
    """The primary key as text."""
    pk = model._meta.pk
    assert pk is not None
    return f'CAST({row}."{pk.column}" AS TEXT)'


def statements(tables: Mapping[str, tuple[type[Model], Table]]) -> list[str]:
    """All that is to be run, idempotent, one statement each."""
    found: list[str] = []
    for name, (model, table) in sorted(tables.items()):
        if table.treatment == Treatment.EXEMPT:
            continue
        for op, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            found += _writing(name, model, table, op, row)
        if table.is_write_once:
            found += _refusing(name)
        if table.stays_empty:
            found += _refusing(name, ("INSERT",))
    found += _refusing(ROW) + _refusing(LINK)
    found += _linking()
    return found


def _trigger(trigger: str, name: str, when: str, body: str) -> list[str]:
    return [
        f'DROP TRIGGER IF EXISTS "{trigger}"',
        f'CREATE TRIGGER "{trigger}" {when} ON "{name}" FOR EACH ROW BEGIN {body} END',
    ]


def _writing(name: str, model: type[Model], table: Table, op: str, row: str) -> list[str]:
    chain = table.chain.replace("{row}", row)
    image = image_sql(model, table, row)
    if op == "UPDATE" and table.treatment == Treatment.AUDITED:
        for column in table.secrets:
            if column != "last_login":
                image = (
                    f'CASE WHEN OLD."{column}" IS NOT NEW."{column}" THEN '
                    f"json_set({image}, '$._changed', '{column}') ELSE {image} END"
                )
    key = key_sql(model, row)
    op_code = op[0]
    return _trigger(
        f"ledger_{op.lower()}_{name}",
        name,
        f"AFTER {op}",
        "SELECT RAISE(ABORT, 'ledger: write without an actor') WHERE app_actor() = ''; "
        f'INSERT INTO {ROW} (chain, "table", key, op, image, actor, on_behalf_of, event, at, '
        "txid, row_hash) "
        f"SELECT coalesce({chain}, 0), '{name}', {key}, '{op_code}', t.image, app_actor(), "
        "app_on_behalf_of(), app_event(), app_now(), 0, "
        f"app_row_hash('{name}', {key}, '{op_code}', t.image, app_now()) "
        f"FROM (SELECT {image} AS image) AS t;",
    )


def _refusing(name: str, ops: tuple[str, ...] = ("UPDATE", "DELETE")) -> list[str]:
    body = "SELECT RAISE(ABORT, 'ledger: append only');"
    return [
        line
        for op in ops
        for line in _trigger(f"ledger_refuse_{op.lower()}_{name}", name, f"BEFORE {op}", body)
    ]


def _linking() -> list[str]:
    return _trigger(
        "ledger_link",
        ROW,
        "AFTER INSERT",
        # Not OR IGNORE: a REPLACE or upsert that fires the trigger would put its own
        # way with conflicts in its place, and set the head back to nothing.
        f"INSERT INTO {HEAD} (chain, seq, hash) SELECT NEW.chain, 0, app_genesis(NEW.chain) "
        f"WHERE NOT EXISTS (SELECT 1 FROM {HEAD} WHERE chain = NEW.chain); "
        f"UPDATE {HEAD} SET seq = seq + 1, hash = app_link(hash, NEW.row_hash) "
        "WHERE chain = NEW.chain; "
        f"INSERT INTO {LINK} (chain, seq, row_id, hash) "
        f"SELECT chain, seq, NEW.id, hash FROM {HEAD} WHERE chain = NEW.chain;",
    )
