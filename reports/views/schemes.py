"""考核方案: the year's list; one scheme, edited while it is a draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access.find import find
from accountability.downloads import bytes_response
from accountability.http import PortalRequest
from accountability.refusals import Invalid, NotFound
from accountability.services import files
from accountability.views.units import whole
from reports.forms.schemes import (
    CriterionForm,
    NewSchemeForm,
    ReasonForm,
    RoundForm,
    SchemeForm,
    SchemeUploadForm,
)
from reports.models import Criterion, Scheme
from reports.models.scheme import NATURE_CHOICES
from reports.scheme_examples import examples
from reports.selectors import schemes as selector
from reports.services import assessments, scheme_workbook, schemes


@require_safe
def schemes_latest(request: PortalRequest) -> HttpResponse:
    """The schemes of the year asked for, else of this year."""
    year = whole(request.GET.get("year")) or timezone.localdate().year
    return redirect("schemes", year=min(max(year, 2000), 2100))


@require_safe
def scheme_list(request: PortalRequest, year: int) -> HttpResponse:
    """The year's schemes, and how to begin a new one."""
    return _list(request, year)


@require_POST
def scheme_new(request: PortalRequest, year: int) -> HttpResponse:
    """A draft from an example."""
    form = _new_form(request)
    if form.is_valid():
        data = form.cleaned_data
        core = examples()[data["example"]].core
        made = form.attempt(
            lambda: schemes.draft(
                by=request.get_actor(),
                year=year,
                kind=data["kind"],
                occasion=data["occasion"],
                topic=data["topic"],
                core=core,
            )
        )
        if made is not None:
            messages.success(request, f"已草拟{made}，请按本县情况修改")
            return redirect("scheme", scheme_id=made.pk)
    return _list(request, year, new=form, status=form.status)


@require_POST
def scheme_import(request: PortalRequest, year: int) -> HttpResponse:
    """A draft from Excel; refused as a whole when one cell is wrong."""
    form = SchemeUploadForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data["file"].read()

        def act() -> Scheme:
            loaded = scheme_workbook.load(data)
            return schemes.draft(
                by=request.get_actor(),
                year=year,
                kind=loaded.kind,
                occasion=loaded.occasion,
                topic=loaded.topic,
                core=loaded.core,
            )

        made = form.attempt(act)
        if made is not None:
            messages.success(request, f"已导入为{made}")
            return redirect("scheme", scheme_id=made.pk)
    return _list(request, year, upload=form, status=form.status)


@require_safe
def scheme(request: PortalRequest, scheme_id: int) -> HttpResponse:
    """One scheme; `edit` or `add` opens a line's form beside the tree."""
    return _page(request, _found(request, scheme_id))


@require_safe
def scheme_xlsx(request: PortalRequest, scheme_id: int) -> FileResponse:
    """The scheme as Excel."""
    row = _found(request, scheme_id)
    data = scheme_workbook.export(row.core(), kind=row.kind, occasion=row.occasion, topic=row.topic)
    return bytes_response(data, name=f"{row}.xlsx", content_type=files.XLSX)


@require_POST
def scheme_revise(request: PortalRequest, scheme_id: int) -> HttpResponse:
    """Title, caps, quota and grades of a draft."""
    row = _found(request, scheme_id)
    form = SchemeForm(request.POST, bands=row.bands)
    if form.is_valid():
        done = form.attempt(
            lambda: schemes.revise(by=request.get_actor(), scheme=row, values=form.values())
        )
        if done is not None:
            messages.success(request, "已保存")
            return redirect("scheme", scheme_id=row.pk)
    return _page(request, row, head=form, status=form.status)


@require_POST
def criterion_put(request: PortalRequest, scheme_id: int) -> HttpResponse:
    """Add or change one line; `drop` takes it out."""
    row = _found(request, scheme_id)
    by, pk = request.get_actor(), whole(request.POST.get("criterion")) or None
    if pk is not None and "drop" in request.POST:
        schemes.drop_criterion(by=by, scheme=row, criterion_id=pk)
        messages.success(request, "已删去")
        return redirect("scheme", scheme_id=row.pk)
    form = CriterionForm(request.POST)
    if form.is_valid():
        values = form.values()
        if pk is None:
            nature = request.POST.get("nature", "")
            if nature not in dict(NATURE_CHOICES):
                raise Invalid("请从页面上选择要增加的项目。")
            values |= {"nature": nature, "parent": whole(request.POST.get("parent")) or None}
        done = form.attempt(
            lambda: schemes.put_criterion(by=by, scheme=row, criterion_id=pk, values=values)
        )
        if done is not None:
            messages.success(request, f"已保存 {done}")
            return redirect(f"{reverse('scheme', args=[row.pk])}#c{done.pk}")
    return _page(request, row, line=form, status=form.status)


