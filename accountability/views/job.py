"""The page and the result of a piece of background work, for who asked for it."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ..access.find import find
from ..downloads import file_response
from ..http import PortalRequest
from ..middleware import wants_json
from ..models import Job, JobState
from ..refusals import NotFound
from ..services import jobs


@require_safe
def job(request: PortalRequest, job_id: int) -> HttpResponse:
    """Progress; an htmx request gets the card alone and goes on asking while it runs."""
    row = find(jobs.visible_to(request.user), pk=job_id)
    if wants_json(request):
        return JsonResponse(
            {
                "state": row.state,
                "label": row.get_state_display(),
                "progress": row.progress,
                "text": row.progress_text,
                "error": row.error,
                "file": bool(row.result_file_id),
            }
        )
    template = "partials/_job.html" if request.htmx else "job.html"
    return render(request, template, {"job": row})


@require_safe
def job_file(request: PortalRequest, job_id: int) -> FileResponse:
    """The file that a job made, to whoever asked for it and still may have it."""
    row: Job = find(jobs.visible_to(request.user).select_related("result_file"), pk=job_id)
    if row.state != JobState.DONE or row.result_file is None:
        raise NotFound
    jobs.require_result(by=request.get_actor(), job=row)
    response = file_response(row.result_file)
    jobs.tell_fetched(by=request.get_actor(), job=row)
    return response


@require_POST
def job_retry(request: PortalRequest, job_id: int) -> HttpResponse:
    """Put a job that could not be completed back in the queue."""
    row = find(jobs.visible_to(request.user), pk=job_id)
    jobs.retry(by=request.get_actor(), job=row)
    return redirect("job", job_id=row.pk)
