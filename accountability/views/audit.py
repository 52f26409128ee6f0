"""审计轨迹: who, when, to what, before and after; nobody can change or delete it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ..access import Action, scope_for
from ..access.find import find
from ..downloads import bytes_response
from ..forms.trail import EvidenceForm, TrailForm
from ..http import PortalRequest
from ..models import AuditEvent
from ..refusals import Invalid, NotAllowed
from ..selectors import object_trail
from ..selectors import trail as selector
from ..services import evidence
from ..services.files import XLSX
from ..services.ledger_check import ask_for_verification
from ..services.signing_in import (
    MOST_UNCONFIRMED,
    require_recent_factor,
    require_recent_factor_for_export,
)

PAGING = ("before", "after")


@require_safe
def audit(request: PortalRequest) -> HttpResponse:
    """The page of events; htmx gets the rows alone."""
    form = TrailForm(request.GET)
    filters = form.filters()
    values = {k: v for k, v in request.GET.items() if v and k not in PAGING}
    found = selector.page(request.user, filters)
    context = {
        **found,
        "addresses": object_trail.addresses(request.user, found["events"]),
        "filters": filters,
        "query": urlencode(values),
        "count": selector.counted(request.user, filters),
    }
    if request.htmx and not request.htmx.boosted:
        return render(request, "partials/_audit_rows.html", context)
    context |= {
        "form": form,
        "actions": selector.ACTION_NAMES.items(),
        "units": selector.units_for(request.user),
        "concerns": selector.concerns(request.user, filters),
        "without_concern": urlencode({k: v for k, v in values.items() if k != "concern"}),
        "integrity": selector.integrity(request.user.county_id),
        "may_export": scope_for(request.user).may(Action.TRAIL_READ),
    }
    return render(request, "audit.html", context)


@require_safe
def audit_event(request: PortalRequest, event_id: int) -> HttpResponse:
    """One event with the rows that the database wrote down under it."""
    event = find(AuditEvent.objects.visible_to(request.user), pk=event_id)
    may_read_rows = scope_for(request.user).may(Action.TRAIL_READ)
    return render(
        request,
        "audit_event.html",
        {
            "event": event,
            "name": selector.action_name(event.action),
            "place": selector.ledger_places([event]).get(event.pk),
            "object_url": object_trail.addresses(request.user, [event]).get(event.pk, ""),
            "rows": selector.event_rows(event) if may_read_rows else [],
            "units": list(event.units.all()),
        },
    )


def cursor(request: PortalRequest) -> int | None:
    """The event before which the page goes on, out of the address."""
    given = request.GET.get("before", "")
    if given and not (given.isascii() and given.isdecimal()):
        raise Invalid("翻页的位置无法识别，请从第一页重新查看。")
    return int(given[:18]) if given else None


@require_safe
def audit_object(request: PortalRequest, kind: str, object_id: int) -> HttpResponse:
    """全部轨迹: all that was done to one object that the asker may see."""
    context = object_trail.page(request.user, kind, object_id, before=cursor(request))
    return render(request, "audit_object.html", context | {"active_nav": "audit"})


@require_POST
def audit_verify(request: PortalRequest) -> HttpResponse:
    """重新校验: a job with progress; the band shows its result."""
    ask_for_verification(by=request.get_actor())
    if request.htmx:
        return integrity_band(request)
    return redirect("audit")


@require_safe
def audit_integrity(request: PortalRequest) -> HttpResponse:
    """The band alone, asked for again while a verification runs."""
    return integrity_band(request)


def integrity_band(request: PortalRequest) -> HttpResponse:
    return render(
        request,
        "partials/_integrity.html",
        {"integrity": selector.integrity(request.user.county_id)},
    )


@require_POST
def audit_export(request: PortalRequest) -> FileResponse:
    """The filtered events as Excel; itself an event. A POST, because it is recorded."""
    filters = TrailForm(request.POST).filters()
    found = selector.filtered(request.user, filters).values("id")[: MOST_UNCONFIRMED + 1].count()
    require_recent_factor_for_export(request, rows=found)
    data = evidence.export_events(by=request.get_actor(), filters=filters)
    name = f"审计轨迹{timezone.localdate():%Y%m%d}.xlsx"
    return bytes_response(data, name=name, content_type=XLSX)


@require_POST
def audit_package(request: PortalRequest) -> HttpResponse:
    """导出证据包: purpose required; made by a job."""
    if not scope_for(request.user).may(Action.TRAIL_READ):
        raise NotAllowed("证据包由监督检查人员导出。")
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return redirect("audit")
    require_recent_factor(request)
    job = evidence.ask_for_package(by=request.get_actor(), **form.cleaned_data)
    return redirect("job", job_id=job.pk)
