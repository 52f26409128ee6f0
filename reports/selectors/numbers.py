"""文号: the year's series, their last number, void numbers."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q

from accountability.models import User
from reports.models import DocumentNumber, NumberKind, NumberSeries
from reports.models.document_number import usual_pattern

MOST_SHOWN = 200


def years(user: User, *, this_year: int) -> list[int]:
    """The years that have a series, and this one; the latest first."""
    known = NumberSeries.objects.visible_to(user).order_by().values_list("year", flat=True)
    return sorted({*known, this_year}, reverse=True)


def series_rows(user: User, year: int) -> list[dict[str, Any]]:
    """One row a kind: how it is written, how many are taken and void, the last number."""
    assert user.county is not None
    found = {
        series.kind: series
        for series in NumberSeries.objects.visible_to(user)
        .filter(year=year)
        .annotate(
            taken=Count("numbers"),
            void=Count("numbers", filter=Q(numbers__voided_at__isnull=False)),
            last=Max("numbers__ordinal"),
        )
    }
    rows = []
    for kind, label in NumberKind.choices:
        series = found.get(kind)
        last: int = getattr(series, "last", None) or 0
        rows.append(
            {
                "kind": kind,
                "label": label,
                "pattern": series.pattern if series else usual_pattern(kind, user.county),
                "taken": getattr(series, "taken", 0),
                "void": getattr(series, "void", 0),
                "last": series.written(last) if series and last else "",
            }
        )
    return rows


def pattern_of(user: User, *, year: int, kind: str) -> str:
    """How the numbers of a kind in a year are written now."""
    assert user.county is not None
    series = NumberSeries.objects.visible_to(user).filter(year=year, kind=kind).first()
    return series.pattern if series else usual_pattern(kind, user.county)


def numbers_of(user: User, *, year: int, kind: str) -> list[DocumentNumber]:
    """The latest numbers of a kind in a year, at most `MOST_SHOWN`."""
    return list(
        DocumentNumber.objects.visible_to(user)
        .filter(series__year=year, series__kind=kind)
        .select_related("taken_by__person", "voided_by__person")
        .order_by("-ordinal")[:MOST_SHOWN]
    )


def void_numbers(user: User, *, year: int) -> list[DocumentNumber]:
    """All void numbers of a year with their reasons."""
    return list(
        DocumentNumber.objects.visible_to(user)
        .filter(series__year=year, voided_at__isnull=False)
        .select_related("series", "voided_by__person")
        .order_by("series__kind", "ordinal")
    )
