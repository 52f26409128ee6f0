"""Whom to tell of what waits: the people who act for a unit, and those of the office."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Q
from django.urls import reverse

from accountability.models import UNIT_ROLES, Role, RoleGrant
from accountability.models.dated import holds_on

OFFICE = (Role.OFFICE_CLERK, Role.OFFICE_HEAD)


def notice_link(pk: int) -> str:
    return reverse("notice_detail", args=[pk])


def finding_link(pk: int) -> str:
    return reverse("finding_detail", args=[pk])


def _still_here(on: date) -> Q:
    """The account is in use and its person has not left."""
    person = "user__person__"
    return Q(user__is_active=True, user__person__isnull=False) & (
        Q(**{f"{person}retired_on__isnull": True}) | Q(**{f"{person}retired_on__gt": on})
    )


def people_of_units(unit_ids: Collection[int], *, on: date) -> dict[int, list[int]]:
    """The persons who act for each of these units on `on`; one query."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = RoleGrant.objects.filter(
        holds_on(on), _still_here(on), role__in=UNIT_ROLES, unit_id__in=unit_ids
    )
    for unit_id, person_id in rows.order_by("id").values_list("unit_id", "user__person_id"):
        if person_id not in found[unit_id]:
            found[unit_id].append(person_id)
    return found


def people_of_office(county_id: int, *, on: date) -> list[int]:
    """The persons of the county's office on `on`."""
    rows = RoleGrant.objects.filter(
        holds_on(on), _still_here(on), role__in=OFFICE, user__county_id=county_id
    )
    return list(dict.fromkeys(rows.order_by("id").values_list("user__person_id", flat=True)))
