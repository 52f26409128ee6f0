"""设置 → 年度结转: the years, the closing that stands, the former ones."""

from __future__ import annotations

from accountability.models import ClosedYear, ClosingState, User
from tasks.models import Paper

STANDING = (ClosingState.PREPARED, ClosingState.CLOSED, ClosingState.ASKED)
MOST_SHOWN = 20


def years(user: User, *, this_year: int) -> list[int]:
    """This year and the one before, and those with a paper; the latest first."""
    known = Paper.objects.visible_to(user).order_by().values_list("year", flat=True).distinct()
    return sorted({*known, this_year, this_year - 1}, reverse=True)


def closings(user: User, year: int) -> list[ClosedYear]:
    """All closings of a year, those taken back and reopened too; the latest first."""
    people = ("prepared_by", "closed_by", "asked_by", "reopened_by")
    return list(
        ClosedYear.objects.visible_to(user)
        .filter(year=year)
        .select_related(*people, *(f"{name}__person" for name in people))
        .order_by("-id")[:MOST_SHOWN]
    )


def standing_one(rows: list[ClosedYear]) -> ClosedYear | None:
    """The closing that waits or holds, if there is one."""
    return next((row for row in rows if row.state in STANDING), None)
