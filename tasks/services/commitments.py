"""What was signed on a task: asked before a change is saved, told after.

Letters of responsibility print tasks; they are made in `reports`, which tasks
do not know (imports run one way). So `reports` registers its keeper here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from accountability.door import Act
from accountability.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Choice:
    """What the office chose where signed letters are touched.

    `void` are the ids of the letters that lapse and must be signed anew, for
    `reason`; the others stay effective and are marked 有变更.
    """

    void: frozenset[int] = frozenset()
    reason: str = ""


LEAVE_ALL = Choice()


class LettersConcerned(Refusal):
    """Signed letters print what would change: nothing is saved before the office chose.

    `details`: {"letters": [{"id", "number", "party", "state"}]}.
    """

    status = 409
    code = "letters_concerned"


class Keeper(Protocol):
    """Keeps signed papers in step with the tasks that they print."""

    def settle(self, act: Act, item_ids: Collection[int], choice: Choice | None) -> None:
        """After any change. Raises `LettersConcerned` where a choice is needed and None given."""

    def extend(self, act: Act, item_id: int, reason: str) -> None:
        """After an approved change of a deadline: a numbered annex, no new signature."""


_keepers: list[Keeper] = []


def register(keeper: Keeper) -> None:
    """Called once, when the portal starts."""
    _keepers.append(keeper)


def settle(act: Act, item_ids: Collection[int], choice: Choice | None) -> None:
    """Tell the keepers what was changed; inside the change's own transaction."""
    for keeper in _keepers:
        keeper.settle(act, item_ids, choice)


def extend(act: Act, item_id: int, reason: str) -> None:
    """Tell the keepers of a deadline that was changed with its basis (调整依据)."""
    for keeper in _keepers:
        keeper.extend(act, item_id, reason)


def choice_of(data: Any) -> Choice | None:
    """The choice that a form carries (`letters_seen`, `void_letter`, `letters_reason`)."""
    if not data.get("letters_seen"):
        return None
    ids = [v for v in data.getlist("void_letter") if v.isdecimal() and len(v) < 18]
    return Choice(frozenset(map(int, ids)), data.get("letters_reason", "").strip()[:300])
