"""What verification reads beside the rows: SM3, triggers by their text, torn files, old shapes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from accountability.door import Actor, acting
from accountability.models import LedgerRow
from accountability.trail import append_only, checkpoints, definitions, witness
from accountability.trail.install import append, engine, install, note_schema, shape
from accountability.trail.registry import tables
from accountability.trail.verify import Report, verify
from tests.accountability.ledger.test_verify import behind_its_back, rename
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
UNIT, HISTORY = "accountability_unit", "accountability_historicalunit"


def said(report: Report) -> str:
    return "\n".join(fault.sentence() for fault in report.faults)


# --- SM3 ---------------------------------------------------------------------
def test_the_second_digest_is_checked_too(book: World, outside: Path) -> None:
    first = checkpoints.write(cause="定时")
    assert first
    heads = tuple(replace(head, sm3="ab" * 32) if head.chain else head for head in first.heads)
    forged = replace(first, heads=heads)
    signed = replace(forged, signature=checkpoints.signing_key().sign(forged.message()).hex())
    (outside / "checkpoints.jsonl").write_text(signed.line() + "\n")
    assert "国密摘要（SM3）不一致" in said(verify())


def test_sm3_goes_on_from_checkpoint_to_checkpoint(book: World) -> None:
    for name in ("甲", "乙", "丙"):
        checkpoints.write(cause="定时")
        rename(book.units["县审计局"], name)
    checkpoints.write(cause="定时")
    assert verify().faults == []


# --- triggers ------------------------------------------------------------------
def hollow() -> None:
    """Put a trigger that does nothing in the place of the one that tells of units."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION ledger_w_{UNIT}() RETURNS trigger LANGUAGE plpgsql "
                "SECURITY DEFINER SET search_path = public, pg_temp SET TimeZone = 'UTC' "
                "AS $$ BEGIN RETURN NULL; END $$"
            )
        else:
            cursor.execute(f'DROP TRIGGER "ledger_update_{UNIT}"')
            cursor.execute(
                f'CREATE TRIGGER "ledger_update_{UNIT}" AFTER UPDATE ON "{UNIT}" '
                "FOR EACH ROW BEGIN SELECT 1; END"
            )


def test_a_hollow_trigger_is_named_even_when_the_note_was_made_anew(book: World) -> None:
    hollow()
    note_schema()
    try:
        found = said(verify())
    finally:
        install()
    name = f"ledger_w_{UNIT}" if connection.vendor == "postgresql" else f"ledger_update_{UNIT}"
    assert f"{name} 被停用或改动" in found
    assert verify().faults == []


def test_a_missing_rule_of_separation_is_named(book: World) -> None:
    with connection.cursor() as cursor:
        on = " ON accountability_rolegrant" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER ledger_separation_own_insert{on}")
    try:
        assert "触发器 ledger_separation_own_insert 缺失" in said(verify())
    finally:
        install()


def test_a_foreign_trigger_is_named(book: World) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE TRIGGER quiet BEFORE DELETE ON {UNIT} FOR EACH ROW "
                "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
            )
        else:
            cursor.execute(f"CREATE TRIGGER quiet BEFORE DELETE ON {UNIT} BEGIN SELECT 1; END")
    try:
        assert "触发器 quiet 不是本系统所建" in said(verify())
    finally:
        with connection.cursor() as cursor:
            on = f" ON {UNIT}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER quiet{on}")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="rules are PostgreSQL's own")
