"""任务分解: the grid's page in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from accountability.access import scope_for
from accountability.models import AuditEvent, User
from accountability.models.dated import holds_on
from accountability.selectors.directory import Candidate, Directory, directory
from tasks.models import (
    Assignment,
    ItemSlot,
    Paper,
    PaperSection,
    PaperState,
    TaskItem,
    TaskState,
)
from tasks.outline.model import STANDARD_NAMES, SlotKind

from .charge import Charge, charge
from .headings import short_titled, titled
from .held import Cell, cells_of, column_key
from .suggestions import Finder

ROWS_OF_ONE_PAGE = 200


@dataclass(frozen=True, slots=True)
class Column:
    """One column of slots: every slot of a kind and ordinal."""

    key: str
    kind: str
    ordinal: int
    label: str

    @property
    def css(self) -> str:
        return {
            SlotKind.LEAD_UNIT: "g-l",
            SlotKind.RESPONSIBLE_UNIT: "g-u",
        }.get(SlotKind(self.kind), "g-s")


@dataclass(slots=True)
class Row:
    """One task with a cell for each column; None where the paper has no such slot."""

    item: TaskItem
    cells: list[Cell | None]

    @property
    def missing(self) -> int:
        return sum(1 for c in self.cells if c is not None and not c.holders)

    @property
    def is_locked(self) -> bool:
        return self.item.state in (TaskState.DONE, TaskState.VOID)


@dataclass(slots=True)
class Band:
    """A run of rows under one section; `section` is None for tasks under no heading."""

    section: PaperSection | None
    rows: list[Row] = field(default_factory=list)
    shows_head: bool = True

    @property
    def key(self) -> str:
        return str(self.section.pk) if self.section else "0"

    @property
    def label(self) -> str:
        return titled(self.section.number, self.section.heading) if self.section else ""

    @property
    def done(self) -> int:
        return sum(1 for r in self.rows if not r.missing)


@dataclass(slots=True)
class Part:
    """One page of a long paper: a chapter, or as many of its sections as fit."""

    key: int
    label: str
    total: int
    sections: list[PaperSection]


@dataclass(slots=True)
class Heading:
    """A line of the outline beside the grid, with its tasks filled and all; `part` is its page."""

    section: PaperSection
    depth: int
    part: int = 0
    done: int = 0
    total: int = 0

    @property
    def label(self) -> str:
        return short_titled(self.section.number, self.section.heading)


@dataclass(slots=True)
class Grid:
    """All that the page shows."""

    paper: Paper
    columns: list[Column]
    bands: list[Band]
    toc: list[Heading]
    items: int
    slots: int
    missing_items: int
    missing_slots: int
    is_editable: bool
    part: int | None
    parts: list[Part]
    directory: Directory
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> list[Row]:
        return [row for band in self.bands for row in band.rows]


def years(user: User) -> list[int]:
    """The years that have a paper this person may see, the latest first."""
    return list(
        Paper.objects.visible_to(user).order_by("-year").values_list("year", flat=True).distinct()
    )


def paper_of(user: User, year: int) -> Paper | None:
    """The paper of a year, the latest if there are several."""
    return (
        Paper.objects.visible_to(user)
        .filter(year=year)
        .select_related("county")
        .defer("reading", "findings")
        .order_by("-id")
        .first()
    )


def grid(user: User, paper: Paper, *, on: date, part: int | None = None) -> Grid:
    """The grid of a paper as `user` may see it, on a day.

    Above 200 tasks one part a page: `part` is its key, the first part without it.
    """
    scope = scope_for(user)
    sections = list(PaperSection.objects.filter(paper=paper).order_by("position"))
    tallies = _tallies(user, paper, on)
    total = sum(t["n"] for t in tallies.values())
    parts = _parts(sections, tallies) if total > ROWS_OF_ONE_PAGE else []
    shown = (
        TaskItem.objects.visible_to(user, year=paper.year)
        .filter(paper=paper)
        .exclude(state=TaskState.VOID)
    )
    chosen = next((p for p in parts if p.key == part), parts[0] if parts else None)
    if chosen is not None:
        here = Q(section__in=chosen.sections)
        if chosen is parts[0]:
            here |= Q(section__isnull=True)
        shown = shown.filter(here)
    items = _in_reading_order(list(shown.order_by("order", "id")))
    found = directory(paper.county_id, on=on)
    cells = cells_of(items, directory=found)
    columns = _columns(cells)
    whole = Grid(
        paper=paper,
        columns=columns,
        bands=_bands(items, cells, columns, sections),
        toc=_toc(sections, parts, tallies, whole=scope.sees_whole_county),
        items=total,
        slots=sum(t["slots"] for t in tallies.values()),
        missing_items=sum(t["missing_items"] for t in tallies.values()),
        missing_slots=sum(t["missing"] for t in tallies.values()),
        is_editable=scope.may("slot.fill") and paper.state != PaperState.CLOSED,
        part=chosen.key if chosen else None,
        parts=parts,
        directory=found,
    )
    if whole.is_editable:
        whole.payload = _payload(whole, charge(found), sections)
    return whole


def _parts(sections: list[PaperSection], tallies: dict[int | None, dict[str, int]]) -> list[Part]:
    """Chapters that have tasks; a chapter of more than 200 is cut between its sections."""
    tops = _tops(sections)
    parts: list[Part] = []
    chapter = None
    for section in sections:
        n = tallies.get(section.pk, {"n": 0})["n"]
        last = parts[-1] if parts else None
        if last is None or tops[section.pk] != chapter or last.total + n > ROWS_OF_ONE_PAGE:
            if last is not None and not last.total:
                parts.pop()
            parts.append(Part(section.pk, titled(section.number, section.heading), 0, []))
            chapter = tops[section.pk]
        parts[-1].sections.append(section)
        parts[-1].total += n
    return [p for p in parts if p.total]


def _tops(sections: list[PaperSection]) -> dict[int, int]:
    """Section → the top section that it stands in; parents stand before their children."""
    tops: dict[int, int] = {}
    for section in sections:
        tops[section.pk] = tops.get(section.parent_id or 0, section.pk)
    return tops


def _tallies(user: User, paper: Paper, day: date) -> dict[int | None, dict[str, int]]:
    """By section: tasks, wanted slots, empty slots, tasks with an empty slot; two queries."""
    shown = (
        TaskItem.objects.visible_to(user, year=paper.year)
        .filter(paper=paper)
        .exclude(state=TaskState.VOID)
    )
    result: dict[int | None, dict[str, int]] = {}

    def of(section: int | None) -> dict[str, int]:
        return result.setdefault(section, {"n": 0, "slots": 0, "missing": 0, "missing_items": 0})

    for section, n in shown.order_by().values_list("section_id").annotate(n=Count("pk")):
        of(section)["n"] = n
    held = Assignment.objects.filter(
        Q(valid_to__isnull=True) | holds_on(day), slot_id=OuterRef("pk")
    )
    slots = (
        ItemSlot.objects.filter(item__in=shown, is_dropped=False)
        .annotate(is_empty=~Exists(held))
        .order_by()
        .values("item__section_id", "is_empty")
        .annotate(n=Count("pk"), tasks=Count("item_id", distinct=True))
    )
    for row in slots:
        tally = of(row["item__section_id"])
        tally["slots"] += row["n"]
        if row["is_empty"]:
            tally["missing"], tally["missing_items"] = row["n"], row["tasks"]
    return result


def _toc(
    sections: list[PaperSection],
    parts: list[Part],
    tallies: dict[int | None, dict[str, int]],
    *,
    whole: bool,
) -> list[Heading]:
    """The outline with the tallies of each heading and all beneath it."""
    part_of = {s.pk: p.key for p in parts for s in p.sections}
    headings: dict[int, Heading] = {}
    above: dict[int, list[Heading]] = {}
    for section in sections:
        path = above.get(section.parent_id or 0, [])
        heading = Heading(section, len(path), part_of.get(section.pk, 0))
        headings[section.pk] = heading
        above[section.pk] = [*path, heading]
        if (tally := tallies.get(section.pk)) is not None:
            for line in above[section.pk]:
                line.total += tally["n"]
                line.done += tally["n"] - tally["missing_items"]
    return [h for h in headings.values() if whole or h.total]


def _in_reading_order(items: list[TaskItem]) -> list[TaskItem]:
    """Sub-tasks follow the task that they were split from."""
    order = {i.pk: i.order for i in items}
    return sorted(
        items,
        key=lambda i: (
            order.get(i.parent_id, i.order) if i.parent_id else i.order,
            i.parent_id is not None and i.parent_id in order,
            i.order,
        ),
    )


def _columns(cells: dict[int, list[Cell]]) -> list[Column]:
    """One column per (kind, ordinal) present, the standard four first.

    A column bears the paper's own word where all its slots agree on it.
    """
    words: dict[tuple[int, str], dict[str, None]] = {}
    for cell in (c for group in cells.values() for c in group):
        words.setdefault((cell.slot.ordinal, cell.slot.kind), {})[cell.slot.label] = None
    kinds = [k.value for k in SlotKind]
    columns = []
    for ordinal, kind in sorted(words, key=lambda p: (p[0], kinds.index(p[1]))):
        labels = list(words[ordinal, kind])
        standard = STANDARD_NAMES[SlotKind(kind)]
        label = labels[0] if len(labels) == 1 or ordinal else standard
        columns.append(Column(f"{kind}-{ordinal}", kind, ordinal, label))
    return columns


def _bands(
    items: list[TaskItem],
    cells: dict[int, list[Cell]],
    columns: list[Column],
    sections: list[PaperSection],
) -> list[Band]:
    by_id = {s.pk: s for s in sections}
    bands: list[Band] = []
    for item in items:
        section = by_id.get(item.section_id) if item.section_id else None
        mine = {column_key(c.slot): c for c in cells.get(item.pk, [])}
        row = Row(item, [mine.get(column.key) for column in columns])
        if not bands or bands[-1].section != section:
            # A section that is itself a task needs no line of its own above it.
            shows = section is not None and section.heading != item.heading
            bands.append(Band(section, shows_head=shows))
        bands[-1].rows.append(row)
    return bands


def _payload(whole: Grid, charged: Charge, sections: list[PaperSection]) -> dict[str, Any]:
    """What the script needs: values by key with versions, candidates, suggestions."""
    finder = Finder(whole.directory, charged)
    parents = {s.pk: s.parent_id for s in sections}
    tasks = []
    gone: dict[str, dict[str, Any]] = {}
    for row in whole.rows:
        item = row.item
        path = []
        at = item.section_id
        while at is not None:
            path.append(at)
            at = parents.get(at)
        cells: dict[str, Any] = {}
        for cell in (c for c in row.cells if c is not None):
            cells[cell.column] = {"s": cell.slot.pk, "v": cell.keys, "n": cell.slot.version}
            for holder in cell.holders:
                if holder.gone:
                    gone[holder.key] = {
                        "k": holder.key,
                        "l": holder.label,
                        "d": holder.detail,
                        "gone": holder.gone,
                    }
        suggested = finder.suggest(item.heading, item.text)
        tasks.append(
            {
                "id": item.pk,
                "no": item.number,
                "t": item.heading,
                "b": finder.marked(item.text or item.heading),
                "sec": path,
                "st": item.state,
                "due": item.due_on.isoformat() if item.due_on else None,
                "dueText": item.due_text,
                "n": item.version,
                "cells": cells,
                "sug": {
                    k: {"v": s.keys, "why": s.reason} | ({"w": s.words} if s.words else {})
                    for k, s in suggested.items()
                },
            }
        )
    shown = sum(len(b.rows) for b in whole.bands)
    missing = sum(r.missing for r in whole.rows)
    return {
        "year": whole.paper.year,
        "today": whole.directory.day.isoformat(),
        "state": whole.paper.state,
        "cols": [{"k": c.key, "kind": c.kind, "l": c.label} for c in whole.columns],
        "tasks": tasks,
        "options": [_option(c) for c in whole.directory.candidates()] + list(gone.values()),
        "leaders": {str(u): k for u, k in charged.leaders.items()},
        "heads": {str(u): k for u, k in charged.heads.items()},
        "rest": {
            "items": whole.items - shown,
            "missItems": whole.missing_items - sum(1 for r in whole.rows if r.missing),
            "miss": whole.missing_slots - missing,
        },
    }


def _option(candidate: Candidate) -> dict[str, Any]:
    """A candidate as the script gets it; names that follow from others are left out."""
    names = [n for n in candidate.names if n != candidate.label and "（" not in n]
    if candidate.kind == "post":
        names = [n for n in names if not n.endswith(candidate.label)]
    found: dict[str, Any] = {
        "k": candidate.key,
        "l": candidate.label,
        "d": candidate.detail,
        "p": list(candidate.pinyin),
    }
    if names:
        found["a"] = names
    if candidate.count is not None:
        found["c"] = candidate.count
    if candidate.is_leadership:
        found["top"] = 1
    return found


def last_changes(item: TaskItem, *, limit: int = 5) -> list[AuditEvent]:
    """The latest events of a task, for the side pane."""
    return list(
        AuditEvent.objects.filter(target_type="tasks.taskitem", target_id=item.pk).order_by("-id")[
            :limit
        ]
    )


def adopted(paper: Paper, *, on: date) -> dict[str, int]:
    """How many suggestions were adopted in a paper, and how many of those still stand.

    Where fewer than half are kept, the rules suit the paper badly (ui.md 14).
    """
    rows = Assignment.objects.filter(item__paper=paper, basis="采纳建议")
    return rows.aggregate(
        taken=Count("pk"), kept=Count("pk", filter=Q(valid_to__isnull=True) | Q(valid_to__gt=on))
    )
