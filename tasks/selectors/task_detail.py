"""任务详情: one task with its path, slots, parts and milestones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from accountability.models import GroupMembership, User
from accountability.models.dated import holds_on
from tasks.models import Milestone, PaperSection, TaskItem, TaskState
from tasks.selectors.headings import titled
from tasks.selectors.holders import SlotHeld, slots_held
from tasks.selectors.ledger import late_days


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-item of the task (分项)."""

    id: int
    number: str
    heading: str
    due_on: date | None
    measure: str
    state_label: str


def detail(user: User, item: TaskItem, *, on: date) -> dict[str, Any]:
    """Everything the page shows but the history; a bounded number of queries."""
    labels = dict(TaskState.choices)
    parts = [
        Part(pk, number, heading, due_on, measure, str(labels[state]))
        for pk, number, heading, due_on, measure, state in TaskItem.objects.visible_to(
            user, year=item.year
        )
        .filter(parent=item)
        .order_by("order")
        .values_list("id", "number", "heading", "due_on", "measure", "state")
    ]
    slots = slots_held([item.pk], on=on).get(item.pk, [])
    return {
        "item": item,
        "path": path_of(item),
        "slots": slots,
        "members": members_of(slots, on=on),
        "parts": parts,
        "milestones": list(Milestone.objects.filter(item=item, is_dropped=False)),
        "late": late_days(item.state, item.due_on, on=on),
        "days_left": (item.due_on - on).days if item.due_on else None,
    }


def path_of(item: TaskItem) -> list[str]:
    """The chapter and the headings above the task, the topmost first; one query."""
    if item.section_id is None:
        return []
    rows = {
        pk: (parent_id, number, heading)
        for pk, parent_id, number, heading in PaperSection.objects.filter(
            paper_id=item.paper_id
        ).values_list("id", "parent_id", "number", "heading")
    }
    found: list[str] = []
    at: int | None = item.section_id
    while at is not None and at in rows and len(found) < 12:
        parent_id, number, heading = rows[at]
        found.append(titled(number, heading))
        at = parent_id
    return found[::-1]


def members_of(slots: list[SlotHeld], *, on: date) -> dict[str, list[str]]:
    """The names of the member units of each group in the slots, by the group's key."""
    groups = {h.key: int(h.key[1:]) for slot in slots for h in slot.holders if h.key[0] == "g"}
    if not groups:
        return {}
    found: dict[str, list[str]] = {key: [] for key in groups}
    for group_id, name in (
        GroupMembership.objects.filter(
            holds_on(on), holds_on(on, "unit__"), group_id__in=groups.values()
        )
        .order_by("unit__precedence", "unit_id")
        .values_list("group_id", "unit__name")
        .distinct()
    ):
        found[f"g{group_id}"].append(name)
    return found
