"""Fail closed: every route has a row in ROUTE_POLICY, every page but the public ones a login."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.module_loading import import_string

from ..passwords import days_left
from ..refusals import NotAllowed, NotFound, Refusal
from ..services import second_factor
from .actions import MODULE_ACTIONS, Action
from .scope import scope_for


@cache
def route_policy() -> Mapping[str, Action]:
    """The table of routes, named by settings so that apps need not import config."""
    table: Mapping[str, Action] = import_string(settings.ROUTE_POLICY)
    return table


# What can be opened while the password must be changed, or the factor be enrolled.
FREE_WHILE_PASSWORD_IS_OLD = frozenset({"password", "logout", "static"})
FREE_WITHOUT_FACTOR = FREE_WHILE_PASSWORD_IS_OLD | {"factor"}


def must_change(user: Any) -> bool:
    """Whether the password is the first, or older than the rules allow."""
    left = days_left(user, most=settings.PASSWORD_MAX_DAYS)
    return bool(user.must_change_password) or (left is not None and left <= 0)


class RoutePolicyMiddleware:
    """Looks up the route's action before the view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        # Django shows exceptions of process_view to no process_exception.
        try:
            return self.gate(request)
        except Refusal as refusal:
            from ..middleware import refuse

            return refuse(request, refusal)

    def gate(self, request: HttpRequest) -> HttpResponse | None:
        """None lets the view run; a response or a refusal does not."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        action = route_policy().get(route or "")
        if action is None:
            raise NotFound
        if action == Action.PUBLIC:
            return None
        if not request.user.is_authenticated:
            return self.to_login(request)
        if route not in FREE_WHILE_PASSWORD_IS_OLD and must_change(request.user):
            return self.redirect(request, reverse("password"))
        if (
            route not in FREE_WITHOUT_FACTOR
            and second_factor.is_required(request.user)
            and second_factor.active(request.user) is None
        ):
            return self.redirect(request, reverse("factor"))
        # Off, the module does not exist: not even as something that one may not do.
        if action in MODULE_ACTIONS and not scope_for(request.user).has_module:
            raise NotFound
        if not scope_for(request.user).may(action):
            raise NotAllowed("本账号没有这项权限，可联系本单位负责人或系统管理员核对角色。")
        return None

    def to_login(self, request: HttpRequest) -> HttpResponse:
        """An expired session must not put the login page into a fragment."""
        why = getattr(request, "ended_because", "")
        if getattr(request, "htmx", False) or request.headers.get("Accept") == "application/json":
            return self.redirect(request, reverse("login") + (f"?why={why}" if why else ""))
        # After a POST there is nothing to come back to but the page it was sent from.
        back = request.get_full_path() if request.method in ("GET", "HEAD") else ""
        answer = redirect_to_login(back, reverse("login")) if back else redirect("login")
        if why:
            joint = "&" if "?" in answer["Location"] else "?"
            answer["Location"] += f"{joint}why={why}"
        return answer

    def redirect(self, request: HttpRequest, url: str) -> HttpResponse:
        if getattr(request, "htmx", False):
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        if request.headers.get("Accept") == "application/json":
            return HttpResponse(
                '{"error":"登录已失效，请重新登录。"}',
                status=401,
                content_type="application/json",
            )
        return HttpResponse(status=302, headers={"Location": url})
