"""What the 工作台 of several roles have in common: counts, deadlines, days to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.urls import NoReverseMatch, reverse

from accountability.access import scope_for
from accountability.models import User
from accountability.models.dated import holds_on
from tasks.lights import Light
from tasks.models import Assignment, Milestone, TaskItem, TaskState
from tasks.selectors import lights
from tasks.selectors.ledger import late_days

NODE_DAYS = 60
SOON_DAYS = 7
TODO_TASKS = 8
# 办结 is the count of the state.
LIT = (Light.GREEN, Light.YELLOW, Light.RED, Light.IDLE)


@dataclass(frozen=True, slots=True)
class Todo:
    """One row of 待办: its button says the verb."""

    tag: str
    css: str
    title: str
    url: str
    source: str
    due_on: date | None
    verb: str
    late: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A day to keep in mind (近期节点)."""

    day: date
    text: str
    url: str
    source: str


def address(routes: tuple[str, ...], *args: Any, **kwargs: Any) -> str:
    """The address of the first of these routes that exists; "" where none does."""
    for route in routes:
        for given in ((args, kwargs), ((), {})):
            try:
                return reverse(route, args=given[0], kwargs=given[1])
            except NoReverseMatch:
                continue
    return ""


def list_url(year: int, query: str = "") -> str:
    return reverse("task_list", args=[year]) + (f"?{query}" if query else "")


def summary(rows: QuerySet[TaskItem], county_id: int | None, *, on: date) -> dict[str, int]:
    """How many tasks stand in which state and show which light; one query beside the county's."""
    late = Q(state=TaskState.ISSUED, due_on__lt=on)
    soon = Q(state=TaskState.ISSUED, due_on__gte=on, due_on__lte=on + timedelta(days=SOON_DAYS))
    lit = lights.of_county(rows.exclude(state=TaskState.VOID), county_id or 0, on=on)
    found: dict[str, int] = lit.aggregate(
        total=Count("pk"),
        draft=Count("pk", filter=Q(state=TaskState.DRAFT)),
        issued=Count("pk", filter=Q(state=TaskState.ISSUED)),
        done=Count("pk", filter=Q(state=TaskState.DONE)),
        late=Count("pk", filter=late),
        soon=Count("pk", filter=soon),
        **{light.value: Count("pk", filter=Q(light=light.value)) for light in LIT},
    )
    return found


def missing(rows: QuerySet[TaskItem], *, on: date) -> dict[str, Any]:
    """还有 N 项未落实（M 处）, with the earliest deadline among them; one query.

    The slots are gone through once, and each is looked up in the index of holders.
    """
    held = Assignment.objects.filter(holds_on(on), slot_id=OuterRef("slots__pk"))
    # Said by what it is not, so that tasks and slots are read in their order, not by state.
    live = rows.exclude(state=TaskState.DONE).exclude(state=TaskState.VOID)
    empty = live.filter(~Exists(held), slots__isnull=False, slots__is_dropped=False)
    found: dict[str, Any] = empty.aggregate(
        items=Count("pk", distinct=True),
        first=Min("due_on"),
        drafts=Count("pk", distinct=True, filter=Q(state=TaskState.DRAFT)),
        places=Count("slots__pk"),
    )
    return found


def dated_todo(rows: QuerySet[TaskItem], *, on: date) -> list[Todo]:
    """Tasks past their deadline or close to it, the earliest first; one query."""
    found = []
    for pk, number, heading, due_on, paper, title in (
        rows.filter(state=TaskState.ISSUED, due_on__lte=on + timedelta(days=SOON_DAYS))
        .order_by("due_on", "paper_id", "order")
        .values_list("id", "number", "heading", "due_on", "paper__number", "paper__title")[
            :TODO_TASKS
        ]
    ):
        late = late_days(TaskState.ISSUED, due_on, on=on)
        found.append(
            Todo(
                "逾期" if late else "任务",
                "red" if late else "",
                f"{number} {heading}",
                reverse("task_detail", args=[pk]),
                paper or title,
                due_on,
                "查看",
                late,
            )
        )
    return found


def nodes(user: User, *, on: date, limit: int = 7) -> list[Node]:
    """Deadlines and milestones of the next 60 days that the user may see; three queries at most.

    One query a state, each of which reads its index from the first day on and stops.
    """
    end = on + timedelta(days=NODE_DAYS)
    states = [TaskState.ISSUED]
    if scope_for(user).sees_drafts:
        states.append(TaskState.DRAFT)
    visible = TaskItem.objects.visible_to(user).filter(state__in=states)
    found = [
        Node(due_on, heading, reverse("task_detail", args=[pk]), number)
        for state in states
        for pk, number, heading, due_on in TaskItem.objects.visible_to(user)
        .filter(state=state, due_on__gte=on, due_on__lte=end)
        .order_by("due_on", "paper_id", "order")
        .values_list("id", "number", "heading", "due_on")[:limit]
    ]
    found += [
        Node(day, text, reverse("task_detail", args=[pk]), number)
        for pk, number, text, day in Milestone.objects.filter(
            # From the few milestones of these days to their tasks, never the other way.
            Exists(visible.filter(pk=OuterRef("item_id"))),
            is_dropped=False,
            due_on__gte=on,
            due_on__lte=end,
        )
        .order_by("due_on", "id")
        .values_list("item_id", "item__number", "text", "due_on")[:limit]
    ]
    return sorted(found, key=lambda node: node.day)[:limit]
