"""What the services of notices, findings and rectifications share: who acts, what is said."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.require import require
from accountability.door import Actor
from accountability.models import RecordedModel, User
from accountability.refusals import Invalid, NotAllowed, WrongState


class Extended(Protocol):
    """A row with a request for an extension."""

    extension_until: date | None
    extension_reason: str
    extension_asked_at: datetime | None
    extension_asked_by: User | None
    extensions: int


def person(by: Actor) -> User:
    """The account that acts; a part of the system signs for nobody."""
    if by.user is None:
        raise NotAllowed("此事项须由登录人员本人办理。")
    return by.user


def day_of(now: datetime | None) -> tuple[datetime, date]:
    """The moment and its day in the county; the clock's where none is given."""
    moment = now or timezone.now()
    return moment, timezone.localdate(moment)


def require_unit(by: Actor, unit_id: int) -> User:
    """Raise `NotAllowed` unless `by` may answer for this unit."""
    require(by, Action.UNIT_ANSWER)
    user = person(by)
    if unit_id not in scope_for(user).unit_ids:
        raise NotAllowed("此事项由承办单位的联络员或主要负责人办理。")
    return user


def words(text: str, field: str, told: str, most: int) -> str:
    """The text without its margins; `Invalid` where there is none or too much."""
    text = text.strip()
    if not text:
        raise Invalid(told, details={field: [told]})
    if len(text) > most:
        raise Invalid(f"内容超过 {most} 字，请精简。", details={field: [f"不超过 {most} 字"]})
    return text


def move(row: Any, state: str, table: dict[str, frozenset[str]]) -> str:
    """Put the row into `state` if its table allows; the former state's name."""
    if state not in table[row.state]:
        raise WrongState(f"{row}现为“{row.get_state_display()}”，不能这样办理，请刷新后查看。")
    before: str = row.get_state_display()
    row.state = state
    return before


def save(row: RecordedModel) -> None:
    """Check the row and its constraints, then save it; `Invalid` says what is wrong."""
    check(row)
    row.save()


def check(row: RecordedModel) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error


def ask_extension(
    row: Extended, *, user: User, until: date, due_on: date, reason: str, now: datetime, on: date
) -> None:
    """Put a request on the row. Only before the deadline passes, for a later day, one at a time."""
    if row.extension_until is not None:
        raise WrongState("已有一份延期申请在审批，请等待审批结果。")
    if on > due_on:
        raise WrongState("期限已过，不能再申请延期；请尽快报送，逾期补报照常受理。")
    if until <= due_on:
        told = f"延至日期须晚于现在的期限 {due_on:%Y-%m-%d}"
        raise Invalid(told, details={"until": [told]})
    row.extension_until = until
    row.extension_reason = words(reason, "reason", "请填写延期理由", 300)
    row.extension_asked_at, row.extension_asked_by = now, user


def clear_extension(row: Extended) -> None:
    row.extension_until, row.extension_reason = None, ""
    row.extension_asked_at, row.extension_asked_by = None, None


def decided_extension(row: Extended, *, user: User, is_granted: bool, reason: str) -> date:
    """Take the request off the row, granted or not; the day that was asked for.

    Who asked does not decide. A refusal wants a reason.
    """
    if row.extension_until is None:
        raise WrongState("没有待审批的延期申请，请刷新后查看。")
    if row.extension_asked_by == user:
        raise NotAllowed("申请人不能审批自己的延期申请。")
    if not is_granted:
        words(reason, "reason", "请填写不同意延期的理由", 200)
    until = row.extension_until
    row.extensions += is_granted
    clear_extension(row)
    return until
