"""Checkpoints, key and witness of each test in its own folder: the archive takes them along."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def outside(tmp_path: Path, settings: Settings) -> None:
    settings.LEDGER_KEY_FILE = str(tmp_path / "key")
    settings.LEDGER_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    settings.LEDGER_WITNESS_FILE = str(tmp_path / "links.txt")
