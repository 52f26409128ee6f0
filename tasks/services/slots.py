"""落实责任: fill the slots of a paper's tasks, many cells in one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from accountability.access.actions import Action
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import GroupMembership
from accountability.models.dated import holds_on
from accountability.refusals import Conflict, Invalid, WrongState
from accountability.selectors.directory import Directory, directory
from accountability.services import audit, bulk
from tasks.models import Assignment, ItemSlot, Paper, PaperState, TaskItem, TaskState
from tasks.selectors.held import Cell, cells_of_slots

from . import commitments, grants, receipts

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


def _read(paper: Paper, changes: Changes) -> _Work:
    """Lock the tasks in the order of their ids, then read slots and holders."""
    today = timezone.localdate()
    slot_ids = {c.slot_id for c in changes.cells}
    slots = list(
        ItemSlot.objects.filter(pk__in=slot_ids, item__paper=paper, is_dropped=False).order_by("pk")
    )
    wanted = {s.item_id for s in slots} | {d.item_id for d in changes.dues}
    items = {
        item.pk: item
        for item in TaskItem.objects.select_for_update()
        .filter(pk__in=wanted, paper=paper)
        .order_by("pk")
    }
    if len(slots) < len(slot_ids) or len(items) < len(wanted):
        raise Invalid("有的任务或槽位已不在这份意见中，请刷新页面后再填写。")
    found = directory(paper.county_id, on=today)
    cells = {
        cell.slot.pk: cell
        for group in cells_of_slots(slots, directory=found).values()
        for cell in group
    }
    return _Work(paper=paper, directory=found, items=items, cells=cells)


def _check_states(work: _Work) -> None:
    if work.paper.state == PaperState.CLOSED:
        raise WrongState("这份意见已归档，不能再改。")
    shut = [i for i in work.items.values() if i.state not in (TaskState.DRAFT, TaskState.ISSUED)]
    if shut:
        names = "、".join(i.number for i in shut[:5])
        raise WrongState(f"{names} 已{shut[0].get_state_display()}，责任和时限不能再改。")


def _check_values(work: _Work, changes: Changes) -> None:
    """Every value must stand in today's directory and fit; one held already may stay."""
    wrong: dict[str, str] = {}
    for change in changes.cells:
        cell = work.cells[change.slot_id]
        if change.basis not in BASES:
            wrong[str(change.slot_id)] = "来源不明，请刷新页面后再填写。"
        if len(change.values) > MAX_VALUES or len(set(change.values)) < len(change.values):
            wrong[str(change.slot_id)] = f"一处最多填 {MAX_VALUES} 个且不重复，请核对。"
        for key in change.values:
            candidate = work.directory.by_key.get(key)
            if key in cell.keys or (candidate is not None and candidate.fits(cell.slot.kind)):
                continue
            named = candidate.label if candidate else "所填单位或人员"
            reason = "不能填在这里" if candidate else "已撤并或不在名录中"
            wrong[str(change.slot_id)] = f"{cell.slot.label}：{named}{reason}，请另选。"
    for due in changes.dues:
        year = work.paper.year
        if due.due is not None and not year - 1 <= due.due.year <= year + 5:
            number = work.items[due.item_id].number
            raise Invalid(
                f"{number} 的完成时限 {due.due:%Y-%m-%d} 与 {year} 年度相差过远，请核对年份。",
                details={"dues": {str(due.item_id): "请核对年份"}},
            )
    if wrong:
        raise Invalid(next(iter(wrong.values())), details={"cells": wrong})


def _check_versions(work: _Work, changes: Changes) -> None:
    cells = [
        c
        for c in changes.cells
        if work.cells[c.slot_id].slot.version != c.version
        and work.cells[c.slot_id].keys != list(c.values)
    ]
    dues = [
        d
        for d in changes.dues
        if work.items[d.item_id].version != d.version and work.items[d.item_id].due_on != d.due
    ]
    if not cells and not dues:
        return
    slot_hands = _last_hands(ItemSlot, [c.slot_id for c in cells])
    item_hands = _last_hands(TaskItem, [d.item_id for d in dues])
    details: dict[str, Any] = {"cells": {}, "dues": {}}
    for change in cells:
        cell = work.cells[change.slot_id]
        details["cells"][str(change.slot_id)] = {
            "mine": list(change.values),
            "theirs": cell.keys,
            "theirs_text": "、".join(h.label for h in cell.holders),
            "version": cell.slot.version,
            "where": f"{work.items[cell.slot.item_id].number} {cell.slot.label}",
            **slot_hands.get(change.slot_id, {"who": "", "when": ""}),
        }
    for due in dues:
        item = work.items[due.item_id]
        details["dues"][str(due.item_id)] = {
            "mine": due.due.isoformat() if due.due else None,
            "theirs": item.due_on.isoformat() if item.due_on else None,
            "theirs_text": item.due_on.isoformat() if item.due_on else "",
            "version": item.version,
            "where": f"{item.number} 完成时限",
            **item_hands.get(due.item_id, {"who": "", "when": ""}),
        }
    raise Conflict("有的内容已由他人修改，请选择保留哪一个。", details=details)


def _check_reason(work: _Work, dues: Sequence[DueChange], reason: str) -> None:
    """The deadline of a task that is handed out is moved on a stated ground only."""
    moved = [
        d.item_id
        for d in dues
        if work.items[d.item_id].state == TaskState.ISSUED and work.items[d.item_id].due_on != d.due
    ]
    if not moved or reason:
        return
    numbers = "、".join(work.items[pk].number for pk in moved[:5])
    sentence = f"{numbers} 已下发，调整完成时限请填写依据，如会议纪要文号。"
    raise Invalid(
        sentence,
        details={"reason": [sentence], "dues": {str(pk): "请填写调整依据" for pk in moved}},
    )


