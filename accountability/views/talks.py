"""廉政谈话: one seat's talks of a year, putting them on record, voiding one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ..access.find import find
from ..forms.duties import ReasonForm
from ..forms.talks import TalkForm
from ..http import PortalRequest
from ..models import Duty, DutyKind, Talk
from ..refusals import NotFound
from ..selectors.talks import talks_page
from ..services import talks


@require_safe
def duty_talks(request: PortalRequest, duty_id: int) -> HttpResponse:
    """The talks of the seat that owes this duty, as far as the person may see them."""
    return _page(request, _found(request, duty_id), is_told=True)


@require_POST
def talk_record(request: PortalRequest, duty_id: int) -> HttpResponse:
    """Put one day's talks on record."""
    duty = _found(request, duty_id)
    seat = duty.post
    if seat is None:
        raise NotFound
    talks.require_talker(request.user, seat)
    context = talks_page(request.user, duty, on=timezone.localdate())
    form = TalkForm(request.POST, partners=context["partners"])
    if form.is_valid():
        made = form.attempt(
            lambda: talks.record(
                by=request.get_actor(),
                talker_post=seat,
                talked_post_ids=form.post_ids(),
                topic=form.cleaned_data["topic"],
                held_on=form.cleaned_data["held_on"],
                note=form.cleaned_data["note"],
                now=timezone.now(),
            )
        )
        if made is not None:
            messages.success(request, f"已登记谈话 {len(made)} 人次")
            return redirect("duty_talks", duty_id=duty.pk)
    return _page(request, duty, form=form)


@require_POST
def talk_void(request: PortalRequest, talk_id: int) -> HttpResponse:
    """作废 one talk."""
    talk: Talk = find(Talk.objects.visible_to(request.user), pk=talk_id)
    duty = (
        Duty.objects.visible_to(request.user)
        .filter(post_id=talk.talker_post_id, year=talk.year, kind=DutyKind.TALK)
        .order_by("id")
        .first()
    )
    form = ReasonForm(request.POST)
    form.is_valid()
    form.errors.clear()
    done = form.attempt(
        lambda: talks.void(
            by=request.get_actor(),
            talk_id=talk.pk,
            reason=form.data.get("reason", "")[:300],
            now=timezone.now(),
        )
    )
    if done is None and duty is not None:
        return _page(request, _found(request, duty.pk), void=form)
    if done is not None:
        messages.success(request, "谈话登记已作废")
    return redirect("duty_talks", duty_id=duty.pk) if duty else redirect("duties_latest")


def _found(request: PortalRequest, duty_id: int) -> Duty:
    rows = Duty.objects.visible_to(request.user).filter(kind=DutyKind.TALK)
    duty: Duty = find(rows.select_related("rule", "post__unit", "county"), pk=duty_id)
    return duty


def _page(
    request: PortalRequest,
    duty: Duty,
    *,
    form: TalkForm | None = None,
    void: ReasonForm | None = None,
    is_told: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = talks_page(request.user, duty, on=timezone.localdate())
    if is_told and duty.post is not None:
        talks.tell_read(
            by=request.get_actor(), seat=duty.post, year=duty.year, read=context["talks"]
        )
    if form is None and context["may_record"]:
        form = TalkForm(partners=context["partners"])
    refused = form if form and form.is_bound else void
    context |= {
        "form": form,
        "refusals": refused.non_field_errors() if refused else [],
        "reason_errors": void.errors.get("reason", []) if void else [],
        "active_nav": "duties_latest",
    }
    return render(request, "duties/talks.html", context, status=refused.status if refused else 200)
