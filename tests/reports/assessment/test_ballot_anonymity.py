"""No way from code to vote or from voter to ballot, by whatever the database remembers.

Each vote here has a pattern that no other has, so that the test knows whose it is;
then everything is tried that could tell it too: every value of every table, the
places of the rows in their files (rowid, ctid), the transactions that wrote or locked
them (xmin, xmax), trail, ledger, history, sessions, witness, and after the sweep the
bytes of the file itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from reports.models import Ballot, BallotBlank, BallotCode, BallotTally, SealedVote
from reports.services import ballot_counting, ballot_sweeping, ballot_voting
from tests.world import World

from .polls import opened
from .rounds import TODAY, actor

pytestmark = pytest.mark.django_db(transaction=True)
VOTES = 24
CODES, BLANKS = BallotCode._meta.db_table, BallotBlank._meta.db_table
PLACE = {"sqlite": "rowid", "postgresql": "ctid::text, xmin::text, xmax::text"}


def pattern(number: int) -> tuple[int, ...]:
    """The vote of voter `number`: no two alike, the first half "满意" in the first aspect."""
    return (0 if number < VOTES // 2 else 1, number // 16, number // 4 % 4, number % 4)


def dump(*, places: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, with what the database itself notes of it where asked."""
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(connection.introspection.table_names(cursor)):
            extra = f"{PLACE[connection.vendor]}, " if places else ""
            cursor.execute(f'SELECT {extra}t.* FROM "{name}" t')
            heads = [column[0] for column in cursor.description]
            found[name] = [dict(zip(heads, row, strict=True)) for row in cursor.fetchall()]
    return found


def as_text(tables: dict[str, list[dict[str, Any]]], *, but: tuple[str, ...] = ()) -> str:
    return json.dumps({k: v for k, v in tables.items() if k not in but}, default=str)


def ranks(values: list[Any]) -> list[int]:
    order = sorted(range(len(values)), key=lambda n: values[n])
    found = [0] * len(values)
    for rank, place in enumerate(order):
        found[place] = rank
    return found


def likeness(values: list[Any]) -> float:
    """Spearman's rho of `values` against their order; above .85 by chance once in 10^6."""
    n = len(values)
    squares = sum((rank - place) ** 2 for place, rank in enumerate(ranks(values)))
    return abs(1 - 6 * squares / (n * (n * n - 1)))


def place_of(row: dict[str, Any]) -> Any:
    """Where a row lies in its file."""
    if connection.vendor == "sqlite":
        return row["rowid"]
    page, line = row["ctid"].strip("()").split(",")
    return int(page), int(line)


def poll(world: World) -> tuple[Ballot, list[str]]:
    return opened(world, VOTES + 2, aspects="甲\n乙\n丙\n丁")


def vote_all(codes: list[str]) -> None:
    for number in range(VOTES):
        ballot_voting.cast(code=codes[number], answers=pattern(number))


def test_a_vote_in_a_browser_changes_two_tables_and_no_other(
    world: World, signed_in: Callable[[str], Client], tmp_path: Path, settings: Settings
) -> None:
    settings.LEDGER_WITNESS_FILE = str(tmp_path / "links.txt")
    row, codes = poll(world)
    witness = (tmp_path / "links.txt").read_bytes() if (tmp_path / "links.txt").exists() else b""
    client = signed_in("liuhe")  # in whose browser he votes says nothing either
    for number in range(3):
        before = dump()
        client.post(reverse("vote"), {"code": codes[number]})
        assert dump() == before  # to look at the paper writes nothing
        sent = {f"a{n}": str(o) for n, o in enumerate(pattern(number))}
        done = client.post(reverse("vote"), {"code": codes[number], "cast": "1", **sent})
        assert done["Location"] == reverse("vote_done")
        after = dump()
        assert {name for name in after if after[name] != before[name]} == {CODES, BLANKS}
        gone = [r for r in before[CODES] if r not in after[CODES]]
        assert [r["digest"] for r in gone] == [ballot_voting.digest_of(codes[number])]
        assert len(after[CODES]) == len(before[CODES]) - 1
        keys = {r["key"]: r["choices"] for r in before[BLANKS]}
        filled = [r for r in after[BLANKS] if r["choices"] != keys.pop(r["key"])]
        assert [r["choices"] for r in filled] == [",".join(map(str, pattern(number)))]
        assert keys == {}
    refused = client.post(reverse("vote"), {"code": codes[0], "cast": "1", "a0": "1"})
    assert refused.status_code == 404
    assert dump() == after  # no event tells who tried it again
    path = tmp_path / "links.txt"
    assert (path.read_bytes() if path.exists() else b"") == witness
    assert Ballot.history.filter(id=row.pk).count() == 3  # prepared, issued, opened


