"""工作台: the round's return that waits for the own unit, the plan that waits for approval."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import User
from tasks.models import Campaign, CampaignState, Return
from tasks.selectors.home_banners import Banner


def waiting_returns(user: User, on: date) -> Banner | None:
    """The earliest return that a unit of the user owes; two queries at most."""
    scope = scope_for(user)
    if not scope.may(Action.RETURN_CONFIRM):
        return None
    rows = (
        Return.objects.visible_to(user)
        .filter(unit_id__in=scope.unit_ids, campaign__state=CampaignState.RUNNING)
        .missing()
        .select_related("campaign")
        .order_by("due_on", "id")
    )
    found = list(rows[:2])
    if not found:
        return None
    row = found[0]
    late = (on - row.due_on).days
    told = (
        f"已逾期 {late} 天，请尽快补报"
        if late > 0
        else f"{row.due_on.month}月{row.due_on.day}日截止"
    )
    more = "，另有其他督查待报送" if len(found) > 1 else ""
    url = reverse("unit_return", args=[row.pk])
    return Banner(f"{row.campaign.title}待报送", told + more, url, "确认报送", icon="up")


def waiting_plans(user: User, on: date) -> Banner | None:
    """The plan that waits for the office head's approval; one query."""
    if not scope_for(user).may(Action.CAMPAIGN_APPROVE):
        return None
    rows = Campaign.objects.visible_to(user).filter(
        state=CampaignState.SUBMITTED, starts_on__year__gte=on.year
    )
    campaign = rows.exclude(drafted_by=user).order_by("starts_on", "id").first()
    if campaign is None:
        return None
    url = reverse("campaign_plan", args=[campaign.pk])
    return Banner("督查方案待批准", campaign.title, url, "查看方案", icon="doc")
