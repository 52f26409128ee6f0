"""Who is told what concerns a unit: its liaison officers and its head."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from accountability.models import UNIT_ROLES, RoleGrant
from accountability.models.dated import holds_on


def reporters_of(units: Collection[int], *, on: date) -> list[int]:
    """The ids of the persons who act for these units on `on`; one query."""
    rows = RoleGrant.objects.filter(
        holds_on(on),
        role__in=UNIT_ROLES,
        unit_id__in=units,
        user__is_active=True,
        user__person__isnull=False,
    )
    return sorted(set(rows.values_list("user__person_id", flat=True)))
