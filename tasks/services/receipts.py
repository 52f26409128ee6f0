"""保存回执: what a save answered, under its sender's token, so that it counts once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accountability.door import Actor
from tasks.models import SaveReceipt

KEPT = timedelta(days=1)
LONGEST = 64


def told_before(by: Actor, token: str) -> dict[str, Any] | None:
    """What the same save was answered before; None for a new one, or one without a token."""
    if by.user is None or not token:
        return None
    known = SaveReceipt.objects.filter(user=by.user, token=token[:LONGEST]).first()
    return known.answer if known else None


def keep(by: Actor, token: str, answer: dict[str, Any]) -> None:
    """A page asks again within minutes; a day is plenty, then the receipt may go."""
    if by.user is None or not token:
        return
    SaveReceipt.objects.filter(user=by.user, made_at__lt=timezone.now() - KEPT).delete()
    SaveReceipt.objects.create(user=by.user, token=token[:LONGEST], answer=answer)
