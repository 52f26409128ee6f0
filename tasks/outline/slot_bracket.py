"""Slots without labels: a bracket at a paragraph's end (县财政局牵头，各乡镇配合)."""

from __future__ import annotations

import re

from .deadlines import words_a_deadline
from .form_line import FoundDeadline
from .line import Line
from .model import FoundSlot, SlotKind
from .values import looks_like_unit, split_values

Assigned = tuple[Line | None, list[FoundSlot], FoundDeadline | None]
"""What is left of a line, the slots and the deadline found in it."""
_LONGEST = 200
_CLAUSE = re.compile(
    r"[，,；;、]?(?P<units>[^，,；;。：:]{2,}?)(?P<word>牵头负责|牵头落实|牵头|主办|协同配合|配合|协办|协助|协同|参与|参加|分工负责|负责)"
    r"(?=[，,；;]|$)"
)
_LEADS = ("牵头负责", "牵头落实", "牵头", "主办")
_REASON = "没有槽位名称，按“牵头”“配合”等字样读取"


def assigned_in_bracket(line: Line) -> Assigned:
    """The line without such a bracket, and its slots; the line itself where it has none."""
    text = line.text.rstrip("。；; ")
    if not text.endswith(("）", ")")):
        return line, [], None
    start = max(text.rfind("（"), text.rfind("("))
    if start < 0 or len(text) - start > _LONGEST:
        return line, [], None
    slots, deadline = assigned_in_clauses(line, start + 1, len(text) - 1)
    return ((line.cut(0, start) if start else None) if slots else line), slots, deadline


def assigned_in_sentence(line: Line) -> Assigned:
    """The same without a bracket: the line's last sentence names who leads (由…牵头，…配合)."""
    text = line.text.rstrip("。；; ")
    start = max(text.rfind(mark) for mark in "。；;！？\n") + 1
    if len(text) - start > _LONGEST or "牵头" not in text[start:]:
        return line, [], None
    slots, deadline = assigned_in_clauses(line, start, len(text))
    return ((line.cut(0, start) if start else None) if slots else line), slots, deadline


def assigned_in_clauses(
    line: Line, start: int, end: int
) -> tuple[list[FoundSlot], FoundDeadline | None]:
    """The slots of a stretch that holds such clauses and at most a deadline after them."""
    inside = line.text[start:end]
    if inside.startswith("由"):
        start, inside = start + 1, inside[1:]
    slots: list[FoundSlot] = []
    at = 0
    for match in _CLAUSE.finditer(inside):
        values = split_values(match["units"])
        if match.start() != at or not values or not all(map(looks_like_unit, values)):
            break
        at = match.end()
        kind = SlotKind.LEAD_UNIT if match["word"] in _LEADS else SlotKind.RESPONSIBLE_UNIT
        first = start + match.start("units")
        last = start + match.end("units")
        slots.append(
            FoundSlot(
                kind,
                match["word"],
                values,
                line.place(first, start + match.end()),
                line.place(first, last),
                0.7,
                _REASON,
            )
        )
    rest = inside[at:].strip("，,；;、。")
    if not slots or (rest and not words_a_deadline(rest)):
        return [], None
    if not rest:
        return slots, None
    first = start + at + inside[at:].index(rest)
    return slots, FoundDeadline(rest, line.place(first, first + len(rest)), "")
