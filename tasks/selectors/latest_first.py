"""Lists with the newest first: paged by the id at the page's edge, as the trail is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

PAGE = 50


@dataclass(frozen=True, slots=True)
class LatestPage:
    """One page; `older` and `newer` are the ids from which the neighbours go on."""

    rows: list[Any]
    older: int | None
    newer: int | None


def page(rows: QuerySet[Any], *, before: int | None = None, after: int | None = None) -> LatestPage:
    """The rows below `before` or above `after`, newest first; one query."""
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
        has_newer, has_older = len(found) > PAGE, True
        found = list(reversed(found[:PAGE]))
    else:
        if before is not None:
            rows = rows.filter(pk__lt=before)
        found = list(rows.order_by("-pk")[: PAGE + 1])
        has_older, has_newer = len(found) > PAGE, before is not None
        found = found[:PAGE]
    return LatestPage(
        found,
        found[-1].pk if found and has_older else None,
        found[0].pk if found and has_newer else None,
    )


def start_of(day: date) -> datetime:
    """The first moment of a day in the county."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The first moment after a day in the county."""
    return start_of(day + timedelta(days=1))
