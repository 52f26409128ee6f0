"""任务台账: find, filter, print; Excel out and in."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accountability.access.find import find
from accountability.downloads import export_response
from accountability.http import PortalRequest
from accountability.refusals import Invalid
from accountability.services.files import XLSX
from tasks.forms.ledger import LedgerForm
from tasks.models import Paper, TaskItem
from tasks.selectors import ledger, ledger_sheet

PAGING = ("after", "before")


@require_safe
def task_list_latest(request: PortalRequest) -> HttpResponse:
    """The list of the latest year that has tasks in view, with the filters given."""
    found = ledger.years(request.user)
    year = found[0] if found else timezone.localdate().year
    response = redirect("task_list", year=year)
    if request.GET:
        response["Location"] += f"?{request.GET.urlencode()}"
    return response


@require_safe
def task_list(request: PortalRequest, year: int) -> HttpResponse:
    """The list of a year; the filters stand in the address, so it can be sent to anyone."""
    today = timezone.localdate()
    form = bound_form(request, year)
    is_valid = form.is_valid()
    tasks = ledger.tasks_of(request.user, year, form.cleaned_data if is_valid else {}, on=today)
    if not is_valid:
        tasks = tasks.none()
    page = ledger.task_page(
        tasks, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context: dict[str, Any] = {
        "year": year,
        "years": sorted({*ledger.years(request.user), year}, reverse=True),
        "form": form,
        "rows": ledger.shown(page.rows, on=today),
        "page": page,
        "count": tasks.count(),
        "query": query(request),
        "active_nav": "task_list_latest",
        "labels": ledger_sheet.SLOT_HEADS,
    }
    template = "partials/_task_rows.html" if request.htmx else "task_list.html"
    response = render(request, template, context, status=200 if is_valid else 422)
    if request.htmx:
        # The address of the page as a plain link would have it, without empty filters.
        kept = context["query"]
        response["HX-Push-Url"] = request.path + (f"?{kept}" if kept else "")
    return response


@require_safe
def task_xlsx(request: PortalRequest, year: int) -> FileResponse:
    """The filtered list as Excel; the same file, corrected, is read in again."""
    form = bound_form(request, year)
    if not form.is_valid():
        raise Invalid("筛选条件有误，请返回任务台账改正后再导出。")
    today = timezone.localdate()
    tasks = ledger.tasks_of(request.user, year, form.cleaned_data, on=today)
    data = ledger_sheet.workbook(
        tasks.visible, county=request.user.county, title="任务台账", on=today
    )
    name, rows = f"{year}年任务台账.xlsx", tasks.visible.count()
    return export_response(request, data, name=name, content_type=XLSX, rows=rows)


@require_safe
def assign_xlsx(request: PortalRequest, paper_id: int) -> FileResponse:
    """The 任务分解表 of one paper as Excel, of what the asker may see."""
    paper: Paper = find(Paper.objects.visible_to(request.user), pk=paper_id)
    rows = TaskItem.objects.visible_to(request.user).filter(paper=paper).exclude(state="void")
    today = timezone.localdate()
    data = ledger_sheet.workbook(rows, county=request.user.county, title="任务分解表", on=today)
    name = f"{paper.title}任务分解表.xlsx"
    return export_response(request, data, name=name, content_type=XLSX, rows=rows.count())


def bound_form(request: PortalRequest, year: int) -> LedgerForm:
    """The filters of the address, with this year's options."""
    options = ledger.filter_options(request.user, year, on=timezone.localdate())
    return LedgerForm(request.GET, **options)


def query(request: PortalRequest) -> str:
    """The filters of the address without the paging, for links that keep them."""
    given = request.GET.copy()
    for name in list(given):
        if name in PAGING or not given[name]:
            del given[name]
    return given.urlencode()
