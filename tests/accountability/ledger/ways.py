"""Every way to write a row that Django, the database's language or a fixture offers.

A way is tried on every model of the ledger. It says which of Django's write
methods it `uses`; `test_write_paths.py` holds these against the methods that
there are. `is_guarded` ways are refused already by `RecordedQuerySet`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.db.models import ForeignKey, OneToOneField, QuerySet
from django.utils import timezone


@dataclass
class Case:
    """One model with three rows that are there, three that are not, and new values."""

    model: Any
    olds: list[Any]
    fresh: list[Any]
    changes: str
    afters: list[Any]
    loose: str
    folder: Path

    @property
    def news(self) -> list[Any]:
        """Copies, so that a way that is tried again starts from unsaved rows."""
        return [copy.copy(row) for row in self.fresh]

    @property
    def manager(self) -> Any:
        return self.model._default_manager

    @property
    def rows(self) -> QuerySet[Any]:
        """A queryset of Django's own, without any guard of the house."""
        return QuerySet(self.model).filter(pk__in=[row.pk for row in self.olds])

    @property
    def guarded(self) -> Any:
        return self.manager.filter(pk__in=[row.pk for row in self.olds])

    @property
    def change(self) -> dict[str, Any]:
        return {self.changes: self.afters[0]}

    def values(self, row: Any) -> dict[str, Any]:
        """A row's values by attribute, without those that Django or the database sets."""
        pk = self.model._meta.pk
        return {
            f.attname: getattr(row, f.attname)
            for f in self.model._meta.concrete_fields
            if not getattr(f, "auto_now_add", False) and (f is not pk or f.remote_field)
        }

    def changed(self) -> list[Any]:
        """The rows that are there, each with its new value, not saved."""
        rows = [copy.copy(row) for row in self.olds]
        for row, value in zip(rows, self.afters, strict=True):
            setattr(row, self.changes, value)
        return rows

    def owner(self, row: Any) -> tuple[Any, str] | None:
        """(a related manager, the foreign key's attribute) of a parent of this row."""
        for fk in self.model._meta.concrete_fields:
            if not isinstance(fk, ForeignKey) or isinstance(fk, OneToOneField):
                continue
            name = fk.remote_field.get_accessor_name()
            parent = getattr(row, fk.name) if name and not name.endswith("+") else None
            if parent is not None:
                return getattr(parent, name), fk.attname
        return None

    def loose_owner(self) -> Any:
        """The related manager whose rows may be taken out."""
        fk = self.model._meta.get_field(self.loose)
        return getattr(getattr(self.olds[0], self.loose), fk.remote_field.get_accessor_name())

    def columns(self, row: Any) -> tuple[list[str], list[Any]]:
        """Quoted columns and database values of a new row, as raw SQL sends them."""
        pk = self.model._meta.pk
        fields = [f for f in self.model._meta.concrete_fields if f is not pk or f.remote_field]
        return (
            [connection.ops.quote_name(f.column) for f in fields],
            [f.get_db_prep_save(f.pre_save(row, True), connection) for f in fields],
        )

    @property
    def table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    @property
    def column(self) -> Any:
        by = {f.attname: f for f in self.model._meta.concrete_fields}
        return by.get(self.changes) or self.model._meta.get_field(self.changes)


Do = Callable[[Case], object]


def awaited(method: Callable[..., Any], /, *args: Any, **values: Any) -> Any:
    """The answer of one of Django's asynchronous methods, on this thread's connection."""

    async def wait() -> Any:
        return await method(*args, **values)

    return async_to_sync(wait)()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to write: what it does to rows (I, U, D), and what it stands for."""

    name: str
    op: str
    do: Do
    uses: frozenset[str] = field(default_factory=frozenset)
    is_guarded: bool = False
    needs: str = ""  # "owner", "loose", "postgresql", "sqlite"
    needs_a_row: bool = False  # beside the new ones

    def is_for(self, case: Case) -> bool:
        """Whether the model and the database have this way at all."""
        if not case.olds and (self.op != "I" or self.needs_a_row):
            return False
        if self.needs == "owner":
            return bool(case.olds) and case.owner(case.olds[0]) is not None
        if self.needs == "loose":
            return bool(case.olds and case.loose)
        return self.needs in ("", connection.vendor)


WAYS: list[Way] = []


def way(
    name: str, op: str, *uses: str, guarded: bool = False, needs: str = "", row: bool = False
) -> Any:
    """Register a way under its name."""

    def register(do: Do) -> Do:
        WAYS.append(Way(name, op, do, frozenset(uses), guarded, needs, row))
        return do

    return register


def related(case: Case) -> tuple[Any, dict[str, Any]]:
    """The related manager of an owner, and a new row's values without its foreign key."""
    owner = case.owner(case.fresh[0])
    assert owner is not None
    values = case.values(case.news[0])
    del values[owner[1]]
    return owner[0], values


