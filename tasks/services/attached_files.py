"""Evidence that a unit hands in with an answer: kept by digest, its type told by its content."""

from __future__ import annotations

import re
from dataclasses import dataclass

from accountability.models import County, StoredFile
from accountability.refusals import Invalid
from accountability.services import files

MOST_BYTES = 20 * 1024 * 1024
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
# What a file begins with, and the endings that it may have with that.
BEGINNINGS: tuple[tuple[bytes, dict[str, str]], ...] = (
    (b"%PDF-", {"pdf": files.PDF}),
    (b"\xff\xd8\xff", {"jpg": "image/jpeg", "jpeg": "image/jpeg"}),
    (b"\x89PNG\r\n\x1a\n", {"png": "image/png"}),
    (b"PK\x03\x04", {"docx": files.DOCX, "xlsx": files.XLSX}),
)
ACCEPT = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"
HINT = "PDF、JPG、PNG、Word（docx）或 Excel（xlsx），不超过 20 MB"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as it was sent."""

    name: str
    data: bytes


def store(*, county: County, attached: Attached | None) -> StoredFile | None:
    """Keep the file, inside the caller's door; `Invalid` names one that may not be kept."""
    if attached is None:
        return None
    name = UNSAFE.sub("_", attached.name).strip()[-120:] or "佐证"
    return files.store(
        county=county, name=name, data=attached.data, content_type=_type_of(name, attached.data)
    )


def _type_of(name: str, data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise _refused(f"“{name}”超过 20 MB，请压缩或分开后重新上传。")
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    for beginning, endings in BEGINNINGS:
        if data.startswith(beginning) and ending in endings:
            return endings[ending]
    raise _refused(f"“{name}”的类型不能上传，请改为 {HINT.split('，', maxsplit=1)[0]} 后重新上传。")


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, details={"file": [sentence]})
