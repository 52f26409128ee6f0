"""灯 of many tasks: the rule of `tasks.lights` as one CASE, and the grounds for a page's rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from tasks.lights import Facts, Light, Threshold, Verdict, judge
from tasks.models import Part, Progress, ProgressState, TaskItem, TaskState
from tasks.selectors.report_days import report_days

FACTS = ("id", "county_id", "state", "due_on", "set_light", "set_light_why")


def with_facts(rows: QuerySet[TaskItem]) -> QuerySet[TaskItem]:
    """Annotate what the rule wants to know of the reports; indexed look-ups, no join."""
    reports = Progress.objects.filter(item_id=OuterRef("pk")).order_by()
    return rows.annotate(
        is_reported=Exists(reports.exclude(state=ProgressState.DRAFT)),
        is_returned=Exists(reports.filter(state=ProgressState.RETURNED)),
        is_complete=Exists(
            reports.filter(state=ProgressState.APPROVED, part=Part.LEAD, percent=100)
        ),
    )


def with_light(rows: QuerySet[TaskItem], threshold: Threshold, *, on: date) -> QuerySet[TaskItem]:
    """Annotate `light`: the value that `tasks.lights.judge` gives, "" for void tasks."""
    issued = Q(state=TaskState.ISSUED)
    set_by_hand = [
        When(issued & Q(set_light=light), then=Value(light.value))
        for light in (Light.GREEN, Light.YELLOW, Light.RED)
    ]
    return with_facts(rows).annotate(
        light=Case(
            When(state=TaskState.VOID, then=Value("")),
            When(state=TaskState.DONE, then=Value(Light.DONE.value)),
            When(state=TaskState.DRAFT, then=Value(Light.IDLE.value)),
            *set_by_hand,
            When(due_on__lt=on, then=Value(Light.RED.value)),
            When(is_returned=True, then=Value(Light.YELLOW.value)),
            When(due_on__lt=threshold.horizon, is_complete=False, then=Value(Light.YELLOW.value)),
            When(is_reported=False, then=Value(Light.IDLE.value)),
            default=Value(Light.GREEN.value),
            output_field=CharField(),
        )
    )


def of_county(rows: QuerySet[TaskItem], county_id: int, *, on: date) -> QuerySet[TaskItem]:
    """`with_light` with the county's own threshold."""
    return with_light(rows, report_days(county_id).threshold(on), on=on)


def verdicts(
    items: Collection[int], *, on: date, threshold: Threshold | None = None
) -> dict[int, Verdict]:
    """Light and grounds of one county's tasks by their ids; one query beside the county's."""
    rows = with_facts(TaskItem.objects.filter(pk__in=items).order_by())
    read = list(rows.values(*FACTS, "is_reported", "is_returned", "is_complete"))
    if not read:
        return {}
    threshold = threshold or report_days(read[0]["county_id"]).threshold(on)
    found = {}
    for row in read:
        verdict = judge(
            Facts(
                state=row["state"],
                due_on=row["due_on"],
                is_reported=row["is_reported"],
                is_returned=row["is_returned"],
                is_complete=row["is_complete"],
                set_light=row["set_light"],
                set_why=row["set_light_why"],
            ),
            threshold,
            on=on,
        )
        if verdict is not None:
            found[row["id"]] = verdict
    return found
