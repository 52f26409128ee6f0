"""System checks of our own, for `manage.py check --deploy`.

The production settings refuse what is missing from the environment; these
look at what came of it, whatever settings module is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from .channels import inspectors
from .trail import roles


@register(Tags.security)
def checkpoints_have_somewhere_to_go(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Every entry of CHECKPOINT_RECIPIENTS is an address to which something can be sent."""
    entries = [inspectors.Recipient(entry) for entry in settings.CHECKPOINT_RECIPIENTS]
    found = []
    for position, entry in enumerate(entries, 1):
        wrong = entry.wrong() or ("重复" if entry in entries[: position - 1] else "")
        if wrong:
            # Named by its place: the entry itself may hold a key.
            text = f"CHECKPOINT_RECIPIENTS 第 {position} 项{wrong}，请改正或去掉。"
            found.append(Error(text, id="portal.E020"))
    return found


@register(Tags.security, deploy=True)
def production_is_safe(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Settings that no installation with real data may have."""
    found = [
        (settings.DEMO, "E001", "演示数据不得用于正式环境。"),
        (
            not settings.ALLOWED_HOSTS
            or any(h == "*" or h.startswith(".") for h in settings.ALLOWED_HOSTS),
            "E002",
            "ALLOWED_HOSTS 须写全主机名。",
        ),
        (
            connections["default"].vendor != "postgresql",
            "E003",
            "正式环境须使用 PostgreSQL。",
        ),
        (
            not settings.SESSION_COOKIE_NAME.startswith("__Host-")
            or not settings.CSRF_COOKIE_NAME.startswith("__Host-"),
            "E004",
            "会话和 CSRF 的 Cookie 名须以 __Host- 开头。",
        ),
        (
            not settings.SECURE_HSTS_SECONDS or not settings.SECURE_SSL_REDIRECT,
            "E005",
            "正式环境须强制 HTTPS。",
        ),
        (
            bool(settings.SECURE_PROXY_SSL_HEADER) and not getattr(settings, "TRUSTED_PROXY", []),
            "E006",
            "只有设了 TRUSTED_PROXY 才可相信代理转来的协议头。",
        ),
        (
            "Argon2" not in settings.PASSWORD_HASHERS[0],
            "E007",
            "登录密码须用 Argon2 保存。",
        ),
        (
            "unsafe" in str(settings.CONTENT_SECURITY_POLICY),
            "E008",
            "内容安全策略不得放行内联脚本或样式。",
        ),
        (
            not str(settings.CELERY_BROKER_URL).startswith(("redis://", "rediss://")),
            "E009",
            "正式环境的后台任务须使用 Redis。",
        ),
    ]
    return [Error(text, id=f"portal.{code}") for wrong, code, text in found if wrong]


@register(Tags.database, deploy=True)
def application_role_is_weak(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> Iterable[CheckMessage]:
    """The application's role changes no table and nothing of the trail.

    Asked with `check --deploy --database default`. In production every process
    asks the same at its first connection (`trail.roles.insist`).
    """
    found: dict[str, str] = {}
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "postgresql":
            continue
        try:
            found.update(roles.faults(connection))
        except roles.TooStrong as refusal:
            found.update(refusal.faults)
    return [Error(text, id=code) for code, text in found.items()]