def test_a_rule_that_swallows_writes_is_named(book: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE RULE quiet AS ON UPDATE TO {UNIT} DO INSTEAD NOTHING")
        try:
            assert "quiet 不是本系统所建" in said(verify())
        finally:
            cursor.execute(f"DROP RULE quiet ON {UNIT}")


def test_every_installed_definition_is_the_registrys(book: World) -> None:
    assert definitions.expected() == definitions.installed()
    assert len(definitions.expected()) > 2 * len(tables())


# --- files that were cut off ------------------------------------------------------
@pytest.mark.parametrize("name", ["links.txt", "checkpoints.jsonl"])
def test_a_torn_last_line_is_told_and_the_next_write_goes_on(
    book: World, outside: Path, name: str
) -> None:
    checkpoints.write(cause="定时")
    with (outside / name).open("ab") as file:
        file.write('{"heads":[{"chain":0,"县'.encode()[:-1])
    report = verify()
    assert report.faults == []
    assert "末行不完整" in report.notes[0]
    rename(book.units["县审计局"], "审计")
    checkpoints.write(cause="定时")
    report = verify()
    assert report.faults == []
    assert "写入中断的残留" in report.notes[0]
    assert report.checkpoints == 2
    assert report.witnessed == LedgerRow.objects.count()


def test_a_last_line_that_is_no_checkpoint_is_a_fault(book: World, outside: Path) -> None:
    checkpoints.write(cause="定时")
    file = outside / "checkpoints.jsonl"
    file.write_text(file.read_text().replace("{", "(", 1))
    assert "无法识别，其后没有存证点接续" in said(verify())
    rename(book.units["县审计局"], "审计")
    assert checkpoints.write(cause="定时") is not None


def test_the_first_checkpoint_may_not_be_missing(book: World, outside: Path) -> None:
    checkpoints.write(cause="定时")
    rename(book.units["县审计局"], "审计")
    checkpoints.write(cause="定时")
    file = outside / "checkpoints.jsonl"
    file.write_text(file.read_text().splitlines()[1] + "\n")
    assert "之前的存证点缺失" in said(verify())


def test_a_witness_that_passes_a_row_over_is_a_fault(book: World, outside: Path) -> None:
    file = outside / "links.txt"
    lines = file.read_text().splitlines()
    file.write_text("".join(f"{line}\n" for line in (*lines[:3], *lines[4:])))
    assert "见证文件缺少这一条" in said(verify())


def test_telling_the_witness_costs_the_same_however_long_the_book_is(
    book: World, outside: Path, django_assert_num_queries: Any
) -> None:
    """A county that stands still holds nobody up, and of the file its end alone is read."""
    file = outside / "links.txt"
    told = file.read_text().splitlines()
    assert len({line.split()[0] for line in told}) == 2  # the installation's chain, the county's
    with connection.cursor() as cursor:  # the installation's stands still from here on
        cursor.execute("SELECT count(*) FROM accountability_ledgerlink")
        assert cursor.fetchone()[0] == len(told)
    for name in ("甲", "乙", "丙"):
        rename(book.units["县审计局"], name)
    many = len(file.read_text().splitlines())
    assert many > len(told)
    # As another process does: this one knows nothing of these lines.
    with file.open("a") as other:
        other.write("77 1 " + "0" * 64 + "\n")
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        unit = book.units["县审计局"]
        unit.short_name = "丁"
        unit.save()
        settings_file, settings.LEDGER_WITNESS_FILE = settings.LEDGER_WITNESS_FILE, ""
    settings.LEDGER_WITNESS_FILE = settings_file
    with django_assert_num_queries(2):  # the heads, and the links of one chain
        assert witness.pump(limit=1) == 1
    witness.pump()
    assert witness.pump() == 0
    lines = file.read_text().splitlines()
    assert len(set(lines)) == len(lines)
    place, ends = witness._known[str(file)]
    assert place == file.stat().st_size
    assert ends[77] == 1


def test_lines_begin_anew_after_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("one\ntw")
    assert append_only.is_torn(path)
    assert append_only.append(path, lambda file: []) == 0
    assert path.read_text() == "one\ntw"
    assert append_only.append(path, lambda file: ["two", "three"]) == 2
    assert list(append_only.lines(path)) == ["one", "tw", "two", "three"]
    assert append_only.last_line(path) == "three"


# --- columns that came later ---------------------------------------------------------
def enter(table: str, key: str, op: str, image: str) -> None:
    """A ledger row as the table's trigger would have written it at another time."""
    with acting(by=Actor.system("migration")) as act, connection.cursor() as cursor:
        act.unchanged()
        append(connection, cursor, chain=0, table=table, key=key, op=op, image=image)


def test_a_column_added_or_dropped_later_is_no_alarm(book: World) -> None:
    unit = book.units["县财政局"]
    row = LedgerRow.objects.filter(table=UNIT, key=str(unit.pk)).latest("id")
    image = json.loads(row.image)
    del image["pinyin"]
    enter(UNIT, str(unit.pk), "U", json.dumps({**image, "fax": "1"}, ensure_ascii=False))
    assert verify().faults == []
    enter(UNIT, str(unit.pk), "U", json.dumps({**image, "name": "县乙局"}, ensure_ascii=False))
    assert "内容在账外被改动：name" in said(verify())


def older_digest(columns: list[str], key: str) -> str:
    model, entry = tables()[HISTORY]
    image = engine(connection).image_sql(model, entry, "t", columns=columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {image} FROM {HISTORY} t WHERE history_id = %s", [int(key)])
        return str(cursor.fetchone()[0])


def test_a_digest_over_fewer_columns_is_made_again(book: World) -> None:
    model, _ = tables()[HISTORY]
    columns = json.loads(shape(model))
    without = [c for c in columns if c != "short_name"]
    key = str(LedgerRow.objects.filter(table=HISTORY, op="I").latest("id").key)
    enter(HISTORY, "", "S", json.dumps(without, separators=(",", ":")))
    enter(HISTORY, key, "I", older_digest(without, key))
    enter(HISTORY, "", "S", shape(model))
    assert verify().faults == []
    with behind_its_back() as cursor:
        cursor.execute(f"UPDATE {HISTORY} SET name = 'x' WHERE history_id = %s", [int(key)])
    assert f"{HISTORY} 表 {key} 号：内容在账外被改动" in said(verify())


def test_a_digest_over_columns_that_are_no_more_is_counted_not_alarmed(book: World) -> None:
    model, _ = tables()[HISTORY]
    columns = json.loads(shape(model))
    keys = [str(row.key) for row in LedgerRow.objects.filter(table=HISTORY).order_by("-id")[:2]]
    old = hashlib.sha256(b"of a column that is no more").hexdigest()
    enter(HISTORY, "", "S", json.dumps([*columns, "fax"], separators=(",", ":")))
    enter(HISTORY, keys[0], "I", old)
    enter(HISTORY, "", "S", shape(model))
    report = verify()
    assert (report.faults, report.unchecked) == ([], 1)
    enter(HISTORY, keys[1], "I", old)
    report = verify()
    assert f"{HISTORY} 表 {keys[1]} 号：内容在账外被改动" in said(report)
    assert report.unchecked == 1
