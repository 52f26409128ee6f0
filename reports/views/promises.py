"""承诺书: the list of a year, one promise, and what its person and the office do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.access.find import find
from accountability.downloads import file_response
from accountability.forms.directory import DirectoryForm
from accountability.http import PortalRequest
from accountability.refusals import Invalid
from accountability.selectors import object_trail
from accountability.services.signing_in import require_factor_to_sign, require_recent_factor
from reports.forms.letters import ScanForm
from reports.forms.promises import MakeForm, NoteForm, PinForm, PromiseTextForm, ReturnForm
from reports.models import Promise, PromiseState
from reports.selectors import promises as selector
from reports.services import (
    enrolment,
    letter_signing,
    promise_signing,
    promises,
    publication_files,
    scans,
)
from reports.views.job_answer import job_answer

NAV = "promises_latest"
STEPS = {
    "submit": (promises.submit, "送审"),
    "approve": (promises.approve, "审核通过"),
    "publish": (promises.publish, "公开"),
}
FROM = {
    "submit": (PromiseState.DRAFT, PromiseState.RETURNED),
    "approve": (PromiseState.REVIEW,),
    "publish": (PromiseState.SIGNED,),
}


@require_safe
def promises_latest(request: PortalRequest) -> HttpResponse:
    """The latest year with promises, else this year."""
    given = request.GET.get("year", "")
    if given.isdecimal() and len(given) == 4:
        return redirect("promises", year=int(given))
    known = selector.years(request.user)
    return redirect("promises", year=known[0] if known else timezone.localdate().year)


@require_safe
def promise_list(request: PortalRequest, year: int) -> HttpResponse:
    """The promises of a year; `s` chooses the tab."""
    return _list(request, year)


def _list(request: PortalRequest, year: int, form: MakeForm | None = None) -> HttpResponse:
    after = request.GET.get("after", "")
    context = selector.page(
        request.user,
        year,
        tab=request.GET.get("s", ""),
        after=int(after) if after.isdecimal() and len(after) < 18 else 0,
    )
    context |= {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "form": form or MakeForm(initial={"layers": ["first_responsible", "dual_duty"]}),
        "active_nav": NAV,
        "tab_of": "promises",
    }
    return render(request, "promises.html", context, status=form.status if form else 200)


@require_POST
def promises_make(request: PortalRequest, year: int) -> HttpResponse:
    """Make what is missing of a kind and of layers."""
    form = MakeForm(request.POST)
    county = request.user.county
    assert county is not None
    if form.is_valid():
        made = form.attempt(
            lambda: promises.make(
                by=request.get_actor(),
                county=county,
                year=year,
                kind=form.cleaned_data["kind"],
                layers=form.cleaned_data["layers"],
                on=timezone.localdate(),
            )
        )
        if made is not None:
            told = f"已生成 {len(made)} 份承诺书" if made else "没有需要补充生成的承诺书"
            messages.success(request, told)
            return redirect("promises", year=year)
    return _list(request, year, form)


@require_POST
def promises_advance(request: PortalRequest, year: int) -> HttpResponse:
    """送审, 审核通过 or 公开 of all of a year that are there."""
    act, told = _step(request)
    rows = Promise.objects.visible_to(request.user).filter(
        year=year, state__in=FROM[request.POST["step"]]
    )
    count = act(by=request.get_actor(), promises=rows)
    messages.success(request, f"已{told} {count} 份承诺书")
    return redirect("promises", year=year)


def _step(request: PortalRequest) -> tuple[Callable[..., int], str]:
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise Invalid("没有这个步骤，请从页面上的按钮办理。")
    return step


def found(request: PortalRequest, promise_id: int) -> Promise:
    """The promise within what the asker may see, or 404."""
    rows = Promise.objects.visible_to(request.user).select_related(
        "county", "post__unit", "person", "unit", "number", "file", "signed_by__person"
    )
    row: Promise = find(rows, pk=promise_id)
    return row


@never_cache
@require_safe
def promise(request: PortalRequest, promise_id: int) -> HttpResponse:
    """One promise: its text, how it stands, what is to be done."""
    return _page(request, found(request, promise_id))


def _page(
    request: PortalRequest, row: Promise, *, bound: dict[str, DirectoryForm] | None = None
) -> HttpResponse:
    forms: dict[str, Any] = {
        "text": PromiseTextForm(initial={"text": row.text, "version": row.version}),
        "pin": PinForm(initial={"digest": row.digest}),
        "scan": ScanForm(),
        "reason": ReturnForm(),
        "note": NoteForm(initial={"day": timezone.localdate()}),
    }
    context = selector.detail(request.user, row) | {
        "forms": forms | (bound or {}),
        "opened": list(bound or {}),
        "reach": letter_signing.REACH,
        "enrolled": enrolment.in_use(request.user) is not None,
        "trail": object_trail.inline(request.user, "promise", row.pk, selector.events_of(row)),
        "active_nav": NAV,
    }
    status = max((form.status for form in (bound or {}).values()), default=200)
    return render(request, "promise.html", context, status=status)


@require_POST
def promise_reword(request: PortalRequest, promise_id: int) -> HttpResponse:
    """The person's own words."""
    row = found(request, promise_id)
    form = PromiseTextForm(request.POST, initial={"version": row.version})
    if form.is_valid():
        done = form.attempt(
            lambda: promises.reword(
                by=request.get_actor(),
                promise=row,
                text=form.cleaned_data["text"],
                version=form.cleaned_data["version"] or 0,
            )
        )
        if done is not None:
            messages.success(request, "承诺内容已保存")
            return redirect("promise", promise_id=row.pk)
    return _page(request, row, bound={"text": form})


