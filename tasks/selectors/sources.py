"""What notices and findings come from, where it is a row of the portal's own: a campaign.

Whoever keeps such rows registers how one is named for a person who may see it.
"""

from __future__ import annotations

from collections.abc import Callable

from accountability.models import User

# (the asker, the row's id) → its name; None where there is none in sight.
Namer = Callable[[User, int], str | None]
_namers: dict[str, Namer] = {}


def register(kind: str, namer: Namer) -> None:
    """`kind` is one of `SourceKind`; called when the portal starts."""
    _namers[kind] = namer


def named(user: User, kind: str, pk: int | None) -> str | None:
    """The name of the row that something came from; None where it is not known here."""
    if pk is None or kind not in _namers:
        return None
    return _namers[kind](user, pk)
