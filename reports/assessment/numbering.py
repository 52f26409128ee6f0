"""Numbers of criteria by their place: 1, 1.1, 1.1.1; 加1, 扣1, 否1."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

from .scheme import Nature

Key = TypeVar("Key", bound=Hashable)
PREFIX = {Nature.PART: "", Nature.ADD: "加", Nature.DEDUCT: "扣", Nature.VETO: "否"}


def numbered(rows: Sequence[tuple[Key, Key | None, Nature]]) -> list[tuple[Key, str]]:
    """(key, code) in the order of the tree: parts, then additions, deductions and vetoes.

    `rows` are (key, parent's key, nature) in the order in which siblings stand. A row
    whose parent is not among them is left out.
    """
    found: list[tuple[Key, str]] = []

    def below(parent: Key, code: str) -> None:
        inner = [key for key, above, _ in rows if above == parent]
        for number, key in enumerate(inner, start=1):
            found.append((key, f"{code}.{number}"))
            below(key, f"{code}.{number}")

    for nature, prefix in PREFIX.items():
        roots = [key for key, above, kind in rows if above is None and kind == nature]
        for number, key in enumerate(roots, start=1):
            found.append((key, f"{prefix}{number}"))
            below(key, f"{prefix}{number}")
    return found
