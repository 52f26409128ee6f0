"""消息: one's own list, reading, and 个人设置 → 接收渠道."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..forms.messages import ContactForm
from ..http import PortalRequest
from ..selectors import messages as selector
from ..services import messages
from .units import choice, whole

STATES = {"unread": "未读", "all": "全部"}


@require_safe
def message_list(request: PortalRequest) -> HttpResponse:
    """The person's messages, newest first."""
    state = choice(request.GET.get("state"), STATES, "all")
    page = selector.inbox(
        request.user,
        only_unread=state == "unread",
        before=whole(request.GET.get("before")) or None,
    )
    return render(
        request, "messages.html", {"page": page, "state": state, "states": STATES.items()}
    )


@require_POST
def message_read(request: PortalRequest, message_id: int) -> HttpResponse:
    """Read one: on to what it speaks of, or back to the list."""
    message = messages.mark_read(by=request.get_actor(), message_id=message_id)
    return redirect(message.link or "messages")


@require_POST
def messages_read(request: PortalRequest) -> HttpResponse:
    """全部标为已读."""
    count = messages.mark_all_read(by=request.get_actor())
    flash.success(request, f"已将 {count} 条消息标为已读" if count else "没有未读消息")
    return redirect("messages")


@require_http_methods(["GET", "POST"])
def channels(request: PortalRequest) -> HttpResponse:
    """One's own choice of channels."""
    row = selector.own_contact(request.user)
    names = ("by_mail", "mail", "by_webhook", "webhook_account")
    is_sent = request.method == "POST"  # with every box left empty, a form is empty
    form = ContactForm(
        request.POST if is_sent else None,
        initial={n: getattr(row, n) for n in names} if row else None,
    )
    if is_sent and form.is_valid():
        done = form.attempt(lambda: messages.choose(by=request.get_actor(), **form.cleaned_data))
        if done is not None:
            flash.success(request, "已保存接收渠道")
            return redirect("me")
    context = {"form": form, "sends_mail": settings.MAIL_IS_SET}
    return render(request, "channels.html", context, status=form.status)
