"""The bytes over which the ledger's hashes run.

A row's bytes are its fields, each as four bytes of length (big-endian) and
its UTF-8 text: no separator can be forged, no empty field vanishes. The
hashes run over the stored text, never over a re-serialised value.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

FORMAT = "1"
GENESIS_PREFIX = "portal-ledger/1/chain/"


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger row: what happened to one row of one table.

    `op` is I, U, D (or S for a schema row); `image` the text of the row after
    it (before it for D), or its digest for a hash-only table; `at` UTC as
    2026-04-09T02:31:02.123456Z.
    """

    table: str
    key: str
    op: str
    image: str
    actor: str
    on_behalf_of: str
    event: str
    at: str

    def fields(self) -> tuple[str, ...]:
        """The hashed fields in their fixed order."""
        return (
            FORMAT,
            self.table,
            self.key,
            self.op,
            self.image,
            self.actor,
            self.on_behalf_of,
            self.event,
            self.at,
        )


def row_bytes(entry: Entry) -> bytes:
    """The length-prefixed bytes of an entry."""
    parts = []
    for text in entry.fields():
        data = text.encode("utf-8")
        parts.append(len(data).to_bytes(4, "big"))
        parts.append(data)
    return b"".join(parts)


def row_hash(entry: Entry) -> str:
    """SHA-256 of the entry's bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(row_bytes(entry)).hexdigest()


def genesis(chain: int) -> str:
    """What the first link of a chain is chained to."""
    return hashlib.sha256(f"{GENESIS_PREFIX}{chain}".encode()).hexdigest()


def link_hash(previous: str, of_row: str) -> str:
    """SHA-256(previous link ‖ row hash), over the raw digests."""
    return hashlib.sha256(bytes.fromhex(previous) + bytes.fromhex(of_row)).hexdigest()


class Digest(Protocol):
    """What is used of a hash object."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def new_sm3(data: bytes = b"") -> Digest:
    """SM3 (GB/T 32905-2016) of bytes that arrive in pieces; OpenSSL's where it has one."""
    try:
        return hashlib.new("sm3", data, usedforsecurity=False)
    except ValueError:
        from .sm3 import Sm3

        return Sm3(data)


def sm3(data: bytes) -> str:
    """SM3 of `data`, as 64 hexadecimal digits."""
    return new_sm3(data).hexdigest()
