"""沿用上年: take over last year's holders where task and holder still stand, as a person's act."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.utils import timezone

from accountability.access.actions import Action
from accountability.access.require import require
from accountability.door import Actor
from accountability.refusals import WrongState
from accountability.selectors.directory import directory
from tasks.models import Paper, TaskItem, TaskState
from tasks.selectors.held import Cell, cells_of

from .slots import CARRIED, CellChange, Changes, fill

ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A slot that stays empty, and why."""

    item_id: int
    slot_id: int
    where: str
    why: str


@dataclass(slots=True)
class Plan:
    """What can be taken over into empty slots, and what cannot."""

    cells: list[CellChange] = field(default_factory=list)
    not_taken: list[NotTaken] = field(default_factory=list)
    former: Paper | None = None


def plan(paper: Paper) -> Plan:
    """Compare with last year's paper of the county; reads only."""
    found = directory(paper.county_id, on=timezone.localdate())
    result = Plan(former=former_paper(paper))
    items = list(
        TaskItem.objects.filter(
            paper=paper, state__in=[TaskState.DRAFT, TaskState.ISSUED]
        ).order_by("order", "id")
    )
    if result.former is None:
        return result
    old = list(
        TaskItem.objects.filter(paper=result.former).exclude(state=TaskState.VOID).order_by("order")
    )
    pairs = pair(items, old)
    now = cells_of(items, directory=found)
    then = cells_of(old, directory=found)
    for item in items:
        twin = pairs.get(item.pk)
        old_cells = {c.column: c for c in then.get(twin.pk, [])} if twin else {}
        for cell in now.get(item.pk, []):
            if cell.holders:
                continue
            where = f"{item.number} {cell.slot.label}"
            source = old_cells.get(cell.column)
            stands = [h for h in source.holders if not h.gone] if source else []
            if stands:
                keys = tuple(h.key for h in stands)
                result.cells.append(CellChange(cell.slot.pk, keys, cell.slot.version, CARRIED))
            gone = [h.label + h.gone for h in source.holders if h.gone] if source else []
            if gone or not stands:
                why = _why_not(twin, source, gone)
                result.not_taken.append(NotTaken(item.pk, cell.slot.pk, where, why))
    return result


def _why_not(twin: TaskItem | None, source: Cell | None, gone: list[str]) -> str:
    if twin is None:
        return "上年没有相同的任务"
    if source is None:
        return "上年没有这一槽位"
    return "、".join(gone) or "上年未填写"


def carry_over(*, by: Actor, paper: Paper, token: str = "") -> dict[str, Any]:
    """Fill the empty slots from last year's; filled ones are left alone.

    Gives {"cells": {slot id: {"values", "version"}}, "not_taken": [...]}.
    Raises `WrongState` when there is no paper of last year.
    """
    require(by, Action.SLOT_FILL)
    found = plan(paper)
    if found.former is None:
        raise WrongState(f"没有 {paper.year - 1} 年度的实施意见，无法沿用上年。")
    answer = fill(by=by, paper=paper, changes=Changes(cells=found.cells, token=token))
    return {
        "cells": {
            str(c.slot_id): {
                "values": list(c.values),
                "version": answer["cells"].get(str(c.slot_id), c.version),
            }
            for c in found.cells
        },
        "not_taken": [
            {"item": n.item_id, "slot": n.slot_id, "where": n.where, "why": n.why}
            for n in found.not_taken
        ],
    }


def former_paper(paper: Paper) -> Paper | None:
    """The county's paper of the year before, the latest if there are several."""
    return (
        Paper.objects.filter(county_id=paper.county_id, year=paper.year - 1)
        .defer("reading", "findings")
        .order_by("-id")
        .first()
    )


def pair(new: list[TaskItem], old: list[TaskItem]) -> dict[int, TaskItem]:
    """New task → the same one of last year: number and heading, else text at least 90 % alike."""
    by_name: dict[tuple[str, str], TaskItem] = {(o.number, o.heading): o for o in old}
    found: dict[int, TaskItem] = {}
    used: set[int] = set()
    for item in new:
        twin = by_name.get((item.number, item.heading))
        if twin is not None:
            found[item.pk] = twin
            used.add(twin.pk)
    by_length: dict[int, list[TaskItem]] = defaultdict(list)
    for other in old:
        if other.pk not in used:
            by_length[len(_words(other)) // 50].append(other)
    for item in new:
        if item.pk in found:
            continue
        words = _words(item)
        best, twin = ALIKE, None
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(words)
        # Texts at least 90 % alike differ in length by at most a quarter.
        near = range(int(len(words) * 0.75) // 50, int(len(words) * 1.3) // 50 + 1)
        for other in (o for step in near for o in by_length[step] if o.pk not in used):
            matcher.set_seq1(_words(other))
            if matcher.real_quick_ratio() < best or matcher.quick_ratio() < best:
                continue
            ratio = matcher.ratio()
            if ratio >= best:
                best, twin = ratio, other
        if twin is not None:
            found[item.pk] = twin
            used.add(twin.pk)
    return found


def _words(item: TaskItem) -> str:
    return "".join(f"{item.heading}{item.text}".split())
