"""Finds headings without a number: by style, by bold or another typeface, by what they precede."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from .clutter import Clutter, looks_like_signer
from .line import Line
from .numbering import RANK, Label
from .source import Paragraph

BY_TYPEFACE = 20
BY_POSITION = 30
CARD = 40
"""Levels of headings that no style gives one; styles have 0 (outermost) to 8."""

_LONGEST = 40
_LONGEST_PLAIN = 16
_ENDS = tuple("。；;：:，,、！？!?）)》”.…")


class Headed(Protocol):
    """What is looked at of an entry."""

    line: Line
    label: Label | None
    slot: bool
    clutter: Clutter | None
    level: int | None


def mark_unnumbered(entries: Sequence[Headed], paragraphs: Sequence[Paragraph] = ()) -> None:
    """Set `level` of every entry that is a heading without a number."""
    if paragraphs:
        _by_look(entries, paragraphs)
    if not any(entry.level is not None for entry in entries):
        _by_position(entries)


def _may_head(entry: Headed, longest: int) -> bool:
    text = entry.line.text
    return (
        entry.label is None
        and not entry.slot
        and entry.clutter is None
        and entry.level is None
        and 2 <= len(text) <= longest
        and not text.endswith(_ENDS)
        and "。" not in text
        and any("\u4e00" <= character <= "\u9fff" for character in text)
    )


def _by_look(entries: Sequence[Headed], paragraphs: Sequence[Paragraph]) -> None:
    strong: list[Headed] = []
    all_lines = 0
    for entry in entries:
        piece = entry.line.pieces[0]
        paragraph = paragraphs[piece.paragraph]
        all_lines += entry.clutter is None
        if paragraph.cell is not None or paragraph.in_text_box or not _may_head(entry, _LONGEST):
            continue
        if len(entry.line.text) < len(paragraph.text.strip()):
            continue
        if paragraph.outline_level is not None:
            entry.level = paragraph.outline_level
        elif paragraph.strong and not looks_like_signer(entry.line.text):
            strong.append(entry)
    if 3 * len(strong) <= 2 * all_lines:
        for entry in strong:
            entry.level = BY_TYPEFACE


def _by_position(entries: Sequence[Headed]) -> None:
    """Short lines each followed by a list that begins anew are the chapters of a plain text."""
    seen = [entry for entry in entries if entry.clutter is None]
    styles = {entry.label.style for entry in seen if entry.label is not None}
    if not styles:
        return
    outer = min(styles, key=RANK.__getitem__)
    chapters: list[Headed] = []
    for entry, below in pairwise(seen):
        label = below.label
        begins = label is not None and label.style is outer and label.value == 1
        if begins and _may_head(entry, _LONGEST_PLAIN):
            chapters.append(entry)
    if len(chapters) < 2:
        return
    for entry in chapters:
        entry.level = BY_POSITION
    for above, entry, below in zip(seen, seen[1:], seen[2:], strict=False):
        sentence = below.label is None and not below.slot and below.line.text.endswith("。")
        closed = above.level is not None or above.line.text.endswith(("。", "：")) or above.slot
        if sentence and closed and _may_head(entry, _LONGEST_PLAIN):
            entry.level = BY_POSITION
