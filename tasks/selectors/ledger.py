"""任务台账: the year's tasks within what the asker may see, narrowed and in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accountability.access import scope_for
from accountability.models import GroupMembership, Layer, Post, Unit, User
from accountability.models.dated import holds_on
from accountability.models.unit import UnitKind
from tasks.lights import Verdict
from tasks.models import Assignment, ItemSlot, Paper, PaperSection, TaskItem, TaskState
from tasks.selectors import lights
from tasks.selectors.granted import ORDER, TaskList
from tasks.selectors.headings import titled
from tasks.selectors.holders import Cell, cells, holders_of_posts, slots_held
from tasks.selectors.keyset import Page, page
from tasks.selectors.report_days import report_days

COLUMNS = (
    "id",
    "paper_id",
    "order",
    "number",
    "heading",
    "parent_id",
    "section__number",
    "section__heading",
    "due_on",
    "due_text",
    "measure",
    "state",
)
PAGE_SIZE = 50
EXPORT_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, ready to print."""

    id: int
    number: str
    heading: str
    section: str
    cells: list[Cell]
    due_on: date | None
    due_text: str
    measure: str
    state: str
    state_label: str
    late_days: int
    is_part: bool
    verdict: Verdict | None


def tasks_of(user: User, year: int, filters: dict[str, Any], *, on: date) -> TaskList:
    """The tasks of a year that `user` may see and `filters` let through."""
    visible = narrowed(TaskItem.objects.visible_to(user, year=year), filters, on=on)
    rows = narrowed(TaskItem.objects.in_year(year), filters, on=on)
    county_id = scope_for(user).county_id
    if filters.get("light") and county_id is not None:
        threshold = report_days(county_id).threshold(on)
        visible, rows = (
            lights.with_light(some, threshold, on=on).filter(light=filters["light"])
            for some in (visible, rows)
        )
    return TaskList(user, year, visible=visible, rows=rows)


def narrowed(rows: QuerySet[TaskItem], filters: dict[str, Any], *, on: date) -> QuerySet[TaskItem]:
    """`filters` are `LedgerForm.cleaned_data`; 作废 is listed only when asked for."""
    state = filters.get("state")
    if state == "overdue":
        rows = rows.filter(state=TaskState.ISSUED, due_on__lt=on)
    elif state:
        rows = rows.filter(state=state)
    else:
        rows = rows.exclude(state=TaskState.VOID)
    if filters.get("unit"):
        rows = rows.filter(Exists(_laid_on_unit(filters["unit"], on)))
    if filters.get("post"):
        rows = rows.filter(Exists(_laid_on_post(filters["post"], on)))
    if filters.get("section"):
        rows = rows.filter(section_id__in=with_descendants(filters["section"]))
    if filters.get("due_from"):
        rows = rows.filter(due_on__gte=filters["due_from"])
    if filters.get("due_to"):
        rows = rows.filter(due_on__lte=filters["due_to"])
    if filters.get("unfilled"):
        rows = rows.filter(Exists(unfilled_slots(on)))
    for word in (filters.get("q") or "").split():
        rows = rows.filter(says(word))
    return rows


def says(word: str) -> Q:
    """The condition that a task says `word`: number, heading, text, measure, pinyin, initials."""
    if not word.isascii():
        return (
            Q(heading__contains=word)
            | Q(number__contains=word)
            | Q(text__contains=word)
            | Q(measure__contains=word)
        )
    found = Q(heading__icontains=word) | Q(number__icontains=word) | Q(text__icontains=word)
    key = "".join(c for c in word.lower() if c.isalnum())
    if len(key) > 1:
        found |= Q(heading_pinyin__contains=key) | Q(heading_initials__contains=key)
    return found


def unfilled_slots(on: date) -> QuerySet[ItemSlot]:
    """Wanted slots of the outer task that nobody holds on a day."""
    held = Assignment.objects.filter(holds_on(on), slot_id=OuterRef("pk"))
    return ItemSlot.objects.filter(item_id=OuterRef("pk"), is_dropped=False).filter(~Exists(held))


def _laid_on_unit(unit_id: int, on: date) -> QuerySet[Assignment]:
    """Assignments of the outer task on a unit: itself, a seat in it, a group that has it."""
    groups = GroupMembership.objects.filter(holds_on(on), unit_id=unit_id).values("group_id")
    return Assignment.objects.filter(holds_on(on), item_id=OuterRef("pk")).filter(
        Q(unit_id=unit_id) | Q(post__unit_id=unit_id) | Q(group_id__in=groups)
    )


