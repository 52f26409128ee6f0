"""线索移送: 移送 → 签收 → 反馈结果, by the two sides' own hands."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone

from ..access import Action
from ..access.find import find
from ..access.require import require
from ..door import Actor, acting
from ..models import County, LeadTransfer, TransferResult, TransferState, Unit, User
from ..models.dated import holds_on
from ..models.lead_transfer import TRANSFER_TRANSITIONS, sides_of
from ..refusals import Invalid, NotAllowed, NotFound, WrongState
from .audit import change

SENDER, RECEIVER = "from_unit", "to_unit"
SAID = {SENDER: "移送单位", RECEIVER: "接收单位"}


def hand_over(
    *, by: Actor, from_unit_id: int, to_unit_id: int, handed_on: date, now: datetime
) -> LeadTransfer:
    """Register that a lead's papers went to another unit; what they say stays on paper."""
    on = timezone.localdate(now)
    with acting(by=by) as act:
        require(by, Action.LEAD)
        user, county = _person(by)
        units = Unit.objects.filter(holds_on(on), county=county)
        sender, receiver = (
            sides_of(user).filter(pk=from_unit_id).first(),
            units.filter(pk=to_unit_id).first(),
        )
        wrong: dict[str, list[str]] = {}
        if sender is None:
            wrong["from_unit"] = ["只能由本单位移送，请从列表中选择"]
        if receiver is None or receiver == sender:
            wrong["to_unit"] = ["请选择另一个单位"]
        if handed_on > on:
            wrong["handed_on"] = ["日期还没有到，请核对"]
        if wrong or sender is None or receiver is None:
            raise Invalid("；".join(v[0] for v in wrong.values()), details=wrong)
        County.objects.select_for_update(no_key=True).get(pk=county.pk)
        last = LeadTransfer.objects.filter(county=county, year=on.year).aggregate(n=Max("serial"))
        row = LeadTransfer(
            county=county,
            year=on.year,
            serial=(last["n"] or 0) + 1,
            from_unit=sender,
            to_unit=receiver,
            handed_on=handed_on,
            recorded_at=now,
            recorded_by=user,
        )
        _save(row)
        act.record("lead.hand_over", row, summary=f"登记线索移送 {row.number}")
    return row


def receive(*, by: Actor, transfer_id: int, now: datetime) -> LeadTransfer:
    """签收 by the receiving unit."""
    return _move(by, transfer_id, TransferState.RECEIVED, side=RECEIVER, now=now)


def answer(*, by: Actor, transfer_id: int, result: str, now: datetime) -> LeadTransfer:
    """反馈结果 by the receiving unit: a code and nothing else."""
    return _move(by, transfer_id, TransferState.ANSWERED, side=RECEIVER, now=now, result=result)


def withdraw(*, by: Actor, transfer_id: int, now: datetime) -> LeadTransfer:
    """撤回 by the sending unit, while nobody has received it."""
    return _move(by, transfer_id, TransferState.WITHDRAWN, side=SENDER, now=now)


_PAIRS = {
    TransferState.RECEIVED: ("received", "lead.receive", "签收"),
    TransferState.ANSWERED: ("answered", "lead.answer", "反馈"),
    TransferState.WITHDRAWN: ("withdrawn", "lead.withdraw", "撤回"),
}


def _move(
    by: Actor,
    transfer_id: int,
    state: TransferState,
    *,
    side: str,
    now: datetime,
    result: str = "",
) -> LeadTransfer:
    pair, action, said = _PAIRS[state]
    with acting(by=by) as act:
        require(by, Action.LEAD)
        user, _ = _person(by)
        row: LeadTransfer = find(
            LeadTransfer.objects.visible_to(user).select_for_update(of=("self",)), pk=transfer_id
        )
        if not sides_of(user).filter(pk=getattr(row, f"{side}_id")).exists():
            raise NotAllowed(f"须由{SAID[side]}{said}。")
        if state not in TRANSFER_TRANSITIONS[row.state]:
            raise WrongState(f"{row.get_state_display()}的移送不能{said}，请刷新后再办理。")
        if state == TransferState.ANSWERED and result not in TransferResult.values:
            raise Invalid("请选择办理结果。", details={"result": ["请选择办理结果"]})
        before = row.get_state_display()
        row.state, row.result = state, result
        setattr(row, f"{pair}_at", now)
        setattr(row, f"{pair}_by", user)
        _save(row)
        act.record(
            action,
            row,
            summary=f"{said}线索移送 {row.number}",
            changes=[change("state", "状态", before, row.get_state_display())],
        )
    return row


def _person(by: Actor) -> tuple[User, County]:
    if by.user is None:
        raise NotAllowed("须由本人登录办理。")
    if by.user.county is None:
        raise NotFound
    return by.user, by.user.county


def _save(row: LeadTransfer) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    row.save()
