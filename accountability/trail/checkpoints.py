"""Writes checkpoints: every ten minutes and at each report (settings LEDGER_*)."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.conf import settings
from django.db import transaction

from ..ledger.canonical import Entry, genesis, new_sm3, row_bytes
from ..ledger.checkpoint import ChainHead, Checkpoint, parse
from ..models import LedgerHead, LedgerLink
from .append_only import append, is_torn, last_line, lines

logger = logging.getLogger(__name__)


def checkpoint_file() -> Path:
    return Path(settings.LEDGER_CHECKPOINT_FILE)


def signing_key() -> Ed25519PrivateKey:
    """The portal's checkpoint key, made at the first call, never in the database."""
    path = Path(settings.LEDGER_KEY_FILE)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    key = Ed25519PrivateKey.generate()
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    return key


def public_key() -> str:
    """The public half, as 64 hexadecimal digits."""
    raw = signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return raw.hex()


def write(*, cause: str) -> Checkpoint | None:
    """Write a checkpoint of all chains; None when nothing was added since the last."""
    made: list[Checkpoint] = []

    def make(path: Path) -> Iterator[str]:
        checkpoint = _next(latest(), cause)
        if checkpoint is not None:
            made.append(checkpoint)
            yield checkpoint.line()

    append(checkpoint_file(), make)
    return made[0] if made else None


def write_on_commit(*, cause: str) -> None:
    """A checkpoint once this transaction stands; without one what was done stands all the same.

    The next one, ten minutes later at most, tells of it too.
    """
    transaction.on_commit(partial(_try, cause))


def _try(cause: str) -> None:
    try:
        write(cause=cause)
    except Exception:
        logger.exception("no checkpoint after %s; the next one will tell of it", cause)


@dataclass(slots=True)
class Series:
    """The checkpoint file. `remnants` are the numbers of its lines that are no checkpoint.

    An interrupted write leaves one, followed by a checkpoint that goes on from
    the one before; with nothing after it, it may have been a checkpoint.
    """

    checkpoints: list[Checkpoint] = field(default_factory=list)
    remnants: list[int] = field(default_factory=list)
    is_torn: bool = False
    ends_in_remnant: bool = False


def read(path: Path | None = None) -> Series:
    """The whole checkpoint file, or another like it; a line that is none is told, never a crash."""
    path = path or checkpoint_file()
    found = Series(is_torn=is_torn(path))
    for number, line in enumerate(lines(path), 1):
        try:
            found.checkpoints.append(parse(line))
        except ValueError:
            found.remnants.append(number)
            found.ends_in_remnant = True
        else:
            found.ends_in_remnant = False
    return found


def all_checkpoints() -> list[Checkpoint]:
    """Every checkpoint of the file, in order."""
    return read().checkpoints


def latest() -> Checkpoint | None:
    """The last checkpoint, if any."""
    line = last_line(checkpoint_file())
    if not line:
        return None
    try:
        return parse(line)
    except ValueError:  # the remnant of an interrupted write
        series = read().checkpoints
        return series[-1] if series else None


def _next(before: Checkpoint | None, cause: str) -> Checkpoint | None:
    known = {head.chain: head for head in before.heads} if before else {}
    heads = []
    is_new = False
    for head in LedgerHead.objects.order_by("chain"):
        last = known.get(head.chain)
        if last is not None and last.seq >= head.seq:
            heads.append(last)
            continue
        is_new = True
        heads.append(ChainHead(head.chain, head.seq, head.hash, _sm3(head.chain, last, head.seq)))
    # A chain that the database no longer has stays in the series, so that its loss shows.
    heads += [head for chain, head in known.items() if chain not in {h.chain for h in heads}]
    if not is_new:
        return None
    key = signing_key()
    unsigned = Checkpoint(
        number=before.number + 1 if before else 1,
        at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        cause=cause,
        heads=tuple(sorted(heads, key=lambda h: h.chain)),
        previous=before.signature if before else "",
        key=public_key(),
    )
    signature = key.sign(unsigned.message()).hex()
    return Checkpoint(
        **{
            name: getattr(unsigned, name)
            for name in ("number", "at", "cause", "heads", "previous", "key")
        },
        signature=signature,
    )


def _sm3(chain: int, last: ChainHead | None, upto: int) -> str:
    digest = new_sm3(bytes.fromhex(last.sm3 if last else genesis(chain)))
    rows = (
        LedgerLink.objects.filter(chain=chain, seq__gt=last.seq if last else 0, seq__lte=upto)
        .order_by("seq")
        .values_list(
            "row__table",
            "row__key",
            "row__op",
            "row__image",
            "row__actor",
            "row__on_behalf_of",
            "row__event",
            "row__at",
        )
    )
    for fields in rows.iterator(chunk_size=5000):
        digest.update(row_bytes(Entry(*fields)))
    return digest.hexdigest()
