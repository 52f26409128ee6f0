"""分工确认: the leader's own list, and for the office who confirmed, objected, said nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.http import PortalRequest
from accountability.refusals import Conflict, Invalid, Refusal, WrongState
from tasks.models import AnswerState
from tasks.selectors import slot_answers as selector
from tasks.services import slot_answers as services


@require_safe
def slot_answers(request: PortalRequest) -> HttpResponse:
    """What waits for one's own word; for the office and inspectors how far all leaders are."""
    return _page(request)


@require_POST
def slot_answers_confirm(request: PortalRequest) -> HttpResponse:
    """全部确认, of as many as the page showed."""
    expected = request.POST.get("expected", "")
    return _act(
        request,
        lambda: services.confirm_all(
            by=request.get_actor(),
            expected=int(expected) if expected.isdecimal() and len(expected) < 9 else None,
        ),
        "分工已全部确认",
    )


@require_POST
def slot_object(request: PortalRequest, assignment_id: int) -> HttpResponse:
    """提出异议 to one slot."""
    return _act(
        request,
        lambda: services.object_(
            by=request.get_actor(),
            assignment_id=assignment_id,
            grounds=request.POST.get("grounds", ""),
        ),
        "异议已提出，由政府办处理",
        at=assignment_id,
    )


@require_POST
def slot_answer_decide(request: PortalRequest, answer_id: int) -> HttpResponse:
    """采纳 or 不采纳."""
    return _act(
        request,
        lambda: services.decide(
            by=request.get_actor(),
            answer_id=answer_id,
            outcome=request.POST.get("outcome", ""),
            decision=request.POST.get("decision", ""),
        ),
        "已处理异议；采纳的，请在落实责任中调整",
        at=answer_id,
    )


def _act(
    request: PortalRequest, act: Callable[[], object], told: str, *, at: int = 0
) -> HttpResponse:
    try:
        act()
    except (Invalid, Conflict, WrongState) as refusal:
        return _page(request, refusal=refusal, at=at)
    messages.success(request, told)
    return redirect("home" if request.POST.get("back") == "home" else "slot_answers")


def _page(request: PortalRequest, *, refusal: Refusal | None = None, at: int = 0) -> HttpResponse:
    user, today = request.user, timezone.localdate()
    scope = scope_for(user)
    seats = selector.by_seat(user, on=today)
    context: dict[str, Any] = {
        "asked": selector.asked_of(user, on=today),
        "own": [] if scope.sees_whole_county else selector.own_answers(user),
        "sees_all": scope.sees_whole_county,
        "seats": seats,
        "totals": selector.totals(seats),
        "objections": selector.objections(user),
        "may_decide": scope.may(Action.SLOT_FILL),
        "outcomes": [
            (state.value, label)
            for state, label in ((AnswerState.ACCEPTED, "采纳"), (AnswerState.DECLINED, "不采纳"))
        ],
        "days": selector.DAYS_TO_ANSWER,
        "refusal": refusal,
        "at": at,
        "sent": request.POST,
        "active_nav": "assign_latest",
    }
    return render(request, "slot_answers.html", context, status=refusal.status if refusal else 200)
