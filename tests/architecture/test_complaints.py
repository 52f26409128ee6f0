"""docs/complaints.md names tests that exist."""

from __future__ import annotations

import re

from .tree import TOP


def test_every_test_that_answers_a_complaint_is_there() -> None:
    told = (TOP / "docs" / "complaints.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", told))
    there = {
        name
        for path in (TOP / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)
    }
    assert len(named) > 40
    assert not named - there
