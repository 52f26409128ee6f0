"""扣分 and proposals: where a total lost points, and what a ranking proposes. No database."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reports.assessment import Entry, deductions, proposals, total_of

from .rounds import core

pytestmark = pytest.mark.nodb


def lost(scores: dict[str, str], vetoes: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    entry = Entry("u1", "甲", {k: Decimal(v) for k, v in scores.items()}, vetoes)
    found = deductions(core(), total_of(core(), entry))
    return [(d.code, "veto" if d.is_veto else str(d.lost)) for d in found]


def test_what_is_below_its_points_and_what_was_taken_off_is_a_deduction() -> None:
    full = {"1.1": "60", "1.2": "40"}
    assert lost(full) == []
    assert lost({**full, "加1": "1"}) == []
    assert lost({**full, "1.2": "37.5"}) == [("1.2", "2.50")]
    assert lost({**full, "1.1": "59", "扣1": "3"}, frozenset({"否1"})) == [
        ("1.1", "1.00"), ("扣1", "3.00"), ("否1", "veto"),
    ]  # fmt: skip


def test_what_is_not_scored_is_no_deduction() -> None:
    assert lost({"1.1": "60"}) == []


def test_the_best_are_proposed_for_commendation_and_the_last_for_a_talk() -> None:
    ranked = [("a", 1, False), ("b", 2, False), ("c", 3, False)]
    assert proposals(ranked, {}) == [("a", "commend"), ("c", "talk")]
    assert proposals(ranked, {"a": ["commend"], "c": ["circulate"]}) == [("c", "talk")]
    assert proposals([("a", 1, True), ("b", 2, False)], {}) == [("b", "talk")]


def test_ties_are_proposed_together_and_one_rank_alone_proposes_nothing() -> None:
    ranked = [("a", 1, False), ("b", 1, False), ("c", 3, False), ("d", 3, True)]
    assert proposals(ranked, {}) == [
        ("a", "commend"), ("b", "commend"), ("c", "talk"), ("d", "talk"),
    ]  # fmt: skip
    assert proposals([("a", 1, False), ("b", 1, False)], {}) == []
    assert proposals([("a", 1, False)], {}) == []
    assert proposals([], {}) == []
