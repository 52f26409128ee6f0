"""What notices and findings come from, where it is a row of the portal's own: a campaign.

Whoever keeps such rows registers how one is named for a person who may see it,
and the page that shows it.
"""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from accountability.models import User
from tasks.models import Finding, Notice

# (the asker, the row's id) → its name; None where there is none in sight.
Namer = Callable[[User, int], str | None]
_namers: dict[str, Namer] = {}
_routes: dict[str, str] = {}


def register(kind: str, namer: Namer, route: str) -> None:
    """`kind` is one of `SourceKind`, `route` shows one by its id; called when the portal starts."""
    _namers[kind] = namer
    _routes[kind] = route


def named(user: User, kind: str, pk: int | None) -> str | None:
    """The name of the row that something came from; None where it is not known here."""
    if pk is None or kind not in _namers:
        return None
    return _namers[kind](user, pk)


def address(user: User, row: Notice | Finding) -> str:
    """Where that which a notice or finding came from is shown; "" where the asker may not go."""
    if row.source_kind not in _routes or named(user, row.source_kind, row.source_id) is None:
        return ""
    return reverse(_routes[row.source_kind], args=[row.source_id])
