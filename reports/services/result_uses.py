"""结果运用: recorded by the office with its basis, declined for a reason, voided, never deleted."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Talk, User
from accountability.private_numbers import found_in
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services.audit import change
from reports.models import (
    USE_TRANSITIONS,
    AssessmentState,
    Publication,
    PublicationState,
    ResultUse,
    Sheet,
    UseKind,
    UseState,
)
from reports.selectors.result_uses import result_of
from reports.selectors.result_uses import talks_of as possible_talks
from reports.services.schemes import checked, person

TALK_HAS_NO_NOTE = "约谈只登记日期和依据，谈话内容不录入系统"


def record(
    *,
    by: Actor,
    sheet_id: int,
    kind: str,
    basis: str,
    organ: str,
    used_on: date | None,
    on: date,
    note: str = "",
    talk_id: int | None = None,
) -> ResultUse:
    """Put one use of a published result on record.

    Raises `Invalid` for what is missing, a day in the future or before the result, a
    note beside a talk, or a talk with somebody else; `WrongState` before publication.
    """
    with acting(by=by) as act:
        user = _office(by)
        sheet, publication = _published(user, sheet_id)
        if kind not in UseKind.values:
            raise Invalid("请选择运用方式。", details={"kind": ["请选择运用方式"]})
        basis = _needed(basis, "basis", "请填写依据，如文号或会议纪要编号", 100)
        organ = _needed(organ, "organ", "请填写决定或办理机关", 60)
        note = note.strip()
        if kind == UseKind.TALK and note:
            raise Invalid(f"{TALK_HAS_NO_NOTE}。", details={"note": [TALK_HAS_NO_NOTE]})
        if len(note) > 200:
            raise Invalid("内容不超过 200 字。", details={"note": ["不超过 200 字"]})
        if number := found_in(f"{basis} {organ} {note}"):
            told = f"内容中有{number}，请删去后再保存"
            raise Invalid(f"{told}。", details={"note": [told]})
        talk = _talk(user, sheet, kind, talk_id)
        assert publication.decided_at is not None
        if used_on is None or used_on > on:
            told = "请填写运用日期，不能晚于今天"
            raise Invalid(f"{told}。", details={"used_on": [told]})
        row = ResultUse(
            county=sheet.county,
            year=sheet.assessment.year,
            sheet=sheet,
            publication=publication,
            result=result_of(sheet),
            kind=kind,
            basis=basis,
            organ=organ,
            used_on=used_on,
            note=note,
            talk=talk,
            recorded_by=user,
        )
        checked(row)
        row.save()
        act.record(
            "result_use.record",
            row,
            summary=f"登记结果运用：{sheet.assessment}{row}，依据 {basis}",
            changes=[change("result", "所依据的结果", "", row.result)],
            units=[sheet.unit_id] if sheet.unit_id else [],
        )
    return row


def decline(*, by: Actor, sheet_id: int, kind: str, reason: str) -> ResultUse:
    """不采纳 what the ranking proposes: a person decides, and says why."""
    with acting(by=by, reason=reason.strip()) as act:
        user = _office(by)
        sheet, publication = _published(user, sheet_id)
        if kind not in (UseKind.COMMEND, UseKind.TALK):
            raise Invalid("这项运用没有系统建议，不需要登记不采纳。")
        reason = _needed(reason, "reason", "请填写不采纳的理由", 200)
        row = ResultUse(
            county=sheet.county,
            year=sheet.assessment.year,
            sheet=sheet,
            publication=publication,
            result=result_of(sheet),
            kind=kind,
            state=UseState.DECLINED,
            reason=reason,
            recorded_by=user,
        )
        checked(row)
        row.save()
        act.record(
            "result_use.decline",
            row,
            summary=f"不采纳建议：{sheet.assessment}{row}，{reason}",
            units=[sheet.unit_id] if sheet.unit_id else [],
        )
    return row


def void(*, by: Actor, use_id: int, reason: str) -> ResultUse:
    """作废 an entry that was made by mistake; it stays listed with its reason."""
    with acting(by=by, reason=reason.strip()) as act:
        user = _office(by)
        visible = ResultUse.objects.visible_to(user).values("pk")
        row: ResultUse = find(
            ResultUse.objects.select_for_update(of=("self",))
            .filter(pk__in=visible)
            .select_related("sheet__assessment", "county"),
            pk=use_id,
        )
        reason = _needed(reason, "reason", "请填写作废理由", 200)
        if UseState.VOID not in USE_TRANSITIONS[row.state]:
            raise WrongState("这条登记已经作废，请刷新后查看。")
        before = row.get_state_display()
        row.state, row.reason = UseState.VOID, reason
        row.voided_at, row.voided_by = timezone.now(), user
        checked(row)
        row.save()
        act.record(
            "result_use.void",
            row,
            summary=f"作废结果运用：{row.sheet.assessment}{row}，{reason}",
            changes=[change("state", "状态", before, "作废")],
            units=[row.sheet.unit_id] if row.sheet.unit_id else [],
        )
    return row


def _office(by: Actor) -> User:
    require(by, Action.ASSESS_EDIT)
    user = person(by)
    if not scope_for(user).sees_drafts:
        raise NotAllowed("结果运用由政府办公室登记。")
    return user


def _published(user: User, sheet_id: int) -> tuple[Sheet, Publication]:
    rows = Sheet.objects.visible_to(user).select_related("assessment", "county", "post")
    sheet: Sheet = find(rows, pk=sheet_id)
    if sheet.assessment.state != AssessmentState.PUBLISHED:
        raise WrongState(f"{sheet.assessment}的结果尚未公布，公布以后才能登记结果运用。")
    publication = Publication.objects.get(
        assessment_id=sheet.assessment_id, state=PublicationState.PUBLISHED
    )
    return sheet, publication


def _talk(user: User, sheet: Sheet, kind: str, talk_id: int | None) -> Talk | None:
    if talk_id is None:
        return None
    told = "只能关联与该单位或本人的谈话登记，请从列表中选择"
    if kind != UseKind.TALK:
        told = "只有约谈可以关联谈话登记"
        raise Invalid(f"{told}。", details={"talk": [told]})
    talk = possible_talks(user, [sheet]).filter(pk=talk_id).first()
    if talk is None:
        raise Invalid(f"{told}。", details={"talk": [told]})
    found: Talk = talk
    return found


def _needed(text: str, field: str, told: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise Invalid(f"{told}。", details={field: [told]})
    if len(text) > most:
        raise Invalid(f"内容超过 {most} 字，请精简。", details={field: [f"不超过 {most} 字"]})
    return text
