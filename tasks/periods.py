"""季度: the quarter that a progress report tells of. Pure dates; working days are the caller's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

NUMERALS = "一二三四"
_CODE = re.compile(r"(2[0-9]{3})Q([1-4])\Z")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One quarter of a year; its code is 2026Q1."""

    year: int
    quarter: int

    @classmethod
    def of(cls, day: date) -> Period:
        """The quarter that `day` lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def parse(cls, code: str) -> Period | None:
        """The quarter of a code; None for anything else."""
        found = _CODE.match(code)
        return cls(int(found[1]), int(found[2])) if found else None

    @property
    def code(self) -> str:
        return f"{self.year}Q{self.quarter}"

    @property
    def name(self) -> str:
        """一季度."""
        return f"{NUMERALS[self.quarter - 1]}季度"

    @property
    def label(self) -> str:
        """2026年一季度."""
        return f"{self.year}年{self.name}"

    @property
    def first(self) -> date:
        return date(self.year, self.quarter * 3 - 2, 1)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> Period:
        return Period(self.year + self.quarter // 4, self.quarter % 4 + 1)

    @property
    def previous(self) -> Period:
        return Period.of(self.first - timedelta(days=1))
