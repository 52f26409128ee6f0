"""How often one address may ask the public page: counted in memory, by the minute.

Each web process counts for itself, so the limit of an installation is that of a
process times their number: enough against guessing codes (59 random bits).
"""

from __future__ import annotations

import time

from django.core.cache import cache

MINUTE = 60


def is_too_often(address: str, *, most: int) -> bool:
    """Whether this call is past `most` in the running minute. Counts the call."""
    key = f"asked:{address}:{int(time.time()) // MINUTE}"
    if cache.add(key, 1, MINUTE):
        return most < 1
    try:
        return cache.incr(key) > most
    except ValueError:  # the minute ended in between
        return False
