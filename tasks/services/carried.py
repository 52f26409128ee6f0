"""What units, posts and groups carry of tasks, for the directory's registry."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from accountability.models import ClosedYear
from accountability.services.carried import Carried, Holder
from tasks.models import Assignment, TaskState

# A draft counts too: its slot would hold somebody who is no longer there.
OPEN_STATES = (TaskState.DRAFT, TaskState.ISSUED)
COLUMNS = {"u": "unit_id", "p": "post_id", "g": "group_id"}


def open_tasks(holders: frozenset[Holder], on: date) -> list[Carried]:
    """Unfinished tasks of open years on `holders` on `on` or later; one query."""
    whose = Q(pk__in=[])
    for kind, column in COLUMNS.items():
        ids = [h.id for h in holders if h.kind == kind]
        if ids:
            whose |= Q(**{f"{column}__in": ids})
    rows = (
        Assignment.objects.filter(whose)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), item__state__in=OPEN_STATES)
        .exclude(slot__is_dropped=True)
        .exclude(ClosedYear.objects.of_row("item__"))
        .order_by("-item__year", "item__paper_id", "item__order", "slot__position", "id")
        .values_list("unit_id", "post_id", "group_id", "item__number", "item__heading")
    )
    found = []
    for unit_id, post_id, group_id, number, heading in rows:
        for kind, pk in (("u", unit_id), ("p", post_id), ("g", group_id)):
            if pk is not None:
                found.append(Carried(Holder(kind, pk), f"{number} {heading[:40]}"))
    return found
