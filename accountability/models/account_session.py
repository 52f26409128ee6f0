"""登录会话: where an account is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from .user import User


class EndedBecause(models.TextChoices):
    """Why a session ended; the login page has a sentence for each."""

    LOGOUT = "logout", "退出登录"
    IDLE = "idle", "长时间未操作"
    ABSOLUTE = "absolute", "登录已满 8 小时"
    REPLACED = "replaced", "在别处登录"
    ENDED_SELF = "ended_self", "本人结束"
    ENDED = "ended", "安全管理员结束"
    DISABLED = "disabled", "账号停用"
    PASSWORD = "password", "密码已修改或重置"
    FACTOR = "factor", "动态码重新登记"


class AccountSessionQuerySet(models.QuerySet["AccountSession"]):
    """Sessions by state."""

    def open(self) -> Self:
        return self.filter(ended_at__isnull=True)


class AccountSession(models.Model):
    """One signed-in browser of an account. At most one is open for an account.

    Outside the ledger, like Django's own session table: its beginning and its
    end are audit events, in between only `last_seen_at` moves.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="sessions", verbose_name="账号")
    session_key = models.CharField("会话标识", max_length=40, unique=True)
    address = models.GenericIPAddressField("来源地址", null=True, blank=True)
    browser = models.CharField("浏览器", max_length=60, blank=True)
    started_at = models.DateTimeField("登录时间")
    last_seen_at = models.DateTimeField("最近操作")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_because = models.CharField(
        "结束原因", max_length=12, choices=EndedBecause.choices, blank=True
    )

    objects = AccountSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "登录会话"
        verbose_name_plural = verbose_name
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "-id"], name="account_session_user")]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ended_at__isnull=True),
                name="account_session_one_open",
            ),
            models.CheckConstraint(
                name="account_session_ended_at_with_because",
                condition=Q(ended_at__isnull=True, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.started_at:%Y-%m-%d %H:%M}"

    def idle_since(self, now: datetime) -> float:
        """Seconds since the last request."""
        return (now - self.last_seen_at).total_seconds()
