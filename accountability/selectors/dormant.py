"""长期未登录: accounts that nobody used for the set number of days (security.md 3.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from ..models import AccountSession, Role, RoleGrant, User
from ..models.dated import holds_on
from ..models.user import UserQuerySet


def dormant(users: UserQuerySet, *, now: datetime) -> UserQuerySet:
    """Those of `users` that were neither signed in nor changed for ACCOUNT_DORMANT_DAYS.

    Resetting the password or disabling and enabling anew is a change: both
    wake an account. System administrators are left out, since nobody else
    could wake the last of them.
    """
    since = now - timedelta(days=settings.ACCOUNT_DORMANT_DAYS)
    seen = AccountSession.objects.filter(user=OuterRef("pk"), last_seen_at__gte=since)
    history: Any = User.history.filter(id=OuterRef("pk"))
    keepers = RoleGrant.objects.filter(
        holds_on(now.date()), user=OuterRef("pk"), role=Role.SYSTEM_ADMIN
    )
    found: UserQuerySet = users.filter(
        Exists(history),
        ~Exists(history.filter(history_date__gte=since)),
        ~Exists(seen),
        ~Exists(keepers),
        is_active=True,
    )
    return found


def is_dormant(user: User, *, now: datetime) -> bool:
    """Whether one account is among them; one query."""
    return dormant(User.objects.filter(pk=user.pk), now=now).exists()
