"""第一责任人任务清单, and the papers of duties that a worker makes."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.http import PortalRequest
from accountability.models import Job
from accountability.refusals import NotFound
from accountability.selectors.duties import years_of
from reports.selectors.ten_things import chosen, ten_things
from reports.services import duty_papers


@require_safe
def ten_things_latest(request: PortalRequest) -> HttpResponse:
    """The list of the year chosen."""
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and len(given) == 4 else timezone.localdate().year
    return redirect("ten_things", year=year)


@require_safe
def ten_things_of_year(request: PortalRequest, year: int) -> HttpResponse:
    """The ten things of one seat, the own one first."""
    on = timezone.localdate()
    given = request.GET.get("post", "")
    rows, post = chosen(request.user, given, on=on)
    if given and post is None:
        raise NotFound
    context = {
        "year": year,
        "years": years_of(request.user, on=on),
        "seats": rows,
        "post": post,
        "found": ten_things(request.user, post, year, on=on) if post else None,
        "section": "ten",
        "active_nav": "duties_latest",
    }
    return render(request, "duties/ten_things.html", context)


@require_POST
def ten_things_pdf(request: PortalRequest, year: int) -> HttpResponse:
    """Ask for the 台账."""
    job = duty_papers.ask_ten_things(
        by=request.get_actor(),
        post_id=request.POST.get("post", ""),
        year=year,
        on=timezone.localdate(),
    )
    return _job(request, job)


@require_POST
def duty_coverage_pdf(request: PortalRequest, year: int, part: str) -> HttpResponse:
    """Ask for a table of coverage."""
    job = duty_papers.ask_coverage(
        by=request.get_actor(), part=part, year=year, on=timezone.localdate()
    )
    return _job(request, job)


def _job(request: PortalRequest, job: Job) -> HttpResponse:
    if request.htmx:
        return render(request, "partials/_job.html", {"job": job})
    return redirect("job", job_id=job.pk)
