"""分工确认 for the tests of access: a slot that waits for its leader, an objection, over there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from tasks.models import Assignment, ItemSlot, SlotAnswer, TaskItem
from tests.world import START, World

if TYPE_CHECKING:
    from tests.access.people import Scene


def lay(made: Scene) -> None:
    """On seats that see these tasks anyway; inside the open door of the scene."""
    home, away = made.home, made.away
    waiting = _held(made.tasks["seat"], home)
    made.kwargs["own_slot"] = {"leader": {"assignment_id": waiting.pk}}
    for where, world, item in (
        ("leader", home, made.tasks["portfolio"]),
        ("other_county", away, made.tasks["other_county"]),
    ):
        held = _held(item, world)
        row = SlotAnswer(
            county=world.county, assignment=held, due_on=timezone.localdate(), state="objected",
            grounds=f"{item.heading}异议", answered_at=timezone.now(),
            answered_by=world.users["fuxianzhang"],
        )  # fmt: skip
        row.save()
        made.kwargs.setdefault("slot_answer", {})[where] = {"answer_id": row.pk}
    made.kwargs["own_slot"]["other_county"] = {"assignment_id": held.pk}


def _held(item: TaskItem, world: World) -> Assignment:
    slot = ItemSlot(item=item, kind="responsible_leader", label="责任领导", position=1)
    slot.save()
    held = Assignment(item=item, slot=slot, post=world.posts["周建平"], valid_from=START)
    held.save()
    return held
