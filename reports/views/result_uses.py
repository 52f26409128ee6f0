"""结果运用: the year's register with its proposals, Excel and print."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.downloads import export_response
from accountability.http import PortalRequest
from accountability.refusals import Invalid, NotFound
from accountability.services import files
from accountability.services.signing_in import require_recent_factor_for_export
from accountability.views.units import choice, whole
from reports.documents.content import Column
from reports.documents.xlsx import render_xlsx
from reports.forms.results import UseForm
from reports.models import SubjectKind, UseKind, UseState
from reports.selectors import result_uses as selector
from reports.services import result_use_register, result_uses
from reports.views.job_answer import job_answer


@require_safe
def result_uses_latest(request: PortalRequest) -> HttpResponse:
    """The register of the latest year with results, else of this year."""
    year = whole(request.GET.get("year"))
    if not 2000 <= year <= 2100:
        year = selector.latest_year(request.user) or timezone.localdate().year
    return redirect("result_uses", year=year)


@require_safe
def result_use_list(request: PortalRequest, year: int) -> HttpResponse:
    """The register of a year."""
    return _page(request, year)


def _page(request: PortalRequest, year: int, form: UseForm | None = None) -> HttpResponse:
    filters = _filters(request, year)
    context = selector.page(request.user, year, filters)
    if context["may_edit"]:
        user = request.user
        issuer = user.county.issuer if user.county else ""
        wanted = {
            "sheet": whole(request.GET.get("sheet")) or None,
            "kind": choice(request.GET.get("as"), dict(UseKind.choices), UseKind.COMMEND.value),
            "organ": issuer,
            "used_on": timezone.localdate(),
        }
        context["form"] = form or UseForm(
            subjects=context["subjects"], talks=context["talks"], initial=wanted
        )
        context["is_wanted"] = form is not None or bool(wanted["sheet"])
    context |= {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "filters": filters,
        "query": urlencode({"kind": filters.kind, "use": filters.use, "state": filters.state}),
        "is_filtered": bool(filters.kind or filters.use or filters.state),
        "active_nav": "assessments_latest",
    }
    status = form.status if form is not None else 200
    return render(request, "result_uses.html", context, status=status)


@require_safe
def result_uses_xlsx(request: PortalRequest, year: int) -> FileResponse:
    """The register as it is filtered, as Excel."""
    rows = selector.entries(request.user, year, _filters(request, year))
    title = f"{year}年度考核结果运用登记册"
    lines = selector.table(rows)
    heads = [Column(name, width) for name, width in selector.HEADS]
    data = render_xlsx(title, heads, lines)
    return export_response(
        request, data, name=f"{title}.xlsx", content_type=files.XLSX, rows=len(lines)
    )


@require_POST
def result_uses_pdf(request: PortalRequest, year: int) -> HttpResponse:
    """Ask for the register's print."""
    rows = selector.entries(request.user, year, _filters(request, year))
    require_recent_factor_for_export(request, rows=rows.count())
    job = result_use_register.ask(
        by=request.get_actor(),
        year=year,
        filters=_filters(request, year),
        on=timezone.localdate(),
    )
    return job_answer(request, job)


@require_POST
def result_use_record(request: PortalRequest, year: int) -> HttpResponse:
    """登记 one use."""
    context = selector.page(request.user, year, _filters(request, year))
    form = UseForm(request.POST, subjects=context["subjects"], talks=context["talks"])
    if form.is_valid():
        given = form.cleaned_data
        made = form.attempt(
            lambda: result_uses.record(
                by=request.get_actor(),
                sheet_id=given["sheet"],
                kind=given["kind"],
                basis=given["basis"],
                organ=given["organ"],
                used_on=given["used_on"],
                note=given["note"],
                talk_id=given["talk"],
                on=timezone.localdate(),
            )
        )
        if made is not None:
            messages.success(request, f"已登记：{made}")
            return redirect("result_uses", year=year)
    return _page(request, year, form)


@require_POST
def result_use_decline(request: PortalRequest, year: int) -> HttpResponse:
    """不采纳 a proposal."""
    if not whole(request.POST.get("sheet")):
        raise Invalid("请从建议中选择考核对象。")
    row = result_uses.decline(
        by=request.get_actor(),
        sheet_id=whole(request.POST.get("sheet")),
        kind=request.POST.get("kind", ""),
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, f"已登记不采纳：{row}")
    return redirect("result_uses", year=year)


@require_POST
def result_use_void(request: PortalRequest, use_id: int) -> HttpResponse:
    """作废 an entry."""
    row = result_uses.void(
        by=request.get_actor(), use_id=use_id, reason=request.POST.get("reason", "")
    )
    messages.success(request, f"已作废：{row}")
    return redirect(reverse("result_uses", args=[row.year]))


def _filters(request: PortalRequest, year: int) -> selector.Filters:
    if not 2000 <= year <= 2100:
        raise NotFound
    return selector.Filters(
        kind=choice(request.GET.get("kind"), dict(SubjectKind.choices), ""),
        use=choice(request.GET.get("use"), dict(UseKind.choices), ""),
        state=choice(request.GET.get("state"), dict(UseState.choices), ""),
        before=whole(request.GET.get("before")),
    )
