"""一图看懂: a year's tasks by quarter, unit, leader and chapter, as charts with their tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractQuarter

from accountability.access import scope_for
from accountability.models import User
from accountability.models.dated import holds_on
from reports.charts import Chart, stacked
from tasks.lights import WORDS, Light
from tasks.models import Assignment, PaperSection, TaskItem, TaskState
from tasks.selectors.lights import of_county

MOST = 16
"""Rows of a chart; those with the most overdue come first, the rest are told to be left out."""
ORDER = (Light.DONE, Light.GREEN, Light.YELLOW, Light.RED, Light.IDLE)
NO_TIME = "未定时限"
Counts = dict[str, dict[str, int]]


def page(user: User, year: int, *, on: date) -> dict[str, Any]:
    """The charts of what the user may see of the year. A constant number of queries.

    `left` says of each chart how many rows it left out.
    """
    rows = _rows(user, year, on=on)
    made = [
        _chart("按季度（完成时限）", _by_quarter(rows), of="季度", is_ranked=False),
        _chart("按单位", _by_holder(rows, "unit__name", Q(unit__isnull=False), on), of="单位"),
        _chart(
            "按责任领导",
            _by_holder(rows, "post__title", Q(post__is_leadership=True), on),
            of="责任领导",
        ),
        _chart("按章节", _by_chapter(rows), of="章节", is_ranked=False),
    ]
    total = made[0][0].rows
    return {
        "charts": made,
        "total": sum(int(row[-1]) for row in total),
        "summary": [
            (WORDS[light], sum(int(row[n + 1]) for row in total)) for n, light in enumerate(ORDER)
        ],
    }


def years(user: User) -> list[int]:
    """Years with tasks in view, the latest first."""
    found = TaskItem.objects.visible_to(user).order_by("-year").values_list("year", flat=True)
    return list(found.distinct())


def _rows(user: User, year: int, *, on: date) -> QuerySet[TaskItem]:
    """The year's tasks that were handed out, each with its light."""
    county = scope_for(user).county_id
    rows = TaskItem.objects.visible_to(user, year=year).filter(
        state__in=[TaskState.ISSUED, TaskState.DONE]
    )
    return of_county(rows.top().order_by(), county or 0, on=on)


def _by_quarter(rows: QuerySet[TaskItem]) -> Counts:
    counts: Counts = {f"第{name}季度": {} for name in "一二三四"}
    found = rows.annotate(quarter=ExtractQuarter("due_on")).values_list("quarter", "light")
    names = list(counts)
    for quarter, light, count in found.annotate(n=Count("pk")):
        name = names[quarter - 1] if quarter else NO_TIME
        counts.setdefault(name, {})[light] = count
    return counts


def _by_holder(rows: QuerySet[TaskItem], name: str, which: Q, on: date) -> Counts:
    """By who holds a slot today; a task counts once for each of its holders. Two queries."""
    lights = dict(rows.values_list("pk", "light"))
    held = (
        Assignment.objects.filter(holds_on(on), which, item__in=rows.values("pk"))
        .order_by()
        .values_list(name, "item_id")
        .distinct()
    )
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for holder, item in held:
        counts[holder][lights[item]] += 1
    return counts


def _by_chapter(rows: QuerySet[TaskItem]) -> Counts:
    """By the top heading of the paper. Two queries."""
    by_section: dict[int | None, dict[str, int]] = defaultdict(dict)
    for section, light, count in rows.values_list("section_id", "light").annotate(n=Count("pk")):
        by_section[section][light] = count
    papers = rows.values("paper_id")
    tops: dict[int, PaperSection] = {}
    counts: Counts = {}
    sections = PaperSection.objects.filter(paper__in=papers).order_by("paper_id", "position")
    for row in sections.only("pk", "parent_id", "number", "heading"):
        tops[row.pk] = tops.get(row.parent_id or 0, row)
        name = tops[row.pk].heading
        for light, count in by_section.pop(row.pk, {}).items():
            kept = counts.setdefault(name, {})
            kept[light] = kept.get(light, 0) + count
    for told in by_section.values():
        counts["其他"] = {k: counts.get("其他", {}).get(k, 0) + v for k, v in told.items()}
    return counts


def _chart(title: str, counts: Counts, *, of: str, is_ranked: bool = True) -> tuple[Chart, int]:
    names: Iterable[str] = counts
    if is_ranked:
        names = sorted(
            counts,
            key=lambda n: (-counts[n].get(Light.RED, 0), -sum(counts[n].values()), n),
        )
    names = list(names)
    shown = [(n, [counts[n].get(light, 0) for light in ORDER]) for n in names[:MOST]]
    return stacked(title, [WORDS[light] for light in ORDER], shown, of=of), len(names) - len(shown)
