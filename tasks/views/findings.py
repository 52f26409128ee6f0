"""整改台账: the list, drafting a finding, one finding with its putting right and objection."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.downloads import export_response, file_response
from accountability.http import PortalRequest
from accountability.models import Post
from accountability.models.dated import holds_on
from accountability.refusals import Invalid, NotFound
from accountability.selectors import object_trail
from accountability.services.files import XLSX
from tasks.forms import findings as forms
from tasks.forms.notices import ActForm
from tasks.models import Finding, SourceKind, TaskItem
from tasks.selectors import rectifications as selector
from tasks.selectors import sources
from tasks.selectors.notice_trail import events_of_finding
from tasks.selectors.unit_choices import unit_choices
from tasks.services import findings as services
from tasks.views import finding_acts
from tasks.views.acts import perform
from tasks.views.numbers_given import number_of
from tasks.views.task_list import query

NAV = "notice_list_latest"  # 督办 and 整改 are one place in the navigation


@require_safe
def finding_list_latest(request: PortalRequest) -> HttpResponse:
    """整改台账 of the latest year with findings in view, else of this year."""
    found = selector.years(request.user)
    return redirect("finding_list", year=found[0] if found else timezone.localdate().year)


@require_safe
def finding_list(request: PortalRequest, year: int) -> HttpResponse:
    """整改台账 of a year, newest first; the filters stand in the address."""
    today = timezone.localdate()
    form = filters(request)
    is_valid = form.is_valid()
    rows = selector.of_year(request.user, year, form.cleaned_data if is_valid else {}, on=today)
    if not is_valid:
        rows = rows.none()
    page, lines = selector.list_page(
        rows, on=today, before=number_of(request, "before"), after=number_of(request, "after")
    )
    context = {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "form": form,
        "page": page,
        "lines": lines,
        "tally": selector.tally(request.user, year, on=today),
        "query": query(request),
        "active_nav": NAV,
        "may_examine": finding_acts.may_examine(scope_for(request.user)),
    }
    return render(request, "findings.html", context, status=200 if is_valid else 422)


@require_safe
def finding_xlsx(request: PortalRequest, year: int) -> FileResponse:
    """The filtered 整改台账 as Excel."""
    form = filters(request)
    if not form.is_valid():
        raise Invalid("筛选条件有误，请返回整改台账改正后再导出。")
    today = timezone.localdate()
    rows = selector.of_year(request.user, year, form.cleaned_data, on=today)
    title = f"{year}年度问题整改台账"
    write = import_string(settings.WORKBOOK_WRITER)
    lines = selector.ledger(rows, on=today)
    data = write(title, list(selector.HEADS), lines)
    return export_response(request, data, name=f"{title}.xlsx", content_type=XLSX, rows=len(lines))


def filters(request: PortalRequest) -> forms.FilterForm:
    """The filters of the address, with the asker's units."""
    return forms.FilterForm(request.GET, units=unit_choices(request.user, on=timezone.localdate()))


@require_http_methods(["GET", "POST"])
def finding_new(request: PortalRequest) -> HttpResponse:
    """Write down what was found: `?unit=&item=&campaign=` fill it in."""
    today = timezone.localdate()
    units = unit_choices(request.user, on=today)
    if request.method == "POST":
        form = forms.NewFindingForm(request.POST, units=units)
        if form.is_valid():
            data = form.cleaned_data
            if sources.named(request.user, data["source_kind"], data["source_id"]) is None:
                data["source_id"] = None
            made = form.attempt(
                lambda: services.draft(
                    by=request.get_actor(),
                    content=form.content(),
                    unit_id=data["unit"],
                    item_id=data["item"],
                )
            )
            if made is not None:
                messages.success(request, f"已拟问题底稿 {made.number}")
                return redirect("finding_detail", finding_id=made.pk)
    else:
        form = forms.NewFindingForm(initial=_given(request, today), units=units)
    item_id = form["item"].value()
    context = {
        "form": form,
        "item": TaskItem.objects.visible_to(request.user).filter(pk=item_id).first()
        if str(item_id or "").isdecimal()
        else None,
        "year": today.year,
        "active_nav": NAV,
        "may_examine": finding_acts.may_examine(scope_for(request.user)),
    }
    return render(request, "finding_new.html", context, status=form.status)


