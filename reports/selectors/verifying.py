"""What the portal says of a file or a code: nothing but its state, to whoever asks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from accountability.models import LedgerRow
from accountability.trail.upto import fault_up_to
from reports.models import SignedFile, SignedState
from reports.services.sealing import CODE_ALPHABET, expected_of
from reports.signing.digests import digests_of
from reports.signing.validate import LARGEST_FILE, check

UNKNOWN = "unknown"
LABELS = {**{str(value): str(label) for value, label in SignedState.choices}, UNKNOWN: "无法识别"}
NOT_NOTED = "平台没有这份文件的存证记录：不是本平台的文件，或已被改动。"
LEDGER_DIFFERS = "存证记录与账本不一致，请联系审计管理员核验账本。"
MOST_CODE = 40  # characters of a code that are read at all


@dataclass(frozen=True, slots=True)
class Answer:
    """`state` is valid, replaced, void or unknown; `reasons` are for the command line alone."""

    state: str
    reasons: tuple[str, ...] = ()
    sha256: str = ""
    sm3: str = ""
    signers: list[dict[str, str]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """有效, 已被替代, 已失效 or 无法识别."""
        return LABELS[self.state]

    @property
    def is_valid(self) -> bool:
        """Whether the file counts today."""
        return self.state == SignedState.VALID


def of_file(data: bytes, *, from_start: bool = False) -> Answer:
    """What is known of these bytes. The file is judged by what was noted, never by itself alone.

    What was noted is believed only where the ledger's chain is whole up to it:
    between the checkpoints around it, or with `from_start` from its first link.
    """
    if len(data) > LARGEST_FILE:
        return Answer(UNKNOWN, (f"文件超过 {LARGEST_FILE // 2**20} MB，不是本平台的文件。",))
    digests = digests_of(data)
    row = SignedFile.objects.filter(sha256=digests.sha256).first()
    if row is None:
        return Answer(UNKNOWN, (NOT_NOTED,), digests.sha256, digests.sm3)
    verdict = check(data, expected_of(row))
    reasons = list(verdict.reasons)
    reasons += _ledger_faults(row, from_start=from_start)
    if reasons:
        return Answer(UNKNOWN, tuple(reasons), digests.sha256, digests.sm3)
    if row.state == SignedState.VOID and row.reason:
        reasons.append(row.reason)
    return Answer(row.state, tuple(reasons), digests.sha256, digests.sm3, row.signers)


def of_code(code: str) -> Answer:
    """What is known of the paper with this printed code; case and separators do not matter."""
    plain = "".join(c for c in code[:MOST_CODE].upper() if c in CODE_ALPHABET)
    row = SignedFile.objects.filter(code=plain).order_by("-id").first() if plain else None
    if row is None or _ledger_faults(row):
        return Answer(UNKNOWN)
    return Answer(row.state)


def _ledger_faults(row: SignedFile, *, from_start: bool = False) -> list[str]:
    """What is wrong with the ledger's word on this file, from its noting to its last state."""
    entries = LedgerRow.objects.filter(table=SignedFile._meta.db_table, key=str(row.pk))
    noted, last = entries.order_by("id").first(), entries.order_by("-id").first()
    if noted is None or last is None or last.op == "D":
        return [LEDGER_DIFFERS]
    image = json.loads(last.image)
    if any(image.get(name) != getattr(row, name) for name in ("sha256", "sm3", "state", "code")):
        return [LEDGER_DIFFERS]
    for entry in (noted, last) if noted.pk != last.pk else (last,):
        if fault := fault_up_to(entry, from_start=from_start):
            return [f"{LEDGER_DIFFERS}（{fault.sentence()}）"]
    return []