def _last_hands(model: type[ItemSlot] | type[TaskItem], ids: list[int]) -> dict[int, Any]:
    """Who changed these rows last, and when, as the conflict dialog says it."""
    if not ids:
        return {}
    hands: dict[int, Any] = {}
    rows = (
        model.history.filter(id__in=ids)
        .select_related("history_user__person")
        .order_by("history_date", "history_id")
    )
    for row in rows:
        at = timezone.localtime(row.history_date)
        name = row.history_user.display_name if row.history_user else "系统"
        is_today = at.date() == timezone.localdate()
        when = f"{at:%H:%M}" if is_today else f"{at.month}月{at.day}日 {at:%H:%M}"
        hands[row.id] = {"who": name, "when": when}
    return hands


def _change_cell(work: _Work, change: CellChange) -> None:
    """End what is taken out, begin what is put in, keep the rest in its new order."""
    cell = work.cells[change.slot_id]
    before = list(cell.holders)
    if cell.keys == list(change.values):
        return
    today = work.directory.day
    kept = {h.key: h.assignment for h in before}
    for key, assignment in kept.items():
        if key not in change.values:
            assignment.valid_to = max(today, assignment.valid_from)
            work.ended.append(assignment)
    for position, key in enumerate(change.values):
        known = kept.get(key)
        if known is None:
            work.begun.append(_assignment(cell.slot, key, position, change.basis, today))
        elif known.position != position:
            known.position = position
            work.ended.append(known)
    cell.slot.version += 1
    work.slots_changed.append(cell.slot)
    told = {h.key: h.told for h in before}
    for key in change.values:
        if (candidate := work.directory.by_key.get(key)) is not None:
            told[key] = (
                f"{candidate.label}（{candidate.detail}）"
                if candidate.kind == "post"
                else candidate.label
            )
    entry = audit.change(
        cell.column, cell.slot.label, [h.told for h in before], [told[k] for k in change.values]
    )
    work.parts.setdefault(cell.slot.item_id, []).append({**entry, "basis": change.basis})
    touched = work.units.setdefault(cell.slot.item_id, set())
    touched.update(cell.keys, change.values)


def _assignment(slot: ItemSlot, key: str, position: int, basis: str, day: date) -> Assignment:
    field_name = {"p": "post_id", "u": "unit_id", "g": "group_id"}[key[0]]
    return Assignment(
        item_id=slot.item_id,
        slot=slot,
        position=position,
        basis=basis,
        valid_from=day,
        **{field_name: int(key[1:])},
    )


def _change_due(work: _Work, change: DueChange) -> None:
    item = work.items[change.item_id]
    if item.due_on == change.due:
        return
    entry = audit.change("due_on", "完成时限", item.due_on, change.due)
    item.due_on = change.due
    item.version += 1
    work.items_changed.append(item)
    work.parts.setdefault(item.pk, []).append({**entry, "basis": change.basis})
    work.units.setdefault(item.pk, set())


def _store(act: Act, work: _Work) -> None:
    if not work.parts:
        act.unchanged()
        return
    bulk.update(work.ended, ["valid_to", "position"])
    bulk.create(work.begun)
    bulk.update(work.slots_changed, ["version"])
    bulk.update(work.items_changed, ["due_on", "version"])
    grants.sync({slot.item_id for slot in work.slots_changed})
    members = members_by_group(
        {int(k[1:]) for keys in work.units.values() for k in keys if k[0] == "g"},
        on=work.directory.day,
    )
    act.record_many(
        [
            audit.Note(
                "slot.fill",
                work.items[item_id],
                _summary(work.items[item_id], parts),
                [{k: v for k, v in part.items() if k != "basis"} for part in parts],
                sorted(units_of(work.units[item_id], work.directory, members)),
            )
            for item_id, parts in work.parts.items()
        ]
    )


def _summary(item: TaskItem, parts: list[dict[str, Any]]) -> str:
    bases = {part["basis"] for part in parts}
    common = next(iter(bases)) if len(bases) == 1 else ""
    told = []
    for part in parts:
        basis = f"（{part['basis']}）" if part["basis"] and not common else ""
        told.append(f"{part['label']}{basis}：{part['after'] or '清空'}")
    issued = "（任务已下发）" if item.state == TaskState.ISSUED else ""
    return f"{common or '填写'} {item.number} {'；'.join(told)}{issued}"


def members_by_group(group_ids: set[int], *, on: date) -> dict[int, set[int]]:
    """Ids of the member units of these groups on a day; one query, none without groups."""
    found: dict[int, set[int]] = {}
    if group_ids:
        rows = GroupMembership.objects.filter(holds_on(on), group_id__in=group_ids)
        for group_id, unit_id in rows.values_list("group_id", "unit_id"):
            found.setdefault(group_id, set()).add(unit_id)
    return found


def units_of(keys: set[str], found: Directory, members: dict[int, set[int]]) -> set[int]:
    """The units that these holders stand for: a post's own, a group's members."""
    units: set[int] = set()
    for key in keys:
        if key[0] == "g":
            units |= members.get(int(key[1:]), set())
        elif key[0] == "u":
            units.add(int(key[1:]))
        elif (candidate := found.by_key.get(key)) is not None and candidate.unit_id:
            units.add(candidate.unit_id)
    return units
