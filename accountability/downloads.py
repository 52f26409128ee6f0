"""How files leave the portal: as attachments, with their own name, never run."""

from __future__ import annotations

import io
from urllib.parse import quote

from django.http import FileResponse

from .models import StoredFile
from .services import files


def file_response(file: StoredFile) -> FileResponse:
    """The stored bytes, checked against their digest, under the name they came with."""
    return bytes_response(files.read(file), name=file.name, content_type=file.content_type)


def bytes_response(data: bytes, *, name: str, content_type: str) -> FileResponse:
    """Bytes as a download; `name` is encoded as RFC 6266 has it."""
    response = FileResponse(io.BytesIO(data), content_type=content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
