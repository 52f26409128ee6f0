"""The profile of commands that only read a file: no database, no secret, no DATA_DIR."""

from __future__ import annotations

import secrets

from .base import *  # noqa: F403

DATABASES: dict[str, dict[str, object]] = {}
SECRET_KEY = secrets.token_urlsafe(48)