# --- the row itself ------------------------------------------------------------
way("save, new", "I", "save")(lambda c: c.news[0].save())
way("asave, new", "I", "asave")(lambda c: awaited(c.news[0].asave))
way("save, changed", "U", "save")(lambda c: c.changed()[0].save())
way("save with update_fields", "U", "save")(
    lambda c: c.changed()[0].save(update_fields=[c.column.name])
)
way("save_base, as a fixture does", "U", "save_base")(lambda c: c.changed()[0].save_base(raw=True))
way("delete of a row", "D", "delete")(lambda c: copy.copy(c.olds[0]).delete())
way("adelete of a row", "D", "adelete")(lambda c: awaited(copy.copy(c.olds[0]).adelete))

# --- the manager that the portal uses ------------------------------------------
way("create", "I", "create")(lambda c: c.manager.create(**c.values(c.news[0])))
way("acreate", "I", "acreate")(lambda c: awaited(c.manager.acreate, **c.values(c.news[0])))
way("get_or_create", "I", "get_or_create")(lambda c: c.manager.get_or_create(**c.values(c.news[0])))
way("aget_or_create", "I", "aget_or_create")(
    lambda c: awaited(c.manager.aget_or_create, **c.values(c.news[0]))
)
way("update_or_create, new", "I", "update_or_create")(
    lambda c: c.manager.update_or_create(**c.values(c.news[0]))
)
way("update_or_create, there", "U", "update_or_create")(
    lambda c: c.manager.update_or_create(pk=c.olds[0].pk, defaults=c.change)
)
way("aupdate_or_create, there", "U", "aupdate_or_create")(
    lambda c: awaited(c.manager.aupdate_or_create, pk=c.olds[0].pk, defaults=c.change)
)
way("manager.bulk_create", "I", "bulk_create", guarded=True)(
    lambda c: c.manager.bulk_create(c.news)
)
way("manager.bulk_update", "U", "bulk_update", guarded=True)(
    lambda c: c.manager.bulk_update(c.changed(), [c.column.name])
)
way("manager.update", "U", "update", guarded=True)(
    lambda c: c.manager.filter(pk=c.olds[0].pk).update(**c.change)
)
way("manager.delete", "D", "delete", guarded=True)(lambda c: c.guarded.delete())

# --- Django's own queryset, past every guard of the house ----------------------
way("bulk_create", "I", "bulk_create", "_batched_insert", "_insert")(
    lambda c: QuerySet(c.model).bulk_create(c.news)
)
way("abulk_create", "I", "abulk_create")(lambda c: awaited(QuerySet(c.model).abulk_create, c.news))
way("bulk_create, upsert", "U", "bulk_create")(
    lambda c: QuerySet(c.model).bulk_create(
        c.changed(),
        update_conflicts=True,
        unique_fields=[c.model._meta.pk.name],
        update_fields=[c.column.name],
    )
)
way("bulk_create, ignoring conflicts", "I", "bulk_create", row=True)(
    lambda c: QuerySet(c.model).bulk_create([*c.changed()[:1], *c.news[:1]], ignore_conflicts=True)
)
way("bulk_update", "U", "bulk_update")(
    lambda c: QuerySet(c.model).bulk_update(c.changed(), [c.column.name])
)
way("abulk_update", "U", "abulk_update")(
    lambda c: awaited(QuerySet(c.model).abulk_update, c.changed(), [c.column.name])
)
way("queryset.update", "U", "update")(lambda c: c.rows.filter(pk=c.olds[0].pk).update(**c.change))
way("queryset.aupdate", "U", "aupdate")(
    lambda c: awaited(c.rows.filter(pk=c.olds[0].pk).aupdate, **c.change)
)
way("queryset._update", "U", "_update")(
    lambda c: c.rows.filter(pk=c.olds[0].pk)._update(  # type: ignore[attr-defined]
        [(c.column, None, c.afters[0])]
    )
)
way("queryset.delete", "D", "delete")(lambda c: c.rows.delete())
way("queryset.adelete", "D", "adelete")(lambda c: awaited(c.rows.adelete))
way("queryset._raw_delete", "D", "_raw_delete")(
    lambda c: c.rows._raw_delete("default")  # type: ignore[attr-defined]
)


