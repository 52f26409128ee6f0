"""What closed ballots give to the criteria that are scored by ballot (测评计分)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from reports.assessment import shown
from reports.assessment.ballots import combined
from reports.models import Ballot, BallotState, Sheet

FORMULA = (
    "分值 × 测评得分 ÷ 100。测评得分为各计分选项的分值 × 票数之和 ÷ 计分票数，"
    "多个项目取平均；几类人员参评的按权重平均。人数过少的不计。"
)
Found = dict[tuple[int, int], tuple[Decimal, dict[str, Any]]]


def of_sheets(sheets: Iterable[Sheet], *, on: date) -> Found:
    """Points and their explanation by (sheet, criterion). One query.

    Nothing while one of a criterion's ballots is still open.
    """
    rows = (
        Ballot.objects.filter(sheet__in=sheets)
        .exclude(state=BallotState.VOID)
        .select_related("criterion")
        .order_by("id")
    )
    by_place: dict[tuple[int, int], list[Ballot]] = defaultdict(list)
    for row in rows:
        by_place[row.sheet_id or 0, row.criterion_id or 0].append(row)
    found: Found = {}
    for place, ballots in by_place.items():
        if any(b.state != BallotState.CLOSED for b in ballots):
            continue
        scored = [b for b in ballots if b.score is not None]
        if scored:
            found[place] = _points(scored, on)
    return found


def _points(ballots: list[Ballot], on: date) -> tuple[Decimal, dict[str, Any]]:
    criterion = ballots[0].criterion
    assert criterion is not None
    parts = [(b.group, b.weight, b.score) for b in ballots if b.score is not None]
    points, how = combined(parts, criterion.points)
    return points, {
        "rule": "ballot",
        "formula": FORMULA,
        "how": how,
        "good": sum(b.valid or 0 for b in ballots),
        "total": sum(b.issued for b in ballots),
        "until": on.isoformat(),
        "cases": [
            {
                "kind": "ballot",
                "id": b.pk,
                "label": b.title[:80],
                "short": f"第 {b.pk} 号测评",
                "told": told(b),
                "kept": True,
            }
            for b in ballots
        ],
    }


def told(ballot: Ballot) -> str:
    """How a closed ballot stands, in words."""
    if not ballot.is_shown:
        return f"发出 {ballot.issued} 张，收回 {ballot.returned} 张，人数过少，不显示结果"
    return (
        f"发出 {ballot.issued} 张，收回 {ballot.returned} 张，有效 {ballot.valid} 张，"
        f"得分 {shown(ballot.score)}"
    )
