"""佐证 to choose from, and what is in quarantine."""

from __future__ import annotations

from collections.abc import Collection

from accountability.models import Unit, User
from tasks.models import Evidence, EvidenceState

OFFERED = 30
HELD_SHOWN = 50


def offered(user: User, unit: Unit, *, without: Collection[int] = ()) -> list[Evidence]:
    """What the unit uploaded or named before, the newest first; one query."""
    return list(
        Evidence.objects.visible_to(user)
        .usable()
        .filter(unit=unit)
        .exclude(pk__in=without)
        .order_by("-id")[:OFFERED]
    )


def held(user: User) -> list[Evidence]:
    """What an inspector has to look at; one query."""
    return list(
        Evidence.objects.visible_to(user)
        .filter(state=EvidenceState.QUARANTINED)
        .select_related("unit", "added_by__person")
        .order_by("-id")[:HELD_SHOWN]
    )
