"""The data of a 督查通报: what the rounds say on a day, as it is frozen in the bulletin."""

from __future__ import annotations

from datetime import date
from typing import Any

from accountability.models import User
from tasks.models import (
    OPENED_STATES,
    Campaign,
    CampaignKind,
    Return,
    ReturnState,
)
from tasks.selectors import board
from tasks.selectors.return_lines import lines_of

FORMAT = 1
HALVES = {1: (1, 2), 2: (3, 4)}


def of_campaign(campaign: Campaign, user: User, *, on: date) -> dict[str, Any]:
    """One round's data as `user` sees it; a constant number of queries."""
    return _data([campaign], user, on=on)


def rounds_of(user: User, year: int, half: int | None) -> list[Campaign]:
    """The opened rounds of a year, or of one half of it, the earliest first.

    A quarter or half-year counts where it belongs; other rounds by the day they opened.
    """
    rows = Campaign.objects.visible_to(user).filter(year=year, state__in=OPENED_STATES)
    found = list(rows.order_by("starts_on", "id"))
    if half is None:
        return found
    return [row for row in found if half_of(row) == half]


def half_of(campaign: Campaign) -> int:
    """1 or 2."""
    if campaign.kind == CampaignKind.QUARTERLY and campaign.period:
        return 1 if campaign.period <= 2 else 2
    if campaign.kind == CampaignKind.HALF_YEARLY and campaign.period:
        return campaign.period
    return 1 if campaign.starts_on.month <= 6 else 2


def of_time(user: User, year: int, half: int | None, *, on: date) -> dict[str, Any]:
    """The data of all rounds of a year or of one half of it."""
    return _data(rounds_of(user, year, half), user, on=on)


def _data(campaigns: list[Campaign], user: User, *, on: date) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for place, campaign in enumerate(campaigns):
        rows += _rows(campaign, user, place, on=on)
    return {
        "format": FORMAT,
        "issuer": campaigns[0].county.issuer if campaigns else "",
        "on": on.isoformat(),
        "rounds": [
            {
                "title": row.title,
                "kind": row.get_kind_display(),
                "opened_on": (row.opened_on or row.starts_on).isoformat(),
                "due_on": row.due_on.isoformat(),
            }
            for row in campaigns
        ],
        "rows": rows,
    }


def _rows(campaign: Campaign, user: User, place: int, *, on: date) -> list[dict[str, Any]]:
    """One row a unit, with the numbers of the tasks on which it said nothing."""
    soon = board.soon_day(campaign.county_id, on=on)
    returns = list(
        Return.objects.visible_to(user)
        .filter(campaign=campaign)
        .with_light(on=on, soon=soon)
        .select_related("unit")
        .order_by("precedence", "id")
    )
    units = [row.unit_id for row in returns]
    live = [row.unit_id for row in returns if row.state == ReturnState.WAITING]
    waiting = lines_of(campaign, live, on=on) if live else {}
    leaders = board.leaders_of(units, on=on)
    made = []
    for row in returns:
        if row.state == ReturnState.WAITING:
            said = [(line.number, line.is_reported) for line in waiting.get(row.unit_id, [])]
        else:
            said = [(line["number"], bool(line["text"] or line["share"])) for line in row.content]
        made.append(
            {
                "round": place,
                "unit": row.unit.name,
                "leaders": leaders.get(row.unit_id, ""),
                "state": row.state,
                "is_late": row.is_late,
                "is_zero": row.is_zero,
                "lamp": row.lamp,
                "is_judged": bool(row.light),
                "reason": row.judge_reason,
                "problems": row.problems,
                "reminders": row.reminders,
                "due": len(said),
                "reported": sum(is_said for _, is_said in said),
                "unsaid": []
                if row.is_zero
                else [number for number, is_said in said if not is_said],
            }
        )
    return made
