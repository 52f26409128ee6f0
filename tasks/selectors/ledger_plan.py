"""任务台账 read back from Excel: what a sheet would change, by row and column.

Tasks are found by number. Only the four slots, 完成时限, 时限依据 and 完成标准
are taken over; a cell that reads as it was exported changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from accountability.models import User
from accountability.refusals import Invalid
from accountability.selectors.directory import Candidate, Directory, directory
from tasks.models import TaskItem, TaskState
from tasks.outline.source import Source
from tasks.selectors.holders import KINDS, LABELS, NO_SLOT, UNFILLED, Holder, SlotHeld, slots_held
from tasks.selectors.ledger_sheet import (
    BETWEEN_HOLDERS,
    DUE,
    DUE_TEXT,
    HEADING,
    MEASURE,
    NUMBER,
    PAPER,
    slot_texts,
)

MAX_ROWS = 20_000
# The lengths of the fields, as the model has them.
LONGEST = {"due_text": 80, "measure": 300}
_DATE = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
_HOLDER_BREAK = re.compile(r"[、，,\n]+")
_SLOT_BREAK = re.compile(r"[；;]")
_COUNT = re.compile(r"（\d+）$")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell, and what to do; `column` is the head's name."""

    row: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SlotChange:
    """New holders of one slot, by key; `version` is the slot's when the preview was made."""

    slot_id: int
    version: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """New values of a task's own fields; `version` is the task's at the preview."""

    item_id: int
    version: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of the preview."""

    row: int
    number: str
    heading: str
    label: str
    before: str
    after: str


@dataclass(slots=True)
class Plan:
    """What a sheet would change. Nothing is stored before `apply_cells`."""

    differences: list[Difference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    slots: list[SlotChange] = field(default_factory=list)
    fields: list[FieldChange] = field(default_factory=list)
    needs_reason: bool = False
    rows: int = 0

    def packed(self) -> dict[str, Any]:
        """The changes as plain data, for the signed field between preview and confirmation."""
        return {
            "slots": [[c.slot_id, c.version, list(c.keys)] for c in self.slots],
            "fields": [[c.item_id, c.version, c.values] for c in self.fields],
        }

    @classmethod
    def unpacked(cls, data: dict[str, Any]) -> Plan:
        """The changes that `packed` gave."""
        return cls(
            slots=[SlotChange(s, v, tuple(keys)) for s, v, keys in data["slots"]],
            fields=[FieldChange(i, v, dict(values)) for i, v, values in data["fields"]],
        )


def read_plan(user: User, year: int, source: Source) -> Plan:
    """Compare a sheet with the year's tasks; `Invalid` when it is no ledger at all."""
    heads, lines = _table(source)
    if len(lines) > MAX_ROWS:
        raise Invalid(f"表格超过 {MAX_ROWS} 行，请分几次导入。")
    today = timezone.localdate()
    assert user.county is not None
    known = directory(user.county, on=today)
    items: dict[str, list[TaskItem]] = {}
    for item in (
        TaskItem.objects.visible_to(user)
        .in_year(year)
        .exclude(state=TaskState.VOID)
        .select_related("paper")
        .defer("text", "paper__reading", "paper__findings")
    ):
        items.setdefault(item.number, []).append(item)
    held = slots_held([i.pk for group in items.values() for i in group], on=today)
    plan = Plan(rows=len(lines))
    seen: dict[int, int] = {}
    for at, line in lines:
        found = _item_of(plan, at, line, heads, items)
        if found is None:
            continue
        if found.pk in seen:
            plan.problems.append(
                Problem(at, NUMBER, f"与第 {seen[found.pk]} 行是同一项任务，请只保留一行。")
            )
            continue
        seen[found.pk] = at
        _compare(plan, at, found, held.get(found.pk, []), line, heads, known)
    return plan


def _table(source: Source) -> tuple[set[str], list[tuple[int, dict[str, str]]]]:
    """The heads and the lines of the first sheet whose rows begin with a head 编号."""
    grid: dict[int, dict[int, str]] = {}
    for paragraph in source.paragraphs:
        if paragraph.cell is not None and paragraph.cell.table == 0:
            row = grid.setdefault(paragraph.cell.row, {})
            row[paragraph.cell.column] = paragraph.text.strip()
    for at in sorted(grid)[:10]:
        names = {column: text for column, text in grid[at].items() if text}
        if NUMBER in names.values():
            break
    else:
        raise Invalid(f"没有找到写着“{NUMBER}”的表头行，请使用任务台账导出的表格。")
    doubled = {n for n in names.values() if list(names.values()).count(n) > 1}
    if doubled:
        raise Invalid(f"表头“{'、'.join(sorted(doubled))}”出现不止一次，请只保留一列。")
    lines = []
    for row_at in sorted(grid):
        if row_at <= at:
            continue
        line = {name: grid[row_at].get(column, "") for column, name in names.items()}
        if any(line.values()):
            lines.append((row_at + 1, line))
    return set(names.values()), lines


def _item_of(
    plan: Plan, at: int, line: dict[str, str], heads: set[str], items: dict[str, list[TaskItem]]
) -> TaskItem | None:
    number = line[NUMBER]
    if not number:
        plan.problems.append(Problem(at, NUMBER, "没有填写编号，无法确定是哪项任务，请补填。"))
        return None
    found = items.get(number, [])
    if len(found) > 1 and PAPER in heads:
        found = [i for i in found if line[PAPER] in (i.paper.number, i.paper.title)]
    if len(found) > 1 and HEADING in heads:
        found = [i for i in found if i.heading == line[HEADING]] or found
    if not found:
        plan.problems.append(Problem(at, NUMBER, f"没有编号为“{number}”的任务，请核对编号。"))
        return None
    if len(found) > 1:
        plan.problems.append(
            Problem(at, NUMBER, f"编号“{number}”对应 {len(found)} 项任务，请用“{PAPER}”一列区分。")
        )
        return None
    return found[0]


