"""年终考核报告: drafted from published results, edited, approved, endorsed, numbered, issued."""

from __future__ import annotations

import hashlib
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County, User
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services.audit import change
from accountability.trail import checkpoints
from reports.models import (
    YEAR_REPORT_TRANSITIONS,
    EndorsementState,
    NumberKind,
    YearReport,
    YearReportState,
)
from reports.selectors.endorsements import digest_of
from reports.selectors.report_material import is_behind, noted
from reports.services import endorsements, numbers, year_report_files
from reports.services.year_report_paper import canonical, paper, with_facts
from reports.year_report import marks

OPEN = (YearReportState.DRAFT, YearReportState.SUBMITTED)
CHANGED = "这份报告已由他人修改，请核对现在的内容后再提交。"


def draft(*, by: Actor, year: int, on: date) -> YearReport:
    """The year's report, from its results as they are published on `on`."""
    user = _person(by)
    assert user.county is not None
    with acting(by=by) as act:
        require(by, Action.ASSESS_EDIT)
        rows = YearReport.objects.filter(county=user.county, year=year)
        if rows.exclude(state=YearReportState.VOID).exists():
            raise Conflict("这个年度已有考核报告，请在原稿上修改；确需重拟的，请先作废原稿。")
        data, title, body = with_facts(noted(user.county, year, on=on))
        row = YearReport(
            county=user.county,
            year=year,
            title=title,
            addressee=f"{'区' if user.county.name.endswith('区') else '县'}委常委会",
            body=body,
            data=data,
            drafted_by=user,
        )
        _save(row)
        act.record("year_report.draft", row, summary=f"起草《{row.title}》")
    return row


def revise(
    *, by: Actor, report_id: int, title: str, addressee: str, body: str, version: int
) -> YearReport:
    """Edit a draft; whoever edited it last cannot approve it."""
    user = _person(by)
    with acting(by=by) as act:
        row = _open(by, report_id, version)
        given = {"title": title.strip(), "addressee": addressee.strip(), "body": body.strip()}
        labels = {"title": "标题", "addressee": "主送", "body": "正文"}
        changes = [
            change(name, labels[name], getattr(row, name)[:200], value[:200])
            for name, value in given.items()
            if getattr(row, name) != value
        ]
        for name, value in given.items():
            setattr(row, name, value)
        row.drafted_by, row.state = user, YearReportState.DRAFT
        row.version += 1
        _save(row)
        act.record("year_report.revise", row, summary=f"修改《{row.title}》", changes=changes)
    return row


def draft_anew(*, by: Actor, report_id: int, version: int, on: date) -> YearReport:
    """Write the text from the results as they are now; what was edited by hand is replaced."""
    user = _person(by)
    with acting(by=by) as act:
        row = _open(by, report_id, version)
        row.data, row.title, row.body = with_facts(noted(row.county, row.year, on=on))
        row.drafted_by, row.state = user, YearReportState.DRAFT
        row.version += 1
        _save(row)
        act.record("year_report.anew", row, summary=f"按现在的考核结果重拟《{row.title}》")
    return row


def submit(*, by: Actor, report_id: int) -> YearReport:
    """Send a draft to whoever approves it."""
    with acting(by=by) as act:
        row = _locked(by, report_id, Action.ASSESS_EDIT)
        _move(row, YearReportState.SUBMITTED)
        row.reason = ""
        _save(row)
        act.record("year_report.submit", row, summary=f"送审《{row.title}》")
    return row


def approve(*, by: Actor, report_id: int, version: int) -> YearReport:
    """定稿 by another than who drafted it: text and figures are frozen with their digest.

    `version` is the one that was read. Figures of the text that the results do not give
    are on record with the approval.
    """
    user = _person(by)
    with acting(by=by) as act:
        row = _locked(by, report_id, Action.ASSESS_DECIDE)
        if row.drafted_by_id == user.pk:
            raise NotAllowed("报告由本账号起草或修改，须由他人审核。")
        if row.version != version:
            raise Conflict(CHANGED)
        _move(row, YearReportState.APPROVED)
        if is_behind(row.county, row.data, row.year):
            raise WrongState("起草之后考核结果又有公布或更正，请退回按现在的结果重拟。")
        row.approved_at, row.approved_by, row.reason = timezone.now(), user, ""
        row.content = canonical(row)
        row.digest = hashlib.sha256(row.content.encode()).hexdigest()
        paper(row)  # the results under it are looked at once more
        _save(row)
        strange = marks.strange(row.body, row.facts)
        act.record(
            "year_report.approve",
            row,
            summary=f"审定《{row.title}》，摘要 {row.digest[:16]}"
            + (f"；正文另有数字 {'、'.join(strange[:10])}" if strange else ""),
            changes=[change("state", "状态", "待审核", "已定稿")],
        )
    return row


