"""What every page's chrome shows: navigation by role, county, footer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from .access.scope import Scope, scope_for
from .models import Role
from .passwords import days_left
from .selectors.messages import unread_count


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation leads to: for whoever may do one of `actions`."""

    label: str
    route: str
    actions: str


# An entry is one place, or several under one label, which their pages' tabs tell apart
# (partials/_watch_tabs.html, _sign_tabs.html): ten entries are what a line of 1366 px holds.
# It leads to the first place that the person may open, and has that one's own label where
# it is the only one.
NAVIGATION: tuple[tuple[str, tuple[Place, ...]], ...] = (
    ("工作台", (Place("工作台", "home", "own"),)),
    ("任务分解", (Place("任务分解", "assign_latest", "slot.fill"),)),
    ("任务", (Place("任务", "task_list_latest", "task.read"),)),
    (
        "督查",
        (
            Place("督查", "campaigns_latest", "campaign.read"),
            Place("督办整改", "notice_list_latest", "notice.read"),
        ),
    ),
    ("履责", (Place("履责", "duties_latest", "duty.read"),)),
    ("责任书", (Place("责任书", "letters_latest", "letter.read"),)),
    ("考核", (Place("考核", "assessments_latest", "assess.read"),)),
    (
        "签批公开",
        (
            Place("签批", "endorsements", "letter.sign dispatch.edit"),
            Place("承诺公开", "promises_latest", "promise.read"),
        ),
    ),
    (
        "追责",
        (
            Place("干预记录", "interferences", "interference"),
            Place("线索移送", "lead_transfers", "lead"),
        ),
    ),
    ("审计轨迹", (Place("审计轨迹", "audit", "trail_or_log.read"),)),
    ("设置", (Place("设置", "settings", "directory.edit account.read"),)),
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
    if user.person_id is not None and not request.headers.get("HX-Request"):
        values["has_messages"] = True
        values["unread"] = unread_count(user)
    values["role_names"] = "、".join(str(Role(r).label) for r in sorted(scope.roles))
    values["nav"] = _entries(scope)
    return values


def _entries(scope: Scope) -> list[dict[str, Any]]:
    """What the navigation shows to this person, in order."""
    entries = []
    for label, places in NAVIGATION:
        open_to = [
            place
            for place in places
            if any(scope.may(action) for action in place.actions.split()) and _url(place.route)
        ]
        if open_to:
            entries.append(
                {
                    "label": label if len(open_to) > 1 else open_to[0].label,
                    "url": _url(open_to[0].route),
                    "routes": [place.route for place in open_to],
                }
            )
    return entries


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
