"""How transactional tests empty the database: past the ledger's triggers, then its shape anew."""

from __future__ import annotations

from django.apps import apps
from django.db import connections

from accountability.trail.install import install, note_schema

KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def reset(*, using: str = "default") -> None:
    """Empty every table but Django's own registers."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    names = sorted(
        {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
        & present - KEPT
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            quoted = ", ".join(f'"{name}"' for name in names)
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"TRUNCATE {quoted}")
            cursor.execute("SET session_replication_role = DEFAULT")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (trigger,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{trigger}"')
            cursor.execute("PRAGMA foreign_keys = OFF")
            for name in names:
                cursor.execute(f'DELETE FROM "{name}"')
            cursor.execute("PRAGMA foreign_keys = ON")
    if connection.vendor == "sqlite":
        install(using=using)
    else:
        note_schema(using=using)