def send_back(*, by: Actor, report_id: int, reason: str) -> YearReport:
    """Return it with what is to be changed; what was endorsed must be endorsed anew."""
    return _with_reason(by, report_id, reason, YearReportState.DRAFT, "send_back", "退回")


def void(*, by: Actor, report_id: int, reason: str) -> YearReport:
    """Give a report up that is not issued."""
    return _with_reason(by, report_id, reason, YearReportState.VOID, "void", "作废")


def issue(*, by: Actor, report_id: int, on: date) -> YearReport:
    """编号印发 of an approved report that all four layers have endorsed; files are asked for."""
    user = _person(by)
    with acting(by=by) as act:
        row = _locked(by, report_id, Action.ASSESS_EDIT)
        _move(row, YearReportState.ISSUED)
        done = row.endorsements.filter(
            state=EndorsementState.DONE, digest=digest_of(row.frozen_text)
        )
        if not done.exists():
            raise WrongState("报告还没有完成签字背书，请送签并由主要领导签署后再印发。")
        number = numbers.take(county=row.county, kind=NumberKind.REPORT, year=on.year, for_=row)
        row.number, row.dated = number, on
        row.issued_at, row.issued_by = timezone.now(), user
        _save(row)
        act.record(
            "year_report.issue",
            row,
            summary=f"印发《{row.title}》（{number.text}）",
            changes=[
                change("state", "状态", "已定稿", "已印发"),
                change("number", "文号", "", number.text),
            ],
        )
        year_report_files.ask(by=by, report=row)
        checkpoints.write_on_commit(cause="年终报告")
    return row


def _with_reason(
    by: Actor, report_id: int, reason: str, state: str, action: str, told: str
) -> YearReport:
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        row = _locked(by, report_id, Action.ASSESS_DECIDE)
        if not reason:
            raise Invalid("请填写原因，写明后再提交。", details={"reason": ["请填写原因"]})
        before = row.get_state_display()
        _move(row, state)
        endorsements.end_of_report(report=row, by=_person(by), reason=f"报告{told}：{reason}"[:200])
        row.reason, row.content, row.digest = reason[:200], "", ""
        row.approved_at = row.approved_by = None
        _save(row)
        act.record(
            f"year_report.{action}",
            row,
            summary=f"{told}《{row.title}》：{reason}",
            changes=[change("state", "状态", before, row.get_state_display())],
        )
    return row


def _open(by: Actor, report_id: int, version: int) -> YearReport:
    row = _locked(by, report_id, Action.ASSESS_EDIT)
    if row.state not in OPEN:
        raise WrongState(f"报告{row.get_state_display()}，内容不再修改。")
    if row.version != version:
        raise Conflict(CHANGED)
    return row


def _locked(by: Actor, report_id: int, action: Action) -> YearReport:
    visible = YearReport.objects.visible_to(_person(by)).values("pk")
    row: YearReport = find(
        YearReport.objects.filter(pk__in=visible)
        .select_for_update(of=("self",))
        .select_related("county"),
        pk=report_id,
    )
    require(by, action)
    County.objects.select_for_update(no_key=True).get(pk=row.county_id)
    return row


def _move(row: YearReport, state: str) -> None:
    if state not in YEAR_REPORT_TRANSITIONS[row.state]:
        label = YearReportState(state).label
        raise WrongState(
            f"报告现在是“{row.get_state_display()}”，不能转为“{label}”，请刷新页面后再办。"
        )
    row.state = state


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("考核报告须由登录人员办理。")
    return by.user


def _save(row: YearReport) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    row.save()