# --- related managers ----------------------------------------------------------
@way("related create", "I", "create", needs="owner")
def related_create(case: Case) -> None:
    manager, values = related(case)
    manager.create(**values)


@way("related get_or_create", "I", "get_or_create", needs="owner")
def related_get_or_create(case: Case) -> None:
    manager, values = related(case)
    manager.get_or_create(**values)


@way("related update_or_create", "I", "update_or_create", needs="owner")
def related_update_or_create(case: Case) -> None:
    manager, values = related(case)
    manager.update_or_create(**values)


@way("related add, one by one", "I", "add", needs="owner")
def related_add(case: Case) -> None:
    manager, _ = related(case)
    manager.add(case.news[0], bulk=False)


@way("related update", "U", "update", guarded=True, needs="owner")
def related_update(case: Case) -> None:
    owner = case.owner(case.olds[0])
    assert owner is not None
    owner[0].filter(pk=case.olds[0].pk).update(**case.change)


@way("related aadd, one by one", "I", "aadd", needs="owner")
def related_aadd(case: Case) -> None:
    manager, _ = related(case)
    awaited(manager.aadd, case.news[0], bulk=False)


way("related remove, one by one", "U", "remove", needs="loose")(
    lambda c: c.loose_owner().remove(c.olds[0], bulk=False)
)
way("related aremove", "U", "aremove", needs="loose")(
    lambda c: awaited(c.loose_owner().aremove, c.olds[0], bulk=False)
)
way("related clear, one by one", "U", "clear", needs="loose")(
    lambda c: c.loose_owner().clear(bulk=False)
)
way("related aclear", "U", "aclear", needs="loose")(
    lambda c: awaited(c.loose_owner().aclear, bulk=False)
)
way("related set, one by one", "U", "set", needs="loose")(
    lambda c: c.loose_owner().set([c.olds[1]], bulk=False)
)
way("related aset", "U", "aset", needs="loose")(
    lambda c: awaited(c.loose_owner().aset, [c.olds[1]], bulk=False)
)
way("related remove, at once", "U", "remove", guarded=True, needs="loose")(
    lambda c: c.loose_owner().remove(c.olds[0])
)
way("related clear, at once", "U", "clear", guarded=True, needs="loose")(
    lambda c: c.loose_owner().clear()
)


# --- fixtures ------------------------------------------------------------------
@way("loaddata, new", "I", "save_base")
def load_new(case: Case) -> None:
    row = case.news[0]
    if row.pk is None:
        row.pk = 10**7
    for item in case.model._meta.concrete_fields:
        if getattr(item, "auto_now_add", False):
            setattr(row, item.attname, timezone.now())
    _load(case, row)


@way("loaddata, there", "U", "save_base")
def load_there(case: Case) -> None:
    _load(case, case.changed()[0])


def _load(case: Case, row: Any) -> None:
    path = case.folder / "fixture.json"
    path.write_text(serializers.serialize("json", [row]), encoding="utf-8")
    call_command("loaddata", str(path), verbosity=0)


# --- raw SQL -------------------------------------------------------------------
def insert(case: Case, rows: list[Any], *, verb: str = "INSERT", ending: str = "") -> None:
    sent = [case.columns(row) for row in rows]
    line = f"({', '.join(['%s'] * len(sent[0][0]))})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{verb} INTO {case.table} ({', '.join(sent[0][0])}) "
            f"VALUES {', '.join([line] * len(sent))}{ending}",
            [value for _, values in sent for value in values],
        )


