"""全年时间表 and 履责覆盖: pages, calendar file, tables as Excel."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from ..downloads import bytes_response, export_response
from ..http import PortalRequest
from ..selectors.duties import years_of
from ..selectors.duty_calendar import as_ics, calendar_is_known, entries, months
from ..selectors.duty_coverage import PART_LABELS, coverage
from ..services.files import XLSX

ICS = "text/calendar; charset=utf-8"


@require_safe
def duty_calendar(request: PortalRequest, year: int) -> HttpResponse:
    """The year by months."""
    on = timezone.localdate()
    context = {
        "year": year,
        "years": sorted({*years_of(request.user, on=on), on.year + 1}, reverse=True),
        "months": months(request.user, year, on=on),
        "is_known": calendar_is_known(request.user, year),
        "section": "calendar",
        "active_nav": "duties_latest",
    }
    return render(request, "duties/calendar.html", context)


@require_safe
def duty_calendar_latest(request: PortalRequest) -> HttpResponse:
    """The calendar of the year chosen."""
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and len(given) == 4 else timezone.localdate().year
    return redirect("duty_calendar", year=year)


@require_safe
def duty_ics(request: PortalRequest, year: int) -> FileResponse:
    """The year as a calendar file."""
    county = request.user.county
    name = f"{county.name if county else ''}{year}年度履责时间表"
    data = as_ics(
        entries(request.user, year, on=timezone.localdate()),
        name=name,
        host=county.code if county else "portal",
        now=timezone.now(),
    )
    return bytes_response(data, name=f"{name}.ics", content_type=ICS)


@require_safe
def duty_coverage(request: PortalRequest, year: int, part: str) -> HttpResponse:
    """One of the three tables."""
    on = timezone.localdate()
    context = {
        "year": year,
        "years": years_of(request.user, on=on),
        "part": part,
        "parts": PART_LABELS,
        "table": coverage(request.user, part, year, on=on),
        "section": "coverage",
        "active_nav": "duties_latest",
    }
    return render(request, "duties/coverage.html", context)


@require_safe
def duty_coverage_xlsx(request: PortalRequest, year: int, part: str) -> FileResponse:
    """The same table as Excel."""
    table = coverage(request.user, part, year, on=timezone.localdate())
    data: bytes = import_string(settings.WORKBOOK_WRITER)(
        table.title, list(table.columns), [list(row) for row in table.rows]
    )
    return export_response(
        request, data, name=f"{table.title}.xlsx", content_type=XLSX, rows=len(table.rows)
    )
