"""审核进展: one report after the other, A 通过, R 退回, next."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accountability.access.find import find
from accountability.forms.refused import add_refusal
from accountability.http import PortalRequest
from accountability.refusals import Conflict, Invalid
from accountability.selectors import object_trail
from tasks.forms.progress import ReviewForm
from tasks.models import Progress
from tasks.selectors import progress_review as selector
from tasks.selectors.trail import events_of_progress
from tasks.services import progress_review

SHOWN = ("item__paper", "unit", "milestone", "reported_by__person", "confirmed_by__person",
         "reviewed_by__person")  # fmt: skip


@require_safe
def review_queue(request: PortalRequest) -> HttpResponse:
    """The first that waits; where nothing waits, the page says so."""
    first = selector.queue(request.user).first()
    if first is not None:
        return redirect("progress_review", progress_id=first.pk)
    context = {"extensions": selector.waiting_extensions(request.user)}
    return render(request, "progress_review.html", context | {"active_nav": "home"})


@require_http_methods(["GET", "POST"])
def progress_review_one(request: PortalRequest, progress_id: int) -> HttpResponse:
    """One report beside the queue; POST with `action` approve or return."""
    row: Progress = find(
        Progress.objects.visible_to(request.user).select_related(*SHOWN), pk=progress_id
    )
    if request.method == "POST":
        return _decide(request, row)
    return _page(request, row, ReviewForm(initial={"version": row.version}))


def _decide(request: PortalRequest, row: Progress) -> HttpResponse:
    form = ReviewForm(request.POST)
    is_return = request.POST.get("action") == "return"
    if not form.is_valid():
        return _page(request, row, form, status=422)
    version, by = form.cleaned_data["version"], request.get_actor()
    after = selector.following(request.user, row)
    try:
        if is_return:
            progress_review.return_(
                by=by,
                progress_id=row.pk,
                version=version,
                reason=form.cleaned_data["reason"],
                on=timezone.localdate(),
            )
        else:
            progress_review.approve(by=by, progress_id=row.pk, version=version)
    except Invalid as refusal:
        add_refusal(form, refusal)
        return _page(request, row, form, status=422)
    except Conflict as refusal:
        form = ReviewForm(initial={"version": row.version, "reason": form.cleaned_data["reason"]})
        return _page(request, row, form, status=409, sentence=refusal.sentence)
    messages.success(request, f"{'已退回' if is_return else '已通过'}：{row}")
    if after is None:
        return redirect("review_queue")
    return redirect("progress_review", progress_id=after.pk)


def _page(
    request: PortalRequest,
    row: Progress,
    form: ReviewForm,
    *,
    status: int = 200,
    sentence: str = "",
) -> HttpResponse:
    waiting = selector.queue(request.user)
    after = selector.following(request.user, row)
    context = selector.one(request.user, row, on=timezone.localdate()) | {
        "queue": list(waiting[: selector.LISTED]),
        "count": waiting.count(),
        "next_url": reverse("progress_review", args=[after.pk]) if after else "",
        "form": form,
        "sentence": sentence,
        "trail": object_trail.inline(request.user, "progress", row.pk, events_of_progress(row.pk)),
        "is_waiting": row.state in ("submitted", "confirmed"),
        "extensions": selector.waiting_extensions(request.user),
        "active_nav": "home",
    }
    return render(request, "progress_review.html", context, status=status)