way("INSERT", "I")(lambda c: insert(c, c.news[:1]))
way("INSERT of many", "I")(lambda c: insert(c, c.news))


@way("INSERT … SELECT", "I")
def insert_select(case: Case) -> None:
    names, values = case.columns(case.news[0])
    casts = [
        f"CAST(%s AS {f.rel_db_type(connection) if f.remote_field else f.db_type(connection)})"
        if connection.vendor == "postgresql"
        else "%s"
        for f in case.model._meta.concrete_fields
        if f is not case.model._meta.pk or f.remote_field
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {case.table} ({', '.join(names)}) SELECT {', '.join(casts)}", values
        )


def upsert(case: Case, verb: str, ending: str) -> None:
    row = case.changed()[0]
    fields = case.model._meta.concrete_fields
    names = ", ".join(connection.ops.quote_name(f.column) for f in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{verb} INTO {case.table} ({names}) "
            f"VALUES ({', '.join(['%s'] * len(fields))}){ending}",
            [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields],
        )


@way("INSERT … ON CONFLICT DO UPDATE", "U")
def insert_on_conflict(case: Case) -> None:
    column = connection.ops.quote_name(case.column.column)
    key = connection.ops.quote_name(case.model._meta.pk.column)
    upsert(case, "INSERT", f" ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}")


way("INSERT OR REPLACE", "DI", needs="sqlite")(lambda c: upsert(c, "INSERT OR REPLACE", ""))


@way("UPDATE", "U")
def update(case: Case) -> None:
    _sql(case, f"UPDATE {case.table} SET {_column(case)} = %s WHERE {_key(case)} = %s", 1)


@way("UPDATE … FROM", "U")
def update_from(case: Case) -> None:
    kind = case.column.rel_db_type if case.column.remote_field else case.column.db_type
    cast = f"CAST(%s AS {kind(connection)})" if connection.vendor == "postgresql" else "%s"
    _sql(
        case,
        f"UPDATE {case.table} SET {_column(case)} = v.x FROM (SELECT {cast} AS x) AS v "
        f"WHERE {_key(case)} = %s",
        1,
    )


@way("UPDATE, executemany", "U")
def update_many(case: Case) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {case.table} SET {_column(case)} = %s WHERE {_key(case)} = %s",
            [
                [case.column.get_db_prep_save(value, connection), row.pk]
                for row, value in zip(case.olds, case.afters, strict=True)
            ],
        )


@way("DELETE", "D")
def delete(case: Case) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {case.table} WHERE {_key(case)} = %s", [case.olds[0].pk])


@way("DELETE of many", "D")
def delete_many(case: Case) -> None:
    marks = ", ".join(["%s"] * len(case.olds))
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {case.table} WHERE {_key(case)} IN ({marks})", [r.pk for r in case.olds]
        )


@way("WITH … UPDATE", "U", needs="postgresql")
def with_update(case: Case) -> None:
    _sql(
        case,
        f"WITH u AS (UPDATE {case.table} SET {_column(case)} = %s WHERE {_key(case)} = %s "
        "RETURNING 1) SELECT count(*) FROM u",
        1,
    )


@way("MERGE", "U", needs="postgresql")
def merge(case: Case) -> None:
    table = case.table
    with connection.cursor() as cursor:
        cursor.execute(
            f"MERGE INTO {table} USING (SELECT 1) AS s ON {table}.{_key(case)} = %s "
            f"WHEN MATCHED THEN UPDATE SET {_column(case)} = %s",
            [case.olds[0].pk, case.column.get_db_prep_save(case.afters[0], connection)],
        )


@way("COPY", "I", needs="postgresql")
def copy_in(case: Case) -> None:
    sent = [case.columns(row) for row in case.news]
    names = ", ".join(sent[0][0])
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {case.table} ({names}) FROM STDIN") as stream,
    ):
        for _, values in sent:
            stream.write_row(values)


def _column(case: Case) -> str:
    return connection.ops.quote_name(case.column.column)


def _key(case: Case) -> str:
    return connection.ops.quote_name(case.model._meta.pk.column)


def _sql(case: Case, sql: str, count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            sql, [case.column.get_db_prep_save(case.afters[0], connection), case.olds[0].pk]
        )
        assert cursor.rowcount == count
