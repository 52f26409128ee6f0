"""从数据起草: which papers of a year can be drafted from its data, and drafting one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.http import PortalRequest
from accountability.refusals import NotFound, WrongState
from accountability.views.units import whole
from reports.models import Dispatch
from reports.selectors import year_drafts as selector
from reports.services import year_drafts as service


@require_safe
def year_drafts(request: PortalRequest, year: int) -> HttpResponse:
    """The kinds of drafts with what has been written of each."""
    return _page(request, year)


def _page(request: PortalRequest, year: int, refusal: WrongState | None = None) -> HttpResponse:
    if not 2000 <= year <= 2100:
        raise NotFound
    today = timezone.localdate()
    context = selector.page(request.user, year, on=today) | {
        "year": year,
        "years": sorted({today.year, today.year - 1, year}, reverse=True),
        "refusal": refusal,
        "duty": whole(request.GET.get("duty")),
        "wanted": request.GET.get("kind", ""),
        "active_nav": "endorsements",
        "tab_of": "dispatches",
    }
    if refusal is not None:
        rows = Dispatch.objects.visible_to(request.user)
        context["standing"] = rows.filter(pk=(refusal.details or {}).get("dispatch")).first()
    status = refusal.status if refusal is not None else 200
    return render(request, "year_drafts.html", context, status=status)


@require_POST
def year_draft_make(request: PortalRequest, year: int) -> HttpResponse:
    """Draft one; its text opens for editing."""
    try:
        row = service.make(
            by=request.get_actor(),
            kind=request.POST.get("kind", ""),
            year=year,
            on=timezone.localdate(),
            duty_id=whole(request.POST.get("duty")) or None,
        )
    except WrongState as refusal:
        return _page(request, year, refusal)
    messages.success(request, "已按数据起草，括号内的提示请改写后再送签")
    return redirect("dispatch_edit", dispatch_id=row.pk)
