"""督查: plan a round, move it on, draw, remind, judge."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.http import PortalRequest
from accountability.refusals import Conflict, Invalid, WrongState
from accountability.selectors import object_trail
from tasks.forms.campaigns import JudgeForm, PlanForm, initial_of
from tasks.models import Campaign, CampaignItem, CampaignState
from tasks.selectors import board, campaign_units
from tasks.selectors.campaign_trail import events_of
from tasks.services import campaign_draw, campaigns, unit_returns
from tasks.views.campaigns import board_page, found

DONE = {
    "submit": "已送审",
    "send_back": "已退回修改",
    "approve": "已批准",
    "open": "已启动",
    "conclude": "结论已反馈各单位",
    "void": "已作废",
}


@require_http_methods(["GET", "POST"])
def campaign_new(request: PortalRequest, year: int) -> HttpResponse:
    """Draft a round of any kind but the quarterly one, which the schedule makes."""
    today = timezone.localdate()
    form = _form(request, year, is_new=True)
    if request.method == "POST" and form.is_valid():
        kind, period = form.kind_and_period()
        row = form.attempt(
            lambda: campaigns.draft(
                by=request.get_actor(), year=year, kind=kind, period=period, plan=form.plan()
            )
        )
        if row is not None:
            messages.success(request, "方案已保存，确认无误后送审")
            return redirect("campaign_plan", campaign_id=row.pk)
    context = {"form": form, "year": year, "today": today, "active_nav": "campaigns_latest"}
    return render(request, "campaign_new.html", context, status=_status(form))


@require_safe
def campaign_plan(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """方案: read by whoever sees the round, changed by the office until it is approved."""
    row = found(request, campaign_id)
    return plan_page(request, row, form=_form_of(request, row))


@require_POST
def campaign_revise(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """Change a plan that is not approved yet."""
    row = found(request, campaign_id)
    form = _form(request, row.year, is_new=False, campaign=row)
    if form.is_valid():
        plan, version = form.plan(), form.cleaned_data["version"] or 0
        done = form.attempt(
            lambda: campaigns.revise(
                by=request.get_actor(), campaign_id=row.pk, plan=plan, version=version
            )
        )
        if done is not None:
            messages.success(request, "方案已保存")
            return redirect("campaign_plan", campaign_id=row.pk)
    return plan_page(request, row, form=form)


def plan_page(
    request: PortalRequest,
    row: Campaign,
    *,
    form: PlanForm | None = None,
    refusal: Any = None,
) -> HttpResponse:
    """The plan with what may be done with it."""
    scope, today = scope_for(request.user), timezone.localdate()
    members = campaign_units.members_of(row)
    pool = campaign_units.pool(row, on=max(today, row.starts_on))
    items = CampaignItem.objects.filter(campaign=row).select_related("item")
    draw = row.draw
    context = {
        "campaign": row,
        "year": row.year,
        "form": form,
        "members": members,
        "pool_count": pool.count(),
        "pool_names": list(pool.order_by("precedence", "pk").values_list("name", flat=True)[:60]),
        "items": list(items.order_by("item__order")),
        "drawn": _drawn(draw) if draw else [],
        "refusal": refusal,
        "may_edit": scope.may(Action.CAMPAIGN_EDIT),
        "may_approve": scope.may(Action.CAMPAIGN_APPROVE) and row.drafted_by_id != request.user.pk,
        "may_void": scope.may(Action.CAMPAIGN_APPROVE),
        "is_drawn_round": row.scope == "drawn",
        "active_nav": "campaigns_latest",
        "trail": object_trail.inline(request.user, "campaign", row.pk, events_of(row)),
    }
    status = refusal.status if refusal is not None else _status(form)
    return render(request, "campaign_plan.html", context, status=status)


def _drawn(draw: dict[str, Any]) -> list[tuple[str, str]]:
    """The result of a draw in names."""
    units = {unit[0]: unit[1] for unit in draw["units"]}
    people = {who[0]: who[1] for who in draw["inspectors"]}
    return [(units[unit], "、".join(people[w] for w in them)) for unit, them in draw["drawn"]]


def _form_of(request: PortalRequest, row: Campaign) -> PlanForm | None:
    """The plan's form as it stands, for whoever may change it now."""
    is_open = row.state in (CampaignState.DRAFT, CampaignState.SUBMITTED)
    if not (is_open and scope_for(request.user).may(Action.CAMPAIGN_EDIT)):
        return None
    return PlanForm(
        initial=initial_of(row),
        county_id=row.county_id,
        year=row.year,
        on=timezone.localdate(),
        is_new=False,
    )


