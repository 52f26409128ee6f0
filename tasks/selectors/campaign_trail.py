"""轨迹 of rounds and returns: the events that tell of them."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.urls import reverse

from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from tasks.models import Campaign, Objection, Return
from tasks.services.conclusion_objections import KIND


def events_of(campaign: Campaign) -> QuerySet[AuditEvent]:
    """What was done to a round as a whole; each return has a trail of its own."""
    return AuditEvent.objects.filter(target_type="tasks.campaign", target_id=campaign.pk)


def events_of_return(row: Return) -> QuerySet[AuditEvent]:
    """What was done to a unit's return, the feedback of its round, the objection to it."""
    objections = Objection.objects.filter(subject_kind=KIND, subject_id=row.pk).values("pk")
    return AuditEvent.objects.filter(
        Q(target_type="tasks.return", target_id=row.pk)
        | Q(target_type="tasks.objection", target_id__in=objections)
        | Q(
            target_type="tasks.campaign",
            target_id=row.campaign_id,
            action__in=["campaign.open", "campaign.conclude"],
        )
    )


def _campaigns(user: User) -> QuerySet[Campaign]:
    return Campaign.objects.visible_to(user)


def _returns(user: User) -> QuerySet[Return]:
    return Return.objects.visible_to(user).select_related("campaign", "unit")


def _campaign(user: User, campaign: Campaign) -> object_trail.Subject:
    url = reverse("campaign", args=[campaign.pk])
    return object_trail.Subject(campaign.title, url, events_of(campaign))


def _return(user: User, row: Return) -> object_trail.Subject:
    url = reverse("unit_return", args=[row.pk])
    return object_trail.Subject(f"{row.unit}：{row.campaign}", url, events_of_return(row))


object_trail.register("campaign", "督查", Campaign, visible=_campaigns, subject=_campaign)
object_trail.register("return", "督查报送", Return, visible=_returns, subject=_return)
