"""履责事项: the list, one duty with its record and papers, what the office and inspectors do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ..access import Action, scope_for
from ..access.find import find
from ..downloads import file_response
from ..forms.duties import CheckForm, PaperForm, ReasonForm, RecordForm
from ..http import PortalRequest
from ..models import Duty, DutyFile, DutyKind
from ..refusals import NotFound
from ..selectors import object_trail
from ..selectors.duties import (
    detail,
    events_of,
    heard_choices,
    listing,
    tab_counts,
    years_of,
)
from ..services import duties, duty_files


@require_safe
def duties_latest(request: PortalRequest) -> HttpResponse:
    """The present year's duties, or those of the year chosen."""
    year = request.GET.get("year", "")
    return redirect(
        "duties",
        year=int(year) if year.isdecimal() and len(year) == 4 else timezone.localdate().year,
    )


@require_safe
def duties_of_year(request: PortalRequest, year: int) -> HttpResponse:
    """The year's duties that the person sees, by deadline."""
    on = timezone.localdate()
    given = request.GET
    tab = given.get("tab", "owed")
    unit = given.get("unit", "")
    page = listing(
        request.user,
        year,
        on=on,
        tab=tab,
        kind=given.get("kind", ""),
        unit=int(unit) if unit.isdecimal() and len(unit) < 18 else 0,
        after=given.get("after", ""),
    )
    context = {
        "year": year,
        "years": years_of(request.user, on=on),
        "page": page,
        "tab": tab,
        "tabs": tab_counts(request.user, year, on=on),
        "kinds": DutyKind.choices,
        "kind": given.get("kind", ""),
        "unit": unit,
        "may_manage": scope_for(request.user).may(Action.DUTY_MANAGE),
        "section": "list",
        "active_nav": "duties_latest",
    }
    return render(request, "duties/list.html", context)


@require_safe
def duty(request: PortalRequest, duty_id: int) -> HttpResponse:
    """One duty."""
    return _page(request, _found(request, duty_id))


@require_POST
def duty_record(request: PortalRequest, duty_id: int) -> HttpResponse:
    """Put it on record in the form of its kind."""
    row = _found(request, duty_id)
    if row.kind == DutyKind.TALK:
        raise NotFound
    form = RecordForm(request.POST, duty=row, heard=heard_choices(row, on=timezone.localdate()))
    form.is_valid()
    errors = dict(form.errors)
    revision = form.cleaned_data.get("revision") or 0
    given = {**form.cleaned_data}
    form.errors.clear()  # the service judges, after it has looked at who asks
    done = form.attempt(
        lambda: duties.record(
            by=request.get_actor(),
            duty_id=row.pk,
            held_on=form.held_on,
            given=given,
            revision=revision,
            now=timezone.now(),
        )
    )
    if done is None:
        for name, sentences in errors.items():
            if name in form.fields and name not in form.errors:
                form.add_error(name, list(sentences))
        return _page(request, row, record=form)
    messages.success(request, f"已登记，{done.get_state_display()}")
    return redirect("duty", duty_id=row.pk)


@require_POST
def duty_file_add(request: PortalRequest, duty_id: int) -> HttpResponse:
    """Hand in one paper."""
    row = _found(request, duty_id)
    form = PaperForm(request.POST, request.FILES)
    form.is_valid()
    sent = form.cleaned_data.get("file")
    form.errors.clear()
    done = form.attempt(
        lambda: duty_files.add(
            by=request.get_actor(),
            duty_id=row.pk,
            label=form.cleaned_data.get("label", ""),
            now=timezone.now(),
            name=sent.name if sent else "",
            data=sent.read() if sent else None,
            reference=form.cleaned_data.get("reference", ""),
        )
    )
    if done is None:
        return _page(request, row, paper=form)
    messages.success(request, f"已报送{done.label or '材料'}")
    return redirect("duty", duty_id=row.pk)


@require_safe
def duty_file(request: PortalRequest, file_id: int) -> FileResponse:
    """A paper that was handed in, to whoever sees its duty."""
    row: DutyFile = find(
        DutyFile.objects.visible_to(request.user).select_related("file"), pk=file_id
    )
    if row.file is None:
        raise NotFound
    return file_response(row.file)


