"""年终考核报告: the year's report, its steps, its endorsement, its files."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.downloads import file_response
from accountability.http import PortalRequest
from accountability.refusals import Conflict, Invalid, NotFound, Refusal, WrongState
from reports.forms.endorsements import AskForm
from reports.forms.year_reports import YearReportForm
from reports.models import EndorsedKind, YearReport
from reports.selectors import year_reports as selector
from reports.services import endorsements, year_report_files, year_reports
from reports.views.job_answer import job_answer

NAV = "assessments_latest"
DONE = {
    "submit": "已送审",
    "anew": "已按现在的考核结果重拟",
    "issue": "已印发，PDF 和 Word 文件正在生成",
    "approve": "已定稿，可以送签",
    "send_back": "已退回修改",
    "void": "已作废",
}


@require_safe
def year_report_of(request: PortalRequest, year: int) -> HttpResponse:
    """The year's report, or the place where it is drafted."""
    if not 2000 <= year <= 2100:
        raise NotFound
    row = selector.of_year(request.user, year)
    if row is not None:
        return redirect("year_report", report_id=row.pk)
    return _empty(request, year)


def _empty(request: PortalRequest, year: int, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "year": year,
        "may_draft": scope_for(request.user).may(Action.ASSESS_EDIT),
        "refusal": refusal,
        "active_nav": NAV,
    }
    status = refusal.status if refusal else 200
    return render(request, "year_report_none.html", context, status=status)


@require_POST
def year_report_new(request: PortalRequest, year: int) -> HttpResponse:
    """Draft it from the published results."""
    if not 2000 <= year <= 2100:
        raise NotFound
    try:
        row = year_reports.draft(by=request.get_actor(), year=year, on=timezone.localdate())
    except (Conflict, WrongState) as refusal:
        return _empty(request, year, refusal)
    messages.success(request, "已按公布的考核结果起草，核对修改后送审")
    return redirect("year_report", report_id=row.pk)


@require_safe
def year_report(request: PortalRequest, report_id: int) -> HttpResponse:
    """One report."""
    return _page(request, _found(request, report_id))


@require_POST
def year_report_edit(request: PortalRequest, report_id: int) -> HttpResponse:
    """Save what was edited."""
    row = _found(request, report_id)
    form = YearReportForm(request.POST)
    if form.is_valid():
        done = form.attempt(
            lambda: year_reports.revise(
                by=request.get_actor(), report_id=report_id, **form.cleaned_data
            )
        )
        if done is not None:
            messages.success(request, "已保存")
            return redirect("year_report", report_id=report_id)
    return _page(request, row, form=form)


@require_POST
def year_report_move(request: PortalRequest, report_id: int) -> HttpResponse:
    """The office's steps: submit, draft anew, issue."""
    by, today = request.get_actor(), timezone.localdate()
    return _step(
        request,
        report_id,
        {
            "submit": lambda: year_reports.submit(by=by, report_id=report_id),
            "anew": lambda: year_reports.draft_anew(
                by=by, report_id=report_id, version=_version(request), on=today
            ),
            "issue": lambda: year_reports.issue(by=by, report_id=report_id, on=today),
        },
    )


@require_POST
def year_report_decide(request: PortalRequest, report_id: int) -> HttpResponse:
    """What another person decides: approve, send back, void."""
    by, reason = request.get_actor(), request.POST.get("reason", "")[:200]
    return _step(
        request,
        report_id,
        {
            "approve": lambda: year_reports.approve(
                by=by, report_id=report_id, version=_version(request)
            ),
            "send_back": lambda: year_reports.send_back(by=by, report_id=report_id, reason=reason),
            "void": lambda: year_reports.void(by=by, report_id=report_id, reason=reason),
        },
    )


def _version(request: PortalRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 9 else 0


def _step(
    request: PortalRequest, report_id: int, steps: dict[str, Callable[[], YearReport]]
) -> HttpResponse:
    row, step = _found(request, report_id), request.POST.get("step", "")
    try:
        if step not in steps:
            raise Invalid("请从页面上的按钮办理。")
        steps[step]()
    except (Invalid, Conflict, WrongState) as refusal:
        return _page(request, row, refusal=refusal)
    messages.success(request, DONE[step])
    return redirect("year_report", report_id=report_id)


@require_POST
def year_report_ask(request: PortalRequest, report_id: int) -> HttpResponse:
    """送签: freeze the text and send it to four seats."""
    row = _found(request, report_id)
    form = AskForm(request.POST, user=request.user, kinds=[EndorsedKind.REPORT])
    if form.is_valid():
        done = form.attempt(
            lambda: endorsements.ask(
                by=request.get_actor(),
                report=row,
                kind=form.cleaned_data["kind"],
                post_ids=form.post_ids(),
            )
        )
        if done is not None:
            messages.success(request, f"已送签，现由{done.steps.all()[0]}签署")
            return redirect("year_report", report_id=row.pk)
    return _page(request, row, ask=form)


@require_POST
def year_report_make(request: PortalRequest, report_id: int) -> HttpResponse:
    """Ask for the proof, or once more for the files of an issued report."""
    row = _found(request, report_id)
    with transaction.atomic():
        job = year_report_files.ask(by=request.get_actor(), report=row)
    return job_answer(request, job)


@require_safe
def year_report_file(request: PortalRequest, report_id: int, kind: str) -> FileResponse:
    """The sealed PDF or the Word file of an issued report."""
    row = _found(request, report_id)
    file = {"pdf": row.pdf, "docx": row.docx}.get(kind)
    if file is None:
        raise NotFound
    return file_response(file)


def _found(request: PortalRequest, report_id: int) -> YearReport:
    rows = YearReport.objects.visible_to(request.user).select_related(
        "county", "number", "drafted_by__person", "approved_by__person", "issued_by__person",
        "pdf", "docx",
    )  # fmt: skip
    row: YearReport = find(rows, pk=report_id)
    return row


def _page(
    request: PortalRequest,
    row: YearReport,
    *,
    form: YearReportForm | None = None,
    ask: AskForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    context = selector.page(request.user, row, on=timezone.localdate())
    if form is None and context["may_edit"]:
        names = ("title", "addressee", "body", "version")
        form = YearReportForm(initial={name: getattr(row, name) for name in names})
    if ask is None and context["may_ask"]:
        ask = AskForm(user=request.user, kinds=[EndorsedKind.REPORT])
    context |= {
        "form": form if context["may_edit"] else None,
        "ask": ask if context["may_ask"] else None,
        "refusal": refusal,
        "active_nav": NAV,
    }
    bound = next((f for f in (form, ask) if f is not None and f.is_bound), None)
    status = refusal.status if refusal else bound.status if bound else 200
    return render(request, "year_report.html", context, status=status)
