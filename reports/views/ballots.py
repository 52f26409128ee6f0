"""测评: the year's ballots, a new one, its slips, the return, the tellers, the result."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.access.find import find
from accountability.downloads import bytes_response
from accountability.http import PortalRequest
from accountability.refusals import Invalid, NotAllowed, NotFound
from accountability.services import files
from accountability.views.units import whole
from reports.forms.ballots import ACCOUNT_ASPECTS, BallotForm, SlipsForm, TallyForm
from reports.models import Ballot
from reports.selectors import ballots as selector
from reports.services import ballot_counting, ballots
from reports.services import ballot_slips as printing
from reports.services.assessments import members_possible


@require_safe
def ballots_latest(request: PortalRequest) -> HttpResponse:
    """The ballots of the year asked for, else of this year."""
    year = whole(request.GET.get("year")) or timezone.localdate().year
    return redirect("ballots", year=min(max(year, 2000), 2100))


@require_safe
def ballot_list(request: PortalRequest, year: int) -> HttpResponse:
    """The year's ballots."""
    if not 2000 <= year <= 2100:
        raise NotFound
    context = selector.list_page(request.user, year) | {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "active_nav": "assessments_latest",
    }
    return render(request, "ballots.html", context)


@require_http_methods(["GET", "POST"])
def ballot_new(request: PortalRequest, year: int) -> HttpResponse:
    """A new ballot; `place` or `duty` in the address say what it belongs to."""
    if not 2000 <= year <= 2100:
        raise NotFound
    form = _new_form(request)
    if form.is_valid():
        made = form.attempt(
            lambda: ballots.prepare(
                by=request.get_actor(), year=year, draft=form.draft(), on=timezone.localdate()
            )
        )
        if made is not None:
            messages.success(request, f"已建立{made}，请印制测评票")
            return redirect("ballot", ballot_id=made.pk)
    context = {"form": form, "year": year, "active_nav": "assessments_latest"}
    context["duty"] = _duty(request)
    return render(request, "ballot_new.html", context, status=form.status)


def _new_form(request: PortalRequest) -> BallotForm:
    on, county = timezone.localdate(), request.user.county_id
    initial: dict[str, Any] = {"place": request.GET.get("place", "")}
    duty = _duty(request)
    if duty is not None:
        initial |= {
            "duty": duty.pk,
            "title": f"{duty.subject_name}述责述廉民主测评"[:100],
            "aspects": ACCOUNT_ASPECTS,
        }
    return BallotForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        places=selector.places(request.user),
        subjects=selector.subjects(county, on=on) if county else [],
        people=members_possible(county, on=on) if county else {},
    )


def _duty(request: PortalRequest) -> Any:
    given = whole(request.POST.get("duty") or request.GET.get("duty"))
    return selector.duty_of(request.user, given) if given else None


@require_safe
def ballot(request: PortalRequest, ballot_id: int) -> HttpResponse:
    """One ballot."""
    return _page(request, _found(request, ballot_id))


def _page(
    request: PortalRequest, row: Ballot, *, slips: SlipsForm | None = None, status: int = 200
) -> HttpResponse:
    context = selector.page(request.user, row) | {
        "ballot": row,
        "slips": slips or SlipsForm(initial={"count": row.issued or ""}),
        "address": _address(request),
        "active_nav": "assessments_latest",
    }
    return render(request, "ballot.html", context, status=status)


@require_POST
def ballot_slips(request: PortalRequest, ballot_id: int) -> HttpResponseBase:
    """The slips as PDF, made in the answer and kept nowhere."""
    row = _found(request, ballot_id)
    form = SlipsForm(request.POST)
    data = None
    if form.is_valid():
        data = form.attempt(
            lambda: printing.issue(
                by=request.get_actor(),
                ballot=row,
                count=form.cleaned_data["count"],
                address=_address(request),
            )
        )
    if data is None:
        return _page(request, row, slips=form, status=form.status)
    return bytes_response(data, name=f"{row}测评票.pdf", content_type=files.PDF)


@require_POST
def ballot_step(request: PortalRequest, ballot_id: int) -> HttpResponse:
    """One step: open, close, void."""
    row, by = _found(request, ballot_id), request.get_actor()
    step = request.POST.get("step", "")
    if step == "open":
        ballots.open_ballot(by=by, ballot=row)
        messages.success(request, "投票已开始")
    elif step == "close":
        done = ballot_counting.close(by=by, ballot=row, on=timezone.localdate())
        messages.success(request, f"投票已结束：{done.get_state_display()}")
    elif step == "void":
        ballots.void(by=by, ballot=row, reason=request.POST.get("reason", ""))
        messages.success(request, "已作废，投票内容没有保留")
    else:
        raise Invalid("没有这个步骤，请从页面上选择。")
    return redirect("ballot", ballot_id=row.pk)


@require_http_methods(["GET", "POST"])
def ballot_tally(request: PortalRequest, ballot_id: int) -> HttpResponse:
    """One teller's count; nobody sees the other's figures."""
    row = _found(request, ballot_id)
    if not row.tellers.filter(user=request.user).exists():
        raise NotAllowed("计票由这次测评的两名计票人录入。")
    form = TallyForm(request.POST if request.method == "POST" else None, ballot=row)
    if form.is_valid():
        done = form.attempt(
            lambda: ballot_counting.enter(by=request.get_actor(), ballot=row, tally=form.tally())
        )
        if done is not None:
            messages.success(request, "已录入，须与另一名计票人的录入一致")
            return redirect("ballot", ballot_id=row.pk)
    context = {"ballot": row, "form": form, "active_nav": "assessments_latest"}
    return render(request, "ballot_tally.html", context, status=form.status)


def _address(request: PortalRequest) -> str:
    """Where a code is entered, as this office reaches the portal."""
    return request.build_absolute_uri(reverse("vote"))


def _found(request: PortalRequest, ballot_id: int) -> Ballot:
    rows = Ballot.objects.visible_to(request.user).select_related(
        "county", "sheet__assessment", "criterion", "duty__rule", "made_by__person"
    )
    row: Ballot = find(rows, pk=ballot_id)
    return row
