"""内部分工: a unit's share of a task on its 科室 and persons, and what these report."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accountability.access import scope_for
from accountability.access.find import find
from accountability.forms.refused import add_refusal
from accountability.http import PortalRequest
from accountability.models import Unit
from accountability.refusals import Invalid, NotAllowed, WrongState
from tasks.forms.progress import ShareForm, ShareReportForm
from tasks.models import Share, TaskItem
from tasks.selectors import shares as selector
from tasks.services import shares
from tasks.services.shares import Plan


@require_http_methods(["GET", "POST"])
def task_shares(request: PortalRequest, task_id: int, unit_id: int) -> HttpResponse:
    """The shares of one unit, and the form for one more."""
    item = find(
        TaskItem.objects.visible_to(request.user, item=task_id).select_related("county"),
        pk=task_id,
    )
    if unit_id not in scope_for(request.user).unit_ids:
        raise NotAllowed("只能分解本单位承担的任务。")
    unit = find(Unit.objects.visible_to(request.user), pk=unit_id)
    today = timezone.localdate()
    form = ShareForm(request.POST or None, carriers=selector.carriers(unit, on=today))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            carrier = form.cleaned_data["carrier"]
            plan = Plan(
                text=form.cleaned_data["text"],
                section_id=int(carrier[1:]) if carrier[0] == "s" else None,
                person_id=int(carrier[1:]) if carrier[0] == "p" else None,
                due_on=form.cleaned_data["due_on"],
            )
            try:
                row = shares.add(by=request.get_actor(), item=item, unit=unit, plan=plan, on=today)
            except (Invalid, WrongState) as refusal:
                add_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, f"已分给{row.carrier}：{row.text}")
                return redirect("task_shares", task_id=item.pk, unit_id=unit.pk)
    context = selector.page(request.user, item, unit)
    context |= {"item": item, "unit": unit, "form": form, "active_nav": "task_list_latest"}
    return render(request, "task_shares.html", context, status=status)


@require_POST
def share_report(request: PortalRequest, share_id: int) -> HttpResponse:
    """报分工进展, from the page of the shares or from 工作台; 取消分工 with a reason."""
    row: Share = find(
        Share.objects.visible_to(request.user).select_related("item", "unit"), pk=share_id
    )
    form = ShareReportForm(request.POST)
    by = request.get_actor()
    if request.POST.get("action") == "drop":
        given = request.POST.get("version", "")
        version = int(given) if given.isdecimal() and len(given) < 10 else 0
        shares.drop(by=by, share_id=row.pk, reason=request.POST.get("reason", ""), version=version)
        messages.success(request, f"已取消分工：{row.text}")
    elif form.is_valid():
        shares.report(
            by=by,
            share_id=row.pk,
            percent=form.cleaned_data["percent"],
            note=form.cleaned_data["note"],
            version=form.cleaned_data["version"],
        )
        messages.success(request, f"已保存分工进展：{row.text}")
    else:
        raise Invalid("完成比例填 0 至 100 的整数，办理情况不超过 1000 字，请改正后再保存。")
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect(reverse("task_shares", args=[row.item_id, row.unit_id]))
