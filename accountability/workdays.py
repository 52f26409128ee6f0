"""工作日: the Chinese working calendar with 调休 (State Council notices), and a county's own table.

The shipped calendar (package `holidays`) knows the days off and the make-up
working days of each announced year; for a later one it computes the statutory
days alone (全国年节及纪念日放假办法), and the pages say so. What the office entered
for a year (设置 → 工作日历) goes before it, day by day.

The functions read the county's table at each call. Whoever asks for many days
at once takes `of(county_id)` first, and reads it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

from .models import WorkYear

DAY = timedelta(days=1)
# Nobody's deadline lies further off; a longer walk is a mistake in the calling code.
MOST_DAYS = 2000


@dataclass(frozen=True, slots=True)
class ShippedYear:
    """A year as the package has it: names of days off, the make-up working days."""

    off: Mapping[date, str]
    made_up: frozenset[date]
    is_announced: bool


@lru_cache(maxsize=64)
def shipped(year: int) -> ShippedYear:
    """The shipped calendar's year; `is_announced` says whether it knows the 调休."""
    of_year = holidays.country_holidays("CN", years=year, language="zh_CN")
    return ShippedYear(
        off=dict(of_year.items()),
        made_up=frozenset(day for day in of_year.weekend_workdays if day.year == year),
        is_announced=bool(of_year.special_public_holidays.get(year)),
    )


@dataclass(frozen=True, slots=True)
class Workdays:
    """One county's calendar as it stood when it was read."""

    entered: Mapping[date, bool]
    announced: frozenset[int]

    def is_workday(self, day: date) -> bool:
        """Whether one works on `day`: as entered, else as announced, else Monday to Friday."""
        if day in self.entered:
            return self.entered[day]
        year = shipped(day.year)
        if day in year.made_up:
            return True
        return day.weekday() < 5 and day not in year.off

    def known(self, year: int) -> bool:
        """Whether the year's 放假安排 is announced: shipped, or entered by the office."""
        return year in self.announced or shipped(year).is_announced

    def roll(self, day: date) -> date:
        """`day`, or the next working day if it is off (民法典 §203)."""
        while not self.is_workday(day):
            day += DAY
        return day

    def add(self, day: date, days: int) -> date:
        """The `days`-th working day after `day`, which is not counted (民法典 §201).

        0 gives `day` itself, a negative number the working day so many before.
        """
        if abs(days) > MOST_DAYS:
            raise ValueError(f"{days} working days are more than any deadline has")
        step = DAY if days > 0 else -DAY
        left = abs(days)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; negative when last < first."""
        if last < first:
            return -self.between(last, first)
        return sum(self.is_workday(first + DAY * n) for n in range(1, (last - first).days + 1))


def of(county_id: int) -> Workdays:
    """The county's calendar, read in one query."""
    rows = WorkYear.objects.filter(county_id=county_id)
    entered: dict[date, bool] = {}
    announced = set()
    for row in rows:
        entered |= {date.fromisoformat(key): value[0] for key, value in row.days.items()}
        if row.is_announced:
            announced.add(row.year)
    return Workdays(entered, frozenset(announced))


def is_workday(county_id: int, day: date) -> bool:
    """Whether one works in the county on `day`."""
    return of(county_id).is_workday(day)


def add(county_id: int, day: date, days: int) -> date:
    """The `days`-th working day after `day`."""
    return of(county_id).add(day, days)


def between(county_id: int, first: date, last: date) -> int:
    """Working days after `first` up to and including `last`, negative when last < first."""
    return of(county_id).between(first, last)


def roll(county_id: int, day: date) -> date:
    """`day`, or the next working day if it is off."""
    return of(county_id).roll(day)


def known(county_id: int, year: int) -> bool:
    """Whether the year's 放假安排 is announced; where not, the pages warn."""
    return of(county_id).known(year)