def _laid_on_post(post_id: int, on: date) -> QuerySet[Assignment]:
    """Assignments of the outer task on a seat; a group lies on its members' first seat."""
    mine = Assignment.objects.filter(holds_on(on), item_id=OuterRef("pk"))
    condition = Q(post_id=post_id)
    post = Post.objects.filter(pk=post_id).values("unit_id", "layer", "is_leadership").first()
    if post and post["layer"] == Layer.FIRST_RESPONSIBLE and not post["is_leadership"]:
        groups = GroupMembership.objects.filter(holds_on(on), unit_id=post["unit_id"])
        condition |= Q(group_id__in=groups.values("group_id"))
    return mine.filter(condition)


def with_descendants(section_id: int) -> list[int]:
    """A section and all sections beneath it; two queries."""
    paper = PaperSection.objects.filter(pk=section_id).values("paper_id")
    children: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent_id in PaperSection.objects.filter(paper_id__in=paper).values_list(
        "id", "parent_id"
    ):
        children[parent_id].append(pk)
    found = [section_id]
    for pk in found:
        found.extend(children[pk])
    return found


def task_page(tasks: TaskList, *, after: str = "", before: str = "") -> Page:
    """One page of the list as values; one query."""
    return tasks.page(COLUMNS, after=after, before=before, size=PAGE_SIZE)


def shown(rows: list[dict[str, Any]], *, on: date) -> list[Row]:
    """Rows with the holders and lights of the day; seven queries, however many rows."""
    held = slots_held([row["id"] for row in rows], on=on)
    verdicts = lights.verdicts([row["id"] for row in rows], on=on)
    labels = dict(TaskState.choices)
    return [
        Row(
            id=row["id"],
            number=row["number"],
            heading=row["heading"],
            section=titled(row["section__number"], row["section__heading"]),
            cells=cells(held.get(row["id"], [])),
            due_on=row["due_on"],
            due_text=row["due_text"],
            measure=row["measure"],
            state=row["state"],
            state_label=str(labels[row["state"]]),
            late_days=late_days(row["state"], row["due_on"], on=on),
            is_part=row["parent_id"] is not None,
            verdict=verdicts.get(row["id"]),
        )
        for row in rows
    ]


def late_days(state: str, due_on: date | None, *, on: date) -> int:
    """Days since the deadline of a task that is handed out and not finished; 0 when in time."""
    if state != TaskState.ISSUED or due_on is None:
        return 0
    return max(0, (on - due_on).days)


def in_chunks(rows: QuerySet[TaskItem], columns: tuple[str, ...]) -> Iterator[list[dict[str, Any]]]:
    """The whole list for an export, a few hundred rows at a time."""
    cursor = ""
    while True:
        found = page(rows, columns, fields=ORDER, after=cursor, size=EXPORT_CHUNK)
        if found.rows:
            yield found.rows
        cursor = found.next_cursor
        if not cursor:
            return


def filter_options(user: User, year: int, *, on: date) -> dict[str, list[tuple[int, str]]]:
    """What the filters offer: units, seats of the leading group, chapters; four queries."""
    county_id = scope_for(user).county_id
    units = [
        (pk, f"{parent}{name}" if kind == UnitKind.SECTION and parent else name)
        for pk, name, kind, parent in Unit.objects.filter(holds_on(on), county_id=county_id)
        .order_by("precedence", "id")
        .values_list("id", "name", "kind", "parent__name")
    ]
    seats = list(
        Post.objects.filter(holds_on(on), county_id=county_id, is_leadership=True)
        .order_by("precedence", "id")
        .values_list("id", "title")
    )
    persons = holders_of_posts([pk for pk, _ in seats], on=on)
    posts = [(pk, f"{persons[pk]}（{title}）" if pk in persons else title) for pk, title in seats]
    papers = Paper.objects.visible_to(user).filter(year=year)
    sections = [
        (pk, f"{'　' * (level - 1 if level else 0)}{titled(number, heading)}"[:40])
        for pk, level, number, heading in PaperSection.objects.filter(
            paper_id__in=papers.values("id")
        )
        .order_by("paper_id", "position")
        .values_list("id", "level", "number", "heading")
    ]
    return {"units": units, "posts": posts, "sections": sections}


def years(user: User) -> list[int]:
    """The years of which `user` may see a paper, the latest first."""
    return list(
        Paper.objects.visible_to(user).order_by("-year").values_list("year", flat=True).distinct()
    )
