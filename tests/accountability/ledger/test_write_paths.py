"""Every audited table × every way to write: one ledger row for each changed row, or a refusal.

What changed is told by the tables themselves, read before and after; the
images are made here anew from those rows, apart from the triggers' SQL.
One county serves the whole module; every case is undone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.models import QuerySet

from accountability import door
from accountability.door import Actor, DoorClosed, acting
from accountability.models import LedgerHead, LedgerLink, LedgerRow, RecordedQuerySet
from accountability.services import jobs
from accountability.trail.registry import Table, Treatment, tables
from reports.services import paper_files
from tasks.models import TaskItemGroupPermission
from tests.accountability.ledger.makers import Book, maker_of, prepare
from tests.accountability.ledger.test_triggers import settle
from tests.accountability.ledger.ways import WAYS, Case, Way
from tests.assurance import results
from tests.world import build

Rows = dict[str, dict[str, Any]]
REFUSALS = (DatabaseError, TypeError, DoorClosed)
KEPT = {name: (m, t) for name, (m, t) in tables().items() if t.treatment != Treatment.EXEMPT}
TALLY = {"cells": 0, "written": 0, "refused": 0, "wrong": 0}


# --- the world of this module ----------------------------------------------------
@pytest.fixture(scope="module")
def book(django_db_setup: None, django_db_blocker: Any) -> Iterator[Book]:
    """One county for all cases, never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            made = prepare(build())
        settle()
        yield made
        transaction.set_rollback(True)


@contextmanager
def undone() -> Iterator[None]:
    """A savepoint that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def opened(do: Callable[[], object]) -> None:
    """Do it through the open door."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        do()


@contextmanager
def nobody() -> Iterator[None]:
    """No actor: the door is shut and the database is told so."""
    token = door._act.set(None)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.actor', '', true)")
    try:
        yield
    finally:
        door._act.reset(token)


def case_of(book: Book, model: Any, entry: Table, folder: Path) -> Case:
    """Three rows that are there and three that are not, through the open door."""
    maker = maker_of(model)
    olds = [] if entry.stays_empty else [maker.make(book) for _ in range(3)]
    for row in olds:
        row.save()
    return Case(
        model=model,
        olds=[QuerySet(model).get(pk=row.pk) for row in olds],
        fresh=[maker.make(book) for _ in range(3)],
        changes=maker.changes,
        afters=[maker.after(book) for _ in range(3)] if olds else [],
        loose=maker.loose,
        folder=folder,
    )


# --- what the tables say -----------------------------------------------------------
def snapshot(table: str) -> Rows:
    """Every row of a table by its key, as the database itself has it."""
    model, _ = KEPT[table]
    assert model._meta.pk is not None
    key = model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL TIME ZONE 'UTC'")
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            rows = [as_written(text) for (text,) in cursor.fetchall()]
        else:
            names = [f.column for f in model._meta.concrete_fields]
            # The sign strips the declared type, and with it Django's conversion.
            columns = ", ".join(f'+"{name}"' for name in names)
            cursor.execute(f"SELECT {columns} FROM {table}")
            rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    return {str(row[key]): row for row in rows}


def image_of(table: str, row: dict[str, Any]) -> Any:
    """What the ledger should say of a row: its columns without secrets, or their digest."""
    model, entry = KEPT[table]
    shown = {
        f.column: row[f.column]
        for f in model._meta.concrete_fields
        if f.column not in entry.secrets
    }
    if entry.treatment == Treatment.AUDITED:
        return shown
    if connection.vendor == "postgresql":
        text = json.dumps(as_jsonb(shown), ensure_ascii=False, separators=(", ", ": "))
        text = NUMBER.sub(r"\1", text)
    else:
        text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def as_written(text: str) -> Any:
    """PostgreSQL keeps the noughts of a number, 1.00; so they are kept here, as marked text."""
    return json.loads(text, parse_float=lambda number: f"\0{number}\0")


NUMBER = re.compile(r'"\\u0000([^"\\]*)\\u0000"')  # what `as_written` marked, in JSON


