"""报送: one unit's return in a round; confirmed by the unit, looked at by the office."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.refusals import Conflict, Invalid, Refusal, WrongState
from accountability.selectors import object_trail
from tasks.models import ObjectionState, Return, ReturnState
from tasks.selectors import board, campaign_units, campaigns
from tasks.selectors.campaign_trail import events_of_return
from tasks.selectors.return_lines import Line, lines_of
from tasks.services import conclusion_objections, inspectors
from tasks.services import unit_returns as services
from tasks.services.objections import DAYS_TO_OBJECT
from tasks.views.finding_acts import may_examine


@require_safe
def unit_return(request: PortalRequest, return_id: int) -> HttpResponse:
    """What the unit says on each task, its judgement and conclusion."""
    return _page(request, return_id)


@require_POST
def return_confirm(request: PortalRequest, return_id: int) -> HttpResponse:
    """确认报送, or 零报告."""
    is_zero = request.POST.get("zero") == "1"
    return _act(
        request,
        return_id,
        lambda: services.confirm(
            by=request.get_actor(),
            return_id=return_id,
            on=timezone.localdate(),
            is_zero=is_zero,
            problems=request.POST.get("problems", "")[:300],
        ),
        "已零报告" if is_zero else "已报送",
    )


@require_POST
def return_back(request: PortalRequest, return_id: int) -> HttpResponse:
    """退回补正."""
    return _act(
        request,
        return_id,
        lambda: services.send_back(
            by=request.get_actor(),
            return_id=return_id,
            reason=request.POST.get("reason", "")[:200],
            on=timezone.localdate(),
        ),
        "已退回补正",
    )


@require_POST
def return_inspectors(request: PortalRequest, return_id: int) -> HttpResponse:
    """Who of the team inspects the unit."""
    return _act(
        request,
        return_id,
        lambda: inspectors.assign(
            by=request.get_actor(),
            return_id=return_id,
            inspector_id=_number(request, "inspector") or 0,
            second_id=_number(request, "second"),
            on=timezone.localdate(),
        ),
        "已指定检查人",
    )


@require_POST
def return_object(request: PortalRequest, return_id: int) -> HttpResponse:
    """The unit objects to the conclusion."""
    return _act(
        request,
        return_id,
        lambda: conclusion_objections.raise_(
            by=request.get_actor(),
            return_id=return_id,
            grounds=request.POST.get("grounds", "")[:4000],
        ),
        "已提出异议，30 日内作出复核决定",
    )


@require_POST
def return_decide(request: PortalRequest, return_id: int) -> HttpResponse:
    """Decide on the objection: 维持, 变更, 撤销."""
    return _act(
        request,
        return_id,
        lambda: conclusion_objections.decide(
            by=request.get_actor(),
            return_id=return_id,
            outcome=request.POST.get("outcome", ""),
            decision=request.POST.get("decision", "")[:2000],
        ),
        "已作出复核决定",
    )


def _number(request: PortalRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 18 else None


def _act(
    request: PortalRequest, return_id: int, act: Callable[[], object], told: str
) -> HttpResponse:
    find(Return.objects.visible_to(request.user), pk=return_id)
    try:
        act()
    except (Invalid, Conflict, WrongState) as refusal:
        return _page(request, return_id, refusal=refusal)
    messages.success(request, told)
    return redirect("unit_return", return_id=return_id)


def _page(
    request: PortalRequest, return_id: int, *, refusal: Refusal | None = None
) -> HttpResponse:
    today, scope = timezone.localdate(), scope_for(request.user)
    rows = Return.objects.visible_to(request.user).select_related(
        "campaign__county", "unit", "inspector__person", "second_inspector__person",
        "submitted_by__person", "judged_by__person", "campaign__concluded_by__person",
    )  # fmt: skip
    soon = board.soon_day(request.user.county_id or 0, on=today)
    row: Return = find(rows.with_light(on=today, soon=soon), pk=return_id)
    campaign = row.campaign
    is_own = scope.may(Action.RETURN_CONFIRM) and row.unit_id in scope.unit_ids
    is_waiting = row.state != ReturnState.SUBMITTED
    lines = (
        lines_of(campaign, [row.unit_id], on=today)[row.unit_id]
        if is_waiting
        else [Line(**line) for line in row.content]
    )
    said = [line for line in lines if line.is_reported]
    members = campaign_units.members_of(campaign)
    objection = conclusion_objections.of(row)
    last_day = row.fed_back_on + timedelta(days=DAYS_TO_OBJECT) if row.fed_back_on else None
    context: dict[str, Any] = {
        "row": row,
        "campaign": campaign,
        "lines": lines,
        "said_count": len(said),
        "is_waiting": is_waiting,
        "days_late": max(0, (today - row.due_on).days) if is_waiting else 0,
        "leaders": board.leaders_of([row.unit_id], on=today).get(row.unit_id, ""),
        "may_confirm": is_own and is_waiting,
        "may_zero": is_own and is_waiting and all(line.is_zero for line in said),
        "may_edit": scope.may(Action.CAMPAIGN_EDIT) and campaign.is_open,
        "may_judge": campaigns.may_judge(request.user, campaign) and campaign.is_open,
        "may_assign": scope.may(Action.CAMPAIGN_EDIT)
        and campaign.is_open
        and bool(members)
        and not campaign.draw,
        "members": members,
        "objection": objection,
        "last_day": last_day,
        "may_object": is_own and objection is None and last_day is not None and today <= last_day,
        "may_decide": scope.may(Action.FINDING_DECIDE)
        and scope.sees_whole_county
        and objection is not None
        and objection.state == ObjectionState.OPEN
        and objection.against_id != request.user.pk,
        "may_notice": scope.may(Action.NOTICE_EDIT),
        "may_find": may_examine(scope),
        "refusal": refusal,
        "problems": request.POST.get("problems", row.problems),
        "active_nav": "campaigns_latest",
        "trail": object_trail.inline(request.user, "return", row.pk, events_of_return(row)),
    }
    return render(request, "unit_return.html", context, status=refusal.status if refusal else 200)
