"""一图看懂: the year in four charts; `?screen=1` for a projector."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accountability.http import PortalRequest
from accountability.refusals import NotFound
from accountability.views.units import whole
from reports.selectors import year_charts as selector


@require_safe
def year_charts_latest(request: PortalRequest) -> HttpResponse:
    """The year asked for, the latest with tasks, else this year."""
    year = whole(request.GET.get("year"))
    if not 2000 <= year <= 2100:
        year = next(iter(selector.years(request.user)), timezone.localdate().year)
    return redirect("year_charts", year=year)


@require_safe
def year_charts(request: PortalRequest, year: int) -> HttpResponse:
    """The charts, with their tables."""
    if not 2000 <= year <= 2100:
        raise NotFound
    is_screen = request.GET.get("screen") == "1"
    context = selector.page(request.user, year, on=timezone.localdate()) | {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "is_screen": is_screen,
        "active_nav": "assessments_latest",
    }
    return render(request, "year_screen.html" if is_screen else "year_charts.html", context)
