"""Takes over what a corrected 任务台账 changes: all or nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.refusals import Conflict, Invalid, WrongState
from accountability.selectors.directory import Directory, directory
from accountability.services import audit, bulk
from tasks.models import Assignment, ItemSlot, Paper, PaperState, TaskItem, TaskState
from tasks.selectors.held import key_of
from tasks.selectors.holders import slots_held
from tasks.selectors.ledger_plan import Plan, name_of
from tasks.services import grants
from tasks.services.slots import members_by_group, units_of

CHANGED = "预览之后有人修改了其中的任务，请重新上传核对。"


def apply_cells(*, by: Actor, year: int, plan: Plan, reason: str = "") -> int:
    """Take over all changes of a plan, or none; gives how many tasks were changed.

    `Conflict` when somebody changed one of them since the preview. Tasks that
    are handed out want a reason.
    """
    user = by.user or by.on_behalf_of
    if user is None:
        raise Invalid("导入须由经办人办理。")
    today = timezone.localdate()
    with acting(by=by, reason=reason) as act:
        wanted = ItemSlot.objects.filter(pk__in=[c.slot_id for c in plan.slots])
        ids = {c.item_id for c in plan.fields} | set(wanted.values_list("item_id", flat=True))
        visible = TaskItem.objects.visible_to(user, year=year).filter(pk__in=ids)
        items = {
            item.pk: item
            for item in TaskItem.objects.select_for_update()
            .filter(pk__in=visible.values("pk"))
            .order_by("pk")
        }
        if plan.slots:
            require(by, Action.SLOT_FILL)
        if plan.fields:
            require(by, Action.TASK_EDIT)
        if len(items) != len(ids):
            raise Conflict(CHANGED)
        if any(item.state not in (TaskState.DRAFT, TaskState.ISSUED) for item in items.values()):
            raise Conflict(CHANGED)
        papers = Paper.objects.filter(pk__in={item.paper_id for item in items.values()})
        if papers.filter(state=PaperState.CLOSED).exists():
            raise WrongState("其中有已归档意见的任务，不能再改。")
        if not reason.strip() and any(i.state == TaskState.ISSUED for i in items.values()):
            raise Invalid("其中有已下发的任务，请填写调整依据。", details={"reason": ["请填写"]})
        changes: dict[int, list[dict[str, Any]]] = {pk: [] for pk in items}
        touched: dict[int, set[str]] = {pk: set() for pk in items}
        known = directory(user.county_id or 0, on=today)
        _fill_slots(plan, items, changes, touched, known)
        _set_fields(plan, items, changes)
        members = members_by_group(
            {int(k[1:]) for keys in touched.values() for k in keys if k[0] == "g"}, on=today
        )
        act.record_many(
            [
                audit.Note(
                    "task.import",
                    item,
                    f"从 Excel 调整任务 {item.number} {item.heading}",
                    changes[pk],
                    sorted(units_of(touched[pk], known, members)),
                )
                for pk, item in items.items()
                if changes[pk]
            ]
        )
        if not act.events:
            act.unchanged()
    return len(act.events)


def _fill_slots(
    plan: Plan,
    items: dict[int, TaskItem],
    changes: dict[int, list[dict[str, Any]]],
    units: dict[int, set[str]],
    known: Directory,
) -> None:
    """End the holders that are gone and begin the new ones; history kept, versions counted."""
    if not plan.slots:
        return
    slots = {
        slot.pk: slot
        for slot in ItemSlot.objects.select_for_update()
        .filter(pk__in=[c.slot_id for c in plan.slots], item_id__in=items)
        .order_by("pk")
    }
    on = known.day
    held = {s.id: s for row in slots_held(list(items), on=on).values() for s in row}
    open_rows: dict[int, dict[str, Assignment]] = {}
    for row in Assignment.objects.on(on).filter(slot_id__in=slots):
        open_rows.setdefault(row.slot_id, {})[key_of(row)] = row
    ended: list[Assignment] = []
    moved: list[Assignment] = []
    begun: list[Assignment] = []
    touched: list[ItemSlot] = []
    for wanted in plan.slots:
        slot = slots.get(wanted.slot_id)
        if slot is None or slot.version != wanted.version or slot.is_dropped:
            raise Conflict(CHANGED)
        now = open_rows.get(slot.pk, {})
        before = held[slot.pk].holders
        units[slot.item_id].update(now, wanted.keys)
        for key, row in now.items():
            if key not in wanted.keys:
                row.valid_to = on
                ended.append(row)
        for position, key in enumerate(wanted.keys):
            if key in now:
                if now[key].position != position:
                    now[key].position = position
                    moved.append(now[key])
                continue
            candidate = known.by_key.get(key)
            if candidate is None or not candidate.fits(slot.kind):
                raise Conflict(CHANGED)
            begun.append(
                Assignment(
                    item_id=slot.item_id,
                    slot=slot,
                    position=position,
                    valid_from=on,
                    basis="导入台账",
                    **{f"{candidate.kind}_id": candidate.id},
                )
            )
        slot.version += 1
        touched.append(slot)
        changes[slot.item_id].append(
            audit.change(
                slot.kind,
                slot.label,
                [h.label for h in before],
                [name_of(key, before, known) for key in wanted.keys],
            )
        )
    bulk.update(ended, ["valid_to"])
    bulk.update(moved, ["position"])
    bulk.create(begun)
    bulk.update(touched, ["version"])
    grants.sync({slot.item_id for slot in touched})


def _set_fields(
    plan: Plan, items: dict[int, TaskItem], changes: dict[int, list[dict[str, Any]]]
) -> None:
    touched: list[TaskItem] = []
    for wanted in plan.fields:
        item = items[wanted.item_id]
        if item.version != wanted.version:
            raise Conflict(CHANGED)
        values: dict[str, Any] = dict(wanted.values)
        if "due_on" in values:
            values["due_on"] = date.fromisoformat(values["due_on"]) if values["due_on"] else None
        changes[item.pk].extend(audit.differences(item, values))
        for name, value in values.items():
            setattr(item, name, value)
        item.version += 1
        item.clean_fields()
        touched.append(item)
    bulk.update(touched, ["due_on", "due_text", "measure", "version"])
