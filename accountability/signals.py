"""Puts the reason of the open door into simple-history's rows."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from simple_history.signals import pre_create_historical_record

from .door import current_act, told
from .services import sessions
from .trail import roles
from .trail.install import install
from .trail.sqlite import register


@receiver(pre_create_historical_record)
def note_reason(sender: Any, **kwargs: Any) -> None:
    """The history row says why, as the audit event of the same act does."""
    act = current_act()
    row = kwargs.get("history_instance")
    if act is not None and row is not None and not row.history_change_reason:
        row.history_change_reason = act.reason or None


@receiver(user_logged_in)
def note_session(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Every login, by whichever way, has its row among the account's sessions."""
    sessions.begin(request, user=user)


@receiver(connection_created)
def register_ledger_functions(sender: Any, connection: Any, **kwargs: Any) -> None:
    """SQLite's triggers call our functions; a foreign client has none of them."""
    if connection.vendor == "sqlite":
        register(connection.connection, told)


@receiver(connection_created)
def refuse_a_strong_role(sender: Any, connection: Any, **kwargs: Any) -> None:
    """In production every process, commands too, refuses to work with a role that is too strong."""
    if settings.DATABASE_ROLE_MUST_BE_WEAK:
        roles.insist(connection)


@receiver(post_migrate)
def install_ledger(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """After every migration, once, when the last app has been told."""
    told_last = [app for app in apps.get_app_configs() if app.models_module is not None][-1]
    if sender is told_last:
        install(using=using)
