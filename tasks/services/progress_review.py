"""审核进展: the office lets a report pass or returns it; a head may return his unit's."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import User
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import outbox
from accountability.services.audit import change
from tasks.models import Progress, ProgressState
from tasks.selectors.report_days import setting_of
from tasks.services.progress import heads, is_own, locked, move, person, store

OWN = "本人报送或确认的进展不能由本人审核，请由办公室其他人员审核。"


def approve(*, by: Actor, progress_id: int, version: int) -> Progress:
    """通过. Whoever reported or confirmed it does not review it; a second review is 409."""
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.PROGRESS_REVIEW)
        row = locked(user, progress_id, version)
        _check_reviewer(user, row)
        if row.state == ProgressState.SUBMITTED and setting_of(row.county_id).head_confirms:
            raise WrongState(f"{row.unit.name}负责人还没有确认这份进展，确认后再审核。")
        before = row.get_state_display()
        move(row, ProgressState.APPROVED)
        _reviewed(row, user)
        row.opinion = ""
        store(row)
        act.record(
            "progress.approve",
            row,
            summary=f"审核通过：{row}",
            units=[row.unit_id],
            changes=[change("state", "状态", before, row.get_state_display())],
        )
    return row


def return_(*, by: Actor, progress_id: int, version: int, reason: str, on: date) -> Progress:
    """退回 with an opinion: by the office, or by the unit's head before the office has it.

    Whoever reported it is told.
    """
    user, reason = person(by), " ".join(reason.split())
    with acting(by=by, reason=reason) as act:
        row = locked(user, progress_id, version)
        if scope_for(user).may(Action.PROGRESS_REVIEW):
            _check_reviewer(user, row)
        elif row.state != ProgressState.SUBMITTED or not heads(user, row.unit_id):
            raise NotAllowed("退回由办公室办理；单位负责人只能退回本单位待确认的进展。")
        _check_opinion(reason)
        before = row.get_state_display()
        move(row, ProgressState.RETURNED)
        _reviewed(row, user)
        row.opinion = reason
        store(row)
        act.record(
            "progress.return",
            row,
            summary=f"退回{row}：{reason}",
            units=[row.unit_id],
            changes=[
                change("state", "状态", before, row.get_state_display()),
                change("opinion", "退回意见", "", reason),
            ],
        )
        if row.reported_by is not None and row.reported_by.person_id is not None:
            outbox.tell(
                act,
                people=[row.reported_by.person_id],
                rule=f"progress.return.{row.version}",
                on=on,
                title=f"{row.item.number} {row.period.name}进展被退回，请修改重报",
                text=reason,
                link=reverse("home"),
                about=row,
            )
    return row


def _check_opinion(reason: str) -> None:
    if not reason:
        sentence = "请填写退回意见，写明要补充什么。"
    elif len(reason) > 300:
        sentence = "退回意见不超过 300 字，请精简。"
    else:
        return
    raise Invalid(sentence, details={"reason": [sentence]})


def _check_reviewer(user: User, row: Progress) -> None:
    if is_own(user, row.reported_by) or is_own(user, row.confirmed_by):
        raise NotAllowed(OWN)


def _reviewed(row: Progress, user: User) -> None:
    row.reviewed_at, row.reviewed_by = timezone.now(), user
