"""系统计分: what a rule counted becomes points."""

from __future__ import annotations

from decimal import Decimal

from .points import ZERO, hundredth, plain, shown
from .scheme import Criterion, Nature


def by_rule(criterion: Criterion, *, good: int, total: int) -> tuple[Decimal, str]:
    """The points that `good` of `total` cases give, and the sum in words.

    By share: points × good ÷ total; nothing to count gives all of them. With
    `per_case`: so much off for each case that was not kept. A deduction turns
    this round: it takes so much for each case, or its points in their share.
    """
    bad, points = total - good, criterion.points
    if not 0 <= good <= total:
        raise ValueError(f"{good} of {total}")
    if criterion.nature == Nature.DEDUCT:
        if criterion.per_case is not None:
            value = min(points, hundredth(criterion.per_case * bad))
            return value, f"{plain(criterion.per_case)} × {bad} 项，至多 {plain(points)}"
        if not total:
            return hundredth(ZERO), "没有应计事项，不扣分"
        value = hundredth(points * bad / total)
        return value, f"{plain(points)} × {bad} ÷ {total} = {shown(value)}"
    if criterion.per_case is not None:
        value = max(hundredth(ZERO), hundredth(points - criterion.per_case * bad))
        how = f"{plain(points)} - {plain(criterion.per_case)} × {bad} 项 = {shown(value)}"
        return value, how + ("（至少 0 分）" if points < criterion.per_case * bad else "")
    if not total:
        if criterion.nature == Nature.ADD:
            return hundredth(ZERO), "没有应计事项，不加分"
        return hundredth(points), f"没有应计事项，按 {plain(points)} 分计"
    value = hundredth(points * good / total)
    return value, f"{plain(points)} × {good} ÷ {total} = {shown(value)}"
