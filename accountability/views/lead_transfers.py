"""线索移送: the register, handing over, receiving, answering."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ..forms.lead_transfers import TransferForm
from ..http import PortalRequest
from ..models import TransferResult
from ..selectors import lead_transfers as selector
from ..services import lead_transfers as service
from .units import whole


@require_safe
def lead_transfers(request: PortalRequest) -> HttpResponse:
    """What the own units handed over and were handed."""
    return _page(request)


@require_POST
def lead_hand_over(request: PortalRequest) -> HttpResponse:
    """登记移送."""
    found = selector.register(request.user, before=None)
    form = TransferForm(request.POST, senders=found.senders, receivers=found.receivers)
    if form.is_valid():
        data = form.cleaned_data
        made = form.attempt(
            lambda: service.hand_over(
                by=request.get_actor(),
                from_unit_id=data["from_unit"],
                to_unit_id=data["to_unit"],
                handed_on=data["handed_on"],
                now=timezone.now(),
            )
        )
        if made is not None:
            messages.success(request, f"已登记移送，编号 {made.number}")
            return redirect("lead_transfers")
    return _page(request, form)


@require_POST
def lead_receive(request: PortalRequest, transfer_id: int) -> HttpResponse:
    """签收."""
    service.receive(by=request.get_actor(), transfer_id=transfer_id, now=timezone.now())
    messages.success(request, "已签收")
    return redirect("lead_transfers")


@require_POST
def lead_answer(request: PortalRequest, transfer_id: int) -> HttpResponse:
    """反馈结果."""
    service.answer(
        by=request.get_actor(),
        transfer_id=transfer_id,
        result=request.POST.get("result", ""),
        now=timezone.now(),
    )
    messages.success(request, "已反馈办理结果")
    return redirect("lead_transfers")


@require_POST
def lead_withdraw(request: PortalRequest, transfer_id: int) -> HttpResponse:
    """撤回."""
    service.withdraw(by=request.get_actor(), transfer_id=transfer_id, now=timezone.now())
    messages.success(request, "已撤回")
    return redirect("lead_transfers")


def _page(request: PortalRequest, form: TransferForm | None = None) -> HttpResponse:
    before = whole(request.GET.get("before")) or None
    found = selector.register(request.user, before=before)
    if form is None and found.senders:
        initial = {"from_unit": found.senders[0].pk} if len(found.senders) == 1 else {}
        form = TransferForm(senders=found.senders, receivers=found.receivers, initial=initial)
    context = {
        "form": form,
        "page": found,
        "before": before,
        "results": TransferResult.choices,
        "active_nav": "lead_transfers",
    }
    status = form.status if form is not None and form.is_bound else 200
    return render(request, "lead_transfers.html", context, status=status)
