"""测评: counted ballots as what a score may rest on. No rule counts them: they give points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from accountability.models import User
from reports.models import Ballot, BallotState
from reports.selectors.ballot_scores import told

from .registry import Case, Source, Subject, source

KIND = "ballot"


def cases(county_id: int, year: int, subjects: list[Subject], until: date) -> dict[str, list[Case]]:
    """The year's counted ballots about each subject. One query."""
    by_unit = {s.unit_id: s.key for s in subjects if s.unit_id}
    by_post = {s.post_id: s.key for s in subjects if s.post_id}
    rows = (
        Ballot.objects.filter(Q(unit_id__in=by_unit) | Q(post_id__in=by_post))
        .filter(county_id=county_id, year=year, state=BallotState.CLOSED)
        .order_by("pk")
    )
    found: dict[str, list[Case]] = defaultdict(list)
    for row in rows:
        key = by_unit[row.unit_id] if row.unit_id in by_unit else by_post[row.post_id]
        short = f"第 {row.pk} 号测评"
        found[key].append(Case(KIND, row.pk, row.title, short, told(row), {}))
    return found


def _visible(user: User, ids: Iterable[int]) -> set[int]:
    return set(Ballot.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


source(Source(KIND, "测评", cases, "ballot", _visible))
