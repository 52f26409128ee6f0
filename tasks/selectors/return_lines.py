"""What a unit says on its tasks in a round: read from its progress, and frozen on confirming."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

from tasks.models import Campaign, CampaignKind, Progress, TaskItem
from tasks.periods import Period
from tasks.selectors import campaign_units


class Said(NamedTuple):
    """What a unit said on a task; "" where nothing yet."""

    text: str = ""
    share: str = ""
    is_zero: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One task of a unit with what it said on it in the round's period."""

    item: int
    number: str
    heading: str
    text: str = ""
    share: str = ""
    is_zero: bool = False

    @property
    def is_reported(self) -> bool:
        return bool(self.text or self.share)

    def frozen(self) -> dict[str, Any]:
        """As a return keeps it."""
        return asdict(self)


def lines_of(campaign: Campaign, units: Collection[int], *, on: date) -> dict[int, list[Line]]:
    """The open tasks of each unit with what it reported; a constant number of queries."""
    carried = campaign_units.carried(campaign, on=on, units=units, open_only=True)
    ids = {item for items in carried.values() for item in items}
    rows = TaskItem.objects.filter(pk__in=ids).order_by("paper_id", "order", "id")
    items = list(rows.values_list("pk", "number", "heading"))
    said = reported(campaign, units, ids)
    return {
        unit: [
            Line(pk, number, heading, *said.get((unit, pk), Said()))
            for pk, number, heading in items
            if pk in carried.get(unit, ())
        ]
        for unit in units
    }


def quarters_of(campaign: Campaign) -> list[int]:
    """The quarters whose progress counts in the round; of a special round those begun by then."""
    if campaign.kind == CampaignKind.QUARTERLY and campaign.period:
        return [campaign.period]
    if campaign.kind == CampaignKind.HALF_YEARLY and campaign.period:
        return [campaign.period * 2 - 1, campaign.period * 2]
    last = Period.of(campaign.due_on)
    return list(range(1, (last.quarter if last.year == campaign.year else 4) + 1))


def reported(
    campaign: Campaign, units: Collection[int] | None, items: Collection[int]
) -> dict[tuple[int, int], Said]:
    """What each unit (all: None) handed in on each task, the latest quarter's; one query."""
    rows = Progress.objects.standing().filter(
        county_id=campaign.county_id,
        year=campaign.year,
        quarter__in=quarters_of(campaign),
        item_id__in=items,
    )
    if units is not None:
        rows = rows.filter(unit_id__in=units)
    return {
        (unit, item): Said(text, "" if percent is None else f"{percent}%", is_zero)
        for unit, item, text, percent, is_zero in rows.order_by("quarter").values_list(
            "unit_id", "item_id", "text", "percent", "is_zero"
        )
    }
