"""排名 and 等次: ranks with ties, bands, veto, quota; each step is told in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from .points import HUNDRED, plain, shown
from .scheme import Band, Scheme

GRADING_RULES = (
    "按合计得分从高到低排名，同分同名次，其后名次顺延；被一票否决的排在其余对象之后。",
    "按分数线定等次；被一票否决的直接定为否决等次。",
    "有名额的等次，名额为对象总数乘以比例，不足一个的舍去；超出名额时按名次取，"
    "名次并列而名额不够的一并不取，未取的定为下一等次。",
)


@dataclass(frozen=True, slots=True)
class Graded:
    """A subject's rank and grade; `band` is the grade by points alone, `why` how it changed."""

    rank: int
    grade: str
    band: str
    why: str


def grade(scheme: Scheme, totals: Sequence[tuple[str, Decimal, bool]]) -> dict[str, Graded]:
    """Ranks and grades of (key, total, is vetoed), by `GRADING_RULES`."""
    ranks = _ranks(totals)
    names = [band.name for band in scheme.bands]
    bands = {key: _band(scheme.bands, total) for key, total, _ in totals}
    out = _over_quota(scheme, totals, ranks, {k: b.name for k, b in bands.items()})
    found = {}
    for key, total, is_vetoed in totals:
        band = bands[key]
        why = f"{shown(total)} 分，{band}"
        final = band.name
        if is_vetoed:
            final = scheme.veto_grade
            why += f"；一票否决，定为{final}"
        elif key in out:
            final = names[names.index(band.name) + 1]
            why += f"；{out[key]}，定为{final}"
        found[key] = Graded(ranks[key], final, band.name, why)
    return found


def seats(scheme: Scheme, count: int) -> int | None:
    """How many subjects of `count` may get the grade with a quota; None without one."""
    if scheme.quota is None:
        return None
    share = Decimal(count) * scheme.quota.percent / HUNDRED
    return int(share.to_integral_value(rounding=ROUND_FLOOR))


def _ranks(totals: Sequence[tuple[str, Decimal, bool]]) -> dict[str, int]:
    ordered = sorted(totals, key=lambda row: (row[2], -row[1]))
    ranks: dict[str, int] = {}
    former: tuple[bool, Decimal] | None = None
    rank = 0
    for place, (key, total, is_vetoed) in enumerate(ordered, start=1):
        if (is_vetoed, total) != former:
            rank, former = place, (is_vetoed, total)
        ranks[key] = rank
    return ranks


def _band(bands: Sequence[Band], total: Decimal) -> Band:
    for band in bands:
        if band.holds(total):
            return band
    raise ValueError(f"no band holds {total}")


def _over_quota(
    scheme: Scheme,
    totals: Sequence[tuple[str, Decimal, bool]],
    ranks: dict[str, int],
    bands: dict[str, str],
) -> dict[str, str]:
    """Who has the points for the grade with a quota and does not get it, and why."""
    places = seats(scheme, len(totals))
    if places is None or scheme.quota is None:
        return {}
    quota = scheme.quota
    candidates = [k for k, _, vetoed in totals if not vetoed and bands[k] == quota.grade]
    told = f"{quota.grade}名额 {places} 个（{len(totals)} 个对象的 {plain(quota.percent)}%）"
    out = {}
    for key in candidates:
        not_behind = sum(1 for other in candidates if ranks[other] <= ranks[key])
        if not_behind > places:
            out[key] = f"{told}，名次第 {ranks[key]} 未能进入"
    return out
