"""Finds slots (责任领导：… 牵头单位：…) in lines and takes them out of the text.

Slots stand on lines of their own, several on one line, or in one bracket at
the end of a paragraph; their names may run on over the lines that follow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .deadlines import dates_in, words_a_deadline
from .form_line import FormLine, FoundDeadline
from .line import BLANK, Line, spanning
from .model import FoundSlot
from .slot_bracket import assigned_in_bracket, assigned_in_sentence
from .slot_label import LONGEST, Meaning, meaning
from .values import look_like_values, looks_like_person, looks_like_unit, split_values

COLONS = "：:︰﹕∶"
_STOPS = frozenset(COLONS + "；;，,。！？“”\n\t|｜")
_NOT_FIRST = frozenset("、和或与及/（()）[]【】其")
_BEFORE = frozenset("；;，,。（(【[〔|｜／/＋+•·●◆■▲☆★※：:︰﹕∶\n\t")
_OPEN = "（(【[〔"
_CLOSE = "）)】]〕"
_EDGE = BLANK + "；;，,、|｜／/＋+"
_RESIDUE = frozenset(_OPEN + _CLOSE + _EDGE + "。.：:•●◆■▲★※-—0123456789\n")
_SENTENCE_MARKS = "。！？" + COLONS
_WORD = re.compile(r"[^ \t\u3000\u00a0]+")
_LONGEST_NAME = 40
_MOST_ON_A_LINE = 60
_MOST_COLONS = 2_000
"""Labels read, and colons looked at, on one line; no real line comes near."""


@dataclass(slots=True)
class Group:
    """Text lines and the slots that follow them."""

    lines: list[Line] = field(default_factory=list)
    slots: list[FoundSlot] = field(default_factory=list)
    deadline: FoundDeadline | None = None

    @property
    def carries(self) -> bool:
        return bool(self.slots) or self.deadline is not None


@dataclass(frozen=True, slots=True)
class _Spot:
    start: int
    after: int
    word: str
    meaning: Meaning
    confidence: float


def starts_with_slot(text: str) -> bool:
    """Whether a line begins with a slot's label."""
    spots = _spots(text[:60])
    return bool(spots) and not text[: spots[0].start].strip(BLANK + "（(【[•●◆■▲★※-")


def has_slots(text: str) -> bool:
    """Whether a slot stands anywhere in the line."""
    return bool(_spots(text))


def _spots(text: str) -> list[_Spot]:
    spots: list[_Spot] = []
    colons = 0
    for at, character in enumerate(text):
        if character in COLONS and colons < _MOST_COLONS:
            colons += 1
            spot = _before_colon(text, at, bool(spots))
            if spot is not None and _reads_as_names(text, spot):
                spots.append(spot)
                if len(spots) == _MOST_ON_A_LINE:
                    break
    if not spots:
        return _without_colon(text)
    return spots


def _before_colon(text: str, colon: int, in_run: bool) -> _Spot | None:
    characters: list[tuple[int, str]] = []
    at = colon - 1
    while at >= 0 and len(characters) < LONGEST and colon - at < 48:
        character = text[at]
        if character in _STOPS:
            break
        if character not in BLANK:
            characters.append((at, character))
        at -= 1
    characters.reverse()
    for first in range(len(characters)):
        start, character = characters[first]
        if character in _NOT_FIRST:
            continue
        word = "".join(c for _, c in characters[first:])
        found = meaning(word)
        if found is None:
            continue
        bounded = start == 0 or text[start - 1] in BLANK or text[start - 1] in _BEFORE
        if not bounded and not in_run:
            return None
        confidence = found.confidence if bounded else min(found.confidence, 0.8)
        return _Spot(start, colon + 1, word, found, confidence)
    return None


def _without_colon(text: str) -> list[_Spot]:
    """责任领导　王强　牵头单位　县财政局: labels followed by a blank or by nothing."""
    if len(text) > 120 or any(mark in text for mark in _SENTENCE_MARKS):
        return []
    start = len(text) - len(text.lstrip(BLANK + "•●◆■▲★※"))
    word = ""
    best: tuple[str, int] | None = None
    for at in range(start, min(len(text), start + 30)):
        if text[at] in BLANK:
            continue
        word += text[at]
        if len(word) > LONGEST:
            break
        follows = text[at + 1 : at + 2]
        if (not follows or follows in BLANK) and meaning(word) is not None:
            best = (word, at + 1)
    if best is None:
        return []
    found = meaning(best[0])
    assert found is not None
    spots = [_Spot(start, best[1], best[0], found, 0.8)]
    for match in _WORD.finditer(text, best[1]):
        found = meaning(match[0])
        if found is not None:
            spots.append(_Spot(match.start(), match.end(), match[0], found, 0.8))
    return spots


def _value_end(text: str, after: int, limit: int) -> int:
    """Where the value that starts at `after` ends, at the latest at `limit`."""
    depth = 0
    for at in range(after, limit):
        character = text[at]
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            if depth == 0:
                return at
            depth -= 1
        elif character == "。" and depth == 0:
            return at
    return limit


def _reads_as_names(text: str, spot: _Spot) -> bool:
    """A label followed by a sentence (责任单位：要切实……) is text, not a slot."""
    if spot.meaning.kind is None:
        return True
    sample = text[spot.after : spot.after + 160]
    for separator in "、，,；;：:）)】。 \t\u3000":
        sample = sample.replace(separator, "\n")
    return len(sample.split("\n", 1)[0]) <= _LONGEST_NAME and not sample.startswith("要")


