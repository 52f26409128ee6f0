"""From scores to a total, with the tree that says how it came about (得分说明)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .grading import Graded, grade
from .points import ZERO, hundredth, plain, shown
from .scheme import Criterion, Nature, Scheme


@dataclass(frozen=True, slots=True)
class Entry:
    """One subject's inputs: points by code, and the vetoes that were established."""

    key: str
    name: str
    scores: Mapping[str, Decimal]
    vetoes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the explanation: what was had of what could be had, and by what sum."""

    code: str
    name: str
    points: Decimal | None
    full: Decimal | None
    how: str = ""
    children: tuple[Line, ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Line]]:
        """This line and those below it, with their depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


@dataclass(frozen=True, slots=True)
class Result:
    """A subject's total with its explanation; `missing` are codes without a score yet."""

    key: str
    name: str
    total: Decimal
    vetoes: tuple[str, ...]
    line: Line
    missing: tuple[str, ...] = ()
    graded: Graded | None = None


@dataclass(slots=True)
class _Sum:
    terms: list[str] = field(default_factory=list)
    total: Decimal = ZERO

    def add(self, value: Decimal) -> None:
        self.total += value
        self.terms.append(f"+ {shown(value)}")

    def take(self, value: Decimal) -> None:
        self.total -= value
        self.terms.append(f"- {shown(value)}")

    @property
    def how(self) -> str:
        return " ".join(self.terms).removeprefix("+ ")


def total_of(scheme: Scheme, entry: Entry) -> Result:
    """One subject's total.

    Parts first: their points as they are, or weighed and rounded; then additions
    up to their cap, less deductions up to theirs; never below zero. A score
    outside its criterion's points raises ValueError: it was never valid.
    """
    missing: list[str] = []
    total, lines = _Sum(), []
    for part in scheme.parts:
        line = _part(scheme, part, entry, missing)
        lines.append(line)
        total.add(line.points or ZERO)
    for nature, name, cap in (
        (Nature.ADD, "加分", scheme.add_cap),
        (Nature.DEDUCT, "扣分", scheme.deduct_cap),
    ):
        extra = _extra(scheme, nature, name, cap, entry)
        if extra is not None:
            lines.append(extra)
            put = total.take if nature == Nature.DEDUCT else total.add
            put(extra.points or ZERO)
    value, how = hundredth(total.total), total.how
    if value < 0:
        value, how = hundredth(ZERO), f"{how}，低于 0 分按 0 分计"
    known = {c.code: c for c in scheme.of(Nature.VETO)}
    if unknown := entry.vetoes - set(known):
        raise ValueError(f"no such veto: {sorted(unknown)}")
    vetoes = tuple(code for code in known if code in entry.vetoes)
    if vetoes:
        names = "、".join(known[code].name for code in vetoes)
        how += f"；一票否决：{names}"
    return Result(
        entry.key,
        entry.name,
        value,
        vetoes,
        Line("", "合计", value, None, how, tuple(lines)),
        tuple(missing),
    )


def compute(scheme: Scheme, entries: Iterable[Entry]) -> list[Result]:
    """Totals, ranks and grades of all subjects of one kind, in the order given."""
    results = [total_of(scheme, entry) for entry in entries]
    graded = grade(scheme, [(r.key, r.total, bool(r.vetoes)) for r in results])
    return [
        Result(r.key, r.name, r.total, r.vetoes, r.line, r.missing, graded[r.key]) for r in results
    ]


def _part(scheme: Scheme, part: Criterion, entry: Entry, missing: list[str]) -> Line:
    inner = _group(scheme, part, entry, missing)
    if part.weight is None:
        return inner
    had, full = inner.points or ZERO, inner.full or ZERO
    value = hundredth(had * part.weight / full)
    how = f"{shown(had)} ÷ {plain(full)} × {plain(part.weight)} = {shown(value)}"
    return Line(part.code, part.name, value, part.weight, how, inner.children)


def _group(scheme: Scheme, group: Criterion, entry: Entry, missing: list[str]) -> Line:
    total, lines = _Sum(), []
    for child in scheme.under(group.code):
        if child.nature == Nature.GROUP:
            line = _group(scheme, child, entry, missing)
        else:
            line = _leaf(child, entry)
            if line.points is None:
                missing.append(child.code)
        lines.append(line)
        total.add(line.points or ZERO)
    full = scheme.full(group.code)
    return Line(group.code, group.name, hundredth(total.total), full, total.how, tuple(lines))


def _leaf(criterion: Criterion, entry: Entry) -> Line:
    value = entry.scores.get(criterion.code)
    if value is None:
        return Line(criterion.code, criterion.name, None, criterion.points, "未评分")
    rounded = hundredth(value)
    if not ZERO <= rounded <= criterion.points:
        raise ValueError(f"{criterion.code}: {value} is not within 0 and {criterion.points}")
    return Line(criterion.code, criterion.name, rounded, criterion.points)


def _extra(
    scheme: Scheme, nature: Nature, name: str, cap: Decimal | None, entry: Entry
) -> Line | None:
    criteria = scheme.of(nature)
    if not criteria:
        return None
    lines, total = [], _Sum()
    for criterion in criteria:
        line = _leaf(criterion, entry)
        value = line.points if line.points is not None else hundredth(ZERO)
        lines.append(Line(line.code, line.name, value, line.full))
        total.add(value)
    value, how = hundredth(total.total), total.how
    if cap is not None and value > cap:
        value = hundredth(cap)
        how = f"{how} = {shown(total.total)}，超过上限，按 {shown(value)} 计"
    return Line("", name, value, cap, how, tuple(lines))
