"""季度督查 by the schedule: each quarter of each county once, caught up after any outage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from accountability.door import Actor, acting
from accountability.models import County, Role, RoleGrant
from accountability.models.dated import holds_on
from accountability.rhythm import Made, Rule
from accountability.services import outbox
from tasks.models import Campaign, CampaignKind, CampaignScope, CampaignState
from tasks.periods import Period
from tasks.selectors.report_days import report_days
from tasks.services import campaigns

KIND = "campaign"
# (month, day) on which a quarter's round opens, and by when units report.
OPENS = ((3, 25), (6, 25), (9, 25), (12, 25))
CONTENT = (
    "对照本年度任务分解表，逐项督查责任单位在本季度推进任务的情况："
    "一是进展是否达到序时进度；二是佐证材料是否齐全真实；"
    "三是以往督查指出的问题是否整改到位；四是责任领导是否履行分管范围内的责任。"
)
OBJECTS = "承担本年度任务的牵头单位和责任单位"


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter's round and the day on which it opens."""

    year: int
    number: int
    opens: date


def quarters(first: date, last: date) -> Iterator[Quarter]:
    """The quarters whose round opens on a day from `first` to `last`, both included."""
    for year in range(first.year, last.year + 1):
        for number, opens in enumerate(OPENS, start=1):
            quarter = Quarter(year, number, date(year, *opens))
            if first <= quarter.opens <= last:
                yield quarter


def make(county: County, on: date, by: Actor) -> Made:
    """Make what is missing, open what may open, take in who came to carry tasks.

    The first quarter's plan of a year waits for the office head; the other
    quarters follow the plan that was approved, and open by themselves. Two at
    once make one: the table has each period of a county once.
    """
    due = list(quarters(county.started_on, on))
    rows = {
        (row.year, row.period): row
        for row in Campaign.objects.filter(county=county, kind=CampaignKind.QUARTERLY)
    }
    plans = _plans(list(rows.values()))
    missing = [q for q in due if (q.year, q.number) not in rows]
    days = report_days(county.pk)
    for quarter in missing:
        due_on = days.deadline(Period(quarter.year, quarter.number))
        _make_one(county, quarter, plans.get(quarter.year), due_on=due_on, on=on, by=by)
    for row in rows.values():
        plan = plans.get(row.year)
        if plan and row.state == CampaignState.SUBMITTED and row.drafted_by_id is None:
            _follow(row, plan, on=on, by=by)
    _open_approved(county, on=on, by=by)
    _take_in(county, on=on, by=by)
    return Made(created=len(missing), existing=len(due) - len(missing))


RULE = Rule(KIND, "季度督查", "每季度末月 25 日启动，按进展报送期限截止", make)


def _plans(rows: list[Campaign]) -> dict[int, Campaign]:
    """The plan of each year that the office head approved last."""
    found: dict[int, Campaign] = {}
    for row in sorted(rows, key=lambda row: row.period or 0):
        if row.approved_at is not None and row.state != CampaignState.VOID:
            found[row.year] = row
    return found


def _make_one(
    county: County,
    quarter: Quarter,
    plan: Campaign | None,
    *,
    due_on: date,
    on: date,
    by: Actor,
) -> None:
    campaign = Campaign(
        county=county,
        year=quarter.year,
        kind=CampaignKind.QUARTERLY,
        period=quarter.number,
        title=f"{quarter.year}年第{'一二三四'[quarter.number - 1]}季度主体责任落实情况督查",
        content=plan.content if plan else CONTENT,
        objects_text=plan.objects_text if plan else OBJECTS,
        scope=plan.scope if plan else CampaignScope.HOLDERS,
        chosen=plan.chosen if plan else {"units": [], "groups": []},
        starts_on=quarter.opens,
        due_on=due_on,
        state=CampaignState.SUBMITTED,
    )
    campaign.full_clean()
    with acting(by=by) as act:
        campaign.save()
        act.record("campaign.make", campaign, summary=f"按计划立项{campaign}")
        if plan is None:
            outbox.tell(
                act,
                people=_heads(county, on=on),
                rule="campaign.approve",
                on=on,
                title=f"{campaign}方案待批准",
                text="本年度第一次季度督查方案批准后启动，其余各季沿用，到期自行启动。",
                link=reverse("campaign_plan", args=[campaign.pk]),
                about=campaign,
                county=county,
            )
    if plan is not None:
        _follow(campaign, plan, on=on, by=by)


def _follow(campaign: Campaign, plan: Campaign, *, on: date, by: Actor) -> None:
    """Open a quarter on the plan that was approved for the year."""
    if plan.scope == CampaignScope.DRAWN:
        return  # a draw is approved and held for itself
    with acting(by=by) as act:
        row: Campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
        row.follows, row.state = plan, CampaignState.APPROVED
        act.record("campaign.follow", row, summary=f"{row}沿用{plan}方案")
        campaigns.open_round(act, row, on=on)


def _open_approved(county: County, *, on: date, by: Actor) -> None:
    """Open the rounds of any kind that were approved before their day."""
    waiting = Campaign.objects.filter(
        county=county, state=CampaignState.APPROVED, starts_on__lte=on
    ).exclude(scope=CampaignScope.DRAWN)
    for pk in list(waiting.values_list("pk", flat=True)):
        with acting(by=by) as act:
            campaigns.open_round(act, Campaign.objects.select_for_update().get(pk=pk), on=on)


def _take_in(county: County, *, on: date, by: Actor) -> None:
    """Units that came to carry tasks while a round of all holders still takes returns."""
    running = Campaign.objects.filter(
        county=county,
        state=CampaignState.RUNNING,
        scope=CampaignScope.HOLDERS,
        due_on__gte=on,
        opened_on__lt=on,
    )
    for pk in list(running.values_list("pk", flat=True)):
        with acting(by=by) as act:
            campaign = Campaign.objects.select_for_update().get(pk=pk)
            if not campaigns.add_newcomers(act, campaign, on=on):
                act.unchanged()


def _heads(county: County, *, on: date) -> list[int]:
    rows = RoleGrant.objects.filter(
        holds_on(on), role=Role.OFFICE_HEAD, user__county=county, user__person__isnull=False
    )
    return list(rows.values_list("user__person_id", flat=True))
