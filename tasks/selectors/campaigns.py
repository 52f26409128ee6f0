"""督查: the year's rounds as their list shows them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from accountability.access import Action, scope_for
from accountability.models import User
from tasks.models import (
    OPENED_STATES,
    Campaign,
    CampaignMember,
    CampaignState,
    Return,
    ReturnState,
)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One round with how far it has come, as its reader sees it."""

    campaign: Campaign
    total: int
    submitted: int

    @property
    def is_opened(self) -> bool:
        return self.campaign.state in OPENED_STATES


def years(user: User) -> list[int]:
    """The years that have rounds in view, the latest first."""
    rows = Campaign.objects.visible_to(user).order_by("-year")
    return list(rows.values_list("year", flat=True).distinct())


def latest(user: User) -> Campaign | None:
    """The round that opened last and still runs."""
    rows = Campaign.objects.visible_to(user).filter(state=CampaignState.RUNNING)
    found: Campaign | None = rows.order_by("-opened_on", "-id").first()
    return found


def of_year(user: User, year: int) -> list[CampaignRow]:
    """The rounds of a year with their counts; two queries."""
    rows = list(Campaign.objects.visible_to(user).filter(year=year).order_by("-starts_on", "-id"))
    counts = {
        pk: (total, submitted)
        for pk, total, submitted in Return.objects.visible_to(user)
        .filter(campaign__in=rows)
        .order_by()
        .values_list("campaign_id")
        .annotate(total=Count("pk"), submitted=Count("pk", filter=Q(state=ReturnState.SUBMITTED)))
    }
    return [CampaignRow(row, *counts.get(row.pk, (0, 0))) for row in rows]


def siblings(user: User, campaign: Campaign) -> list[Campaign]:
    """The opened rounds of the same year, in the order of their opening; one query."""
    rows = Campaign.objects.visible_to(user).filter(year=campaign.year, state__in=OPENED_STATES)
    return list(rows.order_by("starts_on", "id")[:12])


def may_judge(user: User, campaign: Campaign) -> bool:
    """The office, and who is on the team."""
    if scope_for(user).may(Action.CAMPAIGN_EDIT):
        return True
    team = CampaignMember.objects.filter(campaign=campaign, person_id=user.person_id)
    return user.person_id is not None and team.exists()


def named(user: User, pk: int) -> str | None:
    """What a round is called to who may see it; None out of sight. One query."""
    title: str | None = (
        Campaign.objects.visible_to(user).filter(pk=pk).values_list("title", flat=True).first()
    )
    return title
