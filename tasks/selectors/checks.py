"""校验: what is missing on a task, and what looks doubtful (ui.md 7)."""

from __future__ import annotations

from dataclasses import dataclass, field

from accountability.selectors.directory import Directory
from tasks.models import TaskItem
from tasks.outline.model import SlotKind

from .charge import Charge
from .held import Cell


@dataclass(slots=True)
class ItemCheck:
    """One task: its empty wanted slots, and sentences that a clerk should look at."""

    item: TaskItem
    cells: list[Cell]
    missing: list[Cell] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    wants_slots: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether the task may be handed out: every wanted slot is filled today."""
        return not self.missing and self.wants_slots

    @property
    def missing_labels(self) -> str:
        return "、".join(c.slot.label for c in self.missing) or "没有责任槽位"


def check_item(
    item: TaskItem, cells: list[Cell], *, directory: Directory, charge: Charge
) -> ItemCheck:
    """The check of one task. A sub-task without slots of its own leans on its parent's."""
    found = ItemCheck(item, cells, missing=[c for c in cells if not c.holders])
    found.wants_slots = bool(cells) or item.parent_id is not None
    leads = [h for c in cells if c.slot.kind == SlotKind.LEAD_UNIT for h in c.holders]
    leaders = [
        h.key for c in cells if c.slot.kind == SlotKind.RESPONSIBLE_LEADER for h in c.holders
    ]
    others = {h.key for c in cells if c.slot.kind == SlotKind.RESPONSIBLE_UNIT for h in c.holders}
    if len(leads) > 1:
        found.warnings.append(f"牵头单位有 {len(leads)} 个，请确认是否联合牵头")
    for lead in leads:
        if lead.key in others:
            found.warnings.append(f"{lead.label}同时是牵头单位和责任单位")
    if leads and leaders and leads[0].kind == "unit":
        own = charge.leaders.get(int(leads[0].key[1:]))
        if own and own not in leaders and not any(k[0] == "g" for k in leaders):
            name = directory.by_key[own].label
            found.warnings.append(f"{leads[0].label}由{name}分管，与责任领导不一致")
    for holder in (h for c in cells for h in c.holders):
        if holder.gone:
            found.warnings.append(f"{holder.label}{holder.gone}")
    if item.due_on and item.due_on < directory.day:
        found.warnings.append(f"完成时限 {item.due_on:%Y-%m-%d} 早于今天")
    return found
