"""个人设置: who I am here, password, second factor, own sessions."""

from __future__ import annotations

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access.middleware import must_change
from ..field_crypto import Unsealable, seal, unseal
from ..forms.login import EnrolForm, PasswordForm
from ..forms.refused import add_refusal
from ..http import PortalRequest
from ..refusals import Invalid
from ..selectors.accounts import delegations_of, own_sessions
from ..selectors.me import own_page
from ..selectors.messages import own_contact
from ..services import accounts, second_factor, sessions
from ..services.signing_in import require_recent_factor

ENROLLING = "enrolling"  # session key: the sealed secret shown and not yet confirmed


@require_safe
def me(request: PortalRequest) -> HttpResponse:
    """Who I am here: post, roles, portfolio, factor, sessions, the way to the password page."""
    context = own_page(request.user, on=timezone.localdate()) | {
        "factor": second_factor.active(request.user),
        "sessions": own_sessions(request.user),
        "session_key": request.session.session_key,
        "delegations": delegations_of(request.user),
        "contact": own_contact(request.user),
    }
    return render(request, "me.html", context)


@require_http_methods(["GET", "POST"])
def password(request: PortalRequest) -> HttpResponse:
    """Change one's own password."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.change_password(
                request, old=form.cleaned_data["old"], new=form.cleaned_data["new"]
            )
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "密码已修改，其他位置的登录已退出。")
            return redirect("me")
    return render(
        request,
        "password.html",
        {"form": form, "must_change": must_change(request.user)},
        status=422 if form.errors else 200,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def factor(request: PortalRequest) -> HttpResponse:
    """Enrol an authenticator; a working one is first shown again.

    The new secret waits, sealed, in the session until its first right code.
    """
    if second_factor.active(request.user) is not None:
        require_recent_factor(request)
    place = f"enrolling:{request.user.pk}"
    try:
        secret = unseal(request.session.get(ENROLLING, ""), place=place)
    except Unsealable:
        secret = second_factor.new_secret()
        request.session[ENROLLING] = seal(secret, place=place)
    is_sent = request.method == "POST" and "code" in request.POST
    form = EnrolForm(
        request.POST if is_sent else None,
        needs_setup_code=second_factor.needs_setup_code(request.user),
    )
    if is_sent and form.is_valid():
        try:
            second_factor.enrol(by=request.get_actor(), secret=secret, **form.cleaned_data)
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            del request.session[ENROLLING]
            messages.success(request, "动态码已启用，下次登录时使用。")
            return redirect("me")
    shown = second_factor.enrolment(request.user, secret)
    return render(
        request,
        "factor.html",
        {
            "form": form,
            "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
            "qr": segno.make(shown.address, error="m", micro=False).svg_data_uri(scale=5),
            "is_first": second_factor.active(request.user) is None,
            "is_required": second_factor.is_required(request.user),
        },
        status=422 if form.errors else 200,
    )


@require_POST
def session_end(request: PortalRequest, session_id: int) -> HttpResponse:
    """End a session of one's own."""
    sessions.end_own(by=request.get_actor(), session_id=session_id)
    messages.success(request, "这处登录已结束。")
    return redirect("me")
