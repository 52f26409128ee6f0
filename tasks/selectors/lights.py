"""灯 of many tasks: the rule of `tasks.lights` as one CASE, and the grounds for a page's rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When

from tasks.lights import URGENCY, WORDS, Facts, Light, Threshold, Verdict, judge
from tasks.models import Part, Progress, ProgressState, TaskItem, TaskState
from tasks.selectors.report_days import threshold_of

FACTS = ("id", "county_id", "state", "due_on", "set_light", "set_light_why")
CHOICES = [(light.value, WORDS[light]) for light in URGENCY]


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
    return with_light(rows, threshold_of(county_id, on=on), on=on)


def counts(rows: QuerySet[TaskItem], county_id: int, *, on: date) -> dict[str, int]:
    """How many of `rows` show each light; one query beside the county's setting and calendar."""
    lit = of_county(rows.order_by(), county_id, on=on)
    found: dict[str, int] = lit.aggregate(
        **{light.value: Count("pk", filter=Q(light=light.value)) for light in URGENCY}
    )
    return found


def verdicts(items: Collection[int], *, on: date) -> dict[int, Verdict]:
    """Light and grounds of the tasks of one page by their ids; one query beside the county's."""
    rows = with_facts(TaskItem.objects.filter(pk__in=items).order_by())
    read = list(rows.values(*FACTS, "is_reported", "is_returned", "is_complete"))
    thresholds = {c: threshold_of(c, on=on) for c in {row["county_id"] for row in read}}
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
            thresholds[row["county_id"]],
            on=on,
        )
        if verdict is not None:
            found[row["id"]] = verdict
    return found
