"""测评计票: options and their weights as data, votes in, counts and a score out.

Decimal like all else here. A vote chooses at most one option of each aspect;
what it leaves open is an abstention there. A vote that chooses nothing is an
abstention (弃权), a paper nobody can read is void (无效), every other is valid.
When more came back than went out the whole vote is void; under the smallest
group nothing is told but how many went out and came back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from .points import HUNDRED, ZERO, hundredth, plain, shown

NOT_COUNTED = "不计"
SMALLEST_ALLOWED = 5
MOST_OPTIONS, MOST_ASPECTS = 8, 12
OPEN = "-"  # an aspect that a vote leaves open


class BadVote(ValueError):
    """A vote that does not fit its form, or counts that cannot be."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer. `weight` are its points of 100; None: it is counted and not scored (不了解)."""

    name: str
    weight: Decimal | None

    def __str__(self) -> str:
        return f"{self.name} {NOT_COUNTED if self.weight is None else plain(self.weight)}"


@dataclass(frozen=True, slots=True)
class Form:
    """What a ballot asks: each of `aspects`, to be answered by one of `options`."""

    aspects: tuple[str, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted by hand or taken from the browsers.

    `chosen[a][o]` is how often option `o` was chosen in aspect `a`.
    """

    returned: int
    void: int
    abstained: int
    chosen: tuple[tuple[int, ...], ...]

    @property
    def valid(self) -> int:
        return self.returned - self.void - self.abstained


@dataclass(frozen=True, slots=True)
class AspectResult:
    """One aspect: how often each option, how many left it open, its score and the sum in words."""

    name: str
    chosen: tuple[int, ...]
    left_open: int
    score: Decimal | None
    how: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a closed ballot says. Without `is_shown` there is nothing in `aspects` and no score."""

    issued: int
    returned: int
    is_void: bool
    is_shown: bool
    valid: int | None = None
    void: int | None = None
    abstained: int | None = None
    aspects: tuple[AspectResult, ...] = ()
    score: Decimal | None = None
    how: str = ""


def options_from(text: str) -> tuple[Option, ...]:
    """Options from lines such as "满意 100" and "不了解 不计". Raises `BadVote` with a sentence."""
    found = []
    for line in filter(None, (part.strip() for part in text.splitlines())):
        name, _, weight = line.replace("\u3000", " ").rpartition(" ")
        if not name.strip():
            raise BadVote(f"“{line}”没有分值，请写成“名称 分值”，如“满意 100”；不计分的写“不计”。")
        found.append(Option(name.strip(), _weight(line, weight)))
    return tuple(found)


def _weight(line: str, text: str) -> Decimal | None:
    if text == NOT_COUNTED:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BadVote(f"“{line}”的分值不是数字，请写 0 至 100，或写“不计”。") from None
    if not value.is_finite() or not ZERO <= value <= HUNDRED or value != hundredth(value):
        raise BadVote(f"“{line}”的分值须在 0 至 100 之间，至多两位小数。")
    return value


def problems_of(form: Form, *, smallest: int) -> list[str]:
    """Why a ballot of this form cannot be held, a sentence each."""
    found = []
    names = [o.name for o in form.options]
    if not 2 <= len(names) <= MOST_OPTIONS:
        found.append(f"选项须有 2 至 {MOST_OPTIONS} 个。")
    if len(set(names)) != len(names):
        found.append("选项名称不能重复。")
    if any(len(name) > 20 for name in names):
        found.append("选项名称不能超过 20 个字。")
    if all(o.weight is None for o in form.options):
        found.append("至少要有一个选项计分。")
    if not 1 <= len(form.aspects) <= MOST_ASPECTS:
        found.append(f"测评项目须有 1 至 {MOST_ASPECTS} 个。")
    if len(set(form.aspects)) != len(form.aspects) or any(len(a) > 60 for a in form.aspects):
        found.append("测评项目不能重复，每个不超过 60 个字。")
    if smallest < SMALLEST_ALLOWED:
        found.append(f"最少人数不能少于 {SMALLEST_ALLOWED} 人。")
    return found


def written(form: Form, answers: Sequence[int | None]) -> str:
    """A vote as it stands in a blank: "0,2,-". Raises `BadVote` when it does not fit the form."""
    if len(answers) != len(form.aspects):
        raise BadVote("投票内容与测评项目不符。")
    for answer in answers:
        if answer is not None and not 0 <= answer < len(form.options):
            raise BadVote("所选不在选项之内。")
    return ",".join(OPEN if a is None else str(a) for a in answers)


def read(form: Form, text: str) -> tuple[int | None, ...]:
    """The vote in a filled blank."""
    answers = tuple(None if part == OPEN else int(part) for part in text.split(","))
    written(form, answers)
    return answers


def tally_of(form: Form, votes: Iterable[Sequence[int | None]]) -> Tally:
    """What came in through browsers: nothing there can be void."""
    chosen = [[0] * len(form.options) for _ in form.aspects]
    returned = abstained = 0
    for vote in votes:
        written(form, vote)
        returned += 1
        abstained += all(answer is None for answer in vote)
        for aspect, answer in enumerate(vote):
            if answer is not None:
                chosen[aspect][answer] += 1
    return Tally(returned, 0, abstained, tuple(tuple(row) for row in chosen))


def faults_of(form: Form, tally: Tally) -> list[str]:
    """Why a hand count cannot be right, a sentence each."""
    found = []
    rows = tally.chosen
    if len(rows) != len(form.aspects) or any(len(r) != len(form.options) for r in rows):
        return ["录入的项目与测评表不符，请刷新后重新录入。"]
    if min(tally.returned, tally.void, tally.abstained, *(n for r in rows for n in r)) < 0:
        return ["票数不能是负数。"]
    if tally.valid < 0:
        return [f"无效票与弃权票合计多于收回票 {tally.returned} 张，请核对。"]
    for name, row in zip(form.aspects, rows, strict=True):
        if sum(row) > tally.valid:
            found.append(f"“{name}”各选项合计 {sum(row)} 张，多于有效票 {tally.valid} 张，请核对。")
    if not found and sum(map(sum, rows)) < tally.valid:
        found.append("有效票至少选了一项，录入的选项合计少于有效票，请核对。")
    return found


def differences_of(form: Form, one: Tally, other: Tally) -> list[str]:
    """Where two tellers' counts differ: places, never figures, so that neither copies the other."""
    found = [
        label
        for label, a, b in (
            ("收回票", one.returned, other.returned),
            ("无效票", one.void, other.void),
            ("弃权票", one.abstained, other.abstained),
        )
        if a != b
    ]
    for name, row, twin in zip(form.aspects, one.chosen, other.chosen, strict=True):
        found += [
            f"{name}“{option.name}”"
            for option, a, b in zip(form.options, row, twin, strict=True)
            if a != b
        ]
    return found


def outcome(form: Form, tally: Tally, *, issued: int, smallest: int) -> Outcome:
    """The result. Raises `BadVote` on counts that cannot be."""
    if faults := faults_of(form, tally):
        raise BadVote(faults[0])
    if tally.returned > issued:
        return Outcome(issued, tally.returned, is_void=True, is_shown=False)
    if tally.valid < max(smallest, SMALLEST_ALLOWED):
        return Outcome(issued, tally.returned, is_void=False, is_shown=False)
    aspects = tuple(
        _aspect(form, name, row, tally.valid)
        for name, row in zip(form.aspects, tally.chosen, strict=True)
    )
    scores = [a.score for a in aspects if a.score is not None]
    score = hundredth(sum(scores, ZERO) / len(scores)) if scores else None
    how = aspects[0].how if len(aspects) == 1 else ""
    if len(aspects) > 1 and score is not None:
        told = " + ".join(shown(s) for s in scores)
        how = f"（{told}）÷ {len(scores)} = {shown(score)}"
    return Outcome(
        issued,
        tally.returned,
        is_void=False,
        is_shown=True,
        valid=tally.valid,
        void=tally.void,
        abstained=tally.abstained,
        aspects=aspects,
        score=score,
        how=how,
    )


def _aspect(form: Form, name: str, row: Sequence[int], valid: int) -> AspectResult:
    scored = [(o.weight, n) for o, n in zip(form.options, row, strict=True) if o.weight is not None]
    votes = sum(n for _, n in scored)
    left_open = valid - sum(row)
    if not votes:
        return AspectResult(name, tuple(row), left_open, None, "没有计分的票")
    score = hundredth(sum((w * n for w, n in scored), ZERO) / votes)
    told = " + ".join(f"{plain(w)} × {n}" for w, n in scored)
    return AspectResult(name, tuple(row), left_open, score, f"（{told}）÷ {votes} = {shown(score)}")


def combined(parts: Sequence[tuple[str, Decimal, Decimal]], points: Decimal) -> tuple[Decimal, str]:
    """Points that the ballots of several groups give: (group, weight, score of 100) each.

    One group's weight does not matter. Weights need not make 100.
    """
    total = sum((weight for _, weight, _ in parts), ZERO)
    if total <= 0:
        raise BadVote("各类人员权重合计须大于 0。")
    mean = sum((weight * score for _, weight, score in parts), ZERO) / total
    value = hundredth(points * mean / HUNDRED)
    if len(parts) == 1:
        return value, f"{plain(points)} × {shown(parts[0][2])}% = {shown(value)}"
    told = " + ".join(f"{group} {shown(score)} × {plain(w)}" for group, w, score in parts)
    return value, f"{plain(points)} ×（{told}）÷ {plain(total)} ÷ 100 = {shown(value)}"


def set_digest(rows: Iterable[tuple[str, int, int]]) -> str:
    """SHA-256 of a sealed set of (random key, aspect, option), whatever order it is read in."""
    lines = sorted(f"{key} {aspect} {option}\n" for key, aspect, option in rows)
    return hashlib.sha256(("ballot/1\n" + "".join(lines)).encode()).hexdigest()


def matrix_of(form: Form, rows: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """`Tally.chosen` of sealed (aspect, option) pairs."""
    counts = Counter(rows)
    return tuple(
        tuple(counts[a, o] for o in range(len(form.options))) for a in range(len(form.aspects))
    )
