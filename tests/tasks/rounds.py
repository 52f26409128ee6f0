"""Supervision rounds for tests: a plan, a running quarter, what units reported."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accountability.door import Actor, acting
from accountability.services import bulk
from tasks.models import Campaign, Part, Progress, Return, TaskItem
from tasks.services import campaign_rounds, campaigns
from tests.world import World

YEAR = 2026
OPENS = date(2026, 3, 25)
SYSTEM = "worker"


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    user._scope = None  # type: ignore[attr-defined]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def start_county_in(world: World, day: date) -> None:
    """The county's start date, from which the schedule makes rounds."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        world.county.started_on = day
        world.county.save()


def by_schedule(world: World, on: date) -> Any:
    """What the schedule does for the county on a day."""
    by = Actor.system(SYSTEM, county=world.county)
    return campaign_rounds.make(world.county, on, by)


def running(world: World, *, on: date = OPENS) -> Campaign:
    """The first quarter's round, approved and opened."""
    start_county_in(world, date(on.year, 1, 1))
    by_schedule(world, on)
    campaign = Campaign.objects.get(county=world.county, year=on.year, period=1)
    return campaigns.approve(by=actor(world, "zhuren"), campaign_id=campaign.pk, on=on)


def of(campaign: Campaign, unit: str) -> Return:
    return Return.objects.select_related("campaign", "unit").get(campaign=campaign, unit__name=unit)


def reported(
    world: World,
    items: list[TaskItem],
    unit: str,
    *,
    text: str = "已完成第一阶段工作。",
    quarter: int = 1,
    percent: int | None = 40,
) -> None:
    """The unit has handed in progress on these tasks."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        bulk.create(
            [
                Progress(
                    county=world.county, item=item, unit=world.units[unit], year=item.year,
                    quarter=quarter, part=Part.LEAD, text=text, percent=percent,
                    state="submitted", reported_at=timezone.now(),
                    reported_by=world.users["caizheng"],
                )
                for item in items
            ]
        )  # fmt: skip


def plan(**changed: Any) -> campaigns.Plan:
    """A special round's plan that lacks nothing but its team."""
    values: dict[str, Any] = {
        "title": "工程发包专项督查",
        "content": "限额以上工程发包情况。",
        "objects_text": "有关单位",
        "scope": "holders",
        "starts_on": OPENS,
        "due_on": OPENS + timedelta(days=20),
    }
    return campaigns.Plan(**{**values, **changed})
