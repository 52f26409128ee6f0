"""The rights of the portal's own database role on PostgreSQL (DESIGN, The ledger).

Two roles: the owner's runs `migrate` and nothing else; the application's reads
and writes rows and changes no table. What it may do with a table follows from
the registry, so that a table nobody spoke for cannot be touched at all. The
triggers write the ledger with their owner's rights: the application needs none
there but to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.db.models import Model

from .postgresql import HEAD, LINK, ROW
from .registry import Table, tables

READ = ("SELECT",)
ADD = ("SELECT", "INSERT")
WRITE = ("SELECT", "INSERT", "UPDATE", "DELETE")
LEDGER = frozenset({ROW, LINK, HEAD})
# Filled by `migrate` alone; rights that could be renamed there would be rights given.
REGISTERS = frozenset({"auth_permission", "django_content_type", "django_migrations"})


class TooStrong(ImproperlyConfigured):
    """The role that runs the portal may do what would let it rewrite the trail."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__("为保证安全，平台没有启动：\n" + "\n".join(self.faults.values()))


def rights(name: str, table: Table) -> tuple[str, ...]:
    """What the application's role may do with the rows of a table."""
    if name in LEDGER or name in REGISTERS or table.stays_empty:
        return READ
    return ADD if table.is_write_once else WRITE


def grant(*, to: str, using: str = "default") -> None:
    """Give the role `to` exactly its rights and take all others, in one transaction.

    To be run by the owner after the triggers are installed; running it again
    changes nothing. A no-op but on PostgreSQL. Raises ImproperlyConfigured when
    `to` is the owner itself.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == to:
            raise ImproperlyConfigured(f"数据库运行账号与属主账号不得相同：{to}。")
        for statement in _statements(connection, cursor, to):
            cursor.execute(statement)


def _statements(connection: Any, cursor: Any, to: str) -> Iterable[str]:
    quote = connection.ops.quote_name
    role = quote(to)
    for kind in ("TABLES", "SEQUENCES"):
        yield f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM PUBLIC, {role}"
    # A trigger runs its function whoever fires it; called by hand it would forge a row.
    cursor.execute(
        "SELECT oid::regprocedure::text FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'ledger\\_%'"
    )
    for (function,) in cursor.fetchall():
        yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC, {role}"
    yield f"REVOKE ALL ON SCHEMA public FROM PUBLIC, {role}"
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    for name, wanted in sorted(_wanted(connection, cursor).items()):
        yield f"GRANT {', '.join(wanted)} ON {quote(name)} TO {role}"
        if "INSERT" in wanted:
            for sequence in _sequences(cursor, name):
                yield f"GRANT USAGE ON SEQUENCE {sequence} TO {role}"


def _wanted(connection: Any, cursor: Any) -> dict[str, tuple[str, ...]]:
    present = set(connection.introspection.table_names(cursor))
    known: dict[str, tuple[type[Model], Table]] = tables()
    found = {name: rights(name, table) for name, (_, table) in known.items()}
    found.update(dict.fromkeys(REGISTERS, READ))
    return {name: wanted for name, wanted in found.items() if name in present}


def _sequences(cursor: Any, table: str) -> list[str]:
    """The sequences that a table's columns draw from, quoted."""
    cursor.execute(
        "SELECT d.objid::regclass::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid "
        "WHERE d.refobjid = %s::regclass AND s.relkind = 'S' "
        "AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')",
        [f'"{table}"'],
    )
    return [row[0] for row in cursor.fetchall()]


# --- is the running role weak enough? -----------------------------------------
_STRONG = """
SELECT r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolbypassrls OR r.rolreplication,
  has_schema_privilege(r.oid, 'public', 'CREATE')
FROM pg_roles r WHERE r.rolname = current_user
"""
# Who may set it switches the triggers off; before PostgreSQL 15 only a superuser could.
_MAY_SET = "SELECT has_parameter_privilege('session_replication_role', 'SET')"
PARAMETERS_ARE_GRANTED = 150000
_OWNS = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND pg_has_role(current_user, c.relowner, 'MEMBER')
ORDER BY 1 LIMIT 3
"""
# Any table that may be emptied or given a trigger; of the append-only ones any change.
_MAY = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND (has_table_privilege(c.oid, 'TRUNCATE') OR has_table_privilege(c.oid, 'TRIGGER')
    OR (c.relname = ANY(%s) AND (has_table_privilege(c.oid, 'DELETE')
      OR has_any_column_privilege(c.oid, 'UPDATE')))
    OR (c.relname = ANY(%s) AND has_any_column_privilege(c.oid, 'INSERT')))
ORDER BY 1 LIMIT 3
"""
_WRITERS = """
SELECT p.proname FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.proname = 'ledger_append'
  AND has_function_privilege(p.oid, 'EXECUTE')
"""


def faults(connection: Any) -> dict[str, str]:
    """Why the role of this connection must not run the portal, by check id; {} when it may.

    portal.E010: it is a superuser or the like; E011: it owns tables; E012: it
    may empty a table, change the trail or write into the ledger by hand.
    """
    found: dict[str, str] = {}
    kept = [name for name, (_, table) in tables().items() if table.is_write_once]
    with connection.cursor() as cursor:
        cursor.execute(_STRONG)
        is_strong = any(cursor.fetchone())
        if connection.pg_version >= PARAMETERS_ARE_GRANTED:
            cursor.execute(_MAY_SET)
            is_strong = cursor.fetchone()[0] or is_strong
        if is_strong:
            found["portal.E010"] = (
                "数据库运行账号权限过大：不得为超级用户，不得建库、建账号、建表或停用触发器。"
            )
        cursor.execute(_OWNS)
        if owned := [row[0] for row in cursor.fetchall()]:
            found["portal.E011"] = (
                f"数据库运行账号不得是数据表的属主，也不得是属主的成员：{'、'.join(owned)}。"
            )
        cursor.execute(_MAY, [[*kept, *LEDGER], sorted(LEDGER)])
        open_tables = [row[0] for row in cursor.fetchall()]
        cursor.execute(_WRITERS)
        if open_tables := [*open_tables, *(row[0] for row in cursor.fetchall())]:
            found["portal.E012"] = (
                "数据库运行账号能改动账本、历史或审计记录，请以属主账号再运行一次 migrate："
                f"{'、'.join(open_tables)}。"
            )
    return found


_weak: set[tuple[str, str]] = set()


def insist(connection: Any) -> None:
    """Raise `TooStrong` unless the role of a new connection is weak; asked once a process."""
    settings = connection.settings_dict
    who = (str(settings["NAME"]), str(settings["USER"]))
    if connection.vendor != "postgresql" or who in _weak:
        return
    if found := faults(connection):
        connection.close()
        raise TooStrong(found)
    _weak.add(who)
