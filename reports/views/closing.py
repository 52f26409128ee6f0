"""设置 · 年度结转."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.models import ClosedYear
from accountability.models.work_year import FIRST_YEAR, LAST_YEAR
from accountability.services.signing_in import require_recent_factor
from accountability.views.schedule import county_of
from accountability.views.units import frame, whole
from reports.forms.closing import PrepareForm, ReopenForm
from reports.selectors import closings as selector
from reports.selectors.standing import Treatment, blocking, standing
from reports.services import closing, year_archive


@require_safe
def closing_page(request: PortalRequest) -> HttpResponse:
    """What of a year stands open, and how far its closing is."""
    last = timezone.localdate().year - 1
    year = whole(request.GET.get("year"))
    return _page(request, year if FIRST_YEAR <= year <= LAST_YEAR else last)


def _page(request: PortalRequest, year: int, **forms: Any) -> HttpResponse:
    county = county_of(request)
    lines = standing(county, year)
    rows = selector.closings(request.user, year)
    now = selector.standing_one(rows)
    context = frame(
        request,
        "closing",
        year=year,
        next_one=year + 1,
        years=selector.years(request.user, this_year=timezone.localdate().year),
        is_over=year < timezone.localdate().year,
        parts=[(t, [line for line in lines if line.treatment == t]) for t in Treatment],
        blocks=sum(line.count for line in blocking(lines)),
        now=now,
        rows=rows,
        may_close=scope_for(request.user).may(Action.YEAR_CLOSE),
        **{"prepare_form": PrepareForm(), "reopen_form": ReopenForm(), **forms},
    )
    status = max((form.status for form in forms.values()), default=200)
    return render(request, "settings/closing.html", context, status=status)


@require_POST
def closing_prepare(request: PortalRequest, year: int) -> HttpResponse:
    """提出结转."""
    form = PrepareForm(request.POST)
    if form.is_valid():
        done = form.attempt(
            lambda: closing.prepare(
                by=request.get_actor(), year=year, on=timezone.localdate(), **form.cleaned_data
            )
        )
        if done is not None:
            messages.success(request, f"已提出{done}，待另一名负责人批准")
            return _back(year)
    return _page(request, year, prepare_form=form)


@require_POST
def closing_withdraw(request: PortalRequest, closing_id: int) -> HttpResponse:
    """撤回."""
    row = closing.withdraw(by=request.get_actor(), closing_id=closing_id)
    messages.success(request, f"已撤回{row}")
    return _back(row.year)


@require_POST
def closing_close(request: PortalRequest, closing_id: int) -> HttpResponse:
    """批准结转."""
    require_recent_factor(request)
    row = closing.close(by=request.get_actor(), closing_id=closing_id, on=timezone.localdate())
    messages.success(request, f"{row.year}年度已结转")
    return _back(row.year)


@require_POST
def closing_ask(request: PortalRequest, closing_id: int) -> HttpResponse:
    """申请恢复办理."""
    row: ClosedYear = find(ClosedYear.objects.visible_to(request.user), pk=closing_id)
    form = ReopenForm(request.POST)
    if form.is_valid():
        done = form.attempt(
            lambda: closing.ask_reopening(
                by=request.get_actor(), closing_id=closing_id, **form.cleaned_data
            )
        )
        if done is not None:
            messages.success(request, "已申请恢复办理，待另一名负责人批准")
            return _back(done.year)
    return _page(request, row.year, reopen_form=form)


@require_POST
def closing_decide(request: PortalRequest, closing_id: int) -> HttpResponse:
    """恢复办理, or not."""
    require_recent_factor(request)
    is_agreed = request.POST.get("decision") == "agree"
    row = closing.reopen(by=request.get_actor(), closing_id=closing_id, is_agreed=is_agreed)
    messages.success(request, f"{row.year}年度{'已恢复办理' if is_agreed else '仍为已结转'}")
    return _back(row.year)


@require_POST
def closing_archive(request: PortalRequest, closing_id: int) -> HttpResponse:
    """生成年度归档包."""
    require_recent_factor(request)
    job = year_archive.ask(by=request.get_actor(), closing_id=closing_id)
    return redirect("job", job_id=job.pk)


def _back(year: int) -> HttpResponse:
    return redirect(f"{reverse('settings_closing')}?year={year}")
