"""What the register of 违规干预插手 shows: numbers and days; the content is read one by one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from ..models import Interference, User

PAGE = 50
MOST_OWN = 50


@dataclass(frozen=True, slots=True)
class Page:
    """First entries of one page, newest first, and where the next begins (an id)."""

    rows: list[Interference]
    next_before: int | None


def register(user: User, *, before: int | None) -> Page:
    """The first entries that `user` may read, older than `before`; in one query."""
    rows = Interference.objects.visible_to(user).filter(corrects__isnull=True)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(
        rows.annotate(correction_count=Count("corrections"))
        .select_related("recorded_by__person")
        .order_by("-id")[: PAGE + 1]
    )
    is_more = len(found) > PAGE
    return Page(found[:PAGE], found[PAGE - 1].pk if is_more else None)


def own(user: User) -> list[Interference]:
    """The last entries of `user`'s own hand: numbers and days alone."""
    return list(
        Interference.objects.numbered_by(user)
        .select_related("corrects")
        .only("year", "serial", "recorded_at", "corrects__year", "corrects__serial")
        .order_by("-id")[:MOST_OWN]
    )
