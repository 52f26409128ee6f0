"""扫描件: what a paper signed by hand may be uploaded as, and the code that belongs to it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from accountability.refusals import Invalid
from accountability.services import files

MOST_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ScanKind:
    """What a scan begins with, its type and the extension it is kept under."""

    begins: bytes
    content_type: str
    extension: str


KINDS = (
    ScanKind(b"%PDF-", files.PDF, "pdf"),
    ScanKind(b"\xff\xd8\xff", "image/jpeg", "jpg"),
    ScanKind(b"\x89PNG\r\n\x1a\n", "image/png", "png"),
)


def kind_of(data: bytes) -> ScanKind:
    """What the scan is, by its content. Raises `Invalid` when it is none, or too large."""
    if len(data) > MOST_BYTES:
        raise Invalid("扫描件不能超过 20 MB，请降低扫描分辨率后重新上传。")
    for kind in KINDS:
        if data.startswith(kind.begins):
            return kind
    raise Invalid("扫描件只能是 PDF、JPG 或 PNG，请重新扫描后上传。")


def is_same(code: str, printed: str) -> bool:
    """Whether the typed code is the printed one; case and separators do not matter."""
    return bool(printed) and hmac.compare_digest(_plain(code).encode(), _plain(printed).encode())


def _plain(code: str) -> str:
    return "".join(c for c in code.upper() if c.isalnum())
