"""启用 and 停用 of 责任追究和谈话函询: two hands open it, one shuts it (security.md 4.4)."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from ..access import Action
from ..access.require import require
from ..door import Act, Actor, acting
from ..models import County, ModuleSwitch, User
from ..models.module_switch import SWITCH_TRANSITIONS, SwitchState
from ..refusals import Invalid, NotAllowed, NotFound, WrongState
from .audit import change
from .second_factor import is_same

MOST_REASON = 200


def ask(*, by: Actor, number: str, organ: str, approved_on: date, now: datetime) -> ModuleSwitch:
    """系统管理员 enters the approval to hold 工作秘密; nothing is open before it is confirmed."""
    with acting(by=by) as act:
        require(by, Action.MODULE_ASK)
        user, county = _person(by)
        if approved_on > timezone.localdate(now):
            raise Invalid(
                "批准日期还没有到，请核对。", details={"approved_on": ["日期还没有到，请核对"]}
            )
        if _in_force(county) is not None:
            raise WrongState("本县已有待确认或已启用的批准文件，请先办结或者停用。")
        row = ModuleSwitch(
            county=county,
            approval_number=number.strip(),
            approval_organ=organ.strip(),
            approved_on=approved_on,
            asked_at=now,
            asked_by=user,
        )
        _save(row)
        act.record(
            "module.ask",
            row,
            summary=f"申请启用责任追究和谈话函询，批准文号 {row.approval_number}",
            changes=[
                change("approval_number", "批准文号", "", row.approval_number),
                change("approval_organ", "批准机关", "", row.approval_organ),
                change("approved_on", "批准日期", "", f"{approved_on:%Y-%m-%d}"),
            ],
        )
    return row


def confirm(*, by: Actor, now: datetime) -> ModuleSwitch:
    """安全管理员 has seen the approval: the module is open from now on."""
    with acting(by=by) as act:
        row = _decided(by, SwitchState.ON, now)
        _save(row)
        _tell(act, "module.confirm", row, "启用责任追究和谈话函询", before=SwitchState.ASKED)
    return row


def decline(*, by: Actor, reason: str, now: datetime) -> ModuleSwitch:
    """安全管理员 does not confirm; another approval may be entered."""
    reason = _reason(reason)
    with acting(by=by, reason=reason) as act:
        row = _decided(by, SwitchState.DECLINED, now)
        row.reason = reason
        _save(row)
        _tell(act, "module.decline", row, "不予启用责任追究和谈话函询", before=SwitchState.ASKED)
    return row


def shut(*, by: Actor, reason: str, now: datetime) -> ModuleSwitch:
    """停用: at once and by one hand; what was entered stays and is seen by nobody."""
    reason = _reason(reason)
    with acting(by=by, reason=reason) as act:
        require(by, Action.MODULE_SHUT)
        user, county = _person(by)
        row = _at(county, SwitchState.OFF)
        row.ended_at, row.ended_by, row.reason = now, user, reason
        _save(row)
        _tell(act, "module.shut", row, "停用责任追究和谈话函询", before=SwitchState.ON)
    return row


def is_open(county_id: int | None) -> bool:
    """Whether the module is on in this county; jobs ask, pages have it from the scope."""
    return ModuleSwitch.objects.filter(county_id=county_id, state=SwitchState.ON).exists()


def _decided(by: Actor, state: SwitchState, now: datetime) -> ModuleSwitch:
    require(by, Action.MODULE_CONFIRM)
    user, county = _person(by)
    row = _at(county, state)
    if is_same(user, row.asked_by):
        raise NotAllowed("申请人不能确认本人的申请，请由另一名安全管理员办理。")
    row.decided_at, row.decided_by = now, user
    return row


def _at(county: County, state: SwitchState) -> ModuleSwitch:
    """The county's row, moved to `state`; `WrongState` where its table does not lead there."""
    row = _in_force(county)
    if row is None or state not in SWITCH_TRANSITIONS[row.state]:
        raise WrongState("批准文件的状态已经改变，请刷新后再办理。")
    row.state = state
    return row


def _in_force(county: County) -> ModuleSwitch | None:
    """The one asked for or on, with the county locked."""
    County.objects.select_for_update(no_key=True).get(pk=county.pk)
    row: ModuleSwitch | None = (
        ModuleSwitch.objects.filter(county=county, state__in=[SwitchState.ASKED, SwitchState.ON])
        .select_related("asked_by__person")
        .first()
    )
    return row


def _tell(act: Act, action: str, row: ModuleSwitch, what: str, *, before: SwitchState) -> None:
    act.record(
        action,
        row,
        summary=f"{what}，批准文号 {row.approval_number}",
        changes=[change("state", "状态", str(before.label), row.get_state_display())],
    )


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > MOST_REASON:
        said = f"请写明理由，不超过 {MOST_REASON} 字。"
        raise Invalid(said, details={"reason": [said]})
    return reason


def _person(by: Actor) -> tuple[User, County]:
    if by.user is None:
        raise NotAllowed("须由管理员本人登录办理。")
    if by.user.county is None:
        raise NotFound
    return by.user, by.user.county


def _save(row: ModuleSwitch) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    row.save()
