"""权力清单: the lists, one version, importing the next, publishing, withdrawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.access.find import find
from accountability.downloads import bytes_response
from accountability.http import PortalRequest
from accountability.models import Post, Unit
from accountability.refusals import Invalid, WrongState
from accountability.selectors import object_trail
from accountability.services import files
from reports.forms.power_lists import PowerFileForm
from reports.models import PowerList
from reports.selectors import power_lists as selector
from reports.services import power_lists, power_sheet, publication_files
from reports.services.power_sheet import Plan
from reports.views.job_answer import job_answer

NAV = "promises_latest"
SALT = "power-import"
PREVIEW_SECONDS = 2 * 60 * 60


@require_safe
def power_list_page(request: PortalRequest) -> HttpResponse:
    """All lists that count today; `all` shows former versions too."""
    after = request.GET.get("after", "")
    context = selector.page(
        request.user,
        with_ended=request.GET.get("all") == "1",
        after=int(after) if after.isdecimal() and len(after) < 18 else 0,
    )
    return render(request, "powers.html", context | {"active_nav": NAV, "tab_of": "powers"})


def found(request: PortalRequest, list_id: int) -> PowerList:
    """The version within what the asker may see, or 404."""
    rows = PowerList.objects.visible_to(request.user).select_related("county", "unit", "post__unit")
    row: PowerList = find(rows, pk=list_id)
    return row


@require_safe
def power_list(request: PortalRequest, list_id: int) -> HttpResponse:
    """One version with its risks and measures."""
    return _page(request, found(request, list_id))


def _page(
    request: PortalRequest, row: PowerList, *, refused: str = "", note: str = ""
) -> HttpResponse:
    context = selector.detail(request.user, row) | {
        "refused": refused,
        "note": note,
        "trail": object_trail.inline(request.user, "power_list", row.pk, selector.events_of(row)),
        "active_nav": NAV,
    }
    return render(request, "power_list.html", context, status=422 if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def power_import(request: PortalRequest) -> HttpResponse:
    """Upload and look: nothing is stored before it is confirmed."""
    context: dict[str, Any] = {"columns": power_sheet.SHEET.columns, "active_nav": NAV}
    given = {k: request.GET.get(k, "") for k in ("unit", "post") if request.GET.get(k)}
    form = PowerFileForm(user=request.user, initial=given)
    if request.method == "POST":
        form = PowerFileForm(request.POST, request.FILES, user=request.user)
        if form.is_valid():
            file = form.cleaned_data["file"]
            plan = form.attempt(lambda: power_sheet.read_plan(file.read()))
            if plan is not None:
                context |= _preview(request, form, plan)
    status = 422 if context.get("plan") and context["plan"].problems else form.status
    return render(request, "power_import.html", context | {"form": form}, status=status)


def _preview(request: PortalRequest, form: PowerFileForm, plan: Plan) -> dict[str, Any]:
    unit, post = form.cleaned_data["unit"], form.cleaned_data["post"]
    context: dict[str, Any] = {
        "plan": plan,
        "owner": post or unit,
        "file_name": form.cleaned_data["file"].name,
    }
    if not plan.problems:
        context["packed"] = signing.dumps(
            {
                "user": request.user.pk,
                "unit": unit.pk,
                "post": post.pk if post else None,
                "powers": plan.packed(),
            },
            salt=SALT,
            compress=True,
        )
    return context


@require_POST
def power_import_confirm(request: PortalRequest) -> HttpResponse:
    """Take over what the preview showed, as the next version."""
    try:
        packed = signing.loads(request.POST.get("plan", ""), salt=SALT, max_age=PREVIEW_SECONDS)
    except signing.BadSignature as error:
        raise Invalid("预览已失效，请重新上传文件。") from error
    if packed["user"] != request.user.pk:
        raise Invalid("预览已失效，请重新上传文件。")
    post_id = packed["post"]
    made = power_lists.import_version(
        by=request.get_actor(),
        unit=find(Unit.objects.visible_to(request.user), pk=packed["unit"]),
        post=find(Post.objects.visible_to(request.user), pk=post_id) if post_id else None,
        plan=Plan.unpacked(packed["powers"]),
        basis=request.POST.get("basis", "")[:200],
    )
    messages.success(request, f"已导入第 {made.version} 版，审核后公开")
    return redirect("power_list", list_id=made.pk)


@require_safe
def power_template(request: PortalRequest) -> FileResponse:
    """The empty workbook."""
    data = power_sheet.workbook("权力清单", [])
    return bytes_response(data, name="权力清单模板.xlsx", content_type=files.XLSX)


@require_safe
def power_xlsx(request: PortalRequest, list_id: int) -> FileResponse:
    """The version as Excel."""
    row = found(request, list_id)
    data = power_sheet.workbook(power_lists.title_of(row), selector.items_of(row))
    name = power_lists.file_name(row, "xlsx")
    return bytes_response(data, name=name, content_type=files.XLSX)


@require_POST
def power_pdf(request: PortalRequest, list_id: int) -> HttpResponse:
    """Ask for the version in official layout."""
    row = found(request, list_id)
    job = publication_files.ask(by=request.get_actor(), kind=publication_files.POWER, row=row)
    return job_answer(request, job)


@require_POST
def power_approve(request: PortalRequest, list_id: int) -> HttpResponse:
    """审核通过."""
    return _act(
        request,
        list_id,
        lambda row: power_lists.approve(by=request.get_actor(), power_list=row),
        "已审核通过",
    )


@require_POST
def power_publish(request: PortalRequest, list_id: int) -> HttpResponse:
    """公开."""
    return _act(
        request,
        list_id,
        lambda row: power_lists.publish(
            by=request.get_actor(), power_list=row, on=timezone.localdate()
        ),
        "已公开",
    )


@require_POST
def power_withdraw(request: PortalRequest, list_id: int) -> HttpResponse:
    """撤下 of the public version, 作废 of one on the desk."""
    return _act(
        request,
        list_id,
        lambda row: power_lists.withdraw(
            by=request.get_actor(),
            power_list=row,
            note=request.POST.get("note", ""),
            on=timezone.localdate(),
        ),
        "已办理",
    )


def _act(
    request: PortalRequest, list_id: int, act: Callable[[PowerList], PowerList], told: str
) -> HttpResponse:
    row = found(request, list_id)
    try:
        done = act(row)
    except (Invalid, WrongState) as refusal:
        note = request.POST.get("note", "")[:200]
        return _page(request, found(request, list_id), refused=refusal.sentence, note=note)
    messages.success(request, f"{done}{told}")
    return redirect("power_list", list_id=row.pk)
