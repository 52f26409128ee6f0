"""延期: a unit asks before the deadline passes, the office decides."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Unit
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import outbox
from accountability.services.audit import change
from tasks.models import EXTENSION_TRANSITIONS, Extension, ExtensionState, TaskItem, TaskState
from tasks.selectors.reporters import part_of
from tasks.services import task_items
from tasks.services.progress import is_own, person

PASSED = "完成时限已过，不能再申请延期；请继续办理并报送进展，系统如实标明逾期。"


def ask(
    *, by: Actor, item: TaskItem, unit: Unit, due_wanted: date, reason: str, on: date
) -> Extension:
    """申请延期 with its reason, on the deadline's day at the latest."""
    user, reason = person(by), reason.strip()
    with acting(by=by, reason=reason) as act:
        require(by, Action.PROGRESS_REPORT)
        rows = TaskItem.objects.select_for_update(of=("self",))
        visible = TaskItem.objects.visible_to(user, item=item.pk).values("pk")
        now: TaskItem = find(rows.filter(pk__in=visible), pk=item.pk)
        if unit.pk not in scope_for(user).unit_ids or part_of(now, unit.pk, on=on) is None:
            raise NotAllowed("只有这项任务的牵头单位、责任单位可以申请延期。")
        if now.state != TaskState.ISSUED:
            raise WrongState(f"这项任务{now.get_state_display()}，不需要延期。")
        if now.due_on is None:
            raise Invalid("这项任务没有具体完成时限，不需要延期。")
        if now.due_on < on:
            raise WrongState(PASSED)
        if not reason:
            raise Invalid("请填写延期理由。", details={"reason": ["请填写延期理由"]})
        if due_wanted <= now.due_on:
            raise Invalid(
                f"申请的时限须晚于现在的时限 {now.due_on:%Y-%m-%d}，请改正。",
                details={"due_wanted": ["须晚于现在的时限"]},
            )
        if due_wanted.year > now.year + 1:
            raise Invalid(
                f"申请的时限与 {now.year} 年度相差过远，请核对年份。",
                details={"due_wanted": ["请核对年份"]},
            )
        if Extension.objects.filter(item=now, state=ExtensionState.ASKED).exists():
            raise Conflict("这项任务已有延期申请在审批，请等审批后再申请。")
        row = Extension(
            county_id=now.county_id,
            item=now,
            unit=unit,
            due_before=now.due_on,
            due_wanted=due_wanted,
            reason=reason,
            asked_by=user,
        )
        _checked(row)
        row.save()
        act.record(
            "extension.ask",
            row,
            summary=f"{unit.name}申请 {now.number} 延期至 {due_wanted:%Y-%m-%d}",
            units=[unit],
            changes=[change("due_wanted", "申请时限", now.due_on, due_wanted)],
        )
    return row


def decide(*, by: Actor, extension_id: int, agree: bool, on: date, opinion: str = "") -> Extension:
    """同意 moves the task's deadline with the request as its ground; 不同意 wants an opinion.

    The asker is told.
    """
    user, opinion = person(by), opinion.strip()
    with acting(by=by, reason=opinion) as act:
        require(by, Action.TASK_EDIT)
        row: Extension = find(
            Extension.objects.filter(pk__in=Extension.objects.visible_to(user).values("pk"))
            .select_for_update(of=("self",))
            .select_related("item__county", "unit", "asked_by"),
            pk=extension_id,
        )
        to = ExtensionState.AGREED if agree else ExtensionState.REFUSED
        if to not in EXTENSION_TRANSITIONS[row.state]:
            raise WrongState(f"这份延期申请已审批（{row.get_state_display()}），不能再次审批。")
        if is_own(user, row.asked_by):
            raise NotAllowed("本人提出的延期申请须由办公室其他人员审批。")
        if not agree and not opinion:
            raise Invalid("不同意的，请填写意见。", details={"opinion": ["请填写意见"]})
        row.state, row.opinion = to, opinion
        row.decided_at, row.decided_by = timezone.now(), user
        _checked(row)
        row.save()
        if agree:
            _move_deadline(by, row)
        act.record(
            "extension.decide",
            row,
            summary=f"{to.label} {row.unit.name}申请的 {row}",
            units=[row.unit_id],
            changes=[change("state", "状态", ExtensionState.ASKED.label, to.label)],
        )
        if row.asked_by.person_id is not None:
            outbox.tell(
                act,
                people=[row.asked_by.person_id],
                rule="extension.decide",
                on=on,
                title=f"{row.item.number} 延期申请：{to.label}",
                text=opinion,
                link=reverse("task_detail", args=[row.item_id]),
                about=row,
            )
    return row


def _move_deadline(by: Actor, row: Extension) -> None:
    item = row.item
    if item.due_on != row.due_before:
        raise Conflict(
            f"申请后时限已改为 {item.due_on or '无'}，请先核对；不再需要延期的，选不同意。"
        )
    task_items.change_due(
        by=by,
        item=item,
        due_on=row.due_wanted,
        due_text=item.due_text,
        reason=f"同意{row.unit.name}延期申请：{row.reason}"[:200],
        version=item.version,
    )


def _checked(row: Extension) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
