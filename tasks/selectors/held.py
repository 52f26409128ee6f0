"""Who holds which slot on a day, for any set of tasks, in two queries (three if some are gone)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from accountability.selectors.directory import Directory
from tasks.models import Assignment, ItemSlot, TaskItem


@dataclass(frozen=True, slots=True)
class Holder:
    """One value of a slot. `gone` says why it no longer stands today; "" while it does."""

    key: str
    label: str
    detail: str
    assignment: Assignment
    gone: str = ""
    count: int | None = None

    @property
    def kind(self) -> str:
        return {"p": "post", "u": "unit", "g": "group"}[self.key[0]]

    @property
    def told(self) -> str:
        """As the trail says it: a person with the seat held then."""
        return f"{self.label}（{self.detail}）" if self.kind == "post" else self.label


@dataclass(slots=True)
class Cell:
    """A wanted slot with its values, in their order."""

    slot: ItemSlot
    holders: list[Holder] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [h.key for h in self.holders]

    @property
    def column(self) -> str:
        return column_key(self.slot)


def column_key(slot: ItemSlot) -> str:
    """The grid's column of a slot: its kind and ordinal."""
    return f"{slot.kind}-{slot.ordinal}"


def key_of(assignment: Assignment) -> str:
    """The wire form of a holder: p12, u5, g3."""
    if assignment.post_id:
        return f"p{assignment.post_id}"
    return f"u{assignment.unit_id}" if assignment.unit_id else f"g{assignment.group_id}"


def cells_of(items: Iterable[TaskItem], *, directory: Directory) -> dict[int, list[Cell]]:
    """The wanted slots of `items` with their holders on the directory's day, by item."""
    slots = ItemSlot.objects.filter(item__in=list(items), is_dropped=False).order_by(
        "item", "position", "id"
    )
    return cells_of_slots(list(slots), directory=directory)


def cells_of_slots(slots: list[ItemSlot], *, directory: Directory) -> dict[int, list[Cell]]:
    """`slots` with their holders on the directory's day, by item; two queries at most.

    A holder that stands is in the directory; rows of posts, units and groups
    are fetched for those alone that do not.
    """
    found = {slot.pk: Cell(slot) for slot in slots}
    held = list(
        Assignment.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=directory.day), slot__in=list(found)
        ).order_by("slot_id", "position", "id")
    )
    strange = [row.pk for row in held if key_of(row) not in directory.by_key]
    gone = {}
    if strange:
        gone = {
            row.pk: row
            for row in Assignment.objects.filter(pk__in=strange).select_related(
                "post__unit", "unit__successor", "group"
            )
        }
    for assignment in held:
        row = gone.get(assignment.pk, assignment)
        found[assignment.slot_id].holders.append(holder_of(row, directory))
    by_item: dict[int, list[Cell]] = {}
    for cell in found.values():
        by_item.setdefault(cell.slot.item_id, []).append(cell)
    return by_item


def holder_of(assignment: Assignment, directory: Directory) -> Holder:
    """How a holder is shown on the directory's day; a retired one says so."""
    key = key_of(assignment)
    candidate = directory.by_key.get(key)
    if candidate is not None:
        return Holder(key, candidate.label, candidate.detail, assignment, count=candidate.count)
    if assignment.unit is not None:
        successor = assignment.unit.successor
        gone = "已撤并" + (f"，现为{successor.name}" if successor else "")
        return Holder(key, assignment.unit.name, "已撤并", assignment, gone=gone)
    if assignment.post is not None:
        name = f"{assignment.post.unit.name}{assignment.post.title}"
        return Holder(key, name, "已撤销", assignment, gone="职务已撤销")
    assert assignment.group is not None
    return Holder(key, assignment.group.name, "已停用", assignment, gone="单位集合已停用")
