"""The answer to whoever asked for something that a worker makes."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accountability.http import PortalRequest
from accountability.models import Job


def job_answer(request: PortalRequest, job: Job) -> HttpResponse:
    """The card of a job for a script, its page for who has none."""
    if request.htmx:
        return render(request, "partials/_job.html", {"job": job})
    return redirect("job", job_id=job.pk)
