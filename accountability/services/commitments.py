"""What was signed on the county's duties: asked before a change is saved, told after.

Letters of responsibility are signed between posts and print tasks. Neither the
directory nor the tasks know them (imports run one way); who keeps them registers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from ..door import Act
from ..refusals import Refusal


@dataclass(frozen=True, slots=True)
class Choice:
    """What the office chose where signed letters are touched.

    `void` are the ids of the letters that lapse and must be signed anew, for
    `reason`; the others stay effective and are marked 有变更. `seen` are the
    letters that the office was shown: where it is not None, one that came to it
    since is asked about again.
    """

    void: frozenset[int] = frozenset()
    reason: str = ""
    seen: frozenset[int] | None = None


class LettersConcerned(Refusal):
    """Signed letters print what would change: nothing is saved before the office chose.

    `details`: {"letters": [{"id", "number", "party", "state"}]}.
    """

    status = 409
    code = "letters_concerned"


def choice_of(data: Any) -> Choice | None:
    """The choice that a form carries (`letters_seen`, `void_letter`, `letters_reason`)."""
    seen = _ids(data.getlist("letters_seen"))
    if not seen:
        return None
    void = _ids(data.getlist("void_letter"))
    return Choice(void, data.get("letters_reason", "").strip()[:300], seen)


def _ids(values: list[str]) -> frozenset[int]:
    return frozenset(int(v) for v in values if v.isdecimal() and len(v) < 18)


OfGroups = Callable[[Act, frozenset[int], Choice | None], None]
_of_groups: dict[str, OfGroups] = {}


def register_groups(name: str, settle: OfGroups) -> None:
    """Let `settle(act, group ids, choice)` be called when members of unit groups changed."""
    _of_groups[name] = settle


def settle_groups(act: Act, groups: Collection[int], choice: Choice | None) -> None:
    """Members of these unit groups were changed in this act; may raise `LettersConcerned`."""
    for settle in _of_groups.values():
        settle(act, frozenset(groups), choice)
