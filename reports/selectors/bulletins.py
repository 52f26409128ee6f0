"""督查通报: the year's bulletins, and what a round, a half-year or a year amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from accountability.models import User
from reports.models import Bulletin
from reports.selectors import bulletin_data
from reports.services.bulletin_text import LAMPS, Figures, figures, percent
from tasks.models import Campaign

SPANS = {"h1": ("上半年", 1), "h2": ("下半年", 2), "year": ("全年", None)}


@dataclass(frozen=True, slots=True)
class UnitSum:
    """One unit over the rounds of a time."""

    unit: str
    leaders: str
    rounds: int
    on_time: int
    late: int
    missing: int
    due: int
    reported: int
    red: int
    share: str


@dataclass(frozen=True, slots=True)
class Span:
    """A time's figures and its units."""

    figures: Figures
    rounds: list[dict[str, Any]]
    units: list[UnitSum]
    lamps: list[tuple[str, str, int]]
    share_submitted: str
    share_on_time: str


def years(user: User) -> list[int]:
    """The years that have bulletins or rounds in view, the latest first."""
    rounds = Campaign.objects.visible_to(user).order_by().values_list("year", flat=True)
    bulletins = Bulletin.objects.visible_to(user).order_by().values_list("year", flat=True)
    return sorted({*rounds.distinct(), *bulletins.distinct()}, reverse=True)


def of_year(user: User, year: int) -> list[Bulletin]:
    """The bulletins of a year, the latest first."""
    rows = Bulletin.objects.visible_to(user).filter(year=year).defer("data", "content", "body")
    return list(rows.select_related("number", "drafted_by__person", "issued_by__person"))


def span(user: User, year: int, half: int | None, *, on: date) -> Span:
    """The rounds of a year or of one half of it, as `user` sees them."""
    return summed(bulletin_data.of_time(user, year, half, on=on))


def summed(data: dict[str, Any]) -> Span:
    """The figures of some data, by unit; pure."""
    f = figures(data)
    by_unit: dict[str, list[dict[str, Any]]] = {}
    for row in data["rows"]:
        by_unit.setdefault(row["unit"], []).append(row)
    units = []
    for name, rows in by_unit.items():
        submitted = [row for row in rows if row["state"] == "submitted"]
        late = sum(row["is_late"] for row in submitted)
        due, reported = sum(r["due"] for r in rows), sum(r["reported"] for r in rows)
        units.append(
            UnitSum(
                name,
                rows[-1]["leaders"],
                len(rows),
                len(submitted) - late,
                late,
                len(rows) - len(submitted),
                due,
                reported,
                sum(row["lamp"] == "red" for row in rows),
                percent(reported, due),
            )
        )
    return Span(
        f,
        data["rounds"],
        units,
        [(lamp, label, f.lamps[lamp]) for lamp, label in LAMPS.items()],
        f.share(f.submitted),
        f.share(f.on_time),
    )
