"""问题底稿: drafted, served on the unit, confirmed or disputed, established or withdrawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max

from accountability import workdays
from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County, Unit, User
from accountability.models.dated import holds_on
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import outbox
from accountability.services.audit import change, differences
from tasks.models import (
    FINDING_TRANSITIONS,
    OUTSIDE,
    RECTIFICATION_TRANSITIONS,
    Finding,
    FindingState,
    Rectification,
    RectificationState,
    SourceKind,
    TaskItem,
)
from tasks.services.acts import day_of, move, person, require_unit, save, words
from tasks.services.telling import finding_link, people_of_units

REPLY_DAYS = 5  # working days that a unit has to confirm or object


@dataclass(frozen=True, slots=True)
class Content:
    """What a finding says. From outside it names its paper: `source_text` and `source_on`."""

    title: str
    facts: str
    basis: str
    rectify_by: date
    source_kind: str
    source_text: str = ""
    source_number: str = ""
    source_on: date | None = None
    source_id: int | None = None
    demand: str = ""
    examiners: str = ""


def locked(by: Actor, finding_id: int) -> Finding:
    """The finding within what `by` may see, locked until the transaction ends."""
    rows = Finding.objects.visible_to(person(by)).select_related("county", "unit")
    row: Finding = find(rows.select_for_update(of=("self",)), pk=finding_id)
    return row


def require_examiner(by: Actor, action: Action = Action.FINDING_EDIT) -> User:
    """Raise `NotAllowed` unless `by` examines: the office, or an inspector of the whole county.

    A mandate that is limited to units (党风行风监督员, 派驻) reads.
    """
    require(by, action)
    user = person(by)
    if not scope_for(user).sees_whole_county:
        raise NotAllowed("监督范围限于个别单位的，只能查看，不能办理问题和整改。")
    return user


def draft(
    *,
    by: Actor,
    content: Content,
    unit_id: int,
    item_id: int | None = None,
    now: datetime | None = None,
) -> Finding:
    """Write down what was found; the unit sees nothing yet."""
    _, on = day_of(now)
    with acting(by=by) as act:
        user = require_examiner(by)
        assert user.county is not None
        unit = Unit.objects.filter(holds_on(on), county=user.county, pk=unit_id).first()
        if unit is None:
            raise Invalid("请选择责任单位。", details={"unit": ["请选择责任单位"]})
        item = find(TaskItem.objects.visible_to(user), pk=item_id) if item_id else None
        row = Finding(
            county=user.county, year=on.year, serial=_next_serial(user.county, on.year),
            unit=unit, item=item, made_by=user, **_values(content, on),
        )  # fmt: skip
        save(row)
        act.record("finding.draft", row, summary=f"拟问题底稿 {row}（{unit}）", units=[unit])
    return row


def _next_serial(county: County, year: int) -> int:
    """The next line of the year's 整改台账; whoever comes meanwhile waits at the county's row."""
    County.objects.select_for_update().get(pk=county.pk)
    last = Finding.objects.filter(county=county, year=year).aggregate(last=Max("serial"))["last"]
    return int(last or 0) + 1


def _values(content: Content, on: date) -> dict[str, Any]:
    if content.source_kind not in SourceKind.values:
        raise Invalid("请选择来源。", details={"source_kind": ["请选择来源"]})
    if content.source_kind in OUTSIDE:
        words(content.source_text, "source_text", "外部反馈的问题，请填写来源名称", 200)
        if content.source_on is None:
            told = "外部反馈的问题，请填写来源日期"
            raise Invalid(told, details={"source_on": [told]})
    if content.rectify_by <= on:
        told = "整改期限须晚于今天"
        raise Invalid(told, details={"rectify_by": [told]})
    values = asdict(content)
    values["title"] = words(content.title, "title", "请填写问题", 120)
    values["facts"] = words(content.facts, "facts", "请填写事实", 4000)
    values["basis"] = words(content.basis, "basis", "请填写依据", 500)
    return values


def revise(*, by: Actor, finding_id: int, content: Content, now: datetime | None = None) -> Finding:
    """Reword a draft, or one that the unit disputes, before it is served again."""
    _, on = day_of(now)
    with acting(by=by) as act:
        row = locked(by, finding_id)
        require_examiner(by)
        if row.state not in (FindingState.DRAFT, FindingState.DISPUTED):
            raise WrongState(f"{row}现为“{row.get_state_display()}”，底稿不再改动。")
        values = _values(content, on)
        changes = differences(row, values)
        for name, value in values.items():
            setattr(row, name, value)
        save(row)
        act.record(
            "finding.revise", row, summary=f"修改问题底稿 {row}", changes=changes,
            units=[row.unit_id],
        )  # fmt: skip
    return row


def serve(*, by: Actor, finding_id: int, now: datetime | None = None) -> Finding:
    """送单位确认; what the unit said to a former wording is in the trail and asked for anew."""
    moment, on = day_of(now)
    with acting(by=by) as act:
        row = locked(by, finding_id)
        user = require_examiner(by)
        if row.is_outside:
            raise WrongState("外部反馈的问题不需单位确认，请直接认定交办。")
        before = move(row, FindingState.SERVED, FINDING_TRANSITIONS)
        row.served_at, row.served_by = moment, user
        row.reply_due_on = workdays.add(row.county_id, on, REPLY_DAYS)
        row.is_confirmed, row.statement = None, ""
        row.replied_at, row.replied_by = None, None
        save(row)
        _record(act, "serve", row, f"问题底稿 {row} 送{row.unit}确认", before)
        _tell_unit(act, row, "finding.served", on, f"请于 {row.reply_due_on:%Y-%m-%d} 前确认")
    return row


def reply(
    *,
    by: Actor,
    finding_id: int,
    is_confirmed: bool,
    statement: str = "",
    now: datetime | None = None,
) -> Finding:
    """The unit confirms, or objects with a statement. What is confirmed stands."""
    moment, on = day_of(now)
    with acting(by=by) as act:
        row = locked(by, finding_id)
        user = require_unit(by, row.unit_id)
        statement = statement.strip()
        if not is_confirmed:
            statement = words(statement, "statement", "有异议的，请写明理由和依据", 2000)
        state = FindingState.STANDING if is_confirmed else FindingState.DISPUTED
        before = move(row, state, FINDING_TRANSITIONS)
        row.is_confirmed, row.statement = is_confirmed, statement[:2000]
        row.replied_at, row.replied_by = moment, user
        if is_confirmed:
            row.established_at, row.established_by = moment, row.served_by
        save(row)
        said = "确认" if is_confirmed else f"提出异议：{statement}"
        _record(act, "reply", row, f"{row.unit}对问题底稿 {row} {said}", before)
        if is_confirmed:
            _hand_over(act, row, on)
    return row


def establish(
    *, by: Actor, finding_id: int, decision: str = "", now: datetime | None = None
) -> Finding:
    """认定: what came from outside; what the unit disputes, with reasons; what it left unanswered.

    An inside finding that the unit disputes is decided by who may decide; silence
    before its day has passed is no answer yet.
    """
    moment, on = day_of(now)
    with acting(by=by) as act:
        row = locked(by, finding_id)
        user = require_examiner(by)
        decision = decision.strip()
        if row.state == FindingState.DRAFT and not row.is_outside:
            raise WrongState("问题须先送单位确认，再作认定。")
        if row.state == FindingState.SERVED and row.reply_due_on and on <= row.reply_due_on:
            raise WrongState(f"单位答复期限为 {row.reply_due_on:%Y-%m-%d}，期满未答复的才能认定。")
        if row.state == FindingState.DISPUTED:
            require(by, Action.FINDING_DECIDE)
            decision = words(decision, "decision", "单位有异议，请写明认定理由", 500)
        before = move(row, FindingState.STANDING, FINDING_TRANSITIONS)
        row.established_at, row.established_by, row.decision = moment, user, decision[:500]
        if row.served_at is None:
            row.served_at, row.served_by, row.reply_due_on = moment, user, on
        save(row)
        _record(act, "establish", row, f"认定问题 {row}（{row.unit}）", before)
        _hand_over(act, row, on)
    return row


def withdraw(*, by: Actor, finding_id: int, reason: str, now: datetime | None = None) -> Finding:
    """撤销: a finding that stands is withdrawn by who may decide; its putting right ends."""
    with acting(by=by, reason=reason.strip()) as act:
        row = locked(by, finding_id)
        standing = row.state == FindingState.STANDING
        require_examiner(by, Action.FINDING_DECIDE if standing else Action.FINDING_EDIT)
        reason = words(reason, "reason", "请填写撤销理由", 500)
        withdrawn(act, row, reason=reason, moment=day_of(now)[0])
    return row


def withdrawn(act: Act, row: Finding, *, reason: str, moment: datetime) -> None:
    """Withdraw a finding inside the caller's door, with its putting right."""
    before = move(row, FindingState.WITHDRAWN, FINDING_TRANSITIONS)
    row.withdrawn_at, row.withdrawn_by, row.decision = moment, act.actor.user, reason
    save(row)
    ending = Rectification.objects.select_for_update().filter(finding=row).first()
    if ending is not None:
        move(ending, RectificationState.VOID, RECTIFICATION_TRANSITIONS)
        save(ending)
    _record(act, "withdraw", row, f"撤销问题 {row}：{reason}", before)


def _hand_over(act: Act, row: Finding, on: date) -> None:
    """The finding stands: the unit puts it right from now on (限期改正)."""
    save(Rectification(county=row.county, finding=row, due_on=row.rectify_by))
    what = f"已认定，请报整改措施，{row.rectify_by:%Y-%m-%d} 前完成整改"
    _tell_unit(act, row, "finding.established", on, what)


def _record(act: Act, name: str, row: Finding, summary: str, before: str) -> None:
    act.record(
        f"finding.{name}",
        row,
        summary=summary,
        changes=[change("state", "状态", before, row.get_state_display())],
        units=[row.unit_id],
    )


def _tell_unit(act: Act, row: Finding, rule: str, on: date, what: str) -> None:
    outbox.tell(
        act,
        people=people_of_units([row.unit_id], on=on).get(row.unit_id, []),
        rule=rule,
        on=on,
        title=f"问题 {row}：{what}",
        link=finding_link(row.pk),
        about=row,
        county=row.county_id,
    )