def as_jsonb(value: Any) -> Any:
    """PostgreSQL's own order of keys: by length, then by bytes."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda k: (len(k.encode()), k.encode()))
        return {key: as_jsonb(value[key]) for key in keys}
    return [as_jsonb(v) for v in value] if isinstance(value, list) else value


def told(row: LedgerRow) -> Any:
    if KEPT[row.table][1].treatment == Treatment.HASH_ONLY:
        return row.image
    image = as_written(row.image) if connection.vendor == "postgresql" else json.loads(row.image)
    image.pop("_changed", None)
    return image


def expected_rows(
    before: dict[str, Rows], after: dict[str, Rows], *, replaces: bool
) -> list[tuple[str, str, str, Any]]:
    """(table, key, op, image) of each row that differs, in a fixed order."""
    found = []
    for table in before:
        was, now = before[table], after[table]
        for key in sorted(was.keys() | now.keys()):
            if was.get(key) == now.get(key):
                continue
            if key not in now or (replaces and key in was):
                found.append((table, key, "D", image_of(table, was[key])))
            if key not in was or (replaces and key in now):
                found.append((table, key, "I", image_of(table, now[key])))
            elif key in now:
                found.append((table, key, "U", image_of(table, now[key])))
    return sorted(found, key=repr)


# --- one case ------------------------------------------------------------------------
def watched(model: Any) -> list[str]:
    """The model's table and that of its history."""
    history = getattr(model, "history", None)
    names = [model._meta.db_table]
    return names if history is None else [*names, history.model._meta.db_table]


def is_refused(way: Way, case: Case, entry: Table) -> bool:
    """Whether the way must be refused, actor or not."""
    if entry.stays_empty or (entry.is_write_once and set(way.op) & {"U", "D"}):
        return True
    return way.is_guarded and isinstance(case.manager.get_queryset(), RecordedQuerySet)


def trial(way: Way, case: Case, *, with_actor: bool) -> tuple[Any, ...]:
    """(error, tables before, after, ledger rows) of one try, which is undone."""
    names = watched(case.model)
    before = {name: snapshot(name) for name in names}
    last = LedgerRow.objects.order_by("-id").values_list("id", flat=True)[0]
    error: Exception | None = None
    with undone():
        try:
            with transaction.atomic():
                if with_actor:
                    with acting(by=Actor.system("test"), reason="试验") as act:
                        act.unchanged()
                        way.do(case)
                else:
                    with nobody():
                        way.do(case)
                settle()
        except REFUSALS as refusal:
            error = refusal
        after = {name: snapshot(name) for name in names}
        rows = list(LedgerRow.objects.filter(id__gt=last).order_by("id").select_related("link"))
    return error, before, after, rows


def fault(way: Way, case: Case, entry: Table) -> str:
    """What is wrong with one way of writing one model, "" for nothing."""
    error, before, after, rows = trial(way, case, with_actor=True)
    if is_refused(way, case, entry):
        TALLY["refused"] += 1
        if error is None or before != after or rows:
            return f"not refused: {error!r}, {len(rows)} ledger rows"
    else:
        TALLY["written"] += 1
        if error is not None:
            return f"failed: {error!r}"
        wanted = expected_rows(before, after, replaces=way.op == "DI")
        if not any(name == case.model._meta.db_table for name, *_ in wanted):
            return "changed nothing"
        got = sorted(((r.table, r.key, r.op, told(r)) for r in rows), key=repr)
        if got != wanted:
            return f"ledger {got}, not {wanted}"
        if {op for name, _, op, _ in wanted if name == case.model._meta.db_table} != set(way.op):
            return f"is not {way.op}: {wanted}"
        if {r.actor for r in rows} != {"system:test"} or len({r.event for r in rows}) != 1:
            return "actor or event unknown"
        if "" in {r.event for r in rows} or not all(r.link.hash for r in rows):
            return "no event, or not on the chain"
    error, before, after, rows = trial(way, case, with_actor=False)
    if error is None or before != after or rows:
        return f"without an actor: {error!r}, {len(rows)} ledger rows"
    return ""


