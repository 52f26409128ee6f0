"""权力清单 as its pages show them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet

from accountability.access import Action, scope_for
from accountability.models import AuditEvent, User
from reports.models import POWER_LIST_TRANSITIONS, PowerItem, PowerList, PowerListState
from reports.models.power_list import ENDED

PAGE = 50
TAGS = {
    PowerListState.DRAFT: "tag-ye",
    PowerListState.APPROVED: "tag-bl",
    PowerListState.PUBLISHED: "tag-gr",
}


def page(user: User, *, with_ended: bool, after: int = 0) -> dict[str, Any]:
    """The lists that the user may see, with their risks counted; one query."""
    rows = PowerList.objects.visible_to(user)
    if not with_ended:
        rows = rows.exclude(state__in=[*ENDED, PowerListState.REPLACED])
    found = list(
        rows.filter(pk__gt=after)
        .select_related("unit", "post__unit")
        .annotate(
            count=Count("items"),
            high=Count("items", filter=Q(items__level="high")),
            middle=Count("items", filter=Q(items__level="middle")),
            low=Count("items", filter=Q(items__level="low")),
        )
        .order_by("pk")[: PAGE + 1]
    )
    for row in found:
        row.tag = TAGS.get(PowerListState(row.state), "")
    return {
        "rows": found[:PAGE],
        "after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "with_ended": with_ended,
        "may_edit": scope_for(user).may(Action.POWER_EDIT),
    }


def items_of(power_list: PowerList) -> list[PowerItem]:
    """Its rows in order."""
    return list(power_list.items.order_by("position"))


def detail(user: User, power_list: PowerList) -> dict[str, Any]:
    """One version with its rows, the others of the same owner, and what may be done."""
    open_to = POWER_LIST_TRANSITIONS[power_list.state]
    may_edit = scope_for(user).may(Action.POWER_EDIT)
    others = (
        PowerList.objects.visible_to(user)
        .filter(unit=power_list.unit_id, post=power_list.post_id)
        .exclude(pk=power_list.pk)
        .order_by("-version")
    )
    return {
        "list": power_list,
        "items": items_of(power_list),
        "others": list(others),
        "tag": TAGS.get(PowerListState(power_list.state), ""),
        "may_edit": may_edit,
        "may_approve": may_edit and PowerListState.APPROVED in open_to,
        "may_publish": may_edit and PowerListState.PUBLISHED in open_to,
        "may_withdraw": may_edit and PowerListState.WITHDRAWN in open_to,
        "may_void": may_edit and PowerListState.VOID in open_to,
    }


def events_of(power_list: PowerList) -> QuerySet[AuditEvent]:
    """What was done to one version."""
    return AuditEvent.objects.filter(target_type="reports.powerlist", target_id=power_list.pk)