@require_POST
def promise_move(request: PortalRequest, promise_id: int) -> HttpResponse:
    """送审, 审核通过 or 公开 of one."""
    row = found(request, promise_id)
    act, told = _step(request)
    act(by=request.get_actor(), promises=[row])
    messages.success(request, f"承诺书已{told}")
    return redirect("promise", promise_id=row.pk)


@require_POST
def promise_return(request: PortalRequest, promise_id: int) -> HttpResponse:
    """退回修改."""
    return _with_reason(request, promise_id, promises.give_back, "已退回修改")


@require_POST
def promise_void(request: PortalRequest, promise_id: int) -> HttpResponse:
    """作废."""
    return _with_reason(request, promise_id, promises.void, "已作废，编号不再使用")


def _with_reason(
    request: PortalRequest, promise_id: int, act: Callable[..., Promise], told: str
) -> HttpResponse:
    row = found(request, promise_id)
    form = ReturnForm(request.POST)
    if form.is_valid():
        done = form.attempt(
            lambda: act(by=request.get_actor(), promise=row, reason=form.cleaned_data["reason"])
        )
        if done is not None:
            messages.success(request, told)
            return redirect("promise", promise_id=row.pk)
    return _page(request, row, bound={"reason": form})


@never_cache
@sensitive_post_parameters("pin")
@require_POST
def promise_sign(request: PortalRequest, promise_id: int) -> HttpResponse:
    """The person signs; the PIN is read here, handed on, and kept nowhere."""
    row = found(request, promise_id)
    require_factor_to_sign(request)
    require_recent_factor(request)
    form = PinForm(request.POST)
    if form.is_valid():
        done = form.attempt(
            lambda: promise_signing.sign(
                by=request.get_actor(),
                promise=row,
                digest=form.cleaned_data["digest"],
                pin=form.cleaned_data["pin"],
            )
        )
        if done is not None:
            messages.success(request, "承诺书已签署")
            return redirect("promise", promise_id=row.pk)
    return _page(request, row, bound={"pin": form})


@require_POST
def promise_scan(request: PortalRequest, promise_id: int) -> HttpResponse:
    """改为纸质签字: upload the scan."""
    row = found(request, promise_id)
    form = ScanForm(request.POST, request.FILES)
    if form.is_valid():
        scan = form.cleaned_data["scan"]
        try:
            promise_signing.accept_scan(
                by=request.get_actor(),
                promise=row,
                code=form.cleaned_data["code"],
                name=scan.name,
                data=scan.read(scans.MOST_BYTES + 1),
            )
        except Invalid as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "已登记为纸质签署")
            return redirect("promise", promise_id=row.pk)
    return _page(request, row, bound={"scan": form})


@require_POST
def promise_withdraw(request: PortalRequest, promise_id: int) -> HttpResponse:
    """撤下 with a dated note."""
    row = found(request, promise_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        done = form.attempt(
            lambda: promises.withdraw(
                by=request.get_actor(),
                promise=row,
                note=form.cleaned_data["note"],
                on=form.cleaned_data["day"],
            )
        )
        if done is not None:
            messages.success(request, "已撤下，公开页上只留编号、日期和说明")
            return redirect("promise", promise_id=row.pk)
    return _page(request, row, bound={"note": form})


@require_http_methods(["GET", "HEAD", "POST"])
def promise_pdf(request: PortalRequest, promise_id: int) -> HttpResponseBase:
    """The stored file, signed or the scan; before there is one, POST asks for the PDF."""
    row = found(request, promise_id)
    if request.method == "POST":
        job = publication_files.ask(by=request.get_actor(), kind=publication_files.PROMISE, row=row)
        return job_answer(request, job)
    if row.file is None:
        return redirect("promise", promise_id=row.pk)
    return file_response(row.file)
