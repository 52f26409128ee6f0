"""与上版差异: two versions of a text as stretches that stayed, went and came. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

# A number or Latin word is one piece, everything else a character.
PIECE = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*%?|\s+|.", re.S)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of text; `kind` is same, gone or new."""

    kind: str
    text: str


def changes(before: str, after: str) -> list[Stretch]:
    """What became of `before` in `after`, in reading order."""
    old, new = PIECE.findall(before), PIECE.findall(after)
    found: list[Stretch] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Stretch("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(Stretch("gone", "".join(old[a:b])))
        if c < d:
            found.append(Stretch("new", "".join(new[c:d])))
    return found
