"""What was signed on a task: asked before a change is saved, told after.

Letters of responsibility print tasks; they are made in `reports`, which tasks
do not know (imports run one way). So `reports` registers its keeper here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from accountability.door import Act
from accountability.services.commitments import Choice, LettersConcerned, choice_of
from tasks.models import Assignment, TaskState

__all__ = ["Choice", "Keeper", "LettersConcerned", "choice_of"]


class Keeper(Protocol):
    """Keeps signed papers in step with the tasks that they print."""

    def settle(self, act: Act, item_ids: Collection[int], choice: Choice | None) -> None:
        """After any change. Raises `LettersConcerned` where a choice is needed and None given."""

    def amend(self, act: Act, item_id: int, reason: str) -> None:
        """After an approved change of a deadline, or a slip of the pen put right.

        A numbered annex, no new signature.
        """


_keepers: list[Keeper] = []


def register(keeper: Keeper) -> None:
    """Called once, when the portal starts."""
    _keepers.append(keeper)


def settle(act: Act, item_ids: Collection[int], choice: Choice | None) -> None:
    """Tell the keepers what was changed; inside the change's own transaction."""
    if item_ids:
        for keeper in _keepers:
            keeper.settle(act, item_ids, choice)


def amend(act: Act, item_id: int, reason: str) -> None:
    """Tell the keepers of a changed deadline or a corrected wording, with its basis (依据)."""
    for keeper in _keepers:
        keeper.amend(act, item_id, reason)


def settle_groups(act: Act, groups: Collection[int], choice: Choice | None) -> None:
    """Members of unit groups were changed: what is handed out to them may be signed."""
    rows = Assignment.objects.filter(
        group_id__in=groups, valid_to__isnull=True, item__state=TaskState.ISSUED
    ).exclude(slot__is_dropped=True)
    settle(act, set(rows.order_by().values_list("item_id", flat=True)), choice)