def read(lines: list[Line]) -> list[Group]:
    """Groups of text and slots: a text line after slots begins a new group."""
    groups = [Group()]
    open_slot: FoundSlot | None = None
    awaited: FoundDeadline | None = None
    found = [_spots(line.text) for line in lines]
    labelled = any(found) or any(isinstance(line, FormLine) for line in lines)
    for line, spots in zip(lines, found, strict=True):
        if isinstance(line, FormLine):
            groups[-1].slots.extend(line.slots)
            groups[-1].deadline = line.deadline or groups[-1].deadline
            open_slot = None
            continue
        if not spots:
            if open_slot is not None and _continues(open_slot, line.text):
                _extend(open_slot, line)
                continue
            if awaited is not None and words_a_deadline(line.text):
                groups[-1].deadline = FoundDeadline(
                    line.text.rstrip("。；;"), line.whole(), awaited.label
                )
                awaited = None
                continue
            open_slot = awaited = None
            if groups[-1].carries and _is_residue(line.text):
                continue
            if groups[-1].carries:
                groups.append(Group())
            rest, assigned, due = assigned_in_bracket(line)
            if not assigned and not labelled:
                rest, assigned, due = assigned_in_sentence(line)
            if rest is not None:
                groups[-1].lines.append(rest)
            groups[-1].slots.extend(assigned)
            groups[-1].deadline = due or groups[-1].deadline
            continue
        before, after, slots, deadline = _take(line, spots)
        if before is not None:
            if groups[-1].carries:
                groups.append(Group())
            groups[-1].lines.append(before)
        groups[-1].slots.extend(slots)
        groups[-1].deadline = deadline or groups[-1].deadline
        open_slot = slots[-1] if slots and spots[-1].meaning.kind is not None else None
        last_is_empty = deadline is not None and not deadline.text
        awaited = deadline if last_is_empty and spots[-1].meaning.kind is None else None
        if after is not None:
            open_slot = None
            groups.append(Group(lines=[after]))
    return groups


def _is_residue(text: str) -> bool:
    return all(character in _RESIDUE for character in text)


def _take(
    line: Line, spots: list[_Spot]
) -> tuple[Line | None, Line | None, list[FoundSlot], FoundDeadline | None]:
    """The text before, the text after, and the slots of one line."""
    text = line.text
    slots: list[FoundSlot] = []
    deadline: FoundDeadline | None = None
    end = len(text)
    for at, spot in enumerate(spots):
        limit = spots[at + 1].start if at + 1 < len(spots) else len(text)
        end = _value_end(text, spot.after, limit)
        first, last = spot.after, end
        while first < last and text[first] in _EDGE + COLONS:
            first += 1
        while last > first and text[last - 1] in _EDGE:
            last -= 1
        if first == last:
            first = last = spot.after
        if spot.meaning.kind is not None and at + 1 == len(spots) and deadline is None:
            dated = _trailing_date(text, first, last)
            if dated is not None:
                deadline = FoundDeadline(text[dated:last], line.place(dated, last), "")
                last = dated
                while last > first and text[last - 1] in _EDGE:
                    last -= 1
        fill = line.place(first, last)
        if spot.meaning.kind is None:
            deadline = FoundDeadline(text[first:last], fill, spot.word)
            continue
        reason = spot.meaning.reason or ("" if spot.confidence == 1 else "标签前后没有分隔，请核对")
        slots.append(
            FoundSlot(
                kind=spot.meaning.kind,
                label=spot.word,
                values=split_values(text[first:last]),
                place=line.place(spot.start, last),
                fill=fill,
                confidence=spot.confidence,
                reason=reason,
            )
        )
    start = spots[0].start
    while start > 0 and text[start - 1] in _EDGE + _OPEN:
        start -= 1
    while end < len(text) and text[end] in _EDGE + _CLOSE + "。":
        end += 1
    before = line.cut(0, start) if not _is_residue(text[:start]) else None
    after = line.cut(end, len(text)) if not _is_residue(text[end:]) else None
    return before, after, slots, deadline


def _trailing_date(text: str, first: int, last: int) -> int | None:
    """Where a date stands after the last name (…，各乡镇，2026年6月底前完成)."""
    start = max(text.rfind(mark, first, last) for mark in "，,；;、") + 1
    if start <= first or last - start > 24:
        return None
    found = next(dates_in(text[start:last], 2024), None)
    return start if found is not None and found.start == 0 and not found.each else None


def _continues(slot: FoundSlot, text: str) -> bool:
    """Whether a line without a label goes on with the names of the slot before it."""
    if not look_like_values(text):
        return False
    values = split_values(text)
    if not slot.values:
        return True
    if looks_like_unit(slot.values[-1]):
        return all(looks_like_unit(value) for value in values)
    return looks_like_person(slot.values[-1]) and all(looks_like_person(v) for v in values)


def _extend(slot: FoundSlot, line: Line) -> None:
    whole = line.cut(0, len(line.text.rstrip("。；;，,、" + BLANK))).whole()
    slot.fill = whole if not slot.values else spanning(slot.fill, whole)
    slot.place = spanning(slot.place, whole)
    slot.values.extend(split_values(line.text))