def _compare(
    plan: Plan,
    at: int,
    item: TaskItem,
    slots: list[SlotHeld],
    line: dict[str, str],
    heads: set[str],
    known: Directory,
) -> None:
    before = len(plan.slots) + len(plan.fields)
    for kind, label, exported in zip(KINDS, LABELS, slot_texts(slots, known), strict=True):
        if label not in heads or line[label] == exported:
            continue
        _compare_slot(plan, at, item, kind, label, [s for s in slots if s.kind == kind],
                      exported, line[label], known)  # fmt: skip
    values: dict[str, str] = {}
    if DUE in heads:
        was = item.due_on.isoformat() if item.due_on else ""
        now = _iso(plan, at, line[DUE])
        if now is not None and now != was:
            values["due_on"] = now
            plan.differences.append(Difference(at, item.number, item.heading, DUE, was, now))
    for name, head in (("due_text", DUE_TEXT), ("measure", MEASURE)):
        if head in heads and line[head] != getattr(item, name).strip():
            longest = LONGEST[name]
            if len(line[head]) > longest:
                plan.problems.append(Problem(at, head, f"超过 {longest} 字，请精简。"))
                continue
            values[name] = line[head]
            plan.differences.append(
                Difference(at, item.number, item.heading, head, getattr(item, name), line[head])
            )
    if values:
        plan.fields.append(FieldChange(item.pk, item.version, values))
    if len(plan.slots) + len(plan.fields) > before:
        if item.state == TaskState.DONE:
            plan.problems.append(Problem(at, NUMBER, "这项任务已办结，不再修改，请恢复原内容。"))
        plan.needs_reason = plan.needs_reason or item.state == TaskState.ISSUED


def _compare_slot(
    plan: Plan,
    at: int,
    item: TaskItem,
    kind: str,
    label: str,
    slots: list[SlotHeld],
    exported: str,
    text: str,
    known: Directory,
) -> None:
    text = "" if text in (UNFILLED, "—", "--") else text
    if text == exported:
        return
    if not slots:
        if text and text != NO_SLOT:
            plan.problems.append(
                Problem(
                    at, label, f"这项任务没有“{label}”，请先在任务分解中增加这一项，或清空此格。"
                )
            )
        return
    parts = _SLOT_BREAK.split(text) if len(slots) > 1 else [_SLOT_BREAK.sub("、", text)]
    if not text:
        parts = [""] * len(slots)
    if len(parts) != len(slots):
        names = "、".join(slot.label for slot in slots)
        plan.problems.append(
            Problem(
                at, label, f"这项任务有 {len(slots)} 处（{names}），请用“；”分成 {len(slots)} 段。"
            )
        )
        return
    for slot, part in zip(slots, parts, strict=True):
        keys = _keys(plan, at, label, kind, part, slot.holders, known)
        if keys is None or keys == slot.keys:
            continue
        if not keys and item.state == TaskState.ISSUED:
            plan.problems.append(
                Problem(at, label, "任务已下发，责任不能清空，请填写新的责任单位或人员。")
            )
            continue
        plan.slots.append(SlotChange(slot.id, slot.version, tuple(keys)))
        plan.differences.append(
            Difference(
                at,
                item.number,
                item.heading,
                slot.label,
                BETWEEN_HOLDERS.join(h.label for h in slot.holders),
                BETWEEN_HOLDERS.join(name_of(k, slot.holders, known) for k in keys),
            )
        )


def name_of(key: str, holders: Iterable[Holder], known: Directory) -> str:
    candidate = known.by_key.get(key)
    return candidate.label if candidate else next(h.label for h in holders if h.key == key)


def _keys(
    plan: Plan, at: int, label: str, kind: str, part: str, holders: list[Holder], known: Directory
) -> list[str] | None:
    """The holders that a cell names; None when one of them is not clear."""
    kept = {text: h.key for h in holders for text in (h.label, f"{h.label}（{h.detail}）")}
    keys: list[str] = []
    for value in _HOLDER_BREAK.split(part):
        name = value.strip()
        if not name:
            continue
        found = _meant(name, kind, known)
        key = found[0].key if len(found) == 1 else kept.get(name)
        if key is None:
            sentence = (
                f"“{name}”对应 {len(found)} 个，"
                f"请写成“{found[0].label}（{found[0].detail}）”的样子。"
                if found
                else f"没有找到“{name}”，请核对名称，或先在设置中登记。"
            )
            plan.problems.append(Problem(at, label, sentence))
            return None
        if key not in keys:
            keys.append(key)
    return keys


def _meant(name: str, kind: str, known: Directory) -> list[Candidate]:
    """What a name means; 各乡镇（18） is 各乡镇."""
    return known.resolve(name, kind) or known.resolve(_COUNT.sub("", name), kind)


def _iso(plan: Plan, at: int, text: str) -> str | None:
    """An ISO date, "" for none; None and a problem for anything else."""
    if text in ("", "--", "—"):
        return ""
    match = _DATE.fullmatch(text.partition(" ")[0] if "-" in text else text)
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        pass
    plan.problems.append(Problem(at, DUE, f"“{text}”不是日期，请写成 2026-06-30 的样子。"))
    return None
