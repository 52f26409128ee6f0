"""督查: the year's rounds, a round's board by unit, task, leader and time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.downloads import bytes_response, export_response
from accountability.http import PortalRequest
from accountability.refusals import NotFound
from accountability.selectors import object_trail
from accountability.services.files import XLSX
from tasks.draw import algorithm
from tasks.forms.campaigns import BoardForm, JudgeForm
from tasks.models import Campaign, CampaignState
from tasks.selectors import board, board_views, campaigns
from tasks.selectors.campaign_trail import events_of

VIEWS = {"unit": "按单位", "task": "按任务", "leader": "按领导", "time": "时间轴"}


@require_safe
def campaigns_latest(request: PortalRequest) -> HttpResponse:
    """The round that runs, else the list of the year."""
    year = request.GET.get("year", "")
    if year.isdecimal() and len(year) == 4:
        return redirect("campaigns", year=int(year))
    found = campaigns.latest(request.user)
    if found is not None:
        return redirect("campaign", campaign_id=found.pk)
    years = campaigns.years(request.user)
    return redirect("campaigns", year=years[0] if years else timezone.localdate().year)


@require_safe
def campaign_list(request: PortalRequest, year: int) -> HttpResponse:
    """All rounds of a year, and the year as a line."""
    today = timezone.localdate()
    context = {
        "year": year,
        "years": sorted({*campaigns.years(request.user), year}, reverse=True),
        "rows": campaigns.of_year(request.user, year),
        "timeline": board_views.by_time(request.user, year, on=today),
        "active_nav": "campaigns_latest",
        "may_edit": scope_for(request.user).may(Action.CAMPAIGN_EDIT),
    }
    return render(request, "campaigns.html", context)


@require_safe
def campaign(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """The board of one round."""
    row = found(request, campaign_id)
    if row.state not in (CampaignState.RUNNING, CampaignState.CONCLUDED):
        return redirect("campaign_plan", campaign_id=row.pk)
    return board_page(request, row)


def found(request: PortalRequest, campaign_id: int) -> Campaign:
    """The round within what the asker may see, or 404."""
    rows = Campaign.objects.visible_to(request.user).select_related(
        "county", "follows", "drafted_by__person", "approved_by__person", "concluded_by__person"
    )
    row: Campaign = find(rows, pk=campaign_id)
    return row


def board_page(
    request: PortalRequest, row: Campaign, *, judge: JudgeForm | None = None
) -> HttpResponse:
    """The board, with a judgement's form as it was sent where something is wrong with it."""
    today, scope = timezone.localdate(), scope_for(request.user)
    view = request.GET.get("view", "unit")
    view = view if view in VIEWS else "unit"
    form = BoardForm(request.GET, leaders=board.leader_choices(row, on=today))
    filters = form.filters()
    rows = board.returns_of(row, request.user, on=today)
    shown = board.narrowed(rows, filters, on=today)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    may_edit = scope.may(Action.CAMPAIGN_EDIT)
    may_judge = campaigns.may_judge(request.user, row)
    context: dict[str, Any] = {
        "campaign": row,
        "year": row.year,
        "years": sorted({*campaigns.years(request.user), row.year}, reverse=True),
        "siblings": campaigns.siblings(request.user, row),
        "head": board.head(rows, on=today),
        "view": view,
        "views": VIEWS.items(),
        "form": form,
        "filters": filters,
        "query": query(request, "after", "before", "view"),
        "query_but_lamp": query(request, "after", "before", "view", "lamp"),
        "active_nav": "campaigns_latest",
        "may_edit": may_edit and row.is_open,
        "may_office": may_edit,
        "may_judge": may_judge and row.is_open,
        "may_bulletin": scope.may(Action.BULLETIN_EDIT),
        "may_notice": scope.may(Action.NOTICE_EDIT),
        "judge": judge or JudgeForm(),
        "chosen": set(map(int, filter(str.isdecimal, request.POST.getlist("returns")))),
        "trail": object_trail.inline(request.user, "campaign", row.pk, events_of(row)),
    }
    if view == "unit":
        context["page"] = board.by_unit(row, shown, on=today, after=after, before=before)
    elif view == "task":
        context["page"] = board_views.by_task(row, rows, on=today, after=after, before=before)
    elif view == "leader":
        context["leaders"] = board.by_leader(rows, on=today)
    else:
        context["timeline"] = board_views.by_time(request.user, row.year, on=today)
    return render(request, "campaign.html", context, status=judge.status if judge else 200)


def query(request: PortalRequest, *without: str) -> str:
    """The address' filters without some, for links that keep the others."""
    given = request.GET.copy()
    for name in list(given):
        if name in without or not given[name]:
            del given[name]
    return given.urlencode()


@require_safe
def campaign_xlsx(request: PortalRequest, campaign_id: int) -> FileResponse:
    """督查台账 of what the asker sees, as Excel."""
    row, today = found(request, campaign_id), timezone.localdate()
    returns = board.returns_of(row, request.user, on=today)
    data = board_views.ledger(row, returns, on=today)
    name = f"{row.title}台账.xlsx"
    return export_response(request, data, name=name, content_type=XLSX, rows=returns.count())


@require_GET
def campaign_drawn(request: PortalRequest, campaign_id: int) -> FileResponse:
    """抽取记录: what the draw was made from and gave; or the program that repeats it."""
    row = found(request, campaign_id)
    if not row.draw:
        raise NotFound
    if request.GET.get("part") == "program":
        program = Path(algorithm.__file__).read_bytes()
        return bytes_response(program, name="repeat_draw.py", content_type="text/x-python")
    data = json.dumps(row.draw, ensure_ascii=False, indent=1).encode()
    return bytes_response(data, name=f"{row.title}抽取记录.json", content_type="application/json")
