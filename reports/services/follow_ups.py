"""反馈整改: chosen deductions of a published sheet become findings, in one act for the unit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from accountability.access.find import find
from accountability.door import Actor, acting
from accountability.refusals import Invalid, WrongState
from reports.models import AssessmentState, Sheet, SheetFinding
from reports.selectors.result_notices import Lost, Notice, notices
from tasks.models import Finding, SourceKind
from tasks.services import findings
from tasks.services.acts import save

ASKED = "请选择要转为整改的扣分项"


def demand(
    *,
    by: Actor,
    sheet: Sheet,
    codes: Collection[str],
    rectify_by: date | None,
    demand: str = "",
    now: datetime | None = None,
) -> list[Finding]:
    """Each chosen deduction becomes a finding that is served on the unit for confirmation.

    All of them or none. Raises `Invalid` for what is no deduction of the sheet or is
    being put right already; `WrongState` before publication, and for a person's
    sheet: a person's points are no matter of the whole unit.
    """
    with acting(by=by) as act:
        user = findings.require_examiner(by)
        rows = Sheet.objects.visible_to(user).select_related("assessment__scheme", "county")
        row: Sheet = find(rows.select_for_update(of=("self",)), pk=sheet.pk)
        if row.assessment.state != AssessmentState.PUBLISHED:
            raise WrongState("结果公布以后，才能把扣分项转为整改。")
        if row.unit_id is None:
            raise WrongState("领导干部个人的扣分不转为单位整改，请按结果运用办理。")
        if not codes:
            raise Invalid(f"{ASKED}。", details={"codes": [ASKED]})
        if rectify_by is None:
            told = "请填写整改期限"
            raise Invalid(f"{told}。", details={"rectify_by": [told]})
        notice = notices([row])[row.pk]
        known = {line.deduction.code: line for line in notice.lines}
        if set(codes) - set(known):
            raise Invalid("所选扣分项有变动，请刷新后重新选择。")
        chosen = [line for code, line in known.items() if code in set(codes)]
        for line in chosen:
            if line.demand is not None:
                told = f"{line.deduction.code} 已转为整改（问题 {line.demand.finding.number}）。"
                raise Invalid(told, details={"codes": [told]})
        made = [
            _raise(by, row, notice, line, rectify_by=rectify_by, demand=demand, now=now)
            for line in chosen
        ]
        named = "、".join(line.deduction.code for line in chosen)
        act.record(
            "finding.from_result",
            row,
            summary=f"{row.assessment}{row.name}的扣分项 {named} 转为整改，{rectify_by} 前完成",
            units=[row.unit_id],
        )
    return made


def _raise(
    by: Actor,
    sheet: Sheet,
    notice: Notice,
    line: Lost,
    *,
    rectify_by: date,
    demand: str,
    now: datetime | None,
) -> Finding:
    assert sheet.unit_id is not None
    row = findings.draft(
        by=by,
        content=findings.Content(
            title=f"{line.deduction.code} {line.deduction.name}"[:120],
            facts=_facts(sheet, line),
            basis=f"《{notice.scheme}》{line.deduction.code} {line.standard}".strip()[:500],
            rectify_by=rectify_by,
            source_kind=SourceKind.ASSESSMENT,
            source_text=f"{sheet.assessment}结果反馈"[:200],
            source_on=notice.decided_on,
            source_id=sheet.pk,
            demand=demand.strip()[:500],
        ),
        unit_id=sheet.unit_id,
        now=now,
    )
    row = findings.serve(by=by, finding_id=row.pk, now=now)
    save(
        SheetFinding(county=sheet.county, sheet=sheet, criterion_id=line.criterion_id, finding=row)
    )
    return row


def _facts(sheet: Sheet, line: Lost) -> str:
    full, had, lost = line.points
    cost = "一票否决" if line.deduction.is_veto else f"满分 {full} 分，扣 {lost} 分"
    if had != "—":
        cost += f"，得 {had} 分"
    parts = [f"{sheet.assessment}：{line.deduction.name}，{cost}。"]
    if line.reason:
        parts.append(f"说明：{line.reason.rstrip('。')}。")
    if line.grounds:
        parts.append(f"依据：{'；'.join(line.grounds)}。")
    return "\n".join(parts)[:4000]
