"""工作日历: one year's table, and the warning where a year is not announced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .. import workdays
from ..models import WorkYear

# The arrangement of a year comes in November as a rule; from then on its absence is told.
TOLD_FROM_MONTH = 11


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day that is not as its weekday has it, or that the office entered."""

    day: date
    is_working: bool
    name: str
    is_entered: bool


@dataclass(frozen=True, slots=True)
class YearPage:
    """The table of a year; `warning` is "" where the year is announced."""

    year: int
    rows: list[DayRow]
    basis: str
    is_shipped: bool
    warning: str
    working_days: int


def warning(county_id: int, years: Iterable[int]) -> str:
    """The sentence for pages that count with days of `years`; "" where all are announced."""
    calendar = workdays.of(county_id)
    unknown = sorted({year for year in years if not calendar.known(year)})
    if not unknown:
        return ""
    named = "、".join(str(year) for year in unknown)
    return f"{named}年放假安排尚未公布，期限按法定节假日推算，公布后请在“设置 → 工作日历”登记调休。"


def warning_on(county_id: int, on: date) -> str:
    """The warning for this year, and from November for the next one too."""
    years = [on.year]
    if on.month >= TOLD_FROM_MONTH:
        years.append(on.year + 1)
    return warning(county_id, years)


def year_page(county_id: int, year: int) -> YearPage:
    """Days off on weekdays, make-up working days, and whatever the office entered."""
    calendar = workdays.of(county_id)
    shipped = workdays.shipped(year)
    entered = WorkYear.objects.filter(county_id=county_id, year=year).first()
    own = entered.days if entered else {}
    days = {d for d in shipped.off if d.weekday() < 5} | set(shipped.made_up)
    days |= {date.fromisoformat(key) for key in own}
    rows = [
        DayRow(
            day,
            calendar.is_workday(day),
            own[key][1] if (key := day.isoformat()) in own else _name(shipped, day),
            day.isoformat() in own,
        )
        for day in sorted(days)
    ]
    first = date(year, 1, 1)
    return YearPage(
        year=year,
        rows=rows,
        basis=entered.basis if entered and entered.is_announced else "",
        is_shipped=shipped.is_announced,
        warning="" if calendar.known(year) else warning(county_id, [year]),
        working_days=calendar.between(first - timedelta(days=1), date(year, 12, 31)),
    )


def _name(shipped: workdays.ShippedYear, day: date) -> str:
    return "调休上班" if day in shipped.made_up else shipped.off[day].replace("; ", "、")