def test_while_people_vote_no_value_place_or_transaction_joins(world: World) -> None:
    _, codes = poll(world)
    vote_all(codes)
    tables = dump(places=True)
    blanks = {r["choices"]: r for r in tables[BLANKS]}
    mine = [blanks[",".join(map(str, pattern(n)))] for n in range(VOTES)]
    text = as_text(tables)
    for code in codes[:VOTES]:
        assert code not in text
        assert code.replace("-", "") not in text
        assert ballot_voting.digest_of(code) not in text
    others = as_text(tables, but=(BLANKS,))
    for row in mine:
        assert row["key"] not in others
        assert row["choices"] not in others
    assert likeness([r["key"] for r in mine]) < 0.85
    assert likeness([place_of(r) for r in mine]) < 0.85
    # What is left of the codes lies as their digests do, not as the slips were printed.
    left = sorted(tables[CODES], key=place_of)
    assert [r["digest"] for r in left] == sorted(r["digest"] for r in left)
    if connection.vendor == "postgresql":
        # One transaction wrote them all, the last; it left its mark on no other row.
        writers = {r["xmin"] for r in tables[BLANKS]}
        assert len(writers) == 1
        marked = {
            name for name, rows in tables.items() for r in rows if {r["xmin"], r["xmax"]} & writers
        }
        assert marked == {BLANKS}
        assert {r["xmax"] for r in tables[BLANKS]} == {"0"}


def test_after_the_count_the_answers_of_a_vote_stand_apart_and_in_no_order(world: World) -> None:
    row, codes = poll(world)
    vote_all(codes)
    keys = list(BallotBlank.objects.values_list("key", flat=True))
    done = ballot_counting.close(by=actor(world, "bangong"), ballot=row, on=TODAY)
    assert done.valid == VOTES
    assert {f.name for f in SealedVote._meta.fields} == {"key", "ballot", "aspect", "option"}
    tables = dump(places=True)
    text = as_text(tables)
    for secret in [*keys, *map(ballot_voting.digest_of, codes)]:
        assert secret not in text
    for number in range(VOTES):
        assert f'"{",".join(map(str, pattern(number)))}"' not in text
    sealed = sorted(tables[SealedVote._meta.db_table], key=place_of)
    assert len(sealed) == VOTES * 4
    for order in (sealed, sorted(sealed, key=lambda r: r["key"])):
        first = [r["option"] for r in order if r["aspect"] == 0]
        # In order of voting: twelve, then twelve. By chance so few changes once in 10^5.
        assert sum(a != b for a, b in pairwise(first)) >= 3
        assert [r["aspect"] for r in order] != sorted(r["aspect"] for r in order)
    if connection.vendor == "postgresql":
        assert len({r["xmin"] for r in sealed}) == 1


def test_the_sweep_leaves_nothing_in_the_files(world: World) -> None:
    row, codes = poll(world)
    vote_all(codes)
    keys = list(BallotBlank.objects.values_list("key", flat=True))
    ballot_counting.close(by=actor(world, "bangong"), ballot=row, on=TODAY)
    ballot_sweeping.sweep()
    assert not any(m.objects.exists() for m in (BallotCode, BallotBlank, BallotTally))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in (CODES, BLANKS):
                cursor.execute("SELECT pg_relation_size(%s::regclass)", [name])
                assert cursor.fetchone() == (0,)
        return
    path = Path(connection.settings_dict["NAME"])
    data = path.read_bytes() + Path(f"{path}-wal").read_bytes()
    assert row.title.encode() in data
    for secret in [*keys, *map(ballot_voting.digest_of, codes)]:
        assert secret.encode() not in data
    for number in range(VOTES):
        assert ",".join(map(str, pattern(number))).encode() not in data


def test_a_sweep_keeps_what_is_still_open(world: World) -> None:
    row, codes = poll(world)
    ballot_voting.cast(code=codes[0], answers=pattern(0))
    before = sorted(BallotBlank.objects.values_list("key", "choices"))
    ballot_sweeping.sweep()
    assert sorted(BallotBlank.objects.values_list("key", "choices")) == before
    ballot_voting.cast(code=codes[1], answers=pattern(1))
    assert BallotBlank.objects.filter(ballot=row).exclude(choices="").count() == 2


def test_the_portals_own_role_may_sweep_and_may_not_empty_by_hand(world: World) -> None:
    if connection.vendor != "postgresql":
        assert "ballot_sweep" not in dump()
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.prosecdef, has_function_privilege('public', p.oid, 'EXECUTE'), "
            "p.proowner = c.relowner FROM pg_proc p, pg_class c "
            "WHERE p.proname = 'ballot_sweep' AND c.relname = %s",
            [BLANKS],
        )
        assert cursor.fetchall() == [(True, False, True)]
        if settings.DATABASE_APP_ROLE:
            cursor.execute(
                "SELECT has_function_privilege(%s, 'ballot_sweep()', 'EXECUTE')",
                [settings.DATABASE_APP_ROLE],
            )
            assert cursor.fetchone() == (True,)
