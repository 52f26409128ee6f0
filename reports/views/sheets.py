"""评分表: 自评, 复评, 核定 and 更正 on one page with the evidence beside it; 得分说明; 复核."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.refusals import Conflict, Invalid, Refusal, WrongState
from accountability.views.units import whole
from reports.models import Appeal, Sheet
from reports.selectors import sheets as selector
from reports.services import appeals, publications, scoring
from reports.services.scoring import Mark

LONGEST = 500


@require_safe
def sheet(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """The sheet; what of it can be written depends on who looks and when."""
    return _page(request, _found(request, sheet_id))


@require_safe
def sheet_why(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """得分说明."""
    row = _found(request, sheet_id)
    context = selector.why(request.user, row) | {"sheet": row, "active_nav": "assessments_latest"}
    return render(request, "sheet_why.html", context)


@require_POST
def sheet_self(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """自评."""
    return _act(
        request,
        sheet_id,
        lambda row, marks: scoring.self_score(
            by=request.get_actor(), sheet=row, marks=marks, on=timezone.localdate()
        ),
        "自评已保存",
    )


@require_POST
def sheet_score(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """考核组评分; `keep` saves it unfinished."""
    is_complete = "keep" not in request.POST
    return _act(
        request,
        sheet_id,
        lambda row, marks: scoring.team_score(
            by=request.get_actor(),
            sheet=row,
            marks=marks,
            vetoes=vetoes_of(request.POST),
            version=whole(request.POST.get("version")),
            is_complete=is_complete,
            on=timezone.localdate(),
        ),
        "评分已保存" if is_complete else "已暂存",
    )


@require_POST
def sheet_approve(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """核定."""
    return _act(
        request,
        sheet_id,
        lambda row, marks: scoring.approve(
            by=request.get_actor(),
            sheet=row,
            marks=marks,
            version=whole(request.POST.get("version")),
            on=timezone.localdate(),
        ),
        "已核定",
    )


@require_POST
def sheet_return(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """退回复评."""
    return _act(
        request,
        sheet_id,
        lambda row, marks: scoring.send_back(
            by=request.get_actor(),
            sheet=row,
            reason=request.POST.get("return_reason", "")[:LONGEST],
            on=timezone.localdate(),
        ),
        "已退回复评",
    )


@require_POST
def sheet_correct(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """提请更正 after publication."""
    return _act(
        request,
        sheet_id,
        lambda row, marks: publications.correct(
            by=request.get_actor(),
            sheet=row,
            marks=marks,
            reason=request.POST.get("correct_reason", "")[:300],
            on=timezone.localdate(),
        ),
        "已提请更正，由另一人审定后生效",
        wants="correct",
    )


@require_POST
def appeal_make(request: PortalRequest, sheet_id: int) -> HttpResponse:
    """申请复核."""
    return _act(
        request,
        sheet_id,
        lambda row, marks: appeals.make(
            by=request.get_actor(),
            sheet=row,
            code=request.POST.get("code", "")[:20],
            text=request.POST.get("text", "")[:LONGEST],
            on=timezone.localdate(),
        ),
        "已申请复核，请等待复核意见",
    )


@require_POST
def appeal_decide(request: PortalRequest, appeal_id: int) -> HttpResponse:
    """复核意见."""
    rows = Appeal.objects.visible_to(request.user)
    row: Appeal = find(rows, pk=appeal_id)
    return _act(
        request,
        row.sheet_id,
        lambda _, marks: appeals.decide(
            by=request.get_actor(),
            appeal=row,
            mark=Mark(
                number(request.POST.get("after", "")), "", tokens(request.POST.get("base", ""))
            ),
            decision=request.POST.get("decision", "")[:LONGEST],
            on=timezone.localdate(),
        ),
        "复核意见已记录",
    )


def number(text: str) -> Decimal | None:
    """Points as typed, also in full width; None for none, NaN for what is no number."""
    text = text.strip().translate(str.maketrans("０１２３４５６７８９．", "0123456789."))
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def tokens(text: str) -> list[str]:
    """Several bases in one box, set apart by ； or a line end."""
    return [part.strip() for part in re.split(r"[；;\n]+", text) if part.strip()]


def marks_of(data: QueryDict) -> dict[str, Mark]:
    """What was entered in each row, by code."""
    codes = [name.removeprefix("points:") for name in data if name.startswith("points:")]
    return {
        code: Mark(
            number(data.get(f"points:{code}", "")),
            data.get(f"reason:{code}", "")[:LONGEST],
            tokens(data.get(f"base:{code}", "")),
        )
        for code in codes
    }


def vetoes_of(data: QueryDict) -> dict[str, Mark]:
    """The vetoes that were ticked, with reason and bases."""
    return {
        code: Mark(
            None, data.get(f"reason:{code}", "")[:LONGEST], tokens(data.get(f"base:{code}", ""))
        )
        for code in data.getlist("veto")
    }


def _act(
    request: PortalRequest,
    sheet_id: int,
    act: Callable[[Sheet, dict[str, Mark]], object],
    told: str,
    *,
    wants: str = "",
) -> HttpResponse:
    row = _found(request, sheet_id)
    try:
        act(row, marks_of(request.POST))
    except (Invalid, Conflict, WrongState) as refusal:
        return _page(request, row, refusal=refusal, wants=wants)
    messages.success(request, f"{row.name}：{told}")
    following = whole(request.POST.get("next"))
    if following and "keep" not in request.POST:
        return redirect("sheet", sheet_id=following)
    return redirect("sheet", sheet_id=row.pk)


def _page(
    request: PortalRequest, row: Sheet, *, refusal: Refusal | None = None, wants: str = ""
) -> HttpResponse:
    context: dict[str, Any] = selector.page(
        request.user, row, on=timezone.localdate(), wants=wants or request.GET.get("do", "")
    )
    if refusal is not None:
        errors = refusal.details if isinstance(refusal.details, dict) else {}
        ticked = request.POST.getlist("veto")
        for line in context["rows"]:
            code = line.criterion.code
            if f"points:{code}" in request.POST or code in ticked:
                line.points = request.POST.get(f"points:{code}", "")
                line.reason = request.POST.get(f"reason:{code}", "")
                line.bases = request.POST.get(f"base:{code}", "")
                line.is_ticked = code in ticked
            line.errors = errors.get(code, [])
    context |= {
        "sheet": row,
        "assessment": row.assessment,
        "active_nav": "assessments_latest",
        "refusal": refusal,
        "typed": request.POST if refusal is not None else {},
    }
    return render(request, "sheet.html", context, status=refusal.status if refusal else 200)


def _found(request: PortalRequest, sheet_id: int) -> Sheet:
    rows = Sheet.objects.visible_to(request.user).select_related(
        "assessment__scheme", "assessment__county", "team", "unit", "post__unit",
        "self_by__person", "scored_by__person", "approved_by__person",
    )  # fmt: skip
    row: Sheet = find(rows, pk=sheet_id)
    return row
