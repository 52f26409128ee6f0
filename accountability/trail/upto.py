"""Verification of one chain up to one row: what a signed file rests on.

Whoever asks about one file cannot wait for the whole book. The chain is read
from the last checkpoint before the row to the first after it (both signed and
kept outside the database), so that what was told outside holds the stretch at
both ends; without checkpoints, or when asked to, from its beginning.
"""

from __future__ import annotations

from functools import lru_cache

from ..ledger.chain import ChainState, Fault, check_links
from ..ledger.checkpoint import Checkpoint
from ..ledger.ed25519 import verify as is_signed
from ..models import LedgerLink, LedgerRow
from . import checkpoints
from .verify import batches


def fault_up_to(row: LedgerRow, *, from_start: bool = False) -> Fault | None:
    """The first thing wrong with the chain up to (at least) `row`; None when all is well."""
    link = LedgerLink.objects.filter(row=row).first()
    if link is None:
        return Fault(row.chain, 0, "记录不在链上", row.table, row.key)
    before, after = _around(link.chain, link.seq)
    known: dict[int, str] = {}
    for checkpoint in (before, after):
        if checkpoint is None:
            continue
        if not _is_ours(checkpoint):
            return Fault(0, 0, f"第 {checkpoint.number} 个存证点的签名不正确")
        known |= {h.seq: h.link for h in checkpoint.heads if h.chain == link.chain}
    state = ChainState.start(link.chain)
    if before is not None and not from_start:
        seq = min(known)
        state = ChainState(link.chain, seq, known[seq])
    until = max([link.seq, *known])
    for batch in batches(link.chain, after=state.seq, until=until):
        if fault := check_links(state, batch, known=known):
            return fault
    if state.seq != until:
        return Fault(link.chain, state.seq + 1, f"记录被截断（库外留存到第 {until} 条）")
    return None


def _around(chain: int, seq: int) -> tuple[Checkpoint | None, Checkpoint | None]:
    """The last checkpoint whose end of the chain lies before `seq`, and the first at or after."""
    before: Checkpoint | None = None
    for checkpoint in _series():
        end = next((head.seq for head in checkpoint.heads if head.chain == chain), 0)
        if end >= seq:
            return before, checkpoint
        if end:
            before = checkpoint
    return before, None


def _series() -> tuple[Checkpoint, ...]:
    path = checkpoints.checkpoint_file()
    try:
        told = path.stat()
    except FileNotFoundError:
        return ()
    return _read(str(path), told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=1)
def _read(path: str, changed: int, size: int) -> tuple[Checkpoint, ...]:
    """The checkpoint file as it stands; read anew when it has grown."""
    return tuple(checkpoints.all_checkpoints())


def _is_ours(checkpoint: Checkpoint) -> bool:
    key = checkpoints.public_key()
    return checkpoint.key == key and is_signed(
        bytes.fromhex(key), checkpoint.message(), bytes.fromhex(checkpoint.signature)
    )
