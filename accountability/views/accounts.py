"""设置 → 账号与权限: accounts, roles, delegations, and why somebody sees something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ..access import Action, scope_for, why
from ..access.find import find
from ..forms.accounts import (
    AccountForm,
    DelegationForm,
    FactorAnewForm,
    GrantEndForm,
    GrantForm,
    ReasonForm,
    WhyForm,
)
from ..forms.refused import add_refusal
from ..http import PortalRequest
from ..models import ADMINISTRATORS, Delegation, RoleGrant, User
from ..refusals import NotAllowed, NotFound, Refusal
from ..selectors import accounts as selector
from ..services import accounts, delegations, grants, second_factor, sessions
from ..services.signing_in import require_recent_factor


def _common(request: PortalRequest) -> dict[str, Any]:
    scope = scope_for(request.user)
    return {
        "tab": "accounts",
        "active_nav": "account_list",
        "may_manage": scope.may(Action.ACCOUNT_MANAGE),
        "may_grant": scope.may(Action.ROLE_GRANT),
    }


def _account(request: PortalRequest, account_id: int) -> User:
    user: User = find(
        User.objects.visible_to(request.user).select_related("person", "county"), pk=account_id
    )
    return user


@require_safe
def account_list(request: PortalRequest) -> HttpResponse:
    """Accounts with roles, factor, session and locks; delegations below."""
    values = {k: request.GET.get(k, "")[:40] for k in ("words", "role", "state", "after")}
    if values["state"] not in selector.STATES:
        values["state"] = ""
    context = _common(request) | values | selector.page(request.user, **values)
    if request.htmx and not request.htmx.boosted:
        return render(request, "settings/_account_rows.html", context)
    context |= {
        "roles": selector.roles(),
        "states": selector.STATES.items(),
        "delegations": selector.delegations(request.user.county_id),
    }
    return render(request, "settings/accounts.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def account_new(request: PortalRequest) -> HttpResponse:
    """A new account; its set-up code is shown once, on the answer to this POST."""
    form = AccountForm(request.POST or None, county_id=request.user.county_id)
    if request.method == "POST" and form.is_valid():
        try:
            user, code = accounts.create_with_code(
                by=request.get_actor(), county=request.user.county, **form.cleaned_data
            )
        except Refusal as refusal:
            _beside_the_form(form, refusal)
        else:
            return _show_code(request, user, code, "账号已建立，角色由安全管理员授予。")
    return _form_page(
        request,
        form,
        title="新建账号",
        submit="新建并生成设置码",
        note="建立后显示一次性设置码，交本人设置密码；系统管理员不掌握密码，也不授予角色。",
        back=reverse("account_list"),
    )


@require_safe
def account_edit(request: PortalRequest, account_id: int) -> HttpResponse:
    """One account: what it is, what it may, where it is signed in, what was done to it."""
    user = _account(request, account_id)
    context = _common(request) | selector.account(request.user, user)
    context["is_own"] = second_factor.is_same(user, request.user)
    context["may_enrol_anew"] = second_factor.is_guardian(by=request.get_actor(), user=user)
    return render(request, "settings/accounts_one.html", context)


@require_http_methods(["GET", "POST"])
def account_disable(request: PortalRequest, account_id: int) -> HttpResponse:
    """停用, or 启用 where it is disabled."""
    user = _account(request, account_id)
    word = "停用" if user.is_active else "启用"
    wanted = request.POST.get("to", "0" if user.is_active else "1") == "1"
    return _act(
        request,
        user,
        ReasonForm(request.POST or None),
        lambda data: accounts.set_active(
            by=request.get_actor(), user_id=user.pk, is_active=wanted, reason=data["reason"]
        ),
        title=f"{word}账号",
        note="停用后该账号的登录立即结束，不能再登录；任务、记录和授权都保留。"
        if user.is_active
        else "启用后该账号可以登录，原有角色在有效期内继续有效。",
        done=f"账号已{word}。",
        is_danger=user.is_active,
        hidden={"to": "0" if user.is_active else "1"},
    )


@never_cache
@require_http_methods(["GET", "POST"])
def account_reset(request: PortalRequest, account_id: int) -> HttpResponse:
    """Take the password away and show a set-up code once."""
    user = _account(request, account_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, code = accounts.reset(
                by=request.get_actor(), user_id=user.pk, **form.cleaned_data
            )
        except Refusal as refusal:
            _beside_the_form(form, refusal)
        else:
            return _show_code(request, user, code, "原密码已失效，该账号的登录已结束。")
    return _form_page(
        request,
        form,
        title=f"重置密码：{_named(user)}",
        submit="重置并生成设置码",
        note="重置后原密码立即失效，登录结束。设置码只显示一次，交本人设置新密码；动态码不变。",
        back=reverse("account_edit", args=[user.pk]),
        is_danger=True,
    )


@require_http_methods(["GET", "POST"])
def account_unlock(request: PortalRequest, account_id: int) -> HttpResponse:
    """Forget the failures."""
    user = _account(request, account_id)
    return _act(
        request,
        user,
        ReasonForm(request.POST or None),
        lambda data: accounts.unlock(by=request.get_actor(), user_id=user.pk, **data),
        title="解锁账号",
        note="解锁前请核实确为本人。连续 5 次未通过会再次锁定 30 分钟。",
        done="账号已解锁。",
    )


@require_http_methods(["GET", "POST"])
def account_sessions_end(request: PortalRequest, account_id: int) -> HttpResponse:
    """End all sessions of the account."""
    user = _account(request, account_id)
    return _act(
        request,
        user,
        ReasonForm(request.POST or None),
        lambda data: sessions.end_of(by=request.get_actor(), user_id=user.pk, **data),
        title="结束登录",
        note="该账号的登录立即结束，可重新登录。",
        done="该账号的登录已结束。",
        is_danger=True,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def account_factor_anew(request: PortalRequest, account_id: int) -> HttpResponse:
    """Let somebody enrol a new authenticator, with a second administrator beside."""
    user = _account(request, account_id)
    second_factor.require_guardian(by=request.get_actor(), user=user)
    require_recent_factor(request)
    form = FactorAnewForm(request.POST if "reason" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            user, code = second_factor.let_enrol_anew(
                by=request.get_actor(), user_id=user.pk, **form.cleaned_data
            )
        except Refusal as refusal:
            _beside_the_form(form, refusal)
        else:
            return _show_code(
                request, user, code, "原动态码已停用，该账号的登录已结束。", is_factor=True
            )
    return _form_page(
        request,
        form,
        title=f"重新开放动态码登记：{_named(user)}",
        submit="停用原动态码并生成设置码",
        note="须本人到场核实身份，并由第二名管理员在场确认。",
        back=reverse("account_edit", args=[user.pk]),
        is_danger=True,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def grant_new(request: PortalRequest, account_id: int) -> HttpResponse:
    """授予角色."""
    user = _account(request, account_id)
    require_recent_factor(request)
    form = GrantForm(request.POST if "role" in request.POST else None, county_id=user.county_id)
    return _act(
        request,
        user,
        form,
        lambda data: grants.grant(
            by=request.get_actor(),
            user=user,
            role=data["role"],
            unit=data["unit"],
            valid_from=data["valid_from"],
            valid_to=form.valid_to(),
            reason=data["reason"],
            witness=data["witness"],
            witness_code=data["witness_code"],
        ),
        title="授予角色",
        note="系统、安全、审计管理员不得兼任其他角色，授予时须有第二名管理员在场。",
        done="角色已授予，即刻生效。",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def grant_end(request: PortalRequest, grant_id: int) -> HttpResponse:
    """收回角色."""
    row: RoleGrant = find(
        RoleGrant.objects.filter(user__in=User.objects.visible_to(request.user)).select_related(
            "user__person", "unit"
        ),
        pk=grant_id,
    )
    require_recent_factor(request)
    form = GrantEndForm(
        request.POST if "reason" in request.POST else None,
        is_administrator=row.role in ADMINISTRATORS,
    )
    return _act(
        request,
        row.user,
        form,
        lambda data: grants.end(by=request.get_actor(), grant_id=row.pk, **data),
        title=f"收回角色“{row.get_role_display()}”",
        note="从今日起失去该角色，已打开的页面同样失效。",
        done="角色已收回，即刻生效。",
        is_danger=True,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def delegation_new(request: PortalRequest) -> HttpResponse:
    """登记代管."""
    require_recent_factor(request)
    form = DelegationForm(
        request.POST if "post" in request.POST else None, county_id=request.user.county_id
    )
    return _act(
        request,
        None,
        form,
        lambda data: delegations.begin(
            by=request.get_actor(),
            post=data["post"],
            delegate=data["delegate"],
            valid_from=data["valid_from"],
            valid_to=form.valid_to(),  # type: ignore[arg-type]
            order_number=data["order_number"],
            reason=data["reason"],
        ),
        title="登记代管",
        note="代管期间代管人可办理该职务的任务，姓名后注明代何人；签署责任书和背书不能代。",
        done="代管已登记。",
    )


@require_http_methods(["GET", "POST"])
def delegation_end(request: PortalRequest, delegation_id: int) -> HttpResponse:
    """结束代管."""
    row: Delegation = find(
        Delegation.objects.filter(county_id=request.user.county_id).select_related("post__unit"),
        pk=delegation_id,
    )
    return _act(
        request,
        None,
        ReasonForm(request.POST or None),
        lambda data: delegations.end(by=request.get_actor(), delegation_id=row.pk, **data),
        title=f"结束代管：{row}",
        note="从今日起代管人不再办理该职务的任务。",
        done="代管已结束。",
        is_danger=True,
    )


@require_safe
def why_visible(request: PortalRequest) -> HttpResponse:
    """为什么能看到、不能看到: an account × an object, by the rules of the lists."""
    form = WhyForm(request.GET or None, kinds=why.kinds())
    found = account = None
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        account = User.objects.visible_to(request.user).filter(username=data["account"]).first()
        if account is None:
            form.add_error("account", "没有这个账号，请核对用户名")
        else:
            found = why.explain(
                data["kind"], account, data["number"], county_id=request.user.county_id
            )
            if found is None:
                form.add_error("number", "本县没有这个编号的对象，请核对")
    return render(
        request,
        "settings/accounts_why.html",
        _common(request) | {"form": form, "found": found, "account": account},
        status=422 if form.errors else 200,
    )


def _act(
    request: PortalRequest,
    user: User | None,
    form: forms.Form,
    call: Callable[[dict[str, Any]], Any],
    *,
    title: str,
    note: str,
    done: str,
    is_danger: bool = False,
    hidden: dict[str, str] | None = None,
) -> HttpResponse:
    """One form, one service, back to the account (or the list)."""
    back = reverse("account_edit", args=[user.pk]) if user else reverse("account_list")
    if form.is_bound and form.is_valid():
        try:
            call(form.cleaned_data)
        except Refusal as refusal:
            _beside_the_form(form, refusal)
        else:
            messages.success(request, done)
            return redirect(back)
    full = f"{title}：{_named(user)}" if user else title
    return _form_page(
        request,
        form,
        title=full,
        submit=title.split("“")[0].split("：")[0],
        note=note,
        back=back,
        is_danger=is_danger,
        hidden=hidden,
    )


def _named(user: User) -> str:
    return f"{user.username}（{user.person.name}）" if user.person else user.username


def _beside_the_form(form: forms.Form, refusal: Refusal) -> None:
    """What the person can put right goes beside the form; the rest has pages of its own."""
    if isinstance(refusal, NotFound | NotAllowed):
        raise refusal
    add_refusal(form, refusal)


def _form_page(request: PortalRequest, form: forms.Form, **context: Any) -> HttpResponse:
    return render(
        request,
        "settings/accounts_form.html",
        _common(request) | {"form": form} | context,
        status=422 if form.errors else 200,
    )


def _show_code(
    request: PortalRequest, user: User, code: str, done: str, *, is_factor: bool = False
) -> HttpResponse:
    return render(
        request,
        "settings/accounts_code.html",
        _common(request) | {"account": user, "code": code, "done": done, "is_factor": is_factor},
    )
