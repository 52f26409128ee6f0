"""The witness (见证): every link, in order, to an append-only file that others keep.

The file should lie where the portal's administrators cannot change it: a
mount of the inspectors' machine, or a local file made append-only.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from ..ledger.links import Links
from ..models import LedgerHead, LedgerLink
from .append_only import append, is_torn, lines

logger = logging.getLogger(__name__)
LINE = re.compile(r"(\d+) (\d+) ([0-9a-f]{64})", re.ASCII)
_known: dict[str, tuple[int, dict[int, int]]] = {}


def witness_file() -> Path | None:
    """The sink, or None where no witness is set up."""
    path = str(getattr(settings, "LEDGER_WITNESS_FILE", "") or "")
    return Path(path) if path else None


@dataclass(slots=True)
class Told:
    """What the witness file says: chain → sequence number → link.

    `remnants` are the numbers of lines that are no link: an interrupted write
    leaves one. `gaps` are (chain, seq) that the file passes over and
    `doubled` those of which it says two things, which no write of ours does.
    """

    links: dict[int, Links] = field(default_factory=dict)
    remnants: list[int] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    doubled: list[tuple[int, int]] = field(default_factory=list)
    is_torn: bool = False


def read() -> Told:
    """The whole witness file; a line that is no link is told, never a crash."""
    found = Told()
    path = witness_file()
    if path is None:
        return found
    found.is_torn = is_torn(path)
    for number, line in enumerate(lines(path), 1):
        parsed = _parse(line)
        if parsed is None:
            found.remnants.append(number)
            continue
        chain, seq, link = parsed
        of_chain = found.links.setdefault(chain, Links())
        if seq != len(of_chain) + 1 and not any(gap[0] == chain for gap in found.gaps):
            found.gaps.append((chain, len(of_chain) + 1))
        if seq not in of_chain:
            of_chain[seq] = link
        elif of_chain[seq] != link:
            found.doubled.append((chain, seq))
    return found


def told() -> dict[int, Links]:
    """What the witness was told: chain → sequence number → link."""
    return read().links


def _parse(line: str) -> tuple[int, int, str] | None:
    match = LINE.fullmatch(line)
    return (int(match[1]), int(match[2]), match[3]) if match else None


def pump(*, limit: int = 100_000) -> int:
    """Tell the witness all links that it has not heard of; returns how many."""
    path = witness_file()
    if path is None:
        return 0

    def make(file: Path) -> Iterator[str]:
        heard, left = _heard(file), limit
        for chain, last in LedgerHead.objects.order_by("chain").values_list("chain", "seq"):
            if last <= heard.get(chain, 0) or not left:
                continue
            fresh = LedgerLink.objects.filter(chain=chain, seq__gt=heard.get(chain, 0))
            links = fresh.order_by("seq").values_list("seq", "hash")[:left]
            for seq, link in links.iterator(chunk_size=5000):
                left -= 1
                yield f"{chain} {seq} {link}"

    return append(path, make)


def pump_on_commit() -> None:
    """Ask for the witness after this transaction; its absence never stops the work."""
    if witness_file() is not None:
        transaction.on_commit(_try)


def _try() -> None:
    try:
        pump()
    except OSError:
        logger.exception("the witness could not be told; the next pump will")


def _heard(path: Path) -> dict[int, int]:
    """The last sequence number told for each chain; only what was added since is read.

    To be called with the file's lock held. Another process adds to the same
    file, so its end is read, however often this one wrote itself.
    """
    key, size = str(path), path.stat().st_size
    start, ends = _known.get(key, (0, {}))
    if start > size:  # another file stands there now
        start, ends = 0, {}
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            if not line.endswith(b"\n"):
                break
            start += len(line)
            parsed = _parse(line[:-1].decode("utf-8", "replace"))
            if parsed is not None:
                ends[parsed[0]] = parsed[1]
    _known[key] = (start, ends)
    return ends