@pytest.mark.django_db
@pytest.mark.parametrize("table", sorted(KEPT))
def test_every_way_to_write_leaves_its_rows(book: Book, table: str, tmp_path: Path) -> None:
    model, entry = KEPT[table]
    wrong = []
    with undone():
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            case = case_of(book, model, entry, tmp_path)
        settle()
        for way in WAYS:
            if not way.is_for(case):
                continue
            TALLY["cells"] += 1
            if said := fault(way, case, entry):
                wrong.append(f"{way.name}: {said}")
    TALLY["wrong"] += len(wrong)
    save_tally()
    assert not wrong, "\n".join(wrong)


def save_tally() -> None:
    results.save(
        f"writes-{connection.vendor}",
        database=connection.vendor,
        models=len(KEPT),
        ways=sum(way.needs in ("", "owner", "loose", connection.vendor) for way in WAYS),
        **TALLY,
    )


@pytest.mark.django_db
def test_without_its_trigger_the_check_would_fail(book: Book, tmp_path: Path) -> None:
    model, entry = KEPT["accountability_unit"]
    with undone():
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            case = case_of(book, model, entry, tmp_path)
        settle()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("DROP TRIGGER ledger_write ON accountability_unit")
            else:
                cursor.execute('DROP TRIGGER "ledger_update_accountability_unit"')
        updates = [way for way in WAYS if way.op == "U" and way.is_for(case)]
        said = [fault(way, case, entry) for way in updates if not is_refused(way, case, entry)]
        assert len(said) > 10
        assert all(word.startswith("ledger ") for word in said), said


