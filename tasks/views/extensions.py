"""延期: ask on the task's page, decide there or from the review."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accountability.access.find import find
from accountability.forms.refused import add_refusal
from accountability.http import PortalRequest
from accountability.models import Unit
from accountability.refusals import Invalid
from tasks.forms.progress import ExtensionForm
from tasks.models import Extension
from tasks.services import extensions
from tasks.views import task_detail


@require_POST
def extension_ask(request: PortalRequest, task_id: int) -> HttpResponse:
    """申请延期; a wrong form comes back on the task's page."""
    item = task_detail.found(request, task_id)
    form = ExtensionForm(request.POST, prefix="extension")
    if form.is_valid():
        unit = find(Unit.objects.visible_to(request.user), pk=form.cleaned_data["unit"])
        try:
            extensions.ask(
                by=request.get_actor(),
                item=item,
                unit=unit,
                due_wanted=form.cleaned_data["due_wanted"],
                reason=form.cleaned_data["reason"],
                on=timezone.localdate(),
            )
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已提交延期申请，审批前时限不变")
            return redirect("task_detail", task_id=item.pk)
    return task_detail.page(request, item, {"extension": form}, status=422)


@require_POST
def extension_decide(request: PortalRequest, extension_id: int) -> HttpResponse:
    """同意 or 不同意."""
    row: Extension = find(Extension.objects.visible_to(request.user), pk=extension_id)
    decided = extensions.decide(
        by=request.get_actor(),
        extension_id=row.pk,
        agree=request.POST.get("action") == "agree",
        opinion=request.POST.get("opinion", ""),
        on=timezone.localdate(),
    )
    messages.success(request, f"延期申请已审批：{decided.get_state_display()}")
    return redirect("task_detail", task_id=row.item_id)
