"""设置 → 追责模块: whether 责任追究和谈话函询 is on; asking, confirming, shutting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ..access import Action, scope_for
from ..access.require import require
from ..door import Actor
from ..forms.duties import ReasonForm
from ..forms.module_switches import ApprovalForm
from ..http import PortalRequest
from ..models import ModuleSwitch
from ..selectors.module_switches import approvals
from ..services import module_switches as service
from .schedule import county_of
from .units import frame


@require_http_methods(["GET", "POST"])
def module(request: PortalRequest) -> HttpResponse:
    """The approval in force and those before; 系统管理员 enters one."""
    form = ApprovalForm(request.POST or None)
    if request.method == "POST":
        require(request.get_actor(), Action.MODULE_ASK)
        if form.is_valid():
            made = form.attempt(
                lambda: service.ask(by=request.get_actor(), now=timezone.now(), **form.cleaned_data)
            )
            if made is not None:
                messages.success(request, "已提交，由安全管理员核对批准文件后确认")
                return redirect("settings_module")
    return _page(request, form=form)


@require_POST
def module_confirm(request: PortalRequest) -> HttpResponse:
    """安全管理员 has seen the approval."""
    county_of(request)
    service.confirm(by=request.get_actor(), now=timezone.now())
    messages.success(request, "已启用责任追究和谈话函询")
    return redirect("settings_module")


@require_POST
def module_decline(request: PortalRequest) -> HttpResponse:
    """安全管理员 does not confirm."""
    return _with_reason(request, service.decline, "已记为不予启用")


@require_POST
def module_shut(request: PortalRequest) -> HttpResponse:
    """停用."""
    return _with_reason(request, service.shut, "已停用责任追究和谈话函询")


def _with_reason(
    request: PortalRequest, act: Callable[..., ModuleSwitch], said: str
) -> HttpResponse:
    by: Actor = request.get_actor()
    now: datetime = timezone.now()
    form = ReasonForm(request.POST)
    form.is_valid()
    form.errors.clear()
    reason = form.data.get("reason", "")[:300]
    if form.attempt(lambda: act(by=by, reason=reason, now=now)) is not None:
        messages.success(request, said)
        return redirect("settings_module")
    return _page(request, refused=form)


def _page(
    request: PortalRequest,
    *,
    form: ApprovalForm | None = None,
    refused: ReasonForm | None = None,
) -> HttpResponse:
    county = county_of(request)
    found = approvals(county)
    scope = scope_for(request.user)
    context = frame(
        request,
        "module",
        form=form or ApprovalForm(),
        current=found.current,
        past=found.past,
        may_ask=scope.may(Action.MODULE_ASK),
        may_confirm=scope.may(Action.MODULE_CONFIRM),
        may_shut=scope.may(Action.MODULE_SHUT),
        refusals=refused.non_field_errors() if refused else [],
        reason_errors=refused.errors.get("reason", []) if refused else [],
    )
    bound = refused or form
    status = bound.status if bound is not None and bound.is_bound else 200
    return render(request, "settings/module.html", context, status=status)
