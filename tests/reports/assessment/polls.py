"""Ballots of the small county, at any step; codes as they stand on the slips."""

from __future__ import annotations

from typing import Any

from reports.models import Ballot
from reports.services import ballot_counting, ballot_slips, ballot_voting, ballots
from reports.services.ballots import Draft
from tests.world import World

from .rounds import TODAY, actor

OPTIONS = "满意 100\n基本满意 70\n不满意 30\n不了解 不计"


def prepared(world: World, **changes: Any) -> Ballot:
    values: dict[str, Any] = {
        "title": "县财政局民主测评",
        "group": "干部职工",
        "aspects": "落实主体责任\n改进作风",
        "options": OPTIONS,
        "subject": f"u{world.units['县财政局'].pk}",
        **changes,
    }
    return ballots.prepare(
        by=actor(world, "bangong"), year=TODAY.year, draft=Draft(**values), on=TODAY
    )


def opened(world: World, count: int = 8, **changes: Any) -> tuple[Ballot, list[str]]:
    """(the ballot, its codes)."""
    row = prepared(world, **changes)
    codes = [ballot_voting.new_code() for _ in range(count)] if row.way == "code" else []
    ballot_slips.store(by=actor(world, "bangong"), ballot=row, count=count, codes=codes)
    return ballots.open_ballot(by=actor(world, "bangong"), ballot=row), codes


def on_paper(world: World, count: int = 20, **changes: Any) -> Ballot:
    tellers = (world.users["zhuren"].pk, world.users["jiwei"].pk)
    return opened(world, count, way="paper", teller_ids=tellers, **changes)[0]


def closed(world: World, votes: list[tuple[int | None, ...]], **changes: Any) -> Ballot:
    """Counted after `votes` came in."""
    row, codes = opened(world, max(len(votes), 5), **changes)
    for code, vote in zip(codes, votes, strict=False):
        ballot_voting.cast(code=code, answers=vote)
    return ballot_counting.close(by=actor(world, "bangong"), ballot=row, on=TODAY)
