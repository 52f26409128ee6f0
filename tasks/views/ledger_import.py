"""任务台账 from Excel: upload, preview by row and column, confirm."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accountability.http import PortalRequest
from accountability.refusals import Conflict, Invalid
from tasks.outline import readers
from tasks.outline.refusal import Refused
from tasks.selectors import ledger_plan
from tasks.selectors.ledger_plan import Plan
from tasks.services import ledger_import

SALT = "ledger-import"
PREVIEW_SECONDS = 2 * 60 * 60
SHOWN_AT_MOST = 300


class LedgerFileForm(forms.Form):
    """The corrected sheet."""

    file = forms.FileField(
        label="Excel 文件",
        allow_empty_file=True,
        error_messages={"required": "请选择由任务台账导出的 .xlsx 文件"},
        widget=forms.FileInput(attrs={"accept": ".xlsx", "class": "form-control"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError("文件超过 20 MB，请分几次导入。")
        if not file.name.lower().endswith(".xlsx"):
            raise forms.ValidationError("只能导入 .xlsx 文件，请在 Excel 或 WPS 中另存为 .xlsx。")
        return file


@require_http_methods(["GET", "POST"])
def task_import(request: PortalRequest, year: int) -> HttpResponse:
    """Upload and look: nothing is stored before it is confirmed."""
    context: dict[str, Any] = {"year": year, "active_nav": "task_list_latest"}
    form = LedgerFileForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                plan = ledger_plan.read_plan(
                    request.user, year, readers.read(file.read(), file.name)
                )
            except Refused as refusal:
                form.add_error("file", str(refusal))
            except Invalid as refusal:
                form.add_error("file", refusal.sentence)
            else:
                status = 422 if plan.problems else 200
                context |= preview(request, year, plan)
                context["file_name"] = file.name
    return render(request, "task_import.html", context | {"form": form}, status=status)


@require_POST
def task_import_confirm(request: PortalRequest, year: int) -> HttpResponse:
    """Take over what the preview showed; all of it or nothing."""
    try:
        packed = signing.loads(request.POST.get("plan", ""), salt=SALT, max_age=PREVIEW_SECONDS)
    except signing.BadSignature as error:
        raise Invalid("预览已失效，请重新上传文件。") from error
    if packed["user"] != request.user.pk or packed["year"] != year:
        raise Invalid("预览已失效，请重新上传文件。")
    plan = Plan.unpacked(packed["plan"])
    reason = request.POST.get("reason", "").strip()[:200]
    try:
        count = ledger_import.apply_cells(
            by=request.get_actor(), year=year, plan=plan, reason=reason
        )
    except Conflict as refusal:
        messages.error(request, refusal.sentence)
        form = LedgerFileForm()
        context = {"year": year, "form": form, "active_nav": "task_list_latest"}
        return render(request, "task_import.html", context, status=409)
    messages.success(request, f"已按 Excel 调整 {count} 项任务，变更已记入各任务的变更记录。")
    return redirect("task_list", year=year)


def preview(request: PortalRequest, year: int, plan: Plan) -> dict[str, Any]:
    """What the page shows of a plan; the signed field is what is confirmed later."""
    context: dict[str, Any] = {
        "plan": plan,
        "problems": plan.problems[:SHOWN_AT_MOST],
        "differences": plan.differences[:SHOWN_AT_MOST],
        "tasks_changed": len({d.number for d in plan.differences}),
    }
    if not plan.problems and plan.differences:
        context["packed"] = signing.dumps(
            {"user": request.user.pk, "year": year, "plan": plan.packed()},
            salt=SALT,
            compress=True,
        )
    return context
