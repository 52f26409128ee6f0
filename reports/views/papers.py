"""意见文件: a year's papers as they came, as they stand, and as they were issued."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access.find import find
from accountability.downloads import file_response
from accountability.http import PortalRequest
from accountability.refusals import NotFound
from reports.selectors import papers as selector
from reports.services.paper_files import ask_export
from tasks.models import Paper, PaperState


@require_safe
def papers_latest(request: PortalRequest) -> HttpResponse:
    """The page of the latest year that has a paper, else of this year."""
    return redirect("papers", year=selector.latest_year(request.user) or timezone.localdate().year)


@require_safe
def papers(request: PortalRequest, year: int) -> HttpResponse:
    """The papers of a year, with their downloads."""
    return render(
        request,
        "papers.html",
        {
            "year": year,
            "years": selector.years(request.user),
            "cards": selector.paper_cards(request.user, year),
            "may_import": selector.may_import(request.user),
        },
    )


@require_POST
def paper_export(request: PortalRequest, paper_id: int, kind: str) -> HttpResponse:
    """Ask for a file; an htmx request gets its card, others the job's page."""
    paper = find(Paper.objects.visible_to(request.user), pk=paper_id)
    job = ask_export(by=request.get_actor(), paper=paper, kind=kind)
    if request.htmx:
        return render(request, "partials/_job.html", {"job": job})
    return redirect("job", job_id=job.pk)


@require_safe
def paper_issued_file(request: PortalRequest, paper_id: int, kind: str) -> FileResponse:
    """A file that was made when the paper was issued."""
    paper = find(Paper.objects.visible_to(request.user).select_related("issued_file"), pk=paper_id)
    file = selector.issued_file(paper, kind)
    if file is None or paper.state not in (PaperState.ISSUED, PaperState.CLOSED):
        raise NotFound
    return file_response(file)
