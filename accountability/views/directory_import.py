"""设置 · 导入 Excel, 导出 Excel, 模板下载."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access.find import find
from ..downloads import bytes_response
from ..forms.directory import UploadForm
from ..http import PortalRequest
from ..models import DirectoryDraft
from ..refusals import Conflict, NotFound
from ..services import directory_import
from ..services.directory_plan import KINDS
from ..services.files import XLSX
from ..services.signing_in import require_recent_factor_for_export
from ..workbook import SHEETS
from .units import frame

SHOWN = 300


@require_http_methods(["GET", "POST"])
def upload(request: PortalRequest) -> HttpResponse:
    """Choose the workbook; it is kept for its preview."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        county = request.user.county
        if county is None:
            raise NotFound
        file = form.cleaned_data["file"]
        draft = form.attempt(
            lambda: directory_import.stash(
                by=request.get_actor(), county=county, name=file.name, data=file.read()
            )
        )
        if draft is not None:
            return redirect("settings_import_preview", draft_id=draft.pk)
    context = frame(request, "units", form=form, sheets=SHEETS)
    return render(request, "settings/import.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def preview(request: PortalRequest, draft_id: int) -> HttpResponse:
    """Counts, changes and problems; 确认导入 applies them all or not at all."""
    draft: DirectoryDraft = find(
        DirectoryDraft.objects.visible_to(request.user).select_related("county"), pk=draft_id
    )
    conflict = ""
    if request.method == "POST":
        try:
            done = directory_import.confirm(
                by=request.get_actor(), draft=draft, digest=request.POST.get("digest", "")
            )
        except Conflict as refusal:
            conflict = refusal.sentence
        else:
            counts = done.counts
            messages.success(
                request,
                f"已导入：新增 {counts['new']}、修改 {counts['edit']}、停用 {counts['end']}",
            )
            return redirect("settings_units")
    plan = directory_import.preview(draft)
    changed = plan.changed
    context = frame(
        request,
        "units",
        draft=draft,
        plan=plan,
        counts=plan.counts,
        conflict=conflict,
        problems=plan.problems[:SHOWN],
        problem_count=len(plan.problems),
        changed=changed[:SHOWN],
        changed_count=len(changed),
        kinds=KINDS,
        shown=SHOWN,
    )
    return render(request, "settings/import_preview.html", context, status=409 if conflict else 200)


@require_POST
def export(request: PortalRequest) -> FileResponse:
    """The whole directory; what comes out goes in again unchanged. A POST: it is recorded."""
    county = request.user.county
    if county is None:
        raise NotFound
    require_recent_factor_for_export(request, rows=directory_import.personal_rows(county))
    data = directory_import.hand_out(by=request.get_actor(), county=county)
    name = f"{county.name}单位与人员表{timezone.localdate():%Y%m%d}.xlsx"
    return bytes_response(data, name=name, content_type=XLSX)


@require_safe
def template(request: PortalRequest) -> FileResponse:
    """The empty workbook with 说明."""
    return bytes_response(
        directory_import.empty_template(), name="单位与人员表模板.xlsx", content_type=XLSX
    )
