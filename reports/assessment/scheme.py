"""考核方案: criteria tree, caps, veto list, grade bands, quota; and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from .points import HUNDRED, ZERO, plain


class Nature(StrEnum):
    """What a criterion is. Only a `SCORE`, an `ADD` and a `DEDUCT` carry points of their own."""

    PART = "part"  # 部分: a root, with a weight where the scheme weighs its parts
    GROUP = "group"  # 类别: a heading under a part
    SCORE = "score"  # 评分项
    ADD = "add"  # 加分项: its points are its cap
    DEDUCT = "deduct"  # 扣分项: its points are its cap
    VETO = "veto"  # 一票否决


class Method(StrEnum):
    """How a criterion is scored."""

    RULE = "rule"  # from data by a named rule
    REVIEW = "review"  # by self-score and team
    BALLOT = "ballot"  # by ballot


WITH_POINTS = frozenset({Nature.SCORE, Nature.ADD, Nature.DEDUCT})
ROOTS = frozenset({Nature.PART, Nature.ADD, Nature.DEDUCT, Nature.VETO})
PARENTS: dict[Nature, frozenset[Nature]] = {
    Nature.GROUP: frozenset({Nature.PART, Nature.GROUP}),
    Nature.SCORE: frozenset({Nature.PART, Nature.GROUP}),
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the scheme. `parent` is a code, "" for a root; `per_case` what one case costs.

    A rule without `per_case` gives the points in the share of cases that were kept.
    """

    code: str
    name: str
    nature: Nature
    parent: str = ""
    points: Decimal = ZERO
    weight: Decimal | None = None
    standard: str = ""
    method: Method = Method.REVIEW
    rule: str = ""
    per_case: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """One grade (等次) from `low` to `high`; None is open. 以上 includes, 不满 does not."""

    name: str
    low: Decimal | None
    high: Decimal | None
    low_in: bool = True
    high_in: bool = False

    def holds(self, total: Decimal) -> bool:
        """Whether `total` lies in this band."""
        if self.low is not None and (total < self.low or (total == self.low and not self.low_in)):
            return False
        return self.high is None or total < self.high or (total == self.high and self.high_in)

    def __str__(self) -> str:
        parts = []
        if self.low is not None:
            low = plain(self.low)
            parts.append(f"{low} 分以上" if self.low_in else f"超过 {low} 分")
        if self.high is not None:
            high = plain(self.high)
            parts.append(f"{high} 分以下" if self.high_in else f"不满 {high} 分")
        return f"{self.name}：{'、'.join(parts) or '不限'}"


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `percent` of the subjects get `grade`; rounded down to whole subjects."""

    grade: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Scheme:
    """What is measured and how. `bands` from the best to the worst."""

    title: str
    criteria: tuple[Criterion, ...]
    bands: tuple[Band, ...]
    quota: Quota | None = None
    veto_grade: str = ""
    add_cap: Decimal | None = None
    deduct_cap: Decimal | None = None
    _children: dict[str, list[Criterion]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for criterion in self.criteria:
            self._children.setdefault(criterion.parent, []).append(criterion)

    def under(self, code: str) -> Sequence[Criterion]:
        """The criteria right under `code`, in order; "" gives the roots."""
        return self._children.get(code, ())

    def of(self, *natures: Nature) -> list[Criterion]:
        """All criteria of these natures, in order."""
        return [c for c in self.criteria if c.nature in natures]

    @property
    def parts(self) -> list[Criterion]:
        return self.of(Nature.PART)

    @property
    def is_weighted(self) -> bool:
        """Whether parts are weighed (权重) instead of added up."""
        return any(p.weight is not None for p in self.parts)

    def full(self, code: str) -> Decimal:
        """The points that can be had under a part or a group."""
        total = ZERO
        for child in self.under(code):
            if child.nature == Nature.SCORE:
                total += child.points
            elif child.nature == Nature.GROUP:
                total += self.full(child.code)
        return total


def problems(scheme: Scheme, *, rules: Mapping[str, str]) -> list[str]:
    """Why the scheme cannot be used, a sentence each; `rules` are the names that exist."""
    found: list[str] = []
    by_code = {c.code: c for c in scheme.criteria}
    if len(by_code) != len(scheme.criteria):
        found.append("有重复的编号，请重新编号。")
    for criterion in scheme.criteria:
        found += _of_criterion(scheme, criterion, by_code, rules)
    if not scheme.parts:
        found.append("方案没有评分部分，请至少增加一个部分。")
    elif scheme.is_weighted:
        weights = [p.weight for p in scheme.parts]
        known = [w for w in weights if w is not None]
        if len(known) != len(weights):
            found.append("有的部分没有权重，请全部填写或全部留空。")
        elif sum(known, ZERO) != HUNDRED:
            found.append(f"各部分权重合计为 {plain(sum(known, ZERO))}%，应为 100%。")
    else:
        total = sum((scheme.full(p.code) for p in scheme.parts), ZERO)
        if total != HUNDRED:
            found.append(f"各部分分值合计为 {plain(total)} 分，应为 100 分；也可为各部分设定权重。")
    found += _of_bands(scheme)
    for label, cap in (("加分", scheme.add_cap), ("扣分", scheme.deduct_cap)):
        if cap is not None and cap < 0:
            found.append(f"{label}上限不能是负数。")
    return found


def _of_criterion(
    scheme: Scheme, criterion: Criterion, by_code: Mapping[str, Criterion], rules: Mapping[str, str]
) -> list[str]:
    found = []
    told = f"“{criterion.code} {criterion.name}”"
    if not criterion.name:
        found.append(f"{criterion.code} 没有名称，请填写考核内容。")
    wanted = PARENTS.get(criterion.nature)
    parent = by_code.get(criterion.parent)
    if wanted is None and criterion.parent:
        found.append(f"{told}不能放在其他项目之下。")
    if wanted is not None and (parent is None or parent.nature not in wanted):
        found.append(f"{told}须放在某一部分或类别之下。")
    if criterion.nature in WITH_POINTS:
        if criterion.points <= 0:
            found.append(f"{told}没有分值，请填写大于 0 的分值。")
        if criterion.method == Method.RULE and criterion.rule not in rules:
            found.append(f"{told}按系统规则计分，请选择一条规则。")
        if criterion.per_case is not None and criterion.per_case <= 0:
            found.append(f"{told}每项扣分须大于 0。")
    if criterion.nature in (Nature.PART, Nature.GROUP):
        if scheme.full(criterion.code) <= 0:
            found.append(f"{told}之下没有评分项，请增加评分项或删去。")
        if criterion.weight is not None and criterion.weight <= 0:
            found.append(f"{told}的权重须大于 0。")
    return found


def _of_bands(scheme: Scheme) -> list[str]:
    found = []
    bands = scheme.bands
    names = [b.name for b in bands]
    if len(bands) < 2:
        return ["等次至少要有两个，请填写等次和分数线。"]
    if len(set(names)) != len(names) or not all(names):
        found.append("等次名称不能为空，也不能重复。")
    if bands[0].high is not None or bands[-1].low is not None:
        found.append("最高等次不设上限，最低等次不设下限。")
    for upper, lower in pairwise(bands):
        if upper.low is None or lower.high is None or upper.low != lower.high:
            found.append(f"“{upper.name}”和“{lower.name}”的分数线没有接上。")
        elif upper.low_in == lower.high_in:
            what = "都包含" if upper.low_in else "都不包含"
            found.append(f"“{upper.name}”和“{lower.name}”{what} {plain(upper.low)} 分。")
        if upper.high is not None and upper.low is not None and upper.low >= upper.high:
            found.append(f"“{upper.name}”的下限不低于上限。")
    if scheme.quota is not None:
        if scheme.quota.grade not in names[:-1]:
            found.append("名额只能设在最低等次以外的一个等次上。")
        if not ZERO < scheme.quota.percent <= HUNDRED:
            found.append("名额比例须在 0 到 100 之间。")
    if scheme.of(Nature.VETO) and scheme.veto_grade not in names:
        found.append("有一票否决事项，请选择否决后的等次。")
    return found
