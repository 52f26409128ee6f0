"""内部分工: lay a part of the unit's share on a 科室 or a person, report it, drop it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Person, Unit, User
from accountability.models.dated import holds_on
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services.audit import change, differences
from tasks.models import Share, TaskItem, TaskState
from tasks.selectors.reporters import part_of
from tasks.services.progress import person


@dataclass(frozen=True, slots=True)
class Plan:
    """What is laid on whom by when; exactly one of section and person."""

    text: str
    section_id: int | None = None
    person_id: int | None = None
    due_on: date | None = None


def add(*, by: Actor, item: TaskItem, unit: Unit, plan: Plan, on: date) -> Share:
    """分给科室或承办人: by the unit that answers for the task."""
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.PROGRESS_REPORT)
        now: TaskItem = find(TaskItem.objects.visible_to(user, item=item.pk), pk=item.pk)
        if now.state != TaskState.ISSUED:
            raise WrongState(f"这项任务{now.get_state_display()}，不再分工。")
        if unit.pk not in scope_for(user).unit_ids or part_of(now, unit.pk, on=on) is None:
            raise NotAllowed("只能分解本单位承担的任务。")
        text = plan.text.strip()
        if not text:
            raise Invalid("请填写分工内容。", details={"text": ["请填写分工内容"]})
        section, carrier = _carrier(unit, plan, on=on)
        row = Share(
            county_id=now.county_id,
            item=now,
            unit=unit,
            section=section,
            person=carrier,
            text=text,
            due_on=plan.due_on,
        )
        _checked(row)
        row.save()
        act.record(
            "share.add",
            row,
            summary=f"{unit.name}内部分工：{now.number} {row.carrier} {text}",
            units=[unit],
        )
    return row


def report(*, by: Actor, share_id: int, percent: int, note: str, version: int) -> Share:
    """How far the carrier is: by the unit, the 科室 or the person himself."""
    user = person(by)
    with acting(by=by) as act:
        row = _locked(user, share_id, version, percent=percent, note=note)
        scope = scope_for(user)
        if not (
            {row.unit_id, row.section_id} & scope.unit_ids
            or (row.person_id is not None and row.person_id == user.person_id)
        ):
            raise NotAllowed("只有承办的科室、承办人和本单位联络员可以报送这项分工。")
        if not 0 <= percent <= 100:
            raise Invalid(
                "完成比例须在 0 至 100 之间。", details={"percent": ["须在 0 至 100 之间"]}
            )
        values = {"percent": percent, "note": note.strip()}
        changes = differences(row, values)
        if not changes:
            act.unchanged()
            return row
        row.percent, row.note = percent, note.strip()
        row.reported_at, row.reported_by = timezone.now(), user
        _store(row)
        act.record(
            "share.report", row, summary=f"分工进展：{row}", units=[row.unit_id], changes=changes
        )
    return row


def drop(*, by: Actor, share_id: int, reason: str, version: int) -> Share:
    """取消分工 with a reason; it is kept and counts no longer."""
    user, reason = person(by), reason.strip()
    with acting(by=by, reason=reason) as act:
        require(by, Action.PROGRESS_REPORT)
        row = _locked(user, share_id, version)
        if row.unit_id not in scope_for(user).unit_ids:
            raise NotAllowed("只能取消本单位的分工。")
        if not reason:
            raise Invalid("请填写取消的原因。", details={"reason": ["请填写取消的原因"]})
        row.is_dropped = True
        _store(row)
        act.record(
            "share.drop",
            row,
            summary=f"取消分工：{row}",
            units=[row.unit_id],
            changes=[change("is_dropped", "已取消", False, True)],
        )
    return row


def _carrier(unit: Unit, plan: Plan, *, on: date) -> tuple[Unit | None, Person | None]:
    if (plan.section_id is None) == (plan.person_id is None):
        raise Invalid("请选择一个科室或一名承办人，二者选一。", details={"carrier": ["请选择"]})
    if plan.section_id is not None:
        section = Unit.objects.on(on).filter(parent=unit, pk=plan.section_id).first()
        if section is None:
            raise Invalid("所选科室不属于本单位，请重选。", details={"carrier": ["请重选"]})
        return section, None
    found = (
        Person.objects.filter(
            holds_on(on, "tenures__"), tenures__post__unit__in=_own_and_sections(unit)
        )
        .filter(pk=plan.person_id, county_id=unit.county_id)
        .first()
    )
    if found is None:
        raise Invalid("所选人员现在不在本单位任职，请重选。", details={"carrier": ["请重选"]})
    return None, found


def _own_and_sections(unit: Unit) -> list[int]:
    return [unit.pk, *Unit.objects.filter(parent=unit).values_list("pk", flat=True)]


def _locked(user: User, share_id: int, version: int, *, percent: int = 0, note: str = "") -> Share:
    row: Share = find(
        Share.objects.filter(pk__in=Share.objects.visible_to(user).values("pk"))
        .select_for_update(of=("self",))
        .select_related("item", "unit", "section", "person"),
        pk=share_id,
    )
    if row.is_dropped:
        raise WrongState("这项分工已取消，不能再改。")
    if row.version != version:
        raise Conflict(
            "这项分工已由他人修改，请核对后再提交。",
            details={
                "mine": {"percent": percent, "note": note},
                "theirs": {"percent": row.percent, "note": row.note},
                "version": row.version,
            },
        )
    return row


def _store(row: Share) -> None:
    row.version += 1
    _checked(row)
    row.save()


def _checked(row: Share) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
