"""What is done with a notice that was sent: taken, answered, returned, re-checked, struck off."""

from __future__ import annotations

from datetime import date, datetime

from accountability import workdays
from accountability.access import Action
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import outbox
from accountability.services.audit import change
from tasks.models import (
    COLOUR_STEPS,
    NOTICE_TRANSITIONS,
    Colour,
    Notice,
    NoticeState,
)
from tasks.services import acts
from tasks.services.acts import day_of, move, person, require_unit, save, words
from tasks.services.attached_files import Attached, admitted, store
from tasks.services.notices import locked, told
from tasks.services.telling import notice_link, people_of_office, people_of_units


def take(*, by: Actor, notice_id: int, now: datetime | None = None) -> Notice:
    """签收, by the unit. Late it is taken all the same, and says so."""
    moment, on = day_of(now)
    with acting(by=by) as act:
        row = locked(by, notice_id)
        user = require_unit(by, row.unit_id)
        before = move(row, NoticeState.TAKEN, NOTICE_TRANSITIONS)
        row.taken_at, row.taken_by = moment, user
        save(row)
        _record(act, "take", row, f"签收{told(row)}{_late(row.ack_due_on, on)}", before)
    return row


def answer(
    *,
    by: Actor,
    notice_id: int,
    text: str,
    reference: str = "",
    attached: Attached | None = None,
    now: datetime | None = None,
) -> Notice:
    """反馈, by the unit; what waits for an extension is answered by that."""
    moment, on = day_of(now)
    sent = admitted(attached)
    with acting(by=by) as act:
        row = locked(by, notice_id)
        user = require_unit(by, row.unit_id)
        if row.state == NoticeState.ISSUED:
            raise WrongState("请先签收，再反馈办理情况。")
        text = words(text, "text", "请填写办理情况", 4000)
        before = move(row, NoticeState.ANSWERED, NOTICE_TRANSITIONS)
        file = store(county=row.county, file=sent)
        changes = [change("answer", "办理情况", row.answer, text)]
        if file is not None:
            changes.append(change("answer_file", "佐证文件", row.answer_file, file))
            row.answer_file = file
        row.answer, row.answer_reference = text, reference.strip()[:200]
        row.answered_at, row.answered_by = moment, user
        acts.clear_extension(row)
        save(row)
        summary = f"反馈{told(row)}{_late(row.answer_due_on, on)}"
        _record(act, "answer", row, summary, before, changes)
        _tell_office(act, row, f"notice.answered:{row.returns}", on, "已反馈，待复核")
    return row


def ask_extension(
    *, by: Actor, notice_id: int, until: date, reason: str, now: datetime | None = None
) -> Notice:
    """申请延期, by the unit, before the answer is due."""
    moment, on = day_of(now)
    with acting(by=by, reason=reason.strip()) as act:
        row = locked(by, notice_id)
        user = require_unit(by, row.unit_id)
        if row.state not in (NoticeState.TAKEN, NoticeState.RETURNED):
            raise WrongState("签收以后、反馈以前才能申请延期，请刷新后查看。")
        assert row.answer_due_on is not None
        acts.ask_extension(
            row, user=user, until=until, due_on=row.answer_due_on, reason=reason, now=moment, on=on
        )
        save(row)
        _record(act, "extension", row, f"申请{told(row)}延至 {until:%Y-%m-%d}")
        _tell_office(act, row, "notice.extension", on, "申请延期，待审批")
    return row


def decide_extension(
    *, by: Actor, notice_id: int, is_granted: bool, reason: str = "", now: datetime | None = None
) -> Notice:
    """Approve or refuse the extension that was asked for."""
    user, (_, on) = person(by), day_of(now)
    with acting(by=by, reason=reason.strip()) as act:
        row = locked(by, notice_id)
        require(by, Action.NOTICE_ISSUE)
        due_on = row.answer_due_on
        until = acts.decided_extension(row, user=user, is_granted=is_granted, reason=reason)
        if is_granted:
            row.answer_due_on = until
        save(row)
        verdict = (
            f"同意{told(row)}延至 {until:%Y-%m-%d}" if is_granted else f"不同意{told(row)}延期"
        )
        changes = [change("answer_due_on", "反馈期限", due_on, until)] if is_granted else []
        _record(act, "extension_decided", row, verdict, changes=changes)
        _tell_unit(act, row, "notice.extension_decided", on, verdict)
    return row


def recolour(*, by: Actor, notice_id: int, colour: str, reason: str) -> Notice:
    """Raise the colour, by a person and for a reason; it comes down by being made good alone."""
    with acting(by=by, reason=reason.strip()) as act:
        row = locked(by, notice_id)
        require(by, Action.NOTICE_EDIT)
        if row.issued_at is None or row.state in (
            NoticeState.RECHECKED, NoticeState.STRUCK, NoticeState.VOID,
        ):  # fmt: skip
            raise WrongState(f"{told(row)}现为“{row.get_state_display()}”，不再升级颜色。")
        if colour not in (Colour.ORANGE, Colour.RED) or colour not in COLOUR_STEPS[row.colour]:
            raise Invalid("颜色只能逐级或直接升为橙色、红色；复核通过后转为黄色，销号后转为绿色。")
        reason = words(reason, "reason", "请填写定色理由", 200)
        before = row.get_colour_display()
        row.colour, row.colour_reason = colour, reason
        save(row)
        _record(
            act, "colour", row, f"{told(row)}由{before}升为{row.get_colour_display()}：{reason}",
            changes=[change("colour", "颜色", before, row.get_colour_display())],
        )  # fmt: skip
    return row


