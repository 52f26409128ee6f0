"""登录、动态码、设置密码、再次确认、退出登录."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ..forms.login import CodeForm, ConfirmForm, LoginForm, SetupForm
from ..forms.refused import add_refusal
from ..http import PortalRequest
from ..refusals import Invalid
from ..services import accounts, second_factor, signing_in
from ..services.signing_in import Step
from ..session_limits import SENTENCES

AFTER = "after_login"  # session key: where the person was going


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The login page; says what is wrong and what to do."""
    if request.user.is_authenticated:
        return redirect("home")
    form = LoginForm(request.POST or None)
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            step = signing_in.sign_in(request, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, refusal.sentence)
            status = refusal.status
        else:
            return _go_on(request, step, next_page(request))
    why: Any = request.GET.get("why") or getattr(request, "ended_because", "")
    return render(
        request,
        "login.html",
        {
            "form": form,
            "next": request.POST.get("next") or request.GET.get("next", ""),
            "ended": "" if form.errors else SENTENCES.get(why, ""),
        },
        status=status if form.errors else 200,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step: the authenticator's code."""
    user = signing_in.waiting(request)
    if user is None:
        return redirect("login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            step = signing_in.enter_code(request, code=form.cleaned_data["code"])
        except Invalid as refusal:
            if isinstance(refusal.details, dict) and refusal.details.get("restart"):
                messages.error(request, refusal.sentence)
                return redirect("login")
            add_refusal(form, refusal)
        else:
            return _go_on(request, step, request.session.pop(AFTER, "home"))
    status = 422 if form.errors else 200
    return render(request, "login_code.html", {"form": form, "who": user}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def login_occupied(request: HttpRequest) -> HttpResponse:
    """A protected account is signed in elsewhere: end that, or leave it."""
    user = signing_in.waiting(request)
    if user is None:
        return redirect("login")
    if request.method == "POST":
        try:
            signing_in.take_over(request)
        except Invalid as refusal:
            messages.error(request, refusal.sentence)
            return redirect("login")
        messages.success(request, "原登录已结束，并记入审计轨迹。")
        return redirect(request.session.pop(AFTER, "home"))
    return render(
        request, "login_occupied.html", {"elsewhere": signing_in.occupied_by(user), "who": user}
    )


@never_cache
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """The first password, by a set-up code."""
    if request.user.is_authenticated:
        return redirect("home")
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            accounts.set_up(request, username=data["username"], code=data["code"], new=data["new"])
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "密码已设置，请登录。")
            return redirect("login")
    return render(request, "setup.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: PortalRequest) -> HttpResponse:
    """Show the factor (or the password) again before what matters."""
    has_factor = second_factor.active(request.user) is not None
    form = ConfirmForm(request.POST or None, has_factor=has_factor)
    if request.method == "POST" and form.is_valid():
        try:
            signing_in.confirm(request, code=form.cleaned_data["code"])
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            return redirect(next_page(request))
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return render(
        request,
        "confirm.html",
        {"form": form, "next": wanted, "has_factor": has_factor},
        status=422 if form.errors else 200,
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session and says so."""
    signing_in.sign_out(request)
    response = redirect("login")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def next_page(request: HttpRequest) -> str:
    """Where the person was going, when it is a page of this portal."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return "home"


def _go_on(request: HttpRequest, step: Step, wanted: str) -> HttpResponse:
    if step == Step.IN:
        return redirect(wanted)
    request.session[AFTER] = wanted
    return redirect("login_code" if step == Step.CODE else "login_occupied")