@require_POST
def scheme_publish(request: PortalRequest, scheme_id: int) -> HttpResponse:
    """发布."""
    row = schemes.publish(by=request.get_actor(), scheme=_found(request, scheme_id))
    messages.success(request, f"已发布{row}")
    return redirect("scheme", scheme_id=row.pk)


@require_POST
def scheme_correct(request: PortalRequest, scheme_id: int) -> HttpResponse:
    """修订 into the next version."""
    return _with_reason(request, scheme_id, schemes.correct, "已草拟新版本，发布后生效")


@require_POST
def scheme_void(request: PortalRequest, scheme_id: int) -> HttpResponse:
    """作废 a draft."""
    return _with_reason(request, scheme_id, schemes.void, "已作废")


@require_POST
def assessment_open(request: PortalRequest, scheme_id: int) -> HttpResponse:
    """建立考核 from a published scheme."""
    row = _found(request, scheme_id)
    form = RoundForm(request.POST)
    if form.is_valid():
        made = form.attempt(
            lambda: assessments.open_round(
                by=request.get_actor(),
                scheme=row,
                keys=request.POST.getlist("keys"),
                on=timezone.localdate(),
                **form.cleaned_data,
            )
        )
        if made is not None:
            messages.success(request, f"已建立{made}，请建立考核组")
            return redirect(f"{reverse('assessment', args=[made.pk])}?tab=teams")
    return _page(request, row, round_form=form, status=form.status)


def _with_reason(request: PortalRequest, scheme_id: int, act: Any, told: str) -> HttpResponse:
    row = _found(request, scheme_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        done = form.attempt(
            lambda: act(by=request.get_actor(), scheme=row, reason=form.cleaned_data["reason"])
        )
        if done is not None:
            messages.success(request, told)
            return redirect("scheme", scheme_id=done.pk)
    return _page(request, row, reason=form, status=form.status)


def _found(request: PortalRequest, scheme_id: int) -> Scheme:
    rows = Scheme.objects.visible_to(request.user).select_related(
        "made_by__person", "published_by__person", "replaces"
    )
    row: Scheme = find(rows, pk=scheme_id)
    return row


def _new_form(request: PortalRequest) -> NewSchemeForm:
    choices = [(e.code, e.label) for e in examples().values()]
    return NewSchemeForm(request.POST or None, examples=choices)


def _list(
    request: PortalRequest,
    year: int,
    *,
    new: NewSchemeForm | None = None,
    upload: SchemeUploadForm | None = None,
    status: int = 200,
) -> HttpResponse:
    if not 2000 <= year <= 2100:
        raise NotFound
    context = selector.list_page(request.user, year) | {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "active_nav": "assessments_latest",
        "new": new or NewSchemeForm(examples=[(e.code, e.label) for e in examples().values()]),
        "upload": upload or SchemeUploadForm(),
        "opened": "new" if new else "upload" if upload else "",
    }
    return render(request, "schemes.html", context, status=status)


def _page(
    request: PortalRequest,
    row: Scheme,
    *,
    head: SchemeForm | None = None,
    line: CriterionForm | None = None,
    reason: ReasonForm | None = None,
    round_form: RoundForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = selector.detail(request.user, row, on=timezone.localdate())
    asked = request.POST if line is not None else request.GET
    editing: Criterion | None = None
    parent = whole(asked.get("parent")) or None
    nature = asked.get("nature", "")
    if context["may_edit"]:
        pk = whole(asked.get("criterion"))
        editing = next((x.row for x in context["lines"] if x.row.pk == pk), None)
        if head is None:
            fields = (
                "title", "add_cap", "deduct_cap", "quota_grade", "quota_percent", "veto_grade",
            )  # fmt: skip
            head = SchemeForm(bands=row.bands, initial={f: getattr(row, f) for f in fields})
        if line is None and editing is not None:
            names = ("name", "points", "weight", "method", "rule", "per_case", "standard")
            line = CriterionForm(initial={f: getattr(editing, f) for f in names})
        if line is None and nature in dict(NATURE_CHOICES):
            line = CriterionForm()
    refused = reason or round_form
    context |= {
        "scheme": row,
        "active_nav": "assessments_latest",
        "head": head,
        "line": line,
        "editing": editing,
        "parent": parent,
        "nature": nature,
        "nature_label": dict(NATURE_CHOICES).get(nature, ""),
        "natures": NATURE_CHOICES,
        "round_form": round_form or RoundForm(),
        "refusals": refused.non_field_errors() if refused else [],
        "chosen_keys": request.POST.getlist("keys") if round_form else None,
    }
    return render(request, "scheme.html", context, status=status)
