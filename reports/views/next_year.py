"""设置 · 年度结转 · 开启下一年度."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accountability.http import PortalRequest
from accountability.refusals import Invalid
from accountability.views.schedule import county_of
from accountability.views.units import frame, whole
from reports.selectors.next_year import papers_of, schemes_of
from reports.services import next_year as service


@require_http_methods(["GET", "POST"])
def next_year(request: PortalRequest, year: int) -> HttpResponse:
    """Choose what is taken into the next year; a job takes it, and lists what changed."""
    county_of(request)
    wrong = ""
    if request.method == "POST":
        try:
            job = service.ask(
                by=request.get_actor(),
                year=year,
                paper_ids={whole(pk) for pk in request.POST.getlist("paper")},
                scheme_ids={whole(pk) for pk in request.POST.getlist("scheme")},
                with_holders="with_holders" in request.POST,
                with_duties="with_duties" in request.POST,
                on=timezone.localdate(),
            )
            return redirect("job", job_id=job.pk)
        except Invalid as refusal:
            wrong = refusal.sentence
    context = frame(
        request,
        "closing",
        year=year,
        next_one=year + 1,
        papers=list(papers_of(request.user, year).defer("reading", "findings").with_counts()),
        schemes=list(schemes_of(request.user, year).order_by("kind", "id")),
        back=f"{reverse('settings_closing')}?year={year}",
        wrong=wrong,
    )
    return render(request, "settings/next_year.html", context, status=422 if wrong else 200)
