"""The same paper again: which item of the new outline is which item of the stored one.

Items are the same where their text is at least 90 % the same; a number alone
is only a hint. The cost is bounded: equal texts are found by hash, others are
compared in full only with the few whose sketches share the most.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nsmallest
from zlib import crc32

SAME = 0.90
"""From this ratio on two texts are the same item."""
CERTAIN = 0.97
"""From this ratio on no further candidate is compared."""
LONGEST = 4_000
CLOSEST = 3
SKETCH = 48
_NOISE = re.compile(r"[\s，。、；：“”‘’\"'（）()《》,.;:！？!?]+")


@dataclass(frozen=True, slots=True)
class Text:
    """One side's item: its key, its number, its heading and text."""

    key: int
    number: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """An item that is in both papers; `ratio` 1.0 means that not a character changed."""

    old: int
    new: int
    ratio: float

    @property
    def is_changed(self) -> bool:
        return self.ratio < 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`pairs` are kept items, `added` new keys, `removed` old keys.

    `rewritten` are (old, new) of the same number whose text differs too much.
    """

    pairs: tuple[Pair, ...]
    added: tuple[int, ...]
    removed: tuple[int, ...]
    rewritten: tuple[tuple[int, int], ...]

    @property
    def changed(self) -> tuple[Pair, ...]:
        return tuple(p for p in self.pairs if p.is_changed)


def normalised(item: Text) -> str:
    """What is compared: heading and text without spaces and punctuation."""
    text = item.text
    if not _NOISE.sub("", text).startswith(_NOISE.sub("", item.heading)):
        text = item.heading + text
    return _NOISE.sub("", text)[:LONGEST]


def compare(old: Sequence[Text], new: Sequence[Text]) -> Comparison:
    """Pair the items of two papers, each at most once, the most alike first."""
    old_texts = {item.key: normalised(item) for item in old}
    new_texts = {item.key: normalised(item) for item in new}
    by_old = {item.key: item for item in old}
    by_new = {item.key: item for item in new}
    pairs: dict[int, Pair] = {}
    _pair_equal(old, new, old_texts, new_texts, pairs)
    taken = {pair.old for pair in pairs.values()}
    scored = _alike(
        [i for i in old if i.key not in taken],
        [i for i in new if i.key not in pairs],
        old_texts,
        new_texts,
    )
    for ratio, old_key, new_key in sorted(scored, key=lambda s: (-s[0], s[2], s[1])):
        if new_key not in pairs and old_key not in taken:
            pairs[new_key] = Pair(old_key, new_key, min(ratio, 0.9999))
            taken.add(old_key)
    kept = tuple(
        _with_wording(pairs[i.key], by_old[pairs[i.key].old], by_new[i.key])
        for i in new
        if i.key in pairs
    )
    added = tuple(i.key for i in new if i.key not in pairs)
    removed = tuple(i.key for i in old if i.key not in taken)
    numbers = {by_new[key].number: key for key in reversed(added)}
    rewritten = tuple(
        (key, numbers[by_old[key].number]) for key in removed if by_old[key].number in numbers
    )
    return Comparison(kept, added, removed, rewritten)


def _with_wording(pair: Pair, old: Text, new: Text) -> Pair:
    """A pair whose texts are equal but for punctuation, heading or number is changed too."""
    if pair.is_changed or (old.number, old.heading, old.text) == (
        new.number,
        new.heading,
        new.text,
    ):
        return pair
    return Pair(pair.old, pair.new, 0.9999)


def _pair_equal(
    old: Sequence[Text],
    new: Sequence[Text],
    old_texts: dict[int, str],
    new_texts: dict[int, str],
    pairs: dict[int, Pair],
) -> None:
    """Equal texts belong together; of a text that stands twice the number decides, then order."""
    waiting: dict[str, list[Text]] = {}
    for item in old:
        if old_texts[item.key]:
            waiting.setdefault(old_texts[item.key], []).append(item)
    for by_number in (True, False):
        for item in new:
            candidates = waiting.get(new_texts[item.key])
            if item.key in pairs or not candidates:
                continue
            same = [c for c in candidates if c.number == item.number]
            if by_number and not same:
                continue
            chosen = (same or candidates)[0]
            candidates.remove(chosen)
            pairs[item.key] = Pair(chosen.key, item.key, 1.0)


def _alike(
    old: Sequence[Text],
    new: Sequence[Text],
    old_texts: dict[int, str],
    new_texts: dict[int, str],
) -> list[tuple[float, int, int]]:
    """(ratio, old, new) of those at least 90 % the same among the closest of each new item."""
    where: dict[int, list[int]] = {}
    for item in old:
        for mark in _sketch(old_texts[item.key]):
            where.setdefault(mark, []).append(item.key)
    found: list[tuple[float, int, int]] = []
    for item in new:
        text = new_texts[item.key]
        shared = Counter(key for mark in _sketch(text) for key in where.get(mark, ()))
        for key, _ in shared.most_common(CLOSEST):
            other = old_texts[key]
            if 2 * min(len(other), len(text)) < SAME * (len(other) + len(text)):
                continue
            matcher = SequenceMatcher(None, other, text, autojunk=False)
            if matcher.quick_ratio() < SAME:
                continue
            ratio = matcher.ratio()
            if ratio >= SAME:
                found.append((ratio, key, item.key))
            if ratio >= CERTAIN:
                break
    return found


def _sketch(text: str) -> list[int]:
    """The smallest hashes of a text's threes of characters: alike texts share many."""
    marks = {crc32(text[i : i + 3].encode()) for i in range(max(1, len(text) - 2))}
    return nsmallest(SKETCH, marks) if text else []
