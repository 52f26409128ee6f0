"""督查通报: the year's list with its half-year and year views, one bulletin, its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.downloads import file_response
from accountability.http import PortalRequest
from accountability.refusals import Conflict, Invalid, NotFound, Refusal, WrongState
from accountability.selectors import object_trail
from reports.forms.bulletins import BulletinForm
from reports.models import Bulletin, BulletinState
from reports.selectors import bulletins as selector
from reports.selectors.bulletin_trail import events_of
from reports.services import bulletin_text, bulletins

DONE = {
    "submit": "已送审",
    "send_back": "已退回修改",
    "issue": "已印发，PDF 和 Word 文件正在生成",
    "void": "已作废",
    "anew": "已按现在的数据重拟",
}
EDITABLE = (BulletinState.DRAFT, BulletinState.SUBMITTED)


@require_safe
def bulletins_latest(request: PortalRequest) -> HttpResponse:
    """The latest year with bulletins or rounds, else this year."""
    year = request.GET.get("year", "")
    if not (year.isdecimal() and len(year) == 4):
        found = selector.years(request.user)
        year = str(found[0] if found else timezone.localdate().year)
    return redirect("bulletins", year=int(year))


@require_safe
def bulletin_list(request: PortalRequest, year: int) -> HttpResponse:
    """The year's bulletins, and the half-year or year in figures."""
    return _list(request, year)


def _list(request: PortalRequest, year: int, refusal: Refusal | None = None) -> HttpResponse:
    key = request.GET.get("span", "")
    context: dict[str, Any] = {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "rows": selector.of_year(request.user, year),
        "spans": [(name, label) for name, (label, _) in selector.SPANS.items()],
        "key": key if key in selector.SPANS else "",
        "may_edit": scope_for(request.user).may(Action.BULLETIN_EDIT),
        "refusal": refusal,
        "active_nav": "campaigns_latest",
    }
    if context["key"]:
        label, half = selector.SPANS[key]
        context["label"] = label
        context["span"] = selector.span(request.user, year, half, on=timezone.localdate())
    status = refusal.status if refusal is not None else 200
    return render(request, "bulletins.html", context, status=status)


@require_POST
def bulletin_new(request: PortalRequest, year: int) -> HttpResponse:
    """Draft one of a round (`campaign`) or of a time (`span`)."""
    by, today = request.get_actor(), timezone.localdate()
    campaign, key = request.POST.get("campaign", ""), request.POST.get("span", "")
    try:
        if campaign.isdecimal() and len(campaign) < 18:
            row = bulletins.draft_of_campaign(by=by, campaign_id=int(campaign), on=today)
        elif key in selector.SPANS:
            half = selector.SPANS[key][1]
            row = bulletins.draft_of_time(by=by, year=year, half=half, on=today)
        else:
            raise Invalid("请选择督查或时段，再起草通报。")
    except (Invalid, Conflict, WrongState) as refusal:
        return _list(request, year, refusal)
    messages.success(request, "已按数据起草，核对修改后送审")
    return redirect("bulletin", bulletin_id=row.pk)


@require_safe
def bulletin(request: PortalRequest, bulletin_id: int) -> HttpResponse:
    """One bulletin: its text, its figures, what may be done with it."""
    return _page(request, bulletin_id)


@require_POST
def bulletin_edit(request: PortalRequest, bulletin_id: int) -> HttpResponse:
    """Save what was edited."""
    find(Bulletin.objects.visible_to(request.user), pk=bulletin_id)
    form = BulletinForm(request.POST)
    if form.is_valid():
        done = form.attempt(
            lambda: bulletins.revise(
                by=request.get_actor(), bulletin_id=bulletin_id, **form.cleaned_data
            )
        )
        if done is not None:
            messages.success(request, "已保存")
            return redirect("bulletin", bulletin_id=bulletin_id)
    return _page(request, bulletin_id, form=form)


@require_POST
def bulletin_move(request: PortalRequest, bulletin_id: int) -> HttpResponse:
    """One step: submit, send back, issue, void, draft anew."""
    find(Bulletin.objects.visible_to(request.user), pk=bulletin_id)
    by, step = request.get_actor(), request.POST.get("step", "")
    reason, today = request.POST.get("reason", "")[:200], timezone.localdate()
    given = request.POST.get("version", "")
    version = int(given) if given.isdecimal() and len(given) < 9 else 0
    try:
        if step == "submit":
            bulletins.submit(by=by, bulletin_id=bulletin_id)
        elif step == "send_back":
            bulletins.send_back(by=by, bulletin_id=bulletin_id, reason=reason)
        elif step == "issue":
            bulletins.issue(by=by, bulletin_id=bulletin_id, on=today)
        elif step == "void":
            bulletins.void(by=by, bulletin_id=bulletin_id, reason=reason)
        elif step == "anew":
            bulletins.draft_anew(by=by, bulletin_id=bulletin_id, version=version, on=today)
        else:
            raise Invalid("请从页面上的按钮办理。")
    except (Invalid, Conflict, WrongState) as refusal:
        return _page(request, bulletin_id, refusal=refusal)
    messages.success(request, DONE[step])
    return redirect("bulletin", bulletin_id=bulletin_id)


@require_safe
def bulletin_file(request: PortalRequest, bulletin_id: int, kind: str) -> FileResponse:
    """The PDF or the Word file of an issued bulletin."""
    row: Bulletin = find(
        Bulletin.objects.visible_to(request.user).select_related("pdf", "docx"), pk=bulletin_id
    )
    file = {"pdf": row.pdf, "docx": row.docx}.get(kind)
    if file is None:
        raise NotFound
    return file_response(file)


def _page(
    request: PortalRequest,
    bulletin_id: int,
    *,
    form: BulletinForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    rows = Bulletin.objects.visible_to(request.user).select_related(
        "campaign", "number", "drafted_by__person", "issued_by__person", "pdf", "docx"
    )
    row: Bulletin = find(rows, pk=bulletin_id)
    scope = scope_for(request.user)
    is_open = row.state in EDITABLE
    may_edit = scope.may(Action.BULLETIN_EDIT) and is_open
    if form is None and may_edit:
        names = ("title", "layout", "body", "version")
        form = BulletinForm(initial={name: getattr(row, name) for name in names})
    context = {
        "row": row,
        "year": row.year,
        "form": form if may_edit else None,
        "blocks": bulletin_text.blocks(row.body),
        "span": selector.summed(row.data),
        "strange": bulletin_text.strange_figures(row.body, row.data),
        "columns": bulletin_text.COLUMNS,
        "table": [(r, isinstance(r, str)) for r in bulletin_text.table_rows(row.data)],
        "may_edit": may_edit,
        "may_issue": scope.may(Action.BULLETIN_APPROVE)
        and row.state == BulletinState.SUBMITTED
        and row.drafted_by_id != request.user.pk,
        "may_void": scope.may(Action.BULLETIN_APPROVE) and is_open,
        "refusal": refusal,
        "active_nav": "campaigns_latest",
        "trail": object_trail.inline(request.user, "bulletin", row.pk, events_of(row)),
    }
    refused = refusal.status if refusal is not None else (form.status if form is not None else 200)
    status = refused if request.method == "POST" else 200
    return render(request, "bulletin.html", context, status=status)
