"""整改: measures, result, second look by another person, striking off; deadline extended."""

from __future__ import annotations

from datetime import date, datetime

from accountability import workdays
from accountability.access import Action
from accountability.access.find import find
from accountability.door import Act, Actor, acting
from accountability.models import Post
from accountability.models.dated import holds_on
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import outbox
from accountability.services.audit import change
from tasks.models import (
    RECTIFICATION_TRANSITIONS,
    UNITS_WORK,
    Rectification,
    RectificationState,
)
from tasks.services import acts
from tasks.services.acts import day_of, move, person, require_unit, save, words
from tasks.services.attached_files import Attached, admitted, store
from tasks.services.findings import require_examiner
from tasks.services.telling import finding_link, people_of_office, people_of_units


def locked(by: Actor, finding_id: int) -> Rectification:
    """The putting right of a finding within what `by` may see, locked."""
    rows = Rectification.objects.visible_to(person(by)).select_related("county", "finding__unit")
    row: Rectification = find(rows.select_for_update(of=("self",)), finding_id=finding_id)
    return row


def plan(
    *,
    by: Actor,
    finding_id: int,
    measures: str,
    responsible: str,
    post_id: int | None = None,
    now: datetime | None = None,
) -> Rectification:
    """报整改措施, with who answers for it; may be bettered until the result is reported."""
    moment, on = day_of(now)
    with acting(by=by) as act:
        row = locked(by, finding_id)
        user = require_unit(by, row.finding.unit_id)
        measures = words(measures, "measures", "请填写整改措施", 4000)
        responsible = words(responsible, "responsible", "请填写责任人", 60)
        seat = _seat(row, post_id, on)
        changes = [
            change("measures", "整改措施", row.measures, measures),
            change("responsible", "责任人", row.responsible, responsible),
        ]
        before = ""
        is_planned = row.state in (RectificationState.WORKING, RectificationState.RETURNED)
        said = (row.measures, row.responsible, row.post_id)
        if is_planned and said == (measures, responsible, post_id):
            act.unchanged()
            return row
        if not is_planned:
            before = move(row, RectificationState.WORKING, RECTIFICATION_TRANSITIONS)
        row.measures, row.responsible, row.post = measures, responsible, seat
        row.planned_at, row.planned_by = moment, user
        save(row)
        _record(act, "plan", row, f"报送 {row.finding} 整改措施", before, changes)
    return row


def _seat(row: Rectification, post_id: int | None, on: date) -> Post | None:
    if post_id is None:
        return None
    seat = Post.objects.filter(holds_on(on), unit_id=row.finding.unit_id, pk=post_id).first()
    if seat is None:
        raise Invalid("责任职务须是本单位现有职务。", details={"post": ["请重新选择"]})
    return seat


def report(
    *,
    by: Actor,
    finding_id: int,
    text: str,
    reference: str = "",
    attached: Attached | None = None,
    now: datetime | None = None,
) -> Rectification:
    """报整改结果 with its evidence: a file, or the number of the paper that proves it."""
    moment, on = day_of(now)
    sent = admitted(attached)
    with acting(by=by) as act:
        row = locked(by, finding_id)
        user = require_unit(by, row.finding.unit_id)
        if row.state == RectificationState.ASKED:
            raise WrongState("请先报送整改措施和责任人，再报送整改结果。")
        text = words(text, "text", "请填写整改情况", 4000)
        reference = reference.strip()[:200]
        if attached is None and row.report_file_id is None and not reference:
            told = "请上传佐证文件，或填写佐证文号"
            raise Invalid(told, details={"file": [told]})
        before = move(row, RectificationState.REPORTED, RECTIFICATION_TRANSITIONS)
        changes = [change("report", "整改情况", row.report, text)]
        file = store(county=row.county, file=sent)
        if file is not None:
            changes.append(change("report_file", "佐证文件", row.report_file, file))
            row.report_file = file
        row.report, row.report_reference = text, reference
        row.reported_at, row.reported_by = moment, user
        acts.clear_extension(row)
        save(row)
        late = "（逾期）" if on > row.due_on else ""
        _record(act, "report", row, f"报送 {row.finding} 整改结果{late}", before, changes)
        _tell_office(act, row, f"rectification.reported:{row.returns}", on, "已报整改结果，待复查")
    return row


def ask_extension(
    *, by: Actor, finding_id: int, until: date, reason: str, now: datetime | None = None
) -> Rectification:
    """申请延期, by the unit, before the deadline passes."""
    moment, on = day_of(now)
    with acting(by=by, reason=reason.strip()) as act:
        row = locked(by, finding_id)
        user = require_unit(by, row.finding.unit_id)
        if row.state not in UNITS_WORK:
            raise WrongState("整改结果报送以前才能申请延期，请刷新后查看。")
        acts.ask_extension(
            row, user=user, until=until, due_on=row.due_on, reason=reason, now=moment, on=on
        )
        save(row)
        _record(act, "extension", row, f"申请 {row.finding} 整改延至 {until:%Y-%m-%d}")
        _tell_office(act, row, "rectification.extension", on, "申请整改延期，待审批")
    return row


