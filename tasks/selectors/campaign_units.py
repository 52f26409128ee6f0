"""Which units a supervision round looks at, and which tasks each of them carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Q, QuerySet

from accountability.models import Post, Tenure, Unit, UnitKind
from accountability.models.dated import holds_on
from accountability.selectors.directory import UNIT_SLOTS
from tasks.models import (
    Assignment,
    Campaign,
    CampaignItem,
    CampaignMember,
    CampaignScope,
    TaskItem,
    TaskState,
)

LOOKED_AT = (TaskState.ISSUED, TaskState.DONE)
REPORTING = [kind for kind in UnitKind.values if kind != UnitKind.SECTION]


def items_of(campaign: Campaign) -> QuerySet[TaskItem]:
    """The tasks that the round looks at: those of its plan, else all of its year."""
    items = TaskItem.objects.filter(
        county_id=campaign.county_id, year=campaign.year, state__in=LOOKED_AT
    )
    chosen = CampaignItem.objects.filter(campaign=campaign)
    if chosen.exists():
        items = items.filter(pk__in=chosen.values("item_id"))
    return items


def carried(
    campaign: Campaign,
    *,
    on: date,
    units: Collection[int] | None = None,
    items: Collection[int] | None = None,
    open_only: bool = False,
) -> dict[int, set[int]]:
    """The ids of the tasks that each unit carries on `on`, in 牵头单位 or 责任单位.

    By itself or as a member of a group; sections (科室) report through their
    unit. Three queries, whatever their number.
    """
    tasks = items_of(campaign)
    if open_only:
        tasks = tasks.filter(state=TaskState.ISSUED)
    if items is not None:
        tasks = tasks.filter(pk__in=items)
    held = Assignment.objects.filter(
        holds_on(on), slot__kind__in=UNIT_SLOTS, slot__is_dropped=False, item__in=tasks
    ).order_by()
    found: dict[int, set[int]] = defaultdict(set)
    for path in ("unit", "group__memberships__unit"):
        # In one call: conditions of several calls would each join the memberships anew.
        whose = holds_on(on, f"{path}__") & Q(**{f"{path}__kind__in": REPORTING})
        if path != "unit":
            whose &= holds_on(on, "group__memberships__") & holds_on(on, "group__")
        if units is not None:
            whose &= Q(**{f"{path}_id__in": units})
        rows = held.filter(whose).values_list(f"{path}_id", "item_id")
        for unit_id, item_id in rows.distinct():
            found[unit_id].add(item_id)
    return found


def pool(campaign: Campaign, *, on: date) -> QuerySet[Unit]:
    """The units of the plan on `on`; of a round with nothing chosen, who carries tasks."""
    units = Unit.objects.filter(holds_on(on), county_id=campaign.county_id)
    chosen = chosen_units(campaign), chosen_groups(campaign)
    if campaign.scope == CampaignScope.HOLDERS or not any(chosen):
        return units.filter(pk__in=list(carried(campaign, on=on, open_only=True)))
    of_groups = Unit.objects.filter(
        holds_on(on, "group_memberships__"),
        group_memberships__group_id__in=chosen[1],
        group_memberships__group__county_id=campaign.county_id,
    )
    return units.filter(Q(pk__in=chosen[0]) | Q(pk__in=of_groups.order_by().values("pk")))


def chosen_units(campaign: Campaign) -> list[int]:
    """The ids of the units that the plan names."""
    return list(campaign.chosen.get("units", []))


def chosen_groups(campaign: Campaign) -> list[int]:
    """The ids of the groups that the plan names."""
    return list(campaign.chosen.get("groups", []))


def own_units(persons: Collection[int], *, on: date) -> dict[int, frozenset[int]]:
    """The units where each person sits on `on`, with the units above them; two queries at most.

    A section's head belongs to the organ whose section it is.
    """
    rows = list(
        Tenure.objects.filter(holds_on(on), person_id__in=persons).values_list(
            "person_id", "post__unit_id", "post__unit__parent_id", "post__unit__parent__parent_id"
        )
    )
    found: dict[int, set[int]] = {person: set() for person in persons}
    for person, *units in rows:
        found[person].update(unit for unit in units if unit is not None)
    return {person: frozenset(units) for person, units in found.items()}


def members_of(campaign: Campaign) -> list[CampaignMember]:
    """The team, its head first."""
    return list(
        CampaignMember.objects.filter(campaign=campaign)
        .select_related("person")
        .order_by("-is_lead", "id")
    )


def seats_of(persons: Collection[int], *, on: date) -> dict[int, str]:
    """What each person is on `on`, for lists to choose from; one query."""
    posts = Post.objects.filter(
        holds_on(on), holds_on(on, "tenures__"), tenures__person_id__in=persons
    )
    return {
        person: f"{unit}{title}"
        for person, unit, title in posts.order_by("-precedence").values_list(
            "tenures__person_id", "unit__name", "title"
        )
    }
