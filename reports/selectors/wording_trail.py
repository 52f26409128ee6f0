"""轨迹 of the county's wordings: each part of a paper is one object, whatever its version."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from reports.models import Wording


def events_of(row: Wording) -> QuerySet[AuditEvent]:
    """What was done to a part of a paper, in all its versions."""
    versions = Wording.objects.filter(county=row.county_id, paper=row.paper, part=row.part)
    return AuditEvent.objects.filter(
        target_type="reports.wording", target_id__in=versions.values("pk")
    )


def inline(user: User, versions: list[Wording]) -> object_trail.Trail:
    """For the page of a part; without a version of the county's own nothing was ever done."""
    if not versions:
        return object_trail.Trail()
    return object_trail.inline(user, "wording", versions[0].pk, events_of(versions[0]))


def _wordings(user: User) -> QuerySet[Wording]:
    scope = scope_for(user)
    if not scope.may(Action.FORM_MANAGE):
        return Wording.objects.none()
    return Wording.objects.filter(county_id=scope.county_id)


def _wording(user: User, row: Wording) -> object_trail.Subject:
    return object_trail.Subject(
        str(row), reverse("wording", args=[row.paper, row.part]), events_of(row)
    )


object_trail.register("wording", "文书措辞", Wording, visible=_wordings, subject=_wording)
