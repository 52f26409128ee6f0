"""The tamper campaign at a twentieth; `make assurance` runs it whole."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from accountability.door import Actor, acting
from accountability.models import Person, Unit
from accountability.services import audit, bulk
from accountability.trail import checkpoints
from accountability.trail.verify import verify
from tests.accountability.ledger.tamper import Tally, campaign
from tests.accountability.ledger.test_verify import rename
from tests.assurance import results
from tests.world import World, build

pytestmark = [pytest.mark.campaign, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def book(tmp_path: Path, settings: Settings) -> World:
    """A county's book with two checkpoints, and rows after the last that only the witness knows."""
    settings.LEDGER_KEY_FILE = str(tmp_path / "key")
    settings.LEDGER_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    settings.LEDGER_WITNESS_FILE = str(tmp_path / "links.txt")
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        world = build()
    checkpoints.write(cause="定时")
    for name in ("财政", "县财", "财政局"):
        rename(world.units["县财政局"], name)
    checkpoints.write(cause="定时")
    for name in ("审计", "县审", "审计局", "审局"):
        rename(world.units["县审计局"], name)
    return world


def test_every_attack_is_found_and_both_verifiers_agree(
    book: World, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("PORTAL_SEED", random.randrange(10**9)))
    began = time.monotonic()

    def tell(tally: Tally) -> None:
        results.save(
            f"tamper-{results.database()}",
            database=results.database(),
            seed=seed,
            rows=tally.rows(),
            asked_twice=tally.asked_twice,
            disagreements=len(tally.disagreements),
            minutes=round((time.monotonic() - began) / 60, 1),
        )

    tally = campaign(attacks=results.MUTATIONS // results.SHARE, seed=seed, tell=tell)
    with capsys.disabled():
        print(f"\ntamper campaign, seed {seed}")
        print("\n".join(tally.lines()))
    assert tally.missed == []
    assert tally.disagreements == []
    assert sum(tally.found.values()) == tally.total


def change_people(world: World, number: int) -> None:
    with acting(by=Actor.system("test")) as act:
        person = Person(county=world.county, name=f"人员{number}", note=str(number))
        person.save()
        act.record("person.create", person, summary="新增人员", units=[world.units["县财政局"]])


def change_many(world: World, number: int) -> None:
    units = list(Unit.objects.order_by("id"))
    for unit in units:
        unit.precedence += 1
        unit.valid_to = date(2040, 1, 1) if number % 3 else None
    with acting(by=Actor.system("test"), reason="调整顺序") as act:
        bulk.update(units, ["precedence", "valid_to"])
        act.record("unit.edit", units[0], summary="调整顺序")


def refuse(world: World, number: int) -> None:
    audit.record_denial(by=Actor.system("test"), action="denied", sentence=f"第 {number} 次拒绝")


def change_name(world: World, number: int) -> None:
    rename(world.units["县审计局"], f"审计{number}")


WORK: tuple[Callable[[World, int], None], ...] = (
    change_name,
    change_people,
    change_name,
    refuse,
    change_name,
    change_people,
    change_name,
    change_many,
)


def test_no_clean_run_alarms(book: World) -> None:
    """Ordinary work between verifications: not one of them finds fault."""
    runs = results.CLEAN_RUNS // results.SHARE
    alarms = 0
    for number in range(runs):
        WORK[number % len(WORK)](book, number)
        if number % 25 == 0:
            checkpoints.write(cause="定时")
        report = verify(check_triggers=number % 20 == 0)
        alarms += bool(report.faults)
        assert report.faults == [], report.faults
        if number % 100 == 99 or number == runs - 1:
            results.save(
                f"clean-{connection.vendor}",
                database=connection.vendor,
                runs=number + 1,
                alarms=alarms,
                rows=report.rows,
                checkpoints=report.checkpoints,
            )