def return_(
    *,
    by: Actor,
    notice_id: int,
    opinion: str,
    days: int | None = None,
    now: datetime | None = None,
) -> Notice:
    """退回重办: the answer does not do, or what was made good came back; a new clock runs."""
    user, (_, on) = person(by), day_of(now)
    with acting(by=by, reason=opinion.strip()) as act:
        row = locked(by, notice_id)
        require(by, Action.NOTICE_EDIT)
        _check_other(row, user.pk)
        opinion = words(opinion, "opinion", "请填写退回意见", 500)
        days = row.answer_days if days is None else days
        if not 1 <= days <= 90:
            raise Invalid("重办时限为 1 至 90 个工作日。", details={"days": ["填写 1 至 90"]})
        before = move(row, NoticeState.RETURNED, NOTICE_TRANSITIONS)
        due_on, row.answer_due_on = row.answer_due_on, workdays.add(row.county_id, on, days)
        row.opinion, row.returns = opinion, row.returns + 1
        row.rechecked_at, row.rechecked_by = None, None
        save(row)
        _record(
            act, "return", row, f"退回重办{told(row)}：{opinion}", before,
            [change("answer_due_on", "反馈期限", due_on, row.answer_due_on)],
        )  # fmt: skip
        told_unit = f"退回重办，请于 {row.answer_due_on:%Y-%m-%d} 前重新反馈"
        _tell_unit(act, row, f"notice.returned:{row.returns}", on, told_unit)
    return row


def recheck(*, by: Actor, notice_id: int, opinion: str, now: datetime | None = None) -> Notice:
    """复核通过, by another than who answered: yellow, not green yet."""
    user, (moment, _) = person(by), day_of(now)
    with acting(by=by) as act:
        row = locked(by, notice_id)
        require(by, Action.NOTICE_EDIT)
        _check_other(row, user.pk)
        opinion = words(opinion, "opinion", "请填写复核意见", 500)
        before, colour = move(row, NoticeState.RECHECKED, NOTICE_TRANSITIONS), row.colour
        if colour != Colour.YELLOW:
            assert Colour.YELLOW in COLOUR_STEPS[colour]
            row.colour, row.colour_reason = Colour.YELLOW, "复核通过，转为黄色"
        row.opinion = opinion
        row.rechecked_at, row.rechecked_by = moment, user
        save(row)
        _record(
            act, "recheck", row, f"复核通过{told(row)}：{opinion}", before,
            [change("colour", "颜色", Colour(colour).label, row.get_colour_display())],
        )  # fmt: skip
    return row


def strike(*, by: Actor, notice_id: int, now: datetime | None = None) -> Notice:
    """销号, by another than who re-checked: from yellow to green."""
    user, (moment, _) = person(by), day_of(now)
    with acting(by=by) as act:
        row = locked(by, notice_id)
        require(by, Action.NOTICE_ISSUE)
        if row.rechecked_by_id == user.pk:
            raise NotAllowed("复核人不能办理销号，请由办公室另一位负责人办理。")
        before = move(row, NoticeState.STRUCK, NOTICE_TRANSITIONS)
        assert Colour.GREEN in COLOUR_STEPS[row.colour]
        row.colour, row.colour_reason = Colour.GREEN, ""
        row.struck_at, row.struck_by = moment, user
        save(row)
        _record(act, "strike", row, f"{told(row)}销号", before)
    return row


def _check_other(row: Notice, user_id: int) -> None:
    if row.answered_by_id == user_id:
        raise NotAllowed("反馈人不能复核自己的反馈，请由另一人复核。")


def _late(due_on: date | None, on: date) -> str:
    return "（逾期）" if due_on is not None and on > due_on else ""


def _record(
    act: Act,
    name: str,
    row: Notice,
    summary: str,
    before: str = "",
    changes: list[dict[str, object]] | None = None,
) -> None:
    moved = [change("state", "状态", before, row.get_state_display())] if before else []
    act.record(
        f"notice.{name}",
        row,
        summary=summary,
        changes=[*moved, *(changes or [])],
        units=[row.unit_id],
    )


def _tell_office(act: Act, row: Notice, rule: str, on: date, what: str) -> None:
    people = people_of_office(row.county_id, on=on)
    _tell(act, row, people, rule, on, f"{row.number} {row.unit}{what}")


def _tell_unit(act: Act, row: Notice, rule: str, on: date, what: str) -> None:
    people = people_of_units([row.unit_id], on=on).get(row.unit_id, [])
    _tell(act, row, people, rule, on, f"{row.number} {what}")


def _tell(act: Act, row: Notice, people: list[int], rule: str, on: date, title: str) -> None:
    outbox.tell(
        act,
        people=people,
        rule=rule,
        on=on,
        title=title,
        link=notice_link(row.pk),
        about=row,
        county=row.county_id,
    )
