"""The one access door of views: a row within what the asker may see, or 404."""

from __future__ import annotations

from typing import Any

from ..refusals import NotFound


def find(visible: Any, **lookup: Any) -> Any:
    """The one row of `visible` (a `visible_to(user)` queryset); `NotFound` otherwise."""
    row = visible.filter(**lookup).first()
    if row is None:
        raise NotFound
    return row
