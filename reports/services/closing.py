"""年度结转: a year is closed by two persons, and opened again by two persons with a reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import CLOSING_TRANSITIONS, ClosedYear, ClosingState, County, LedgerHead
from accountability.models.work_year import FIRST_YEAR
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services.audit import change
from accountability.year_guard import shut_out_writers
from reports.selectors.standing import Line, blocking, standing
from reports.services import letters
from reports.services.schemes import person

FORMAT = "closed-year/1"


def prepare(*, by: Actor, year: int, reason: str, on: date) -> ClosedYear:
    """提出结转 of a year that is over, with a word on it; nothing is closed by this."""
    user = person(by)
    with acting(by=by, reason=reason.strip()) as act:
        require(by, Action.YEAR_EDIT)
        county = _county(by)
        if not FIRST_YEAR <= year < on.year:
            raise _wrong("year", f"{year}年度还没有结束，{year + 1}年1月1日起才能结转。")
        if ClosedYear.objects.filter(
            county=county, year=year, state__in=["prepared", "closed", "asked"]
        ).exists():
            raise Conflict(f"{year}年度已提出结转或已结转，请刷新后查看。")
        lines = standing(county, year)
        _must_not_block(year, lines)
        row = ClosedYear(
            county=county,
            year=year,
            reason=_told(reason, "请填写结转说明，如 年终考核结果已经常委会审定。"),
            standing=[line.as_data() for line in lines],
            prepared_at=timezone.now(),
            prepared_by=user,
        )
        _saved(row)
        act.record("year.prepare", row, summary=f"提出{row}：{row.reason}")
    return row


def withdraw(*, by: Actor, closing_id: int) -> ClosedYear:
    """撤回 a closing that is not made yet."""
    with acting(by=by) as act:
        row = _locked(by, closing_id, Action.YEAR_EDIT)
        before = row.get_state_display()
        _move(row, ClosingState.WITHDRAWN)
        _saved(row)
        _record(act, "year.withdraw", row, f"撤回{row}", before)
    return row


def close(*, by: Actor, closing_id: int, on: date) -> ClosedYear:
    """结转 what another prepared: from now on nothing of the year changes.

    What stands open is looked at again, with every writer of the county shut out.
    """
    user = person(by)
    require(by, Action.YEAR_CLOSE)
    if by.county is not None:  # before, so that the head of the ledger holds it
        letters.expire(county=by.county, on=on, by=by)
    with acting(by=by) as act:
        row = _locked(by, closing_id, Action.YEAR_CLOSE)
        if row.prepared_by_id == user.pk:
            raise NotAllowed("结转须由提出人以外的办公室负责人批准。")
        before = row.get_state_display()
        _move(row, ClosingState.CLOSED)
        if not shut_out_writers(row.county_id):
            raise WrongState("此刻有人正在保存内容，结转没有办理，请稍候再试。")
        lines = standing(row.county, row.year)
        _must_not_block(row.year, lines)
        heads = LedgerHead.objects.filter(chain=row.county_id).values_list("seq", "hash")
        row.standing = [line.as_data() for line in lines]
        # PostgreSQL links at commit: a county whose first act this is has no head yet.
        row.head_seq, row.head_link = heads.first() or (0, "")
        row.digest = digest_of(row)
        row.closed_at, row.closed_by = timezone.now(), user
        _saved(row)
        kept = "，".join(f"{x.label} {x.count}" for x in lines if x.count) or "没有未办事项"
        summary = f"批准{row}（{kept}），摘要 {row.digest[:16]}…"
        _record(act, "year.close", row, summary, before)
    return row


def ask_reopening(*, by: Actor, closing_id: int, reason: str) -> ClosedYear:
    """申请恢复办理 of a closed year, with its reason; it stays closed meanwhile."""
    user, reason = person(by), _told(reason, "请填写恢复办理的理由。")
    with acting(by=by, reason=reason) as act:
        row = _locked(by, closing_id, Action.YEAR_EDIT)
        before = row.get_state_display()
        _move(row, ClosingState.ASKED)
        row.reopen_reason, row.asked_at, row.asked_by = reason, timezone.now(), user
        _saved(row)
        _record(act, "year.ask", row, f"申请恢复办理{row.year}年度：{reason}", before)
    return row


def reopen(*, by: Actor, closing_id: int, is_agreed: bool) -> ClosedYear:
    """Decide on what another asked for: the year is worked on again, or stays closed."""
    user = person(by)
    with acting(by=by) as act:
        row = _locked(by, closing_id, Action.YEAR_CLOSE)
        if row.asked_by_id == user.pk:
            raise NotAllowed("恢复办理须由申请人以外的办公室负责人批准。")
        before = row.get_state_display()
        if row.state != ClosingState.ASKED:
            raise WrongState(f"{row}{before}，没有待批的恢复申请，请刷新后查看。")
        _move(row, ClosingState.REOPENED if is_agreed else ClosingState.CLOSED)
        if is_agreed:
            row.reopened_at, row.reopened_by = timezone.now(), user
            summary = f"恢复办理{row.year}年度：{row.reopen_reason}"
        else:
            summary = f"不同意恢复办理{row.year}年度：{row.reopen_reason}"
            row.asked_at = row.asked_by = None
            row.reopen_reason = ""
        _saved(row)
        _record(act, "year.reopen" if is_agreed else "year.refuse", row, summary, before)
    return row


def digest_of(row: ClosedYear) -> str:
    """SHA-256 of the canonical JSON of county, year, what stood open, and the ledger's head."""
    content = {
        "format": FORMAT,
        "county": row.county.code,
        "year": row.year,
        "standing": row.standing,
        "head": [row.head_seq, row.head_link],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _must_not_block(year: int, lines: list[Line]) -> None:
    left = [f"{line.label} {line.count}" for line in blocking(lines)]
    if left:
        told = f"{year}年度还有须先办结的事项：{'，'.join(left)}。办结或作废后再结转。"
        raise WrongState(told, details=left)


def _county(by: Actor) -> County:
    if by.county is None:
        raise NotFound
    return County.objects.select_for_update(no_key=True).get(pk=by.county.pk)


def _locked(by: Actor, closing_id: int, action: Action) -> ClosedYear:
    require(by, action)
    rows = ClosedYear.objects.visible_to(person(by)).select_related("county")
    found: ClosedYear = find(rows.select_for_update(of=("self",)), pk=closing_id)
    return found


def _move(row: ClosedYear, to: ClosingState) -> None:
    if to not in CLOSING_TRANSITIONS[row.state]:
        raise WrongState(f"{row}{row.get_state_display()}，请刷新后查看。")
    row.state = to


def _saved(row: ClosedYear) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    row.save()


def _told(reason: str, wanting: str) -> str:
    reason = reason.strip()
    if not reason:
        raise _wrong("reason", wanting)
    if len(reason) > 300:
        raise _wrong("reason", "说明不能超过 300 字，请精简。")
    return reason


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, details={field: [sentence]})


def _record(act: Act, action: str, row: ClosedYear, summary: str, before: str) -> None:
    changes: Sequence[dict[str, Any]] = [change("state", "状态", before, row.get_state_display())]
    act.record(action, row, summary=summary, changes=changes)
