"""What every page's chrome shows: navigation by role, county, footer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from .access.scope import scope_for
from .models import Role
from .passwords import days_left

# (label, route, actions): shown to whoever may do one of the actions, in this order.
NAVIGATION = (
    ("工作台", "home", "own"),
    ("任务分解", "assign_latest", "slot.fill"),
    ("任务", "task_list_latest", "task.read"),
    ("责任书", "letters_latest", "letter.read"),
    ("审计轨迹", "audit", "trail_or_log.read"),
    ("设置", "settings", "directory.edit account.read"),
)
FONT_SIZES = ("std", "lg", "xl")


def chrome(request: HttpRequest) -> dict[str, Any]:
    """The chrome's data; on the login and error pages there may be no user."""
    user = getattr(request, "user", None)
    match = getattr(request, "resolver_match", None)
    values: dict[str, Any] = {
        "portal_name": settings.PORTAL_NAME,
        "portal_full_name": settings.PORTAL_FULL_NAME,
        "secrecy_notice": settings.SECRECY_NOTICE,
        "is_demo": settings.DEMO,
        "today": timezone.localdate(),
        "county": None,
        "nav": [],
        "active_route": match.view_name if match else "",
        "font_size": font_size(request),
    }
    if user is None or not user.is_authenticated:
        return values
    scope = scope_for(user)
    values["scope"] = scope
    if not values["font_size"] and Role.LEADER in scope.roles:
        values["font_size"] = "lg"
    left = days_left(user, most=settings.PASSWORD_MAX_DAYS)
    if left is not None and 0 < left <= settings.PASSWORD_WARN_DAYS:
        values["password_days_left"] = left
    values["county"] = user.county
    values["role_names"] = "、".join(str(Role(r).label) for r in sorted(scope.roles))
    values["nav"] = [
        {"label": label, "url": url, "route": route}
        for label, route, actions in NAVIGATION
        if any(scope.may(action) for action in actions.split()) and (url := _url(route))
    ]
    return values


def font_size(request: HttpRequest) -> str:
    """字号 as the person chose it on this machine; "" where nothing was chosen.

    A cookie and not the browser's storage: signing out clears the storage, and
    the page comes in the right size from its first byte.
    """
    chosen = request.COOKIES.get("fs", "")
    return chosen if chosen in FONT_SIZES else ""


def _url(route: str) -> str:
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""
