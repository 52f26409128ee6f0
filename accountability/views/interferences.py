"""违规干预插手记录: the register, putting on record, reading one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ..access import Action, scope_for
from ..forms.interferences import InterferenceForm
from ..http import PortalRequest
from ..selectors import interferences as selector
from ..services import interferences as service
from .units import whole


@require_safe
def interferences(request: PortalRequest) -> HttpResponse:
    """Numbers and days: the inspectors' of all entries, everybody's of his own."""
    return _page(request)


@require_POST
def interference_record(request: PortalRequest) -> HttpResponse:
    """Put one on record, or a correction of an own entry."""
    form = InterferenceForm(request.POST, own=selector.own(request.user))
    if form.is_valid():
        data = {k: v for k, v in form.cleaned_data.items() if k != "corrects"}
        made = form.attempt(
            lambda: service.record(
                by=request.get_actor(),
                corrects_id=form.corrects_id(),
                now=timezone.now(),
                **data,
            )
        )
        if made is not None:
            messages.success(request, f"已登记，编号 {made.number}。内容只供纪检监察机关查阅")
            return redirect("interferences")
    return _page(request, form)


@require_POST
def interference_read(request: PortalRequest, interference_id: int) -> HttpResponse:
    """查阅: a POST, because the reading is written down."""
    opened = service.read(by=request.get_actor(), interference_id=interference_id)
    entries = (opened, *opened.corrections)
    context = {"opened": opened, "entries": entries, "active_nav": "interferences"}
    return render(request, "interference.html", context)


def _page(request: PortalRequest, form: InterferenceForm | None = None) -> HttpResponse:
    scope = scope_for(request.user)
    reads = scope.may(Action.INTERFERENCE_READ)
    own = selector.own(request.user)
    if form is None and scope.may(Action.INTERFERENCE_RECORD):
        form = InterferenceForm(own=own)
    before = whole(request.GET.get("before")) or None
    context = {
        "form": form,
        "own": own,
        "reads": reads,
        "page": selector.register(request.user, before=before) if reads else None,
        "before": before,
        "active_nav": "interferences",
    }
    status = form.status if form is not None and form.is_bound else 200
    return render(request, "interferences.html", context, status=status)
