"""Who holds the slots of a set of tasks on a day, in names, in four queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count

from accountability.models import GroupMembership, Tenure
from accountability.models.dated import holds_on
from accountability.models.unit import UnitKind
from tasks.models import Assignment, ItemSlot
from tasks.outline.model import STANDARD_NAMES, SlotKind

KINDS = tuple(SlotKind)
LABELS = tuple(STANDARD_NAMES[kind] for kind in KINDS)
UNFILLED = "待落实"
NO_SLOT = "原文无此项"
VACANT = "空缺"


@dataclass(frozen=True, slots=True)
class Holder:
    """One holder of a slot. `key` is p12, u5 or g3; `label` the name on the page.

    `detail` is the seat of a person, `count` the members of a group on the day.
    """

    key: str
    label: str
    detail: str = ""
    count: int | None = None
    unit_id: int | None = None

    @property
    def shown(self) -> str:
        """The name in a list: 各乡镇（18）."""
        return self.label if self.count is None else f"{self.label}（{self.count}）"


@dataclass(slots=True)
class SlotHeld:
    """A slot that a task wants, and who holds it. No holder: 待落实."""

    id: int
    item_id: int
    kind: str
    ordinal: int
    label: str
    version: int
    holders: list[Holder] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [holder.key for holder in self.holders]


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the four columns of a list row; `state` is none, empty, part or filled."""

    text: str
    state: str


def slots_held(item_ids: Collection[int], *, on: date) -> dict[int, list[SlotHeld]]:
    """The slots of each task in their order, with the holders of the day."""
    found: dict[int, list[SlotHeld]] = defaultdict(list)
    by_slot: dict[int, SlotHeld] = {}
    for row in (
        ItemSlot.objects.filter(item_id__in=item_ids, is_dropped=False)
        .order_by("item_id", "position", "id")
        .values_list("id", "item_id", "kind", "ordinal", "label", "version")
    ):
        slot = SlotHeld(*row)
        found[slot.item_id].append(slot)
        by_slot[slot.id] = slot
    rows = list(
        Assignment.objects.filter(holds_on(on), item_id__in=item_ids)
        .order_by("slot_id", "position", "id")
        .values_list(
            "slot_id",
            "post_id",
            "post__title",
            "post__unit_id",
            "post__unit__name",
            "unit_id",
            "unit__name",
            "unit__kind",
            "unit__parent__name",
            "group_id",
            "group__name",
        )
    )
    persons = holders_of_posts({row[1] for row in rows if row[1]}, on=on)
    counts = member_counts({row[9] for row in rows if row[9]}, on=on)
    for (
        slot_id, post_id, title, post_unit_id, post_unit,
        unit_id, unit, unit_kind, parent, group_id, group,
    ) in rows:  # fmt: skip
        held = by_slot.get(slot_id)
        if held is None:
            continue
        if post_id:
            person = persons.get(post_id, "")
            seat = f"{post_unit}{title}"
            holder = Holder(f"p{post_id}", person or seat, seat if person else VACANT,
                            unit_id=post_unit_id)  # fmt: skip
        elif unit_id:
            name = f"{parent}{unit}" if unit_kind == UnitKind.SECTION and parent else unit
            holder = Holder(f"u{unit_id}", name, unit_id=unit_id)
        else:
            holder = Holder(f"g{group_id}", group, count=counts.get(group_id, 0))
        held.holders.append(holder)
    return found


def holders_of_posts(post_ids: Collection[int], *, on: date) -> dict[int, str]:
    """The person on each seat on a day; who is acting (主持工作) only where nobody else sits."""
    found: dict[int, str] = {}
    for post_id, name in (
        Tenure.objects.filter(holds_on(on), post_id__in=post_ids)
        .order_by("is_acting", "id")
        .values_list("post_id", "person__name")
    ):
        found.setdefault(post_id, name)
    return found


def member_counts(group_ids: Collection[int], *, on: date) -> dict[int, int]:
    """How many units are in each group on a day."""
    return dict(
        GroupMembership.objects.filter(holds_on(on), holds_on(on, "unit__"), group_id__in=group_ids)
        .values("group_id")
        .annotate(members=Count("unit_id", distinct=True))
        .values_list("group_id", "members")
    )


def cells(slots: Iterable[SlotHeld]) -> list[Cell]:
    """The four columns of a list row, in the standard order."""
    by_kind: dict[str, list[SlotHeld]] = defaultdict(list)
    for slot in slots:
        by_kind[slot.kind].append(slot)
    return [_cell(by_kind.get(kind, [])) for kind in KINDS]


def _cell(slots: list[SlotHeld]) -> Cell:
    if not slots:
        return Cell(NO_SLOT, "none")
    names = [
        f"{holder.label}（{VACANT}）" if holder.detail == VACANT else holder.shown
        for slot in slots
        for holder in slot.holders
    ]
    if not names:
        return Cell(UNFILLED, "empty")
    state = "filled" if all(slot.holders for slot in slots) else "part"
    return Cell("、".join(names), state)