# --- many-to-many tables -------------------------------------------------------------
def many_to_many() -> list[Any]:
    return [
        field
        for model in sorted({m for m, _ in KEPT.values()}, key=lambda m: m._meta.label)
        for field in model._meta.local_many_to_many
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("field", many_to_many(), ids=str)
def test_many_to_many_tables_are_told_or_refused(book: Book, field: Any) -> None:
    through = field.remote_field.through._meta.db_table
    entry = KEPT[through][1]
    with undone():
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            row = maker_of(field.model).make(book)
            row.save()
            others = list(QuerySet(field.related_model).order_by("pk")[:3])
            here = getattr(row, field.name)
            accessor = field.remote_field.get_accessor_name()
            there = getattr(others[0], accessor) if accessor else None
        settle()
        for name, rows, do in (
            ("add", 2, lambda: here.add(*others[:2])),
            ("set", 3, lambda: here.set(others)),
            ("add from the other side", 1, lambda: there.add(row)),
        ):
            if name.endswith("side") and there is None:
                continue
            before, last = snapshot(through), LedgerRow.objects.order_by("-id")[0].pk
            with undone():
                try:
                    with acting(by=Actor.system("test")) as act, transaction.atomic():
                        act.unchanged()
                        do()
                except REFUSALS:
                    assert entry.stays_empty, name
                else:
                    assert not entry.stays_empty, name
                    got = LedgerRow.objects.filter(id__gt=last)
                    assert {r.table for r in got} == {through}
                    assert [r.op for r in got] == ["I"] * rows
                    after = snapshot(through)
                    for r in got:
                        assert told(r) == image_of(through, after[r.key])
                    if entry.is_write_once:
                        for undo in (
                            here.clear,
                            lambda: here.remove(others[0]),
                            lambda: here.set([]),
                        ):
                            with pytest.raises(DatabaseError):
                                opened(undo)
            with undone(), nobody(), pytest.raises(REFUSALS), transaction.atomic():
                do()
            assert snapshot(through) == before


# --- cascades ------------------------------------------------------------------------
@pytest.mark.nodb
def test_no_cascade_takes_a_row_that_may_exist() -> None:
    """Foreign keys protect; where Django's own cascade, the table stays empty or is exempt."""
    wrong = [
        f"{name}.{fk.name}"
        for name, (model, entry) in KEPT.items()
        for fk in model._meta.concrete_fields
        if fk.remote_field
        and fk.remote_field.on_delete not in (models.PROTECT, models.DO_NOTHING)
        and not entry.stays_empty
        and not (entry.is_write_once and fk.name == "history_user")
    ]
    assert not wrong, f"write a case for the cascade of {wrong}"


# --- what is only ever added to ----------------------------------------------------------
WRITE_ONCE = sorted(name for name, (_, entry) in KEPT.items() if entry.is_write_once)
LEDGER = [m._meta.db_table for m in (LedgerRow, LedgerLink)]


@pytest.mark.django_db
@pytest.mark.parametrize("table", [*WRITE_ONCE, *LEDGER])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_append_only_tables_refuse(book: Book, table: str, verb: str, tmp_path: Path) -> None:
    with undone(), acting(by=Actor.system("test")) as act, connection.cursor() as cursor:
        act.unchanged()
        if table in KEPT:
            case_of(book, *KEPT[table], tmp_path)
        settle()
        model = KEPT[table][0] if table in KEPT else LedgerRow
        column = "row_id" if table == LEDGER[1] else model._meta.concrete_fields[1].column
        sql = (
            f"UPDATE {table} SET {column} = {column}"
            if verb == "UPDATE"
            else f"DELETE FROM {table}"
        )
        cursor.execute(f"SELECT count(*) FROM {table}")
        count = cursor.fetchone()[0]
        assert count
        with pytest.raises(DatabaseError, match="ledger"), transaction.atomic():
            cursor.execute(sql)
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] == count


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("table", [*sorted(KEPT), *LEDGER, LedgerHead._meta.db_table])
def test_truncate_is_refused_everywhere(book: Book, table: str) -> None:
    with undone(), acting(by=Actor.system("test")) as act, connection.cursor() as cursor:
        act.unchanged()
        settle()
        with pytest.raises(DatabaseError, match="TRUNCATE of"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's own")
def test_sqlite_fires_triggers_for_what_replace_deletes(book: Book) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers")
        assert cursor.fetchone() == (1,)


# --- through a command and through a job ---------------------------------------------------
def everything() -> dict[str, Rows]:
    return {name: snapshot(name) for name in KEPT}


def check_all(before: dict[str, Rows], last: int, actor: str) -> None:
    """Every row that differs has its one ledger row, by this actor."""
    after = everything()
    rows = list(LedgerRow.objects.filter(id__gt=last))
    # A row written twice in one act has two rows; the last tells what it is now.
    newest = {(r.table, r.key): (r.op, told(r)) for r in rows}
    wanted = expected_rows(before, after, replaces=False)
    assert {(t, k) for t, k, _, _ in wanted} == set(newest)
    for table, key, op, image in wanted:
        assert newest[table, key][1] == image, (table, key)
        assert newest[table, key][0] in (op, "U"), (table, key)
    assert {r.actor for r in rows} == {actor}


@pytest.mark.django_db
def test_a_command_writes_with_its_actor(book: Book) -> None:
    with undone():
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            doomed = TaskItemGroupPermission.objects.order_by("id")[:2]
            assert len(doomed) == 2
            for grant in doomed:
                grant.delete()
        settle()
        before, last = everything(), LedgerRow.objects.order_by("-id")[0].pk
        with nobody():
            call_command("rebuild_grants", verbosity=0)
        settle()
        check_all(before, last, "system:command")
        written = LedgerRow.objects.filter(id__gt=last, table="tasks_taskitemgrouppermission")
        assert [row.op for row in written] == ["I", "I"]


@pytest.mark.django_db
def test_a_job_writes_with_its_actor_and_for_whom(book: Book) -> None:
    clerk = book.world.users["bangong"]
    with undone():
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            by = Actor(key=f"user:{clerk.pk}", name="张敏", user=clerk, county=clerk.county)
            job = paper_files.ask_export(by=by, paper=book.made.paper, kind="xlsx")
        settle()
        before, last = everything(), LedgerRow.objects.order_by("-id")[0].pk
        with nobody():
            done = jobs.run(job.pk)
        settle()
        assert done is not None
        assert done.state == "done", done.error
        check_all(before, last, "system:worker")
        rows = LedgerRow.objects.filter(id__gt=last)
        assert {r.on_behalf_of for r in rows} == {f"user:{clerk.pk}"}
        assert "accountability_storedfile" in {r.table for r in rows}
