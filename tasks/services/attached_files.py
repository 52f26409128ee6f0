"""Evidence that a unit hands in with an answer: screened as all uploads, kept by digest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from accountability.models import County, StoredFile
from accountability.services import files
from accountability.uploads import content_type_of

UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
ACCEPT = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"
HINT = "PDF、JPG、PNG、Word（docx）或 Excel（xlsx），不超过 20 MB"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as it was sent."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file that may be kept, with the type that its content has."""

    name: str
    data: bytes
    content_type: str


def admitted(attached: Attached | None) -> Admitted | None:
    """Screen a file before the door is opened; `Invalid` says why one may not come in."""
    if attached is None:
        return None
    name = UNSAFE.sub("_", attached.name).strip()[-120:] or "佐证"
    return Admitted(name, attached.data, content_type_of(name, attached.data))


def store(*, county: County, file: Admitted | None) -> StoredFile | None:
    """Keep the file, inside the caller's door."""
    if file is None:
        return None
    return files.store(
        county=county, name=file.name, data=file.data, content_type=file.content_type
    )
