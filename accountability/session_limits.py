"""Ends a session that was idle or open too long, before anything else looks at it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from .models import EndedBecause
from .services import sessions

# What the login page says to somebody whose session is gone.
SENTENCES = {
    EndedBecause.IDLE: "长时间未操作，登录已结束，请重新登录。",
    EndedBecause.ABSOLUTE: "登录已满 8 小时，请重新登录。",
    EndedBecause.REPLACED: (
        "该账号已在别处登录，这里的登录已结束。如非本人操作，请立即联系安全管理员。"
    ),
    EndedBecause.ENDED_SELF: "这处登录已由本人在别处结束，请重新登录。",
    EndedBecause.ENDED: "登录已由安全管理员结束，请重新登录；原因可向安全管理员了解。",
    EndedBecause.DISABLED: "账号已停用，可联系系统管理员。",
    EndedBecause.PASSWORD: "密码已修改或重置，请用新密码登录。",
    EndedBecause.FACTOR: "动态码已重新登记，请重新登录。",
}


class SessionLimitsMiddleware:
    """`request.ended_because`: why the session that the browser still names is gone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(settings.NAMELESS_PATHS):
            # Who comes here is nobody, whoever is signed in beside it: no session is
            # looked at, none is noted as used, no refusal is put down to a person.
            request.user = AnonymousUser()
            request.ended_because = ""  # type: ignore[attr-defined]
            return self.get_response(request)
        why = ""
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if request.user.is_authenticated:
            why = sessions.check(request)
            if why:
                request.user = AnonymousUser()
        elif key and len(key) <= 40:
            why = sessions.why_ended(key)
        request.ended_because = why  # type: ignore[attr-defined]
        return self.get_response(request)
