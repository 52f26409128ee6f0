"""Keeps files by their digest."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile

from ..door import require_act
from ..models import County, StoredFile

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
TEXT = "text/plain"
CONTENT_TYPES = {".docx": DOCX, ".xlsx": XLSX, ".pdf": PDF, ".txt": TEXT}


def store(*, county: County, name: str, data: bytes, content_type: str) -> StoredFile:
    """Keep `data` under its SHA-256; the same bytes under the same name are kept once.

    Must be called inside `acting()`. The bytes are on disk before the row is;
    a roll-back leaves at most an unreferenced file, never a row without bytes.
    """
    act = require_act()
    digest = hashlib.sha256(data).hexdigest()
    known = StoredFile.objects.filter(county=county, sha256=digest, name=name).first()
    if known is not None and known.content.storage.exists(known.content.name):
        return known
    file = StoredFile(
        county=county,
        name=name[-200:],
        content_type=content_type,
        size=len(data),
        sha256=digest,
        stored_by=act.actor.name,
    )
    path = f"{digest[:2]}/{digest}"
    storage = StoredFile._meta.get_field("content").storage
    if storage.exists(path):
        file.content.name = path
    else:
        file.content.save(path, ContentFile(data), save=False)
    file.full_clean()
    file.save()
    return file


def read(file: StoredFile) -> bytes:
    """The bytes of `file`; raises ValueError when they are not what the digest says."""
    with file.content.storage.open(file.content.name, "rb") as content:
        data = content.read()
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise ValueError(f"file {file.pk} does not match its digest")
    return bytes(data)
