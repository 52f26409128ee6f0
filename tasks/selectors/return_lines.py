"""What a unit says on its tasks in a round: read from its progress, and frozen on confirming."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from tasks.models import Campaign, TaskItem
from tasks.selectors import campaign_units


@dataclass(frozen=True, slots=True)
class Line:
    """One task of a unit with what it said on it in the round's period; "" where nothing yet."""

    item: int
    number: str
    heading: str
    text: str = ""
    share: str = ""

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
            Line(pk, number, heading, *said.get((unit, pk), ("", "")))
            for pk, number, heading in items
            if pk in carried.get(unit, ())
        ]
        for unit in units
    }


def reported(
    campaign: Campaign, units: Collection[int], items: Collection[int]
) -> dict[tuple[int, int], tuple[str, str]]:
    """(text, share) that each unit reported on each task for the round's period."""
    return {}
