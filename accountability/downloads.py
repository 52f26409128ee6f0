"""How files leave the portal: as attachments, with their own name, never run."""

from __future__ import annotations

import io
from urllib.parse import quote

from django.http import FileResponse

from .door import acting
from .http import PortalRequest
from .models import StoredFile
from .services import files
from .services.signing_in import require_recent_factor_for_export


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


def export_response(
    request: PortalRequest, data: bytes, *, name: str, content_type: str, rows: int
) -> FileResponse:
    """A table of `rows` rows that names persons, as a download; that it left is an event.

    Of more than 100 rows the asker confirms himself first (`ConfirmAgain`).
    """
    require_recent_factor_for_export(request, rows=rows)
    by = request.get_actor()
    with acting(by=by) as act:
        act.record(
            "read.export",
            summary=f"导出《{name}》，共 {rows} 行",
            county=by.county,
            label=name[:200],
        )
    return bytes_response(data, name=name, content_type=content_type)
