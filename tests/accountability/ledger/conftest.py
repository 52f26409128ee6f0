"""A book of its own for each test of verification: key, checkpoints and witness in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from accountability.door import Actor, acting
from tests.accountability.ledger.test_verify import rename
from tests.world import World, build


@pytest.fixture
def outside(tmp_path: Path, settings: Settings) -> Path:
    """Checkpoints, key and witness in a place of this test's own."""
    settings.LEDGER_KEY_FILE = str(tmp_path / "key")
    settings.LEDGER_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    settings.LEDGER_WITNESS_FILE = str(tmp_path / "links.txt")
    return tmp_path


@pytest.fixture
def book(outside: Path) -> World:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        made = build()
    rename(made.units["县财政局"], "财政")
    return made