def _given(request: PortalRequest, today: date) -> dict[str, Any]:
    """What the address says of the finding that is wanted; `NotFound` for what is out of sight."""
    initial: dict[str, Any] = {
        "source_kind": SourceKind.CAMPAIGN,
        "rectify_by": today + timedelta(days=30),
        "unit": number_of(request, "unit"),
    }
    if (pk := number_of(request, "item")) is not None:
        find(TaskItem.objects.visible_to(request.user), pk=pk)
        initial |= {"item": pk, "source_kind": SourceKind.TASK}
    if (pk := number_of(request, "campaign")) is not None:
        initial["source_kind"] = SourceKind.CAMPAIGN
        name = sources.named(request.user, SourceKind.CAMPAIGN, pk)
        if name is not None:
            initial |= {"source_id": pk, "source_text": name[:200]}
    return initial


def found(request: PortalRequest, finding_id: int) -> Finding:
    """The finding within what the asker may see, or 404."""
    rows = Finding.objects.visible_to(request.user).select_related(
        "unit", "item", "made_by__person", "served_by__person", "replied_by__person",
        "established_by__person", "withdrawn_by__person", "objection__raised_by__person",
        "objection__decided_by__person", "rectification__post__unit",
        "rectification__report_file", "rectification__planned_by__person",
        "rectification__reported_by__person", "rectification__rechecked_by__person",
        "rectification__struck_by__person", "rectification__extension_asked_by__person",
    )  # fmt: skip
    finding: Finding = find(rows, pk=finding_id)
    return finding


@require_safe
def finding_detail(request: PortalRequest, finding_id: int) -> HttpResponse:
    """One finding, where it stands, and what the asker may do with it."""
    return _page(request, found(request, finding_id))


@require_POST
def finding_office(request: PortalRequest, finding_id: int) -> HttpResponse:
    """What the office and the inspectors do."""
    return _act(request, finding_id, finding_acts.OFFICE_ACTS, "office")


@require_POST
def finding_unit(request: PortalRequest, finding_id: int) -> HttpResponse:
    """What the unit does."""
    return _act(request, finding_id, finding_acts.UNIT_ACTS, "unit")


def _act(request: PortalRequest, finding_id: int, acts: Any, side: str) -> HttpResponse:
    finding = found(request, finding_id)
    return perform(
        request,
        acts,
        finding.pk,
        back=reverse("finding_detail", args=[finding.pk]),
        page=lambda bound, status: _page(request, finding, {side: bound}, status=status),
        prepare=lambda name, form: _seats(finding, form),
    )


def _seats(finding: Finding, form: ActForm) -> None:
    """The seats of the unit, where the form asks for one."""
    if isinstance(form, forms.PlanForm):
        seats = Post.objects.filter(holds_on(timezone.localdate()), unit_id=finding.unit_id)
        form.fields["post"].queryset = seats.select_related("unit").order_by("precedence", "id")  # type: ignore[attr-defined]


def _page(
    request: PortalRequest,
    finding: Finding,
    bound: dict[str, dict[str, ActForm]] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    today, scope = timezone.localdate(), scope_for(request.user)
    line = selector.line_of(finding, on=today)
    acts = finding_acts.of_finding(finding, scope, today, bound or {})
    for one in acts:
        _seats(finding, one.form)
    context = {
        "finding": finding,
        "line": line,
        "row": line.rectification,
        "objection": getattr(finding, "objection", None),
        "source": selector.source_of(finding),
        "source_url": sources.address(request.user, finding),
        "acts": acts,
        "may_notice": scope.may(Action.NOTICE_EDIT),
        "trail": object_trail.inline(
            request.user, "finding", finding.pk, events_of_finding(finding)
        ),
        "active_nav": NAV,
    }
    return render(request, "finding.html", context, status=status)


@require_safe
def finding_file(request: PortalRequest, finding_id: int) -> FileResponse:
    """The evidence that came with the result."""
    row = getattr(found(request, finding_id), "rectification", None)
    if row is None or row.report_file is None:
        raise NotFound
    return file_response(row.report_file)
