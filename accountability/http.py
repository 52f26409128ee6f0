"""The request as the portal's middleware leaves it, for annotations of views."""

from __future__ import annotations

from typing import Any, Protocol

from django.http import HttpRequest

from .door import Actor
from .models import User


class _GetActor(Protocol):
    def __call__(self) -> Actor: ...


class PortalRequest(HttpRequest):
    """A signed-in request: `user` is an account, `get_actor()` who acts, `id` its number."""

    user: User
    id: str
    htmx: Any
    get_actor: _GetActor
