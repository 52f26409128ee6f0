"""Telling a round's subjects: a unit's head and liaison officer, a seat's holder."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse

from accountability.door import Act
from accountability.models import UNIT_ROLES, RoleGrant, Tenure
from accountability.models.dated import holds_on
from accountability.services.outbox import tell
from reports.models import Assessment, Sheet


def tell_subjects(
    act: Act,
    assessment: Assessment,
    *,
    on: date,
    rule: str,
    title: str,
    sheets: Iterable[Sheet] | None = None,
) -> int:
    """Tell those who act for the subjects of `sheets` (all) once; a link to the round."""
    rows = list(assessment.sheets.all() if sheets is None else sheets)
    units = [row.unit_id for row in rows if row.unit_id]
    posts = [row.post_id for row in rows if row.post_id]
    people = set(
        RoleGrant.objects.filter(
            holds_on(on), unit_id__in=units, role__in=UNIT_ROLES, user__person__isnull=False
        ).values_list("user__person_id", flat=True)
    ) | set(
        Tenure.objects.filter(holds_on(on), post_id__in=posts).values_list("person_id", flat=True)
    )
    return tell(
        act,
        people=[pk for pk in people if pk is not None],
        rule=rule,
        on=on,
        title=f"{assessment}：{title}",
        link=reverse("assessment", args=[assessment.pk]),
        about=assessment,
        county=assessment.county_id,
    )
