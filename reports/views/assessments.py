"""考核: the year's rounds; one round with its sheets, teams, ranking and 校核."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access.find import find
from accountability.downloads import export_response
from accountability.http import PortalRequest
from accountability.refusals import Invalid, NotFound
from accountability.services import files
from accountability.views.units import whole
from reports.assessment import standalone
from reports.documents.content import Column
from reports.documents.xlsx import render_xlsx
from reports.models import Assessment, Publication
from reports.selectors import assessments as selector
from reports.services import assessment_counting, assessments, publications, scoring

STAMP = (1980, 1, 1, 0, 0, 0)


@require_safe
def assessments_latest(request: PortalRequest) -> HttpResponse:
    """The rounds of the latest year with one, else of this year."""
    year = whole(request.GET.get("year"))
    if not 2000 <= year <= 2100:
        year = selector.latest_year(request.user) or timezone.localdate().year
    return redirect("assessments", year=year)


@require_safe
def assessment_list(request: PortalRequest, year: int) -> HttpResponse:
    """The rounds of a year."""
    if not 2000 <= year <= 2100:
        raise NotFound
    context = selector.list_page(request.user, year) | {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "active_nav": "assessments_latest",
    }
    return render(request, "assessments.html", context)


@require_safe
def assessment(request: PortalRequest, assessment_id: int) -> HttpResponse:
    """One round; `tab` chooses what is shown."""
    row = _found(request, assessment_id)
    on = timezone.localdate()
    context = selector.page(request.user, row, tab=request.GET.get("tab", ""), on=on)
    if context["tab"] == "teams" and context["may_edit"]:
        context["people"] = assessments.members_possible(row.county_id, on=on)
    context |= {"assessment": row, "active_nav": "assessments_latest", "today": on}
    return render(request, "assessment.html", context)


@require_safe
def assessment_xlsx(request: PortalRequest, assessment_id: int) -> FileResponse:
    """导出评分表: what the asker may see of it."""
    row = _found(request, assessment_id)
    heads, rows = selector.table(request.user, row)
    data = render_xlsx(f"{row}评分表", [Column(head) for head in heads], rows)
    name = f"{row}评分表.xlsx"
    return export_response(request, data, name=name, content_type=files.XLSX, rows=len(rows))


@require_POST
def assessment_team(request: PortalRequest, assessment_id: int) -> HttpResponse:
    """Make or change a team."""
    row = _found(request, assessment_id)
    team = assessments.set_team(
        by=request.get_actor(),
        assessment=row,
        team_id=whole(request.POST.get("team")) or None,
        name=request.POST.get("name", ""),
        user_ids=[whole(u) for u in request.POST.getlist("users")],
    )
    messages.success(request, f"已保存{team}")
    return _to(row, "teams")


@require_POST
def assessment_assign(request: PortalRequest, assessment_id: int) -> HttpResponse:
    """指定: the teams chosen in the table."""
    row = _found(request, assessment_id)
    teams = {
        whole(name.removeprefix("team-")): whole(str(value))
        for name, value in request.POST.items()
        if name.startswith("team-") and whole(str(value))
    }
    count = assessments.assign(by=request.get_actor(), assessment=row, teams=teams)
    messages.success(request, f"已调整 {count} 个对象的考核组")
    return _to(row, "teams")


@require_POST
def assessment_draw(request: PortalRequest, assessment_id: int) -> HttpResponse:
    """抽签."""
    row = _found(request, assessment_id)
    assessments.draw_teams(
        by=request.get_actor(), assessment=row, seed=request.POST.get("seed", "")
    )
    messages.success(request, "已抽签，种子记入轨迹，可以重复验证")
    return _to(row, "teams")


@require_POST
def assessment_step(request: PortalRequest, assessment_id: int) -> HttpResponse:
    """One step of the round: start, recount, review, feedback, void."""
    row, by, on = _found(request, assessment_id), request.get_actor(), timezone.localdate()
    step = request.POST.get("step", "")
    if step in ("self", "count"):
        job = assessment_counting.ask(by=by, assessment=row, step=step, on=on)
        return redirect("job", job_id=job.pk)
    if step == "review":
        assessments.start_review(by=by, assessment=row, on=on)
        messages.success(request, "已开始复评")
    elif step == "feedback":
        row = assessments.feed_back(by=by, assessment=row, on=on)
        messages.success(request, f"已反馈，复核申请截至 {row.appeal_due}（含当日）")
    elif step == "void":
        assessments.void(by=by, assessment=row, reason=request.POST.get("reason", ""))
        messages.success(request, "已作废")
    else:
        raise Invalid("没有这个步骤，请从页面上选择。")
    return _to(row, "sheets")


@require_POST
def assessment_approve(request: PortalRequest, assessment_id: int) -> HttpResponse:
    """核定 all scored sheets as their teams scored them."""
    row = _found(request, assessment_id)
    count, left = scoring.approve_all(
        by=request.get_actor(), assessment_id=row.pk, on=timezone.localdate()
    )
    messages.success(request, f"已核定 {count} 张评分表")
    if left:
        names = "、".join(left[:5])
        messages.warning(request, f"{names}{'等' if len(left) > 5 else ''}须由他人核定（回避）")
    return _to(row, "sheets")


@require_POST
def publication_propose(request: PortalRequest, assessment_id: int) -> HttpResponse:
    """提请公布."""
    row = _found(request, assessment_id)
    publications.propose(by=request.get_actor(), assessment=row, on=timezone.localdate())
    messages.success(request, "已提请公布，由另一人审定")
    return _to(row, "check")


@require_POST
def publication_decide(request: PortalRequest, publication_id: int) -> HttpResponse:
    """审定."""
    row: Publication = find(Publication.objects.visible_to(request.user), pk=publication_id)
    done = publications.decide(
        by=request.get_actor(),
        publication=row,
        is_approved=request.POST.get("agree") == "1",
        decision=request.POST.get("decision", ""),
        digest=request.POST.get("digest", ""),
        on=timezone.localdate(),
    )
    messages.success(request, f"{done}：{done.get_state_display()}")
    return redirect(f"{reverse('assessment', args=[done.assessment_id])}?tab=rank")


@require_safe
def publication_package(request: PortalRequest, publication_id: int) -> FileResponse:
    """The frozen package with the script that recomputes it without the portal."""
    rows = Publication.objects.visible_to(request.user).select_related("assessment")
    row: Publication = find(rows, pk=publication_id)
    told = (
        "解开后运行：python3 recompute_assessment.py package.json\n"
        f"package.json 的 SHA-256 应为 {row.digest}\n"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (
            ("package.json", row.content.encode()),
            ("recompute_assessment.py", Path(standalone.__file__).read_bytes()),
            ("说明.txt", told.encode()),
        ):
            archive.writestr(zipfile.ZipInfo(name, STAMP), data)
    return export_response(
        request,
        buffer.getvalue(),
        name=f"{row}核算包.zip",
        content_type="application/zip",
        rows=row.assessment.sheets.count(),
    )


def _to(row: Assessment, tab: str) -> HttpResponse:
    return redirect(f"{reverse('assessment', args=[row.pk])}?tab={tab}")


def _found(request: PortalRequest, assessment_id: int) -> Assessment:
    rows = Assessment.objects.visible_to(request.user).select_related("scheme", "county")
    row: Assessment = find(rows, pk=assessment_id)
    return row
