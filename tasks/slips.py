"""勘误: which change of a wording is a slip of the pen, and how it is told.

A slip changes a few characters and nothing that counts: no figure or date, no
negation. Only that goes into signed letters without a new signature.
"""

from __future__ import annotations

from difflib import SequenceMatcher

MOST_CHARACTERS = 6
# What a changed character must not be: figures, their units, negations, limits.
WEIGHTY = frozenset(
    "0123456789０１２３４５６７８９〇零一二三四五六七八九十百千万亿半两%％年月日季旬周"
)
WEIGHTY_WORDS = frozenset("不无未非勿禁莫免除否须可应每")
AROUND = 4  # characters shown before and after a change


def segments(before: str, after: str) -> list[tuple[int, int, int, int]]:
    """The runs that differ, as positions in both."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def is_slip(before: str, after: str) -> bool:
    """Whether the change from `before` to `after` alters no more than a slip does."""
    runs = segments(before, after)
    changed = "".join(before[a:b] + after[c:d] for a, b, c, d in runs)
    size = sum(max(b - a, d - c) for a, b, c, d in runs)
    return size <= MOST_CHARACTERS and not set(changed) & (WEIGHTY | WEIGHTY_WORDS)


def told(before: str, after: str) -> list[str]:
    """Each change with what stands around it: “开展谈话”更正为“开展谈心谈话”."""
    return [
        f"“{_cut(before, a, b)}”更正为“{_cut(after, c, d)}”"
        for a, b, c, d in segments(before, after)
    ]


def _cut(text: str, start: int, end: int) -> str:
    return " ".join(text[max(0, start - AROUND) : end + AROUND].split())
