"""Whether the installed triggers and functions are those that the registry makes.

The comparison is with the text made from the registry now, not with a note of
what once was installed: who changes a trigger and the note alike is found too.
SQLite keeps a trigger's text as written; PostgreSQL writes it anew, so there
its parts are compared, and of functions the body letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connections

from . import postgresql, separation
from .install import engine
from .registry import Treatment, tables

# (kind, name, table) → what must be the same; `table` is "" for a function.
Definitions = dict[tuple[str, str, str], tuple[object, ...]]

TRIGGER = re.compile(
    r"CREATE (?P<constraint>CONSTRAINT )?TRIGGER (?P<name>\w+) (?P<when>BEFORE|AFTER) "
    r"(?P<events>\w+(?: OR \w+)*) ON (?:public\.)?(?P<table>\w+)"
    r"(?P<deferred> DEFERRABLE INITIALLY DEFERRED)? FOR EACH (?P<each>ROW|STATEMENT) "
    r"EXECUTE FUNCTION (?:public\.)?(?P<function>\w+)\(\)"
)
FUNCTION = re.compile(
    r"CREATE OR REPLACE FUNCTION (?P<name>\w+)\s*\((?P<arguments>[^)]*)\)(?P<head>.*?)"
    r" AS \$\$(?P<body>.*?)\$\$",
    re.DOTALL,
)
SETTING = re.compile(r"\bSET (\w+) = (.+?)(?= SET |\Z)")


def differences(*, using: str = "default") -> list[tuple[str, str]]:
    """(table, sentence) for each trigger or function that is missing, changed or not ours."""
    wanted, found = expected(using=using), installed(using=using)
    said = []
    for kind, name, table in sorted(wanted.keys() | found.keys()):
        place = (kind, name, table)
        what = f"{'触发器' if kind == 'trigger' else '数据库函数'} {name}"
        if place not in found:
            said.append((table, f"{what} 缺失"))
        elif place not in wanted:
            said.append((table, f"{what} 不是本系统所建"))
        elif wanted[place] != found[place]:
            said.append((table, f"{what} 被停用或改动"))
    return said


def expected(*, using: str = "default") -> Definitions:
    """What the registry and the separation of duties make for this database."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    known = {name: entry for name, entry in tables().items() if name in present}
    made: list[str] = engine(connection).statements(known)
    if separation.DELEGATION in present:
        made = [*made, *separation.statements(connection.vendor)]
    if connection.vendor == "sqlite":
        return dict(_sqlite(made))
    return dict(_postgresql(made))


def installed(*, using: str = "default") -> Definitions:
    """What the database has: all triggers on the ledger's and the registry's tables."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
            return dict(_sqlite(sql for (sql,) in cursor.fetchall()))
        return dict(_installed_postgresql(cursor))


def _sqlite(statements: Iterable[str]) -> Iterator[tuple[tuple[str, str, str], tuple[str]]]:
    for sql in statements:
        if match := re.match(r'CREATE TRIGGER "?(\w+)"? .*? ON "?(\w+)"?', sql, re.DOTALL):
            yield ("trigger", match[1], match[2]), (sql,)


def _postgresql(
    statements: Iterable[str],
) -> Iterator[tuple[tuple[str, str, str], tuple[object, ...]]]:
    for text in statements:
        for match in FUNCTION.finditer(text):
            head = " ".join(match["head"].split())
            language = re.search(r"LANGUAGE (\w+)", head)
            volatile = "i" if "IMMUTABLE" in head else "v"
            yield (
                ("function", match["name"], ""),
                (
                    match["body"],
                    language[1] if language else "",
                    "SECURITY DEFINER" in head,
                    volatile,
                    frozenset(_setting(n, v) for n, v in SETTING.findall(head)),
                    " ".join(match["arguments"].split()),
                ),
            )
        for statement in re.split(r";\s*\n|;\s*\Z", re.sub(r"\$\$.*?\$\$", "", text, flags=re.S)):
            if made := TRIGGER.fullmatch(" ".join(statement.split())):
                yield _trigger(made, "O")


def _setting(name: str, value: str) -> str:
    return f"{name.lower()}={value.strip(chr(39))}"


def _trigger(match: re.Match[str], enabled: str) -> tuple[tuple[str, str, str], tuple[object, ...]]:
    values = match.groupdict()
    place = ("trigger", values.pop("name"), values.pop("table"))
    events = frozenset(values.pop("events").split(" OR "))
    return place, (events, enabled, *values.values())


def _installed_postgresql(
    cursor: Any,
) -> Iterator[tuple[tuple[str, str, str], tuple[object, ...]]]:
    ours = [name for name, (_, entry) in tables().items() if entry.treatment != Treatment.EXEMPT]
    ours += [postgresql.ROW, postgresql.LINK, postgresql.HEAD]
    cursor.execute(
        "SELECT tgname, relname, tgenabled::text, pg_get_triggerdef(t.oid) FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND relname = ANY(%s)",
        [ours],
    )
    for name, table, enabled, text in cursor.fetchall():
        if match := TRIGGER.fullmatch(text):
            yield _trigger(match, enabled)
        else:
            yield ("trigger", name, table), (text, enabled)
    # A rule would swallow or turn aside a write before any trigger fires.
    cursor.execute(
        "SELECT rulename, tablename, definition FROM pg_rules WHERE tablename = ANY(%s)", [ours]
    )
    for name, table, text in cursor.fetchall():
        yield ("trigger", name, table), (text,)
    cursor.execute(
        "SELECT proname, prosrc, lanname, prosecdef, provolatile::text, proconfig, "
        "pg_get_function_arguments(p.oid) FROM pg_proc p JOIN pg_language l ON l.oid = prolang "
        "WHERE proname LIKE 'ledger\\_%%' AND pronamespace = current_schema()::regnamespace",
        [],
    )
    for name, body, language, definer, volatile, config, arguments in cursor.fetchall():
        settings = frozenset(_setting(*item.split("=", 1)) for item in config or ())
        yield (
            ("function", name, ""),
            (body, language, definer, volatile, settings, arguments),
        )
