"""内部分工 of one unit's share of a task, and whom it can be laid on."""

from __future__ import annotations

from datetime import date
from typing import Any

from accountability.models import Tenure, Unit, User
from accountability.models.dated import holds_on
from tasks.models import Share, TaskItem


def page(user: User, item: TaskItem, unit: Unit) -> dict[str, Any]:
    """The shares with their mean; one query."""
    rows = list(
        Share.objects.visible_to(user)
        .kept()
        .filter(item=item, unit=unit)
        .select_related("section", "person", "item", "reported_by__person")
        .order_by("id")
    )
    mean = sum(row.percent for row in rows) // len(rows) if rows else 0
    return {"rows": rows, "mean": mean}


def carriers(unit: Unit, *, on: date) -> list[tuple[str, str]]:
    """科室 of the unit and persons with a seat in it or in one of them; two queries."""
    sections = list(Unit.objects.on(on).filter(parent=unit).order_by("precedence", "id"))
    found = [(f"s{s.pk}", s.name) for s in sections]
    seated = (
        Tenure.objects.filter(
            holds_on(on),
            holds_on(on, "post__"),
            post__unit_id__in=[unit.pk, *(s.pk for s in sections)],
        )
        .order_by("post__precedence", "id")
        .values_list("person_id", "person__name", "post__title")
    )
    named: dict[int, str] = {}
    for person_id, name, title in seated:
        named.setdefault(person_id, f"{name}（{title}）")
    return found + [(f"p{pk}", label) for pk, label in named.items()]
