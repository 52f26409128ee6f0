"""Verification: a clean book is sound; what was changed behind its back is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from accountability.door import Actor, acting
from accountability.models import LedgerRow, Unit
from accountability.trail import checkpoints, witness
from accountability.trail.install import install
from accountability.trail.verify import verify
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def rename(unit: Unit, short: str) -> None:
    with acting(by=Actor.system("test"), reason="更名") as act:
        unit.short_name = short
        unit.save()
        act.record("unit.edit", unit, summary="改简称")


@contextmanager
def behind_its_back() -> Iterator[Any]:
    """A database administrator at work: triggers off, actor or not."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield cursor
            cursor.execute("SET session_replication_role = DEFAULT")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
            yield cursor
            install()


def test_a_clean_book_is_sound(book: World) -> None:
    first = checkpoints.write(cause="定时")
    rename(book.units["县审计局"], "审计")
    second = checkpoints.write(cause="定时")
    assert first
    assert second
    assert second.number == 2
    assert checkpoints.write(cause="定时") is None
    report = verify()
    assert report.faults == []
    assert report.rows == LedgerRow.objects.count()
    assert report.witnessed == report.rows
    assert report.checkpoints == 2
    assert report.notes == []


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        ("UPDATE accountability_unit SET short_name = 'x' WHERE name = '县财政局'", "在账外被改动"),
        (
            "DELETE FROM accountability_groupmembership WHERE id = "
            "(SELECT max(id) FROM accountability_groupmembership)",
            "在账外被删除",
        ),
        (
            "UPDATE accountability_ledgerrow SET actor = 'user:1' WHERE id = "
            "(SELECT max(id) FROM accountability_ledgerrow)",
            "内容与摘要不一致",
        ),
        (
            "DELETE FROM accountability_ledgerlink WHERE id = "
            "(SELECT max(id) - 3 FROM accountability_ledgerlink)",
            "缺少记录",
        ),
        ("UPDATE accountability_auditevent SET summary = 'x'", "在账外被改动"),
        ("UPDATE accountability_historicalunit SET short_name = 'x'", "在账外被改动"),
    ],
)
def test_what_was_changed_behind_its_back_is_named(book: World, attack: str, expected: str) -> None:
    with behind_its_back() as cursor:
        cursor.execute(attack)
    report = verify()
    assert any(expected in fault.sentence() for fault in report.faults), report.faults


def test_a_cut_tail_shows_against_the_witness(book: World) -> None:
    with behind_its_back() as cursor:
        cursor.execute("SELECT seq FROM accountability_ledgerhead WHERE chain <> 0")
        last = cursor.fetchone()[0]
        cursor.execute(
            "SELECT row_id FROM accountability_ledgerlink WHERE chain <> 0 AND seq = %s", [last]
        )
        row = cursor.fetchone()[0]
        cursor.execute("DELETE FROM accountability_ledgerlink WHERE row_id = %s", [row])
        cursor.execute("DELETE FROM accountability_ledgerrow WHERE id = %s", [row])
        cursor.execute(
            "UPDATE accountability_ledgerhead SET seq = seq - 1, hash = (SELECT hash FROM "
            "accountability_ledgerlink l WHERE l.chain = accountability_ledgerhead.chain "
            "AND l.seq = accountability_ledgerhead.seq - 1) WHERE chain <> 0"
        )
    assert any("截断" in fault.sentence() for fault in verify().faults)


def test_a_missing_trigger_is_named(book: World) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE accountability_unit DISABLE TRIGGER ledger_write")
        else:
            cursor.execute('DROP TRIGGER "ledger_update_accountability_unit"')
    try:
        assert any("触发器" in fault.sentence() for fault in verify().faults)
    finally:
        install()


def test_a_forged_checkpoint_is_named(book: World, outside: Path) -> None:
    checkpoints.write(cause="定时")
    file = outside / "checkpoints.jsonl"
    file.write_text(file.read_text().replace("定时", "另外"))
    assert any("签名不正确" in fault.sentence() for fault in verify().faults)


def test_the_command_names_the_first_fault_and_exits_1(
    book: World, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("verify_ledger")
    assert "完整性校验通过" in capsys.readouterr().out
    with behind_its_back() as cursor:
        cursor.execute("UPDATE accountability_unit SET short_name = 'x' WHERE name = '县财政局'")
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    key = str(book.units["县财政局"].pk)
    said = capsys.readouterr().out
    assert "accountability_unit" in said
    assert f"{key} 号" in said


def test_the_product_has_no_flush(settings: Settings, db: None) -> None:
    settings.RESET_FOR_TESTS = ""
    with pytest.raises(CommandError):
        call_command("flush", "--noinput")
    settings.RESET_FOR_TESTS = "tests.reset.reset"


def test_the_witness_is_told_in_order(book: World, outside: Path) -> None:
    lines = (outside / "links.txt").read_text().splitlines()
    assert len(lines) == LedgerRow.objects.count()
    for chain, links in witness.told().items():
        assert list(links) == list(range(1, len(links) + 1)), chain
