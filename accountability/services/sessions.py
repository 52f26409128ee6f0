"""Sessions of accounts: one open for an account, ended by idleness, age, or somebody."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from ..access import Action, scope_for
from ..access.find import find
from ..access.require import require
from ..actors import actor_of, client_address
from ..door import Act, Actor, acting
from ..models import ADMINISTRATORS, AccountSession, EndedBecause, Role, User
from ..refusals import Conflict

# How stale `last_seen_at` may be: a page of many requests writes once.
TOUCH = timedelta(seconds=30)
# Asked for by a script while nobody need be there.
PASSIVE_ROUTES = frozenset({"job", "audit_integrity"})
# A new login does not simply push these out (security.md 3.4).
PROTECTED = ADMINISTRATORS | {Role.INSPECTOR}
# Chromium-based browsers of the field name themselves last.
BROWSERS = (
    (r"360SE|360EE|QIHU", "360 浏览器"),
    (r"QQBrowser", "QQ 浏览器"),
    (r"UOS|UBrowser", "统信浏览器"),
    (r"Edg/", "Edge"),
    (r"Firefox/", "Firefox"),
    (r"Chrome/", "Chrome 内核浏览器"),
    (r"Safari/", "Safari"),
)


def browser_name(request: HttpRequest) -> str:
    """The browser in a word that its user knows; the full string is not kept."""
    agent = request.headers.get("User-Agent", "")
    return next((name for pattern, name in BROWSERS if re.search(pattern, agent)), "")


def idle_limit(user: User) -> timedelta:
    """How long `user` may be away from the keyboard."""
    if scope_for(user).roles & ADMINISTRATORS:
        return settings.SESSION_IDLE_ADMINISTRATOR
    return settings.SESSION_IDLE


def is_protected(user: User) -> bool:
    """Whether a new login may not push out the open one without the second factor."""
    return bool(scope_for(user).roles & PROTECTED)


def spent(row: AccountSession, user: User, *, now: datetime) -> str:
    """Why an open session holds no longer, "" while it holds."""
    if now - row.started_at > settings.SESSION_ABSOLUTE:
        return EndedBecause.ABSOLUTE
    if now - row.last_seen_at > idle_limit(user):
        return EndedBecause.IDLE
    return ""


def open_of(user: User) -> AccountSession | None:
    """The session in which `user` is signed in now, if it holds."""
    row = AccountSession.objects.open().filter(user=user).first()
    return None if row is None or spent(row, user, now=timezone.now()) else row


def begin(request: HttpRequest, *, user: User) -> None:
    """Note the session that `login()` has just made; an older one ends with an event."""
    now = timezone.now()
    if not request.session.session_key:
        request.session.create()  # login() over another account's session flushed the id
    if AccountSession.objects.filter(session_key=request.session.session_key).exists():
        request.session.cycle_key()  # the same account anew: login() kept the id
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        former = AccountSession.objects.open().filter(user=user).first()
        if former is not None:
            why = spent(former, user, now=now) or EndedBecause.REPLACED
            by = actor_of(request) if hasattr(request, "user") else Actor.system("login")
            with acting(by=by) as act:
                _end(act, former, because=why)
        AccountSession.objects.create(
            user=user,
            session_key=request.session.session_key,
            address=client_address(request),
            browser=browser_name(request),
            started_at=now,
            last_seen_at=now,
        )


def check(request: HttpRequest) -> str:
    """ "" while the request's session holds (and note its use); else why it ended."""
    user: Any = request.user
    row = AccountSession.objects.filter(
        session_key=request.session.session_key, user_id=user.pk
    ).first()
    if row is None or row.ended_at is not None:
        request.session.flush()
        return (row.ended_because if row else "") or EndedBecause.ENDED
    now = timezone.now()
    why = spent(row, user, now=now)
    if why:
        with acting(by=actor_of(request)) as act:
            _end(act, row, because=why)
        request.session.flush()
        request.user = AnonymousUser()
        return why
    if now - row.last_seen_at > TOUCH and not _is_passive(request):
        AccountSession.objects.open().filter(pk=row.pk).update(last_seen_at=now)
    return ""


def _is_passive(request: HttpRequest) -> bool:
    from django.urls import Resolver404, resolve

    if "HX-Request" not in request.headers:
        return False
    try:
        return resolve(request.path_info).view_name in PASSIVE_ROUTES
    except Resolver404:
        return False


def why_ended(session_key: str) -> str:
    """Why the session of a browser that comes back ended; "" when it is not known."""
    row = (
        AccountSession.objects.filter(session_key=session_key, ended_at__isnull=False)
        .only("ended_because")
        .first()
    )
    return row.ended_because if row else ""


def rotate(request: HttpRequest) -> None:
    """A new session id at login and at each confirmation; what the session knows stays."""
    follow(request, request.session.session_key, lambda: request.session.cycle_key())


def follow(request: HttpRequest, former: str | None, change: Any) -> None:
    """Run `change`, which renews the session id, and note the new one."""
    change()
    AccountSession.objects.open().filter(session_key=former).update(
        session_key=request.session.session_key
    )


def leave(request: HttpRequest) -> None:
    """Note that the request's own session is being signed out."""
    AccountSession.objects.open().filter(session_key=request.session.session_key).update(
        ended_at=timezone.now(), ended_because=EndedBecause.LOGOUT
    )


def end_all(act: Act, user: User, *, because: str, but: str | None = None) -> int:
    """End the open sessions of `user` at once, but the one with key `but`; how many."""
    rows = list(AccountSession.objects.open().filter(user=user).exclude(session_key=but or ""))
    for row in rows:
        _end(act, row, because=because)
    return len(rows)


def end_own(*, by: Actor, session_id: int) -> None:
    """A person ends a session of his own account."""
    require(by, Action.OWN)
    with acting(by=by) as act:
        mine = AccountSession.objects.select_for_update().filter(user=by.user)
        row = find(mine, pk=session_id)
        if row.ended_at is not None:
            raise Conflict("这处登录已经结束。")
        _end(act, row, because=EndedBecause.ENDED_SELF)


def end_of(*, by: Actor, user_id: int, reason: str) -> int:
    """The security administrator ends all sessions of an account."""
    with acting(by=by, reason=reason) as act:
        require(by, Action.ROLE_GRANT)
        assert by.user is not None
        user = find(User.objects.visible_to(by.user).select_for_update(of=("self",)), pk=user_id)
        number = end_all(act, user, because=EndedBecause.ENDED)
        if not number:
            raise Conflict("该账号当前没有登录，不必结束。")
    return number


def _end(act: Act, row: AccountSession, *, because: str) -> None:
    row.ended_at = timezone.now()
    row.ended_because = because
    row.save(update_fields=["ended_at", "ended_because"])
    _store()(row.session_key).delete()
    place = f"（{row.address}）" if row.address else ""
    act.record(
        "session.end",
        row.user,
        summary=f"结束 {row.user.display_name} 的登录{place}：{EndedBecause(because).label}",
        county=row.user.county,
    )


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore
