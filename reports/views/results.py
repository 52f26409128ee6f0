"""反馈书 of a published result: its page, its files, and 整改 from its deductions."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.refusals import NotFound, WrongState
from accountability.services.signing_in import require_recent_factor_for_export
from reports.forms.results import RectifyForm
from reports.models import AssessmentState, Sheet
from reports.selectors import result_notices as selector
from reports.services import follow_ups
from reports.services import result_notices as notices
from reports.views.job_answer import job_answer

USUAL_DAYS = 30  # 整改 is usually reported within one month of the 反馈


@require_safe
def sheet_notice(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """The notice of one sheet; before publication the page says when there will be one."""
    return _page(request, _found(request, sheet_id))


def _page(request: PortalRequest, sheet: Sheet, form: RectifyForm | None = None) -> HttpResponse:
    context = selector.page(request.user, sheet)
    if context.get("may_demand"):
        day = timezone.localdate() + timedelta(days=USUAL_DAYS)
        context["form"] = form or RectifyForm(codes=[], initial={"rectify_by": day})
        context["ticked"] = form.data.getlist("codes") if form is not None else []  # type: ignore[attr-defined]
    context |= {"sheet": sheet, "active_nav": "assessments_latest"}
    status = form.status if form is not None else 200
    return render(request, "sheet_notice.html", context, status=status)


@require_POST
def sheet_notice_file(request: PortalRequest, sheet_id: int, kind: str) -> HttpResponse:
    """Ask for the notice as PDF or Word."""
    sheet = _found(request, sheet_id)
    return job_answer(request, notices.ask(by=request.get_actor(), sheet=sheet, kind=kind))


@require_POST
def sheet_rectify(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """转为整改: the chosen deductions, in one act."""
    sheet = _found(request, sheet_id)
    notice = selector.notices([sheet]).get(sheet.pk)
    if notice is None:
        raise WrongState("结果公布以后，才能把扣分项转为整改。")
    codes = [line.deduction.code for line in notice.lines]
    form = RectifyForm(request.POST, codes=codes)
    if form.is_valid():
        made = form.attempt(
            lambda: follow_ups.demand(
                by=request.get_actor(),
                sheet=sheet,
                codes=form.cleaned_data["codes"],
                rectify_by=form.cleaned_data["rectify_by"],
                demand=form.cleaned_data["demand"],
            )
        )
        if made is not None:
            messages.success(request, f"已转为整改 {len(made)} 项，并送{sheet.name}确认")
            return redirect("sheet_notice", sheet_id=sheet.pk)
    return _page(request, sheet, form)


@require_POST
def result_notices(request: PortalRequest, year: int) -> HttpResponse:
    """All notices of the year that the asker may see, as one archive."""
    if not 2000 <= year <= 2100:
        raise NotFound
    told = Sheet.objects.visible_to(request.user).filter(
        assessment__year=year, assessment__state=AssessmentState.PUBLISHED
    )
    require_recent_factor_for_export(request, rows=told.count())
    return job_answer(request, notices.ask_all(by=request.get_actor(), year=year))


def _found(request: PortalRequest, sheet_id: int) -> Sheet:
    rows = Sheet.objects.visible_to(request.user).select_related(
        "assessment__scheme", "county", "post"
    )
    row: Sheet = find(rows, pk=sheet_id)
    return row
