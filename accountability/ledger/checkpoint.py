"""Checkpoints (存证点): where all chains stood at a time, signed, kept outside the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from .canonical import Entry, genesis, new_sm3, row_bytes
from .ed25519 import verify


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of one chain: sequence number, link, and SM3 over its rows' bytes so far.

    `sm3` is chained: SM3(previous sm3 ‖ bytes of the rows since).
    """

    chain: int
    seq: int
    link: str
    sm3: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All heads at a time. `previous` is the signature of the checkpoint before."""

    number: int
    at: str
    cause: str
    heads: tuple[ChainHead, ...]
    previous: str
    key: str
    signature: str = ""

    def message(self) -> bytes:
        """The bytes that are signed: everything but the signature, canonical JSON."""
        values = asdict(self)
        del values["signature"]
        return json.dumps(
            values, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()

    def line(self) -> str:
        """One line of the checkpoint file."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parse(line: str) -> Checkpoint:
    """A line of the checkpoint file; raises ValueError when it is not one."""
    try:
        values = json.loads(line)
        heads = tuple(ChainHead(**head) for head in values.pop("heads"))
        checkpoint = Checkpoint(heads=heads, **values)
        bytes.fromhex(checkpoint.key + checkpoint.signature + "".join(h.sm3 for h in heads))
        return checkpoint
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("not a checkpoint") from error


class Sm3Walk:
    """Follows one chain's rows in order and compares SM3 with what checkpoints told.

    `told` maps sequence numbers to the checkpoints' `sm3` of this chain. The
    second digest stands in where SHA-256 alone would no longer be believed.
    """

    def __init__(self, chain: int, told: Mapping[int, str]) -> None:
        self._told = told
        self._digest = new_sm3(bytes.fromhex(genesis(chain)))

    def agrees(self, seq: int, entry: Entry) -> bool:
        """Take in the next row; False where a checkpoint at `seq` told another digest."""
        self._digest.update(row_bytes(entry))
        if seq not in self._told:
            return True
        found = self._digest.hexdigest()
        self._digest = new_sm3(bytes.fromhex(found))
        return found == self._told[seq]


def check_series(checkpoints: Iterable[Checkpoint], *, key: str) -> str:
    """ "" when the series is unbroken and signed by `key` (hex), else what is wrong."""
    before: Checkpoint | None = None
    for checkpoint in checkpoints:
        place = f"第 {checkpoint.number} 个存证点"
        if checkpoint.key != key:
            return f"{place}的签名公钥与登记的不一致"
        try:
            signature = bytes.fromhex(checkpoint.signature)
        except ValueError:
            return f"{place}的签名无法识别"
        if not verify(bytes.fromhex(key), checkpoint.message(), signature):
            return f"{place}的签名不正确"
        if before is None and (checkpoint.number != 1 or checkpoint.previous):
            return f"{place}之前的存证点缺失"
        if before is not None:
            if checkpoint.number != before.number + 1 or checkpoint.previous != before.signature:
                return f"{place}与前一个不相连"
            ahead = {head.chain: head.seq for head in checkpoint.heads}
            for head in before.heads:
                if ahead.get(head.chain, -1) < head.seq:
                    return f"{place}比前一个短"
        before = checkpoint
    return ""


def check_copies(copies: Iterable[Checkpoint], own: Iterable[Checkpoint], *, key: str) -> str:
    """ "" when the inspectors' `copies` agree with `own` and are signed by `key`, else a sentence.

    Copies may begin late, have gaps and come in any order: what was told is
    compared, not how it arrived.
    """
    signatures = {checkpoint.number: checkpoint.signature for checkpoint in own}
    kept: dict[int, Checkpoint] = {}
    for copy in copies:
        place = f"检查机留存的第 {copy.number} 个存证点"
        if copy.key != key:
            return f"{place}的签名公钥与登记的不一致"
        if not verify(bytes.fromhex(key), copy.message(), bytes.fromhex(copy.signature)):
            return f"{place}的签名不正确"
        if kept.setdefault(copy.number, copy).signature != copy.signature:
            return f"{place}前后不一致"
        if copy.number not in signatures:
            return f"{place}在存证点文件中缺失"
        if signatures[copy.number] != copy.signature:
            return f"{place}与存证点文件不一致"
    return ""
