"""佐证: download, preview in the page, and the quarantine of the inspectors."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accountability.access.find import find
from accountability.downloads import file_response
from accountability.http import PortalRequest
from accountability.models import StoredFile
from accountability.refusals import Invalid, NotFound, WrongState
from accountability.services import files
from tasks.models import Evidence
from tasks.selectors.evidence import held
from tasks.services import evidence

PICTURES = ("image/jpeg", "image/png")
HELD = "这个文件带有密级标志，已隔离，不能打开。确系误判的，请监督检查人员核对后解除隔离。"
# The browser's own viewer embeds and styles itself; it runs no script of the page and asks no host.
VIEWER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def _file(request: PortalRequest, evidence_id: int) -> tuple[Evidence, StoredFile]:
    row: Evidence = find(
        Evidence.objects.visible_to(request.user).select_related(
            "file", "unit", "added_by__person"
        ),
        pk=evidence_id,
    )
    if row.is_held:
        raise WrongState(HELD)
    if row.file is None:
        raise NotFound
    return row, row.file


@require_safe
def evidence_file(request: PortalRequest, evidence_id: int) -> FileResponse:
    """The file as it came, under its name."""
    return file_response(_file(request, evidence_id)[1])


@require_safe
def evidence_preview(request: PortalRequest, evidence_id: int) -> HttpResponse:
    """A PDF or a picture in the page; anything else offers its download."""
    row, file = _file(request, evidence_id)
    response = render(
        request,
        "evidence_preview.html",
        {
            "evidence": row,
            "file": file,
            "is_picture": file.content_type in PICTURES,
            "is_pdf": file.content_type == files.PDF,
            "active_nav": "task_list_latest",
        },
    )
    # This one page frames a document of the portal itself.
    response._csp_update = {"frame-src": ["'self'"]}  # type: ignore[attr-defined]
    return response


@require_safe
def evidence_content(request: PortalRequest, evidence_id: int) -> FileResponse:
    """The bytes for the preview's frame or picture; of no other type."""
    _, file = _file(request, evidence_id)
    if file.content_type not in (*PICTURES, files.PDF):
        raise NotFound
    response = file_response(file)
    response["Content-Disposition"] = "inline"
    is_pdf = file.content_type == files.PDF
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Content-Security-Policy"] = VIEWER if is_pdf else "sandbox; default-src 'none'"
    return response


@require_http_methods(["GET", "POST"])
def quarantine(request: PortalRequest) -> HttpResponse:
    """隔离文件: what bears a 密级 mark; released by an inspector with a reason."""
    wrong, status = "", 200
    if request.method == "POST":
        given = request.POST.get("evidence", "")
        if not given.isdecimal() or len(given) > 17:
            raise Invalid("请从列表中选择要解除隔离的文件。")
        try:
            row = evidence.release(
                by=request.get_actor(),
                evidence_id=int(given),
                reason=request.POST.get("reason", ""),
            )
        except Invalid as refusal:
            wrong, status = refusal.sentence, 422
        else:
            messages.success(request, f"已解除隔离：{row.name}")
            return redirect("quarantine")
    context = {"rows": held(request.user), "wrong": wrong, "active_nav": "home"}
    return render(request, "quarantine.html", context, status=status)
