"""Links told outside the database, kept small: a million of them take 32 MB."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping

BYTES = 32  # of a SHA-256 digest

DIGEST = re.compile("[0-9a-f]{64}")


class Links(MutableMapping[int, str]):
    """Sequence number → link in hexadecimal, of one chain.

    Numbers that follow one another from 1 lie side by side as bytes; what comes
    out of order is kept beside them.
    """

    __slots__ = ("_others", "_row")

    def __init__(self) -> None:
        self._row = bytearray()
        self._others: dict[int, str] = {}

    def __getitem__(self, seq: int) -> str:
        if 1 <= seq <= len(self._row) // BYTES:
            return self._row[(seq - 1) * BYTES : seq * BYTES].hex()
        return self._others[seq]

    def __setitem__(self, seq: int, link: str) -> None:
        if seq in self:
            raise TypeError("what was told stays told")
        # A file that somebody spoiled may say anything; it is kept to be found wrong.
        if seq == len(self._row) // BYTES + 1 and DIGEST.fullmatch(link):
            self._row += bytes.fromhex(link)
        else:
            self._others[seq] = link

    def __delitem__(self, seq: int) -> None:
        raise TypeError("what was told stays told")

    def __iter__(self) -> Iterator[int]:
        yield from range(1, len(self._row) // BYTES + 1)
        yield from self._others

    def __len__(self) -> int:
        return len(self._row) // BYTES + len(self._others)
