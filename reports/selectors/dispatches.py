"""发文 as its pages show them."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from accountability.access import Action, scope_for
from accountability.models import AuditEvent, User
from reports.models import Dispatch, DispatchState, Endorsement, EndorsementState

PAGE = 50
TAGS = {DispatchState.ISSUED: "tag-gr", DispatchState.DRAFT: "tag-bl"}


def years(user: User) -> list[int]:
    """Years with dispatches that the user may see."""
    rows = Dispatch.objects.visible_to(user).order_by("-year").values_list("year", flat=True)
    return list(rows.distinct())


def page(user: User, year: int, *, before: int = 0) -> dict[str, Any]:
    """A year's dispatches, the latest first, each with how its endorsement stands; one query."""
    rounds = Endorsement.objects.filter(dispatch=OuterRef("pk")).order_by("-round")
    rows = Dispatch.objects.visible_to(user).filter(year=year)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(
        rows.select_related("number")
        .annotate(endorsed=Subquery(rounds.values("state")[:1]))
        .defer("body")
        .order_by("-pk")[: PAGE + 1]
    )
    labels = dict(EndorsementState.choices)
    for row in found:
        row.tag = TAGS.get(DispatchState(row.state), "")
        row.endorsed_label = labels.get(row.endorsed, "未送签")
    return {
        "rows": found[:PAGE],
        "before": found[PAGE - 1].pk if len(found) > PAGE else None,
        "may_edit": scope_for(user).may(Action.DISPATCH_EDIT),
    }


def events_of(dispatch: Dispatch) -> QuerySet[AuditEvent]:
    """What was done to a dispatch."""
    return AuditEvent.objects.filter(target_type="reports.dispatch", target_id=dispatch.pk)