@require_POST
def duty_file_void(request: PortalRequest, file_id: int) -> HttpResponse:
    """撤回 a paper."""
    row = find(DutyFile.objects.visible_to(request.user), pk=file_id)
    return _with_reason(
        request,
        row.duty_id,
        lambda reason: duty_files.take_back(
            by=request.get_actor(), file_id=file_id, reason=reason, now=timezone.now()
        ),
        "材料已撤回",
    )


@require_POST
def duty_return(request: PortalRequest, duty_id: int) -> HttpResponse:
    """退回."""
    return _with_reason(
        request,
        duty_id,
        lambda reason: duties.return_(by=request.get_actor(), duty_id=duty_id, reason=reason),
        "已退回",
    )


@require_POST
def duty_waive(request: PortalRequest, duty_id: int) -> HttpResponse:
    """免除."""
    return _with_reason(
        request,
        duty_id,
        lambda reason: duties.waive(
            by=request.get_actor(), duty_id=duty_id, reason=reason, now=timezone.now()
        ),
        "已免除",
    )


@require_POST
def duty_restore(request: PortalRequest, duty_id: int) -> HttpResponse:
    """恢复 a waived duty."""
    return _with_reason(
        request,
        duty_id,
        lambda reason: duties.restore(by=request.get_actor(), duty_id=duty_id, reason=reason),
        "已恢复",
    )


@require_POST
def duty_check(request: PortalRequest, duty_id: int) -> HttpResponse:
    """The inspectors' four points."""
    row = _found(request, duty_id)
    form = CheckForm(request.POST)
    form.is_valid()
    given = form.cleaned_data
    form.errors.clear()
    done = form.attempt(
        lambda: duties.check(
            by=request.get_actor(),
            duty_id=row.pk,
            answers=given,
            note=given.get("note", ""),
            now=timezone.now(),
        )
    )
    if done is None:
        return _page(request, row, check=form)
    messages.success(request, "已记录检查情况")
    return redirect("duty", duty_id=row.pk)


def _with_reason(
    request: PortalRequest, duty_id: int, act: Callable[[str], object], told: str
) -> HttpResponse:
    row = _found(request, duty_id)
    form = ReasonForm(request.POST)
    form.is_valid()
    form.errors.clear()
    if form.attempt(lambda: act(form.data.get("reason", "")[:300])) is None:
        return _page(request, row, reason=form)
    messages.success(request, told)
    return redirect("duty", duty_id=row.pk)


def _found(request: PortalRequest, duty_id: int) -> Duty:
    row: Duty = find(
        Duty.objects.visible_to(request.user).select_related(
            "rule__unit", "rule__group", "unit", "post__unit", "county",
            "recorded_by__person", "checked_by__person",
        ),
        pk=duty_id,
    )  # fmt: skip
    return row


def _page(
    request: PortalRequest,
    row: Duty,
    *,
    record: RecordForm | None = None,
    paper: PaperForm | None = None,
    reason: ReasonForm | None = None,
    check: CheckForm | None = None,
) -> HttpResponse:
    on = timezone.localdate()
    context: dict[str, Any] = detail(request.user, row, on=on)
    if context["may_write"] and row.kind != DutyKind.TALK and record is None:
        record = RecordForm(duty=row, heard=heard_choices(row, on=on))
    refused = next((form for form in (record, paper, reason, check) if form and form.refusal), None)
    context |= {
        "record_form": record if context["may_write"] else None,
        "paper_form": paper or PaperForm(),
        "paper_label": paper.data.get("label", "") if paper else "",
        "check_form": (check or CheckForm(initial=row.check_answers))
        if context["may_check"]
        else None,
        "refusals": refused.non_field_errors() if refused else [],
        "reason_errors": reason.errors.get("reason", []) if reason else [],
        "trail": object_trail.inline(request.user, "duty", row.pk, events_of(row)),
        "active_nav": "duties_latest",
    }
    return render(request, "duties/one.html", context, status=refused.status if refused else 200)
