"""The periods of a year and the days on which duties fall due. Pure arithmetic."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

LETTERS = {2: "H", 4: "Q", 6: "B", 12: "M"}
HALVES = ("上半年", "下半年")
QUARTERS = ("一季度", "二季度", "三季度", "四季度")


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a year, both days included."""

    key: str
    start: date
    end: date


def periods(year: int, per_year: int) -> list[Period]:
    """The `per_year` (1, 2, 4, 6, 12) equal periods of a year, in their order."""
    months = 12 // per_year
    found = []
    for number in range(1, per_year + 1):
        start = date(year, (number - 1) * months + 1, 1)
        end = month_day(start, months, 31)
        key = str(year) if per_year == 1 else f"{year}{LETTERS[per_year]}{number}"
        found.append(Period(key, start, end))
    return found


def month_day(start: date, month: int, day: int) -> date:
    """Day `day` of the `month`-th month from the one of `start` (1); its last day at most."""
    index = start.year * 12 + start.month - 1 + month - 1
    year, month_of_year = index // 12, index % 12 + 1
    return date(year, month_of_year, min(day, calendar.monthrange(year, month_of_year)[1]))


def label_of(key: str) -> str:
    """The period in words: 2026年, 上半年, 一季度, 3至4月, 5月."""
    if len(key) <= 4:
        return f"{key}年"
    letter, number = key[4], int(key[5:])
    if letter == "H":
        return HALVES[number - 1]
    if letter == "Q":
        return QUARTERS[number - 1]
    return f"{number * 2 - 1}至{number * 2}月" if letter == "B" else f"{number}月"


def named(title: str, key: str) -> str:
    """A duty's title with its period, where the year has several: 专题会议（上半年）."""
    return title if len(key) <= 4 else f"{title}（{label_of(key)}）"


def reminder_days(due_on: date, first: int, second: int) -> list[date]:
    """The days of the (at most two) reminders, the earlier first; 0 days before means none."""
    return [due_on - timedelta(days=days) for days in (first, second) if days]
