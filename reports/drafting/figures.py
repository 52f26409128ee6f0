"""The figures of a year, as drafts cite them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    had: int = 0
    of: int = 0

    @property
    def percent(self) -> str:
        """80.0%, half up in whole arithmetic; -- of nothing."""
        if not self.of:
            return "--"
        tenths = (self.had * 2000 + self.of) // (2 * self.of)
        return f"{tenths // 10}.{tenths % 10}%"


@dataclass(frozen=True, slots=True)
class Assessed:
    """One published yearly round: how many, their mean, how many had each grade, the best."""

    kind: str
    count: int
    mean: str
    grades: tuple[tuple[str, int], ...]
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YearFigures:
    """One county, one year, as of a day.

    `duties` are (kind, kept of due by the day, how many still to come); `weak` the criteria on
    which most subjects lost points, with how many; `carried` what is open from the year before.
    """

    county: str
    issuer: str
    year: int
    on: date
    papers: tuple[str, ...] = ()
    tasks: Share = Share()
    tasks_overdue: int = 0
    letters: Share = Share()
    promises: int = 0
    rounds: int = 0
    returns: Share = Share()
    returns_late: int = 0
    bulletins: int = 0
    notices: Share = Share()
    findings: int = 0
    rectified: Share = Share()
    rectify_late: int = 0
    duties: tuple[tuple[str, Share, int], ...] = ()
    assessed: tuple[Assessed, ...] = ()
    uses: tuple[tuple[str, int], ...] = ()
    weak: tuple[tuple[str, int], ...] = ()
    carried_tasks: int = 0
    carried_rectifications: int = 0
    last_weak: tuple[tuple[str, int], ...] = field(default_factory=tuple)
