"""Checks a chain: every row hash, every link, no gap, the head, the checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .canonical import Entry, genesis, link_hash, row_hash


@dataclass(frozen=True, slots=True)
class Link:
    """One link as stored: `entry` is None where only the hash is known (out of scope)."""

    seq: int
    row_hash: str
    link: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing found wrong: where, in which table and row, and what.

    `chain` and `seq` are both 0 for what is wrong outside the chains.
    """

    chain: int
    seq: int
    what: str
    table: str = ""
    key: str = ""

    def sentence(self) -> str:
        """What an inspector reads."""
        places = []
        if self.chain or self.seq:
            places.append(f"账本 {self.chain}" + (f" 第 {self.seq} 条" if self.seq else ""))
        if self.table:
            places.append(f"{self.table} 表" + (f" {self.key} 号" if self.key else ""))
        return f"{'，'.join(places)}：{self.what}" if places else self.what


@dataclass(slots=True)
class ChainState:
    """Where a check stands: the last good sequence number and its link."""

    chain: int
    seq: int
    link: str

    @classmethod
    def start(cls, chain: int) -> ChainState:
        return cls(chain, 0, genesis(chain))


def check_links(
    state: ChainState,
    links: Iterable[Link],
    *,
    known: Mapping[int, str] | None = None,
) -> Fault | None:
    """Check `links` in order from `state`, which moves on; the first fault, or None.

    `known` maps sequence numbers to links that were told outside the database
    (checkpoints, the witness): they must agree.
    """
    told = known or {}
    for item in links:
        table = item.entry.table if item.entry else ""
        key = item.entry.key if item.entry else ""
        if item.seq != state.seq + 1:
            return Fault(
                state.chain, state.seq + 1, f"缺少记录（下一条是第 {item.seq} 条）", table, key
            )
        if item.entry is not None and row_hash(item.entry) != item.row_hash:
            return Fault(state.chain, item.seq, "内容与摘要不一致", table, key)
        if not _is_digest(item.row_hash):
            return Fault(state.chain, item.seq, "摘要无法识别", table, key)
        if link_hash(state.link, item.row_hash) != item.link:
            return Fault(state.chain, item.seq, "与前序摘要不一致", table, key)
        if item.seq in told and told[item.seq] != item.link:
            return Fault(state.chain, item.seq, "与库外留存的摘要不一致", table, key)
        state.seq, state.link = item.seq, item.link
    return None


def check_head(
    state: ChainState, *, seq: int, link: str, known: Mapping[int, str] | None = None
) -> Fault | None:
    """The stored head, and what was told outside, must not be ahead of the chain."""
    if (seq, link) != (state.seq, state.link):
        return Fault(state.chain, max(seq, state.seq), "链尾与记录不一致")
    last_told = max(known, default=0) if known else 0
    if last_told > state.seq:
        return Fault(state.chain, state.seq + 1, f"记录被截断（库外留存到第 {last_told} 条）")
    return None


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)
