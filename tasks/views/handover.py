"""设置 · 批量移交."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accountability.http import PortalRequest
from accountability.refusals import NotFound
from accountability.selectors.directory import directory
from accountability.views.units import frame
from tasks.forms.handover import HandoverForm
from tasks.selectors.handover import bearers, target_named, targets
from tasks.services import handover
from tasks.services.commitments import choice_of


@require_http_methods(["GET", "POST"])
def hand_over(request: PortalRequest) -> HttpResponse:
    """Who carries what; with ?from=u5 its tasks, and who takes them over."""
    county = request.user.county
    if county is None:
        raise NotFound
    today = timezone.localdate()
    source = request.GET.get("from", "")
    if not source:
        context = frame(request, "handover", rows=bearers(county, on=today))
        return render(request, "settings/bearers.html", context)
    giver = handover.holder(county, source)
    rows = handover.open_assignments(county, source)
    known = directory(county, on=today)
    kinds = {row.slot.kind for row in rows}
    form = HandoverForm(
        request.POST or None, allowed=[row.pk for row in rows], initial={"day": today}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        chosen = {row.slot.kind for row in rows if row.pk in set(data["tasks"])}

        def move() -> int:
            return handover.reassign(
                by=request.get_actor(),
                county=county,
                source=source,
                target=target_named(known, data["target"], chosen),
                day=data["day"],
                assignments=data["tasks"],
                reason=data["reason"],
                letters=choice_of(request.POST),
            )

        count = form.attempt(move)
        if count is not None:
            messages.success(request, f"已将 {giver} 的 {count} 处责任移交 {data['target']}")
            return redirect(reverse("handover") + f"?from={source}")
    posted = set(request.POST.getlist("tasks"))
    context = frame(
        request,
        "handover",
        form=form,
        giver=giver,
        source=source,
        rows=[(row, request.method != "POST" or str(row.pk) in posted) for row in rows],
        targets=targets(known, kinds),
    )
    return render(request, "settings/handover.html", context, status=form.status)
