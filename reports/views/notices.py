"""Printing: a notice in letter form, 整改台账 as PDF; both are background work."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.models import Job
from accountability.refusals import Invalid
from reports.services import notice_papers
from tasks.models import Notice
from tasks.views.findings import filters


@require_POST
def notice_paper(request: PortalRequest, notice_id: int, kind: str) -> HttpResponse:
    """Ask for a file; an htmx request gets its card, others the job's page."""
    notice = find(Notice.objects.visible_to(request.user), pk=notice_id)
    return _told(request, notice_papers.ask(by=request.get_actor(), notice=notice, kind=kind))


@require_POST
def finding_ledger(request: PortalRequest, year: int) -> HttpResponse:
    """Ask for 整改台账 under the filters that stand in the address."""
    form = filters(request)
    if not form.is_valid():
        raise Invalid("筛选条件有误，请返回整改台账改正后再打印。")
    job = notice_papers.ask_ledger(
        by=request.get_actor(), year=year, filters=form.cleaned_data, on=timezone.localdate()
    )
    return _told(request, job)


def _told(request: PortalRequest, job: Job) -> HttpResponse:
    if request.htmx:
        return render(request, "partials/_job.html", {"job": job})
    return redirect("job", job_id=job.pk)
