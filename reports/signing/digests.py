"""The two whole-file digests that are noted beside every signed file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from accountability.ledger.canonical import sm3


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 and SM3 (GB/T 32905-2016), hexadecimal."""

    sha256: str
    sm3: str


def digests_of(data: bytes) -> Digests:
    """Both digests of `data`."""
    return Digests(hashlib.sha256(data).hexdigest(), sm3(data))
