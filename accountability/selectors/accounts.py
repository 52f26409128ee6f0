"""What the pages of accounts show; the same number of queries whatever the number of rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone

from ..models import (
    AccountSession,
    Delegation,
    Role,
    RoleGrant,
    SecondFactor,
    SetupCode,
    Tenure,
    User,
)
from ..models.dated import holds_on
from .dormant import dormant
from .object_trail import events_of_account, inline

PAGE = 50
STATES = {
    "": "全部",
    "active": "启用",
    "disabled": "已停用",
    "locked": "已锁定",
    "none": "未授角色",
    "dormant": "长期未登录",
}


def page(viewer: User, *, words: str, role: str, state: str, after: str) -> dict[str, Any]:
    """One page of accounts by name, keyset on the name."""
    now, today = timezone.now(), timezone.localdate()
    users = User.objects.visible_to(viewer)
    if words:
        users = users.filter(
            Q(username__icontains=words)
            | Q(person__name__icontains=words)
            | Q(person__pinyin__icontains=words.lower())
            | Q(person__initials__icontains=words.lower())
        )
    held = RoleGrant.objects.filter(holds_on(today), user=OuterRef("pk"))
    if role:
        users = users.filter(Exists(held.filter(role=role)))
    if state == "active":
        users = users.filter(is_active=True)
    elif state == "disabled":
        users = users.filter(is_active=False)
    elif state == "none":
        users = users.filter(~Exists(held))
    elif state == "dormant":
        users = dormant(users, now=now)
    elif state == "locked":
        users = users.filter(
            Q(username__in=list(locked_names(now)))
            | Exists(SecondFactor.objects.filter(user=OuterRef("pk"), locked_until__gt=now))
        )
    if after:
        users = users.filter(username__gt=after)
    found = list(users.select_related("person").order_by("username")[: PAGE + 1])
    shown = found[:PAGE]
    return {
        "rows": rows(shown, now=now, today=today),
        "more": shown[-1].username if len(found) > PAGE else "",
    }


def rows(users: list[User], *, now: datetime, today: date) -> list[dict[str, Any]]:
    """The accounts with their roles, posts, factor, session and locks."""
    ids = [user.pk for user in users]
    grants: dict[int, list[RoleGrant]] = defaultdict(list)
    for grant in (
        RoleGrant.objects.filter(holds_on(today), user_id__in=ids)
        .select_related("unit")
        .order_by("id")
    ):
        grants[grant.user_id].append(grant)
    posts: dict[int, str] = {}
    people = [user.person_id for user in users if user.person_id]
    for tenure in (
        Tenure.objects.filter(holds_on(today), person_id__in=people)
        .select_related("post__unit")
        .order_by("post__precedence", "id")
    ):
        posts.setdefault(tenure.person_id, f"{tenure.post.unit.name} {tenure.post.title}")
    factors = {
        f.user_id: f for f in SecondFactor.objects.filter(user_id__in=ids, ended_at__isnull=True)
    }
    sessions = {s.user_id: s for s in AccountSession.objects.open().filter(user_id__in=ids)}
    waiting = {
        c.user_id: c
        for c in SetupCode.objects.filter(
            user_id__in=ids, used_at__isnull=True, ended_at__isnull=True, expires_at__gt=now
        )
    }
    asleep = set(dormant(User.objects.filter(pk__in=ids), now=now).values_list("pk", flat=True))
    locked = locked_names(now, [user.username for user in users])
    return [
        {
            "user": user,
            "post": posts.get(user.person_id or 0, ""),
            "grants": grants[user.pk],
            "factor": factors.get(user.pk),
            "session": _holding(sessions.get(user.pk), now),
            "waiting": waiting.get(user.pk),
            "is_dormant": user.pk in asleep,
            "is_locked": user.username in locked or _is_locked(factors.get(user.pk), now),
        }
        for user in users
    ]


def locked_names(now: datetime, names: list[str] | None = None) -> set[str]:
    """Names that axes has closed from at least one address."""
    attempts = AccessAttempt.objects.filter(attempt_time__gt=now - settings.AXES_COOLOFF_TIME)
    if names is not None:
        attempts = attempts.filter(username__in=names)
    return set(
        attempts.values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
        .order_by()
        .values_list("username", flat=True)
    )


def account(viewer: User, user: User) -> dict[str, Any]:
    """One account's page."""
    now, today = timezone.now(), timezone.localdate()
    [row] = rows([user], now=now, today=today)
    return row | {
        "account": user,
        "all_grants": list(
            RoleGrant.objects.filter(user=user)
            .select_related("unit", "witness")
            .order_by("-valid_from", "-id")
        ),
        "sessions": list(AccountSession.objects.filter(user=user)[:5]),
        "delegations": delegations_of(user),
        "trail": inline(viewer, "account", user.pk, events_of_account(viewer, user)),
        "today_day": today,
    }


def delegations_of(user: User) -> list[Delegation]:
    """What the account's person hands over or looks after, now or later."""
    if not user.person_id:
        return []
    return list(
        Delegation.objects.filter(Q(delegate=user.person_id) | Q(delegator=user.person_id))
        .filter(valid_to__gt=timezone.localdate())
        .select_related("post__unit", "delegate", "delegator")
    )


def delegations(county_id: int | None) -> list[Delegation]:
    """The county's delegations that hold now or later, and the last twenty that ended."""
    today = timezone.localdate()
    known = Delegation.objects.filter(county_id=county_id).select_related(
        "post__unit", "delegate", "delegator"
    )
    return [*known.filter(valid_to__gt=today), *known.filter(valid_to__lte=today)[:20]]


def own_sessions(user: User) -> list[AccountSession]:
    """The sessions of one's own account, the latest ten."""
    return list(AccountSession.objects.filter(user=user)[:10])


def roles() -> list[tuple[str, str]]:
    """Roles for the filter."""
    return [(value, str(label)) for value, label in Role.choices]


def _holding(session: AccountSession | None, now: datetime) -> AccountSession | None:
    if session is None or now - session.started_at > settings.SESSION_ABSOLUTE:
        return None
    return session if now - session.last_seen_at <= settings.SESSION_IDLE else None


def _is_locked(factor: SecondFactor | None, now: datetime) -> bool:
    return bool(factor and factor.locked_until and factor.locked_until > now)
