"""What the database itself writes down of every change, on both databases."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from accountability.door import Act, Actor, acting
from accountability.ledger.canonical import Entry, genesis, link_hash, row_hash
from accountability.models import (
    AuditEvent,
    County,
    LedgerHead,
    LedgerLink,
    LedgerRow,
    Unit,
    User,
)
from accountability.services import bulk
from tests.world import World

pytestmark = pytest.mark.django_db


def settle() -> None:
    """On PostgreSQL the links are written at commit; inside a test, ask for them now."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def rows(table: str, op: str | None = None) -> list[LedgerRow]:
    found = LedgerRow.objects.filter(table=table).order_by("id")
    return list(found.filter(op=op) if op else found)


def a_unit(county: County, name: str = "县甲局") -> Unit:
    return Unit(county=county, name=name, kind="gov_department", valid_from=date(2026, 1, 1))


def test_each_change_is_one_row_with_actor_image_and_event(system: Actor, county: County) -> None:
    before = LedgerRow.objects.filter(table="accountability_unit").count()
    with acting(by=system, reason="试验") as act:
        unit = a_unit(county)
        unit.save()
        unit.short_name = "甲局"
        unit.save()
        act.record("unit.create", unit, summary="新建")
    found = rows("accountability_unit")[before:]
    assert [r.op for r in found] == ["I", "U"]
    assert {r.actor for r in found} == {"system:test"}
    assert {r.event for r in found} == {act.id}
    assert {r.chain for r in found} == {county.pk}
    assert json.loads(found[0].image)["short_name"] == ""
    assert json.loads(found[1].image)["short_name"] == "甲局"
    assert found[1].key == str(unit.pk)


def test_the_database_and_the_core_compute_the_same_bytes(world: World) -> None:
    settle()
    for chain in LedgerHead.objects.all():
        link = genesis(chain.chain)
        seq = 0
        for stored in (
            LedgerLink.objects.filter(chain=chain.chain).order_by("seq").select_related("row")
        ):
            row = stored.row
            entry = Entry(
                row.table,
                row.key,
                row.op,
                row.image,
                row.actor,
                row.on_behalf_of,
                row.event,
                row.at,
            )
            seq += 1
            link = link_hash(link, row_hash(entry))
            assert row.row_hash == row_hash(entry)
            assert (stored.seq, stored.hash) == (seq, link)
        assert (chain.seq, chain.hash) == (seq, link)
    assert LedgerRow.objects.count() == LedgerLink.objects.count()


def test_raw_sql_without_an_actor_is_refused(county: County) -> None:
    # The fixture's door is still open in this test; a foreign actor is none.
    from accountability import door

    token = door._act.set(None)
    try:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.actor', '', true)")
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE accountability_county SET short_name = 'x'")
    finally:
        door._act.reset(token)
    assert County.objects.get().short_name == "测试"


def test_raw_sql_with_an_actor_is_written_down(door: Act, county: County) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accountability_county SET short_name = 'x'")
    last = rows("accountability_county")[-1]
    assert (last.op, last.actor, json.loads(last.image)["short_name"]) == ("U", "system:test", "x")


def test_bulk_writes_are_one_row_each(door: Act, county: County) -> None:
    units = bulk.create([a_unit(county, f"县{n}局") for n in "甲乙丙"])
    assert [r.key for r in rows("accountability_unit", "I")] == [str(u.pk) for u in units]
    assert len(rows("accountability_historicalunit", "I")) == 3


def test_history_is_in_the_ledger_by_digest_alone(door: Act, county: County) -> None:
    a_unit(county).save()
    assert len(rows("accountability_historicalunit")[-1].image) == 64


def test_secrets_are_in_no_image(door: Act, world: World) -> None:
    user = world.users["bangong"]
    user.set_password("another-Pass-4711")
    user.save()
    image = rows("accountability_user")[-1].image
    assert "password" not in json.loads(image)
    assert json.loads(image)["_changed"] == "password"
    assert user.password not in image
    user.save()
    assert "_changed" not in json.loads(rows("accountability_user")[-1].image)
    assert not any(
        "password" in r.image and "_changed" not in r.image for r in rows("accountability_user")
    )
    assert User.objects.count()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accountability_ledgerrow SET actor = 'user:1'",
        "DELETE FROM accountability_ledgerrow",
        "UPDATE accountability_ledgerlink SET seq = seq + 1",
        "DELETE FROM accountability_ledgerlink",
        "UPDATE accountability_auditevent SET summary = 'x'",
        "DELETE FROM accountability_auditevent",
        "UPDATE accountability_historicalcounty SET name = 'x'",
        "DELETE FROM accountability_historicalcounty",
    ],
)
def test_ledger_events_and_history_refuse_change(door: Act, county: County, sql: str) -> None:
    door.record("test", county, summary="一件事")
    settle()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert AuditEvent.objects.get(action="test").summary == "一件事"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_truncate_is_refused(door: Act, county: County) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE accountability_county CASCADE")


def test_each_county_has_its_own_chain(world: World) -> None:
    settle()
    chains = set(LedgerHead.objects.values_list("chain", flat=True))
    assert chains == {0, world.county.pk}
    tables = set(LedgerRow.objects.filter(chain=0).exclude(op="S").values_list("table", flat=True))
    assert tables == set()