def decide_extension(
    *, by: Actor, finding_id: int, is_granted: bool, reason: str = "", now: datetime | None = None
) -> Rectification:
    """Approve or refuse the extension that was asked for."""
    _, on = day_of(now)
    with acting(by=by, reason=reason.strip()) as act:
        row = locked(by, finding_id)
        user = require_examiner(by, Action.FINDING_DECIDE)
        due_on = row.due_on
        until = acts.decided_extension(row, user=user, is_granted=is_granted, reason=reason)
        if is_granted:
            row.due_on = until
        save(row)
        verdict = f"同意整改延至 {until:%Y-%m-%d}" if is_granted else "不同意整改延期"
        changes = [change("due_on", "整改期限", due_on, until)] if is_granted else []
        _record(act, "extension_decided", row, f"{row.finding}：{verdict}", changes=changes)
        _tell_unit(act, row, "rectification.extension_decided", on, verdict)
    return row


def return_(
    *,
    by: Actor,
    finding_id: int,
    opinion: str,
    days: int = 10,
    now: datetime | None = None,
) -> Rectification:
    """退回重办: the result does not do, or the problem came back; `days` working days from now."""
    _, on = day_of(now)
    with acting(by=by, reason=opinion.strip()) as act:
        row = locked(by, finding_id)
        user = require_examiner(by)
        _check_other(row, user.pk)
        opinion = words(opinion, "opinion", "请填写退回意见", 500)
        if not 1 <= days <= 90:
            raise Invalid("重办时限为 1 至 90 个工作日。", details={"days": ["填写 1 至 90"]})
        before = move(row, RectificationState.RETURNED, RECTIFICATION_TRANSITIONS)
        due_on, row.due_on = row.due_on, workdays.add(row.county_id, on, days)
        row.opinion, row.returns = opinion, row.returns + 1
        row.rechecked_at, row.rechecked_by = None, None
        save(row)
        _record(
            act, "return", row, f"退回 {row.finding} 整改：{opinion}", before,
            [change("due_on", "整改期限", due_on, row.due_on)],
        )  # fmt: skip
        what = f"整改退回重办，请于 {row.due_on:%Y-%m-%d} 前重新报送"
        _tell_unit(act, row, f"rectification.returned:{row.returns}", on, what)
    return row


def recheck(
    *, by: Actor, finding_id: int, opinion: str, now: datetime | None = None
) -> Rectification:
    """复查通过, by another than who reported: yellow, not green yet."""
    moment, _ = day_of(now)
    with acting(by=by) as act:
        row = locked(by, finding_id)
        user = require_examiner(by)
        _check_other(row, user.pk)
        opinion = words(opinion, "opinion", "请填写复查意见", 500)
        before = move(row, RectificationState.RECHECKED, RECTIFICATION_TRANSITIONS)
        row.opinion, row.rechecked_at, row.rechecked_by = opinion, moment, user
        save(row)
        _record(act, "recheck", row, f"复查通过 {row.finding} 整改：{opinion}", before)
    return row


def strike(*, by: Actor, finding_id: int, now: datetime | None = None) -> Rectification:
    """销号, by another than who looked a second time."""
    moment, _ = day_of(now)
    with acting(by=by) as act:
        row = locked(by, finding_id)
        user = require_examiner(by, Action.FINDING_DECIDE)
        if row.rechecked_by_id == user.pk:
            raise NotAllowed("复查人不能办理销号，请由另一位负责人办理。")
        before = move(row, RectificationState.STRUCK, RECTIFICATION_TRANSITIONS)
        row.struck_at, row.struck_by = moment, user
        save(row)
        _record(act, "strike", row, f"{row.finding} 整改销号", before)
    return row


def _check_other(row: Rectification, user_id: int) -> None:
    if row.reported_by_id == user_id:
        raise NotAllowed("报送结果的人不能复查自己报送的结果，请由另一人复查。")


def _record(
    act: Act,
    name: str,
    row: Rectification,
    summary: str,
    before: str = "",
    changes: list[dict[str, object]] | None = None,
) -> None:
    moved = [change("state", "状态", before, row.get_state_display())] if before else []
    act.record(
        f"rectification.{name}",
        row,
        summary=summary,
        changes=[*moved, *(changes or [])],
        units=[row.finding.unit_id],
    )


def _tell_office(act: Act, row: Rectification, rule: str, on: date, what: str) -> None:
    people = people_of_office(row.county_id, on=on)
    _tell(act, row, people, rule, on, f"{row.finding.unit} {row.finding.number} {what}")


def _tell_unit(act: Act, row: Rectification, rule: str, on: date, what: str) -> None:
    unit_id = row.finding.unit_id
    people = people_of_units([unit_id], on=on).get(unit_id, [])
    _tell(act, row, people, rule, on, f"{row.finding}：{what}")


def _tell(act: Act, row: Rectification, people: list[int], rule: str, on: date, title: str) -> None:
    outbox.tell(
        act,
        people=people,
        rule=rule,
        on=on,
        title=title,
        link=finding_link(row.finding_id),
        about=row,
        county=row.county_id,
    )