def _form(
    request: PortalRequest, year: int, *, is_new: bool, campaign: Campaign | None = None
) -> PlanForm:
    assert request.user.county_id is not None
    return PlanForm(
        request.POST if request.method == "POST" else None,
        initial=initial_of(campaign) if campaign is not None else {"scope": "holders"},
        county_id=request.user.county_id,
        year=year,
        on=timezone.localdate(),
        is_new=is_new,
    )


def _status(form: PlanForm | None) -> int:
    return form.status if form is not None and form.is_bound else 200


@require_POST
def campaign_move(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """One step of a round: submit, send back, approve, open, conclude, void."""
    row = found(request, campaign_id)
    step = request.POST.get("step", "")
    try:
        if step not in campaigns.STEPS:
            raise Invalid("请从页面上的按钮办理。")
        campaigns.STEPS[step](
            request.get_actor(), row.pk, request.POST.get("reason", "")[:200], timezone.localdate()
        )
    except (Invalid, Conflict, WrongState) as refusal:
        return _refused(request, campaign_id, refusal)
    messages.success(request, DONE[step])
    return redirect("campaign", campaign_id=row.pk)


@require_POST
def campaign_draw_now(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """随机抽取, once."""
    found(request, campaign_id)
    try:
        campaign_draw.draw(by=request.get_actor(), campaign_id=campaign_id, on=timezone.localdate())
    except (Invalid, Conflict, WrongState) as refusal:
        return _refused(request, campaign_id, refusal)
    messages.success(request, "已抽取并启动，抽取记录可以下载核对")
    return redirect("campaign_plan", campaign_id=campaign_id)


def _refused(
    request: PortalRequest, campaign_id: int, refusal: Invalid | Conflict | WrongState
) -> HttpResponse:
    """The page again, as it stands now, with the refusal's sentence."""
    row = found(request, campaign_id)
    return plan_page(request, row, form=_form_of(request, row), refusal=refusal)


@require_POST
def campaign_remind(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """催报 the chosen units, or all that owe."""
    row, today = found(request, campaign_id), timezone.localdate()
    if request.POST.get("all"):
        ids = board.to_remind(board.returns_of(row, request.user, on=today), on=today)
    else:
        ids = _chosen(request)
    count = unit_returns.remind(
        by=request.get_actor(), campaign_id=row.pk, return_ids=ids, on=today
    )
    messages.success(request, f"已向 {count} 个单位催报")
    return redirect("campaign", campaign_id=row.pk)


@require_POST
def campaign_judge(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """判定 the chosen units."""
    row = found(request, campaign_id)
    form = JudgeForm(request.POST)
    form.is_valid()
    form.errors.clear()  # the service judges, after it has looked at who asks
    done = form.attempt(
        lambda: unit_returns.judge(
            by=request.get_actor(),
            campaign_id=row.pk,
            return_ids=_chosen(request),
            light=request.POST.get("light", ""),
            reason=request.POST.get("reason", "")[:300],
            on=timezone.localdate(),
        )
    )
    if done is None:
        return board_page(request, row, judge=form)
    messages.success(request, f"已判定 {len(done)} 个单位")
    return redirect("campaign", campaign_id=row.pk)


def _chosen(request: PortalRequest) -> list[int]:
    given = request.POST.getlist("returns")
    return sorted({int(text) for text in given if text.isdecimal() and len(text) < 18})
