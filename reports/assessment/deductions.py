"""扣分: where a total lost points, from the tree of its explanation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .computing import Result
from .points import ZERO
from .scheme import Nature, Scheme


@dataclass(frozen=True, slots=True)
class Deduction:
    """One criterion that cost points: `lost` of `full`, both as the criterion counts them.

    A part's weight, and the caps on additions and deductions, are not in it: the
    deductions of a weighed scheme do not add up to what its total lacks. A veto costs no points.
    """

    code: str
    name: str
    full: Decimal
    had: Decimal
    lost: Decimal
    is_veto: bool = False


def deductions(scheme: Scheme, result: Result) -> list[Deduction]:
    """Criteria below their points, deductions taken, then vetoes, in the scheme's order."""
    lines = {line.code: line for _, line in result.line.walk() if line.code}
    found = []
    for criterion in scheme.criteria:
        line = lines.get(criterion.code)
        if criterion.nature == Nature.SCORE and line is not None and line.points is not None:
            lost = criterion.points - line.points
        elif criterion.nature == Nature.DEDUCT and line is not None:
            lost = line.points or ZERO
        else:
            continue
        if lost > ZERO:
            had = criterion.points - lost if criterion.nature == Nature.SCORE else ZERO
            found.append(Deduction(criterion.code, criterion.name, criterion.points, had, lost))
    known = {c.code: c.name for c in scheme.of(Nature.VETO)}
    return found + [
        Deduction(code, known[code], ZERO, ZERO, ZERO, is_veto=True) for code in result.vetoes
    ]


BEST, LAST = "commend", "talk"


def proposals(
    ranked: Iterable[tuple[str, int, bool]], taken: Mapping[str, Iterable[str]]
) -> list[tuple[str, str]]:
    """(subject, use) that a ranking of one kind proposes, best first; a person decides.

    `ranked` are subject, rank and whether it was vetoed; `taken` the uses that were
    recorded or declined already. The first are proposed for 表彰 unless vetoed, the
    last for 约谈; ties all. One rank alone, shared by all, proposes nothing.
    """
    rows: Sequence[tuple[str, int, bool]] = sorted(ranked, key=lambda row: row[1])
    ranks = {rank for _, rank, _ in rows}
    if len(ranks) < 2:
        return []
    first, last = min(ranks), max(ranks)
    found = [(key, BEST) for key, rank, is_vetoed in rows if rank == first and not is_vetoed]
    found += [(key, LAST) for key, rank, _ in rows if rank == last]
    return [(key, use) for key, use in found if use not in set(taken.get(key, ()))]
