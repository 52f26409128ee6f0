"""落实责任: fill the slots of a paper's tasks, many cells in one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accountability.access.actions import Action
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.refusals import Invalid
from accountability.selectors.directory import Directory
from tasks.models import Assignment, ItemSlot, Paper, TaskItem, TaskState
from tasks.selectors.held import Cell

from . import commitments, receipts

ADOPTED = "采纳建议"
CARRIED = "沿用上年"
PASTED = "粘贴"
BASES = frozenset({"", ADOPTED, CARRIED, PASTED})
REASON_WANTED = "任务已下发，请填写调整依据，如会议纪要文号。"
MAX_CELLS = 4000
MAX_VALUES = 60


@dataclass(frozen=True, slots=True)
class CellChange:
    """What one slot shall hold: keys (p12, u5, g3) in order, and the version it was seen at."""

    slot_id: int
    values: tuple[str, ...]
    version: int
    basis: str = ""


@dataclass(frozen=True, slots=True)
class DueChange:
    """A task's deadline, and the version of the task it was seen at."""

    item_id: int
    due: date | None
    version: int
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """One save. `token` names it: sent again it changes nothing more.

    `reason` (调整依据) is wanted where a deadline of a task that is handed out changes.
    `letters` is the choice where signed letters print what is changed.
    """

    cells: Sequence[CellChange] = ()
    dues: Sequence[DueChange] = ()
    token: str = ""
    reason: str = ""
    letters: commitments.Choice | None = None


@dataclass(slots=True)
class _Work:
    """The rows that a save touches, as they stand under the lock."""

    paper: Paper
    directory: Directory
    items: dict[int, TaskItem]
    cells: dict[int, Cell]
    slots_changed: list[ItemSlot] = field(default_factory=list)
    items_changed: list[TaskItem] = field(default_factory=list)
    ended: list[Assignment] = field(default_factory=list)
    begun: list[Assignment] = field(default_factory=list)
    parts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    units: dict[int, set[str]] = field(default_factory=dict)


def fill(*, by: Actor, paper: Paper, changes: Changes) -> dict[str, Any]:
    """Save a batch of cells and deadlines; the number of statements does not grow with it.

    All or nothing: where one cell was changed by somebody else meanwhile,
    nothing is saved, and the `Conflict` holds both values of every such cell
    with who changed it and when; the page asks about those and sends the
    others again. A cell that already is as wanted is never in conflict.

    A changed deadline of a task that is handed out wants `changes.reason`.

    Gives {"cells": {slot id: version}, "items": {item id: version}} of what was
    asked for. Raises `Invalid` (unknown values), `WrongState` (done or void),
    `LettersConcerned` where signed letters print what changes and no choice is given.
    """
    if len(changes.cells) + len(changes.dues) > MAX_CELLS:
        raise Invalid("一次保存的内容过多，请分次粘贴。")
    reason = changes.reason.strip()
    with acting(by=by, reason=reason) as act:
        require(by, Action.SLOT_FILL)
        locked = Paper.objects.select_for_update().defer("reading", "findings").get(pk=paper.pk)
        if (answer := receipts.told_before(by, changes.token)) is not None:
            act.unchanged()
            return answer
        work = _read(locked, changes)
        _check_states(work)
        _check_values(work, changes)
        _check_versions(work, changes)
        _check_reason(work, changes.dues, reason)
        for change in changes.cells:
            _change_cell(work, change)
        for due in changes.dues:
            _change_due(work, due)
        _store(act, work)
        _tell_letters(act, work, changes, reason)
        answer = {
            "cells": {str(c.slot_id): work.cells[c.slot_id].slot.version for c in changes.cells},
            "items": {str(d.item_id): work.items[d.item_id].version for d in changes.dues},
        }
        if act.events:
            receipts.keep(by, changes.token, answer)
    return answer


def _tell_letters(act: Act, work: _Work, changes: Changes, reason: str) -> None:
    """A deadline alone goes into an annex; where a slot changed too, the office is asked."""
    handed_out = [pk for pk in work.parts if work.items[pk].state == TaskState.ISSUED]
    only_due = [pk for pk in handed_out if {p["field"] for p in work.parts[pk]} == {"due_on"}]
    commitments.settle(act, set(handed_out) - set(only_due), changes.letters)
    for pk in only_due:
        commitments.amend(act, pk, reason)
