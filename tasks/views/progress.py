"""报进展: the form inside the row of 工作台, and as a page of its own where scripts are off."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.forms.refused import add_refusal
from accountability.http import PortalRequest
from accountability.models import Unit
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from tasks.forms.progress import ProgressForm, ids
from tasks.models import WRITABLE, Evidence, Progress, TaskItem
from tasks.periods import Period
from tasks.screening import MOST_BYTES
from tasks.selectors import home_progress
from tasks.selectors.evidence import offered
from tasks.services import evidence as evidence_service
from tasks.services import progress, progress_review
from tasks.services.progress import Place

DONE = {
    "draft": "已存草稿：{0}",
    "submit": "已提交审核：{0}",
    "zero": "已零报告：{0}",
}


@require_http_methods(["GET", "POST"])
def progress_form(request: PortalRequest, task_id: int, unit_id: int, period: str) -> HttpResponse:
    """Show and take one report; inside a row of 工作台 it is the row that is answered."""
    place = _place(request, task_id, unit_id, period)
    if request.method == "POST":
        return _take(request, place)
    return _show(request, place)


def _place(request: PortalRequest, task_id: int, unit_id: int, code: str) -> Place:
    """Task, unit and quarter of the address; a task out of sight is 404, another's unit 403."""
    item = find(
        TaskItem.objects.visible_to(request.user, item=task_id).select_related("county"),
        pk=task_id,
    )
    found = Period.parse(code)
    if found is None:
        raise NotFound
    if unit_id not in scope_for(request.user).unit_ids:
        raise NotAllowed("只能报送本单位的进展，请由该单位的联络员报送。")
    unit = find(Unit.objects.visible_to(request.user), pk=unit_id)
    return Place(item, unit, found)


def _take(request: PortalRequest, place: Place) -> HttpResponse:
    form = ProgressForm(
        request.POST,
        milestones=home_progress.milestones_of(place.item),
        key=f"{place.item.pk}-{place.unit.pk}",
    )
    verb = request.POST.get("action", "draft")
    chosen = ids(request.POST.getlist("evidence"))
    if not form.is_valid():
        return _show(request, place, form=form, chosen=chosen, status=422)
    try:
        if verb != "zero":
            chosen, sentences = _supported(request, place, form, chosen)
            if sentences:
                for sentence in sentences:
                    form.add_error(None, sentence)
                return _show(request, place, form=form, chosen=chosen, status=422)
        row = _write(request, place, form, verb, chosen)
    except (Conflict, WrongState) as refusal:
        return _show(request, place, form=form, chosen=chosen, conflict=refusal, status=409)
    except Invalid as refusal:
        add_refusal(form, refusal)
        return _show(request, place, form=form, chosen=chosen, status=422)
    done = DONE[verb if verb in DONE else "draft"].format(place.item.number)
    done += "（逾期补报）" if row.is_late and verb != "draft" else ""
    if request.htmx:
        return line(request, place, done)
    messages.success(request, done)
    return redirect(f"{reverse('home')}?period={place.period.code}")


def _write(
    request: PortalRequest, place: Place, form: ProgressForm, verb: str, chosen: list[int]
) -> Progress:
    common: dict[str, Any] = {
        "by": request.get_actor(),
        "place": place,
        "version": form.cleaned_data["version"],
        "on": timezone.localdate(),
        "token": form.cleaned_data["token"],
    }
    if verb == "zero":
        return progress.report_zero(**common)
    act = progress.submit if verb == "submit" else progress.save
    return act(entry=form.entry(chosen), **common)


def _supported(
    request: PortalRequest, place: Place, form: ProgressForm, chosen: list[int]
) -> tuple[list[int], list[str]]:
    """The chosen evidence with what came along; a sentence for each file that was refused."""
    by, sentences = request.get_actor(), []
    uploads = [
        # One byte too many is enough to refuse a larger one.
        evidence_service.Upload(file.name or "", file.read(MOST_BYTES + 1))
        for file in request.FILES.getlist("files")
    ]
    if uploads:
        taken = evidence_service.upload(by=by, unit=place.unit, uploads=uploads)
        chosen = [*chosen, *(row.pk for row in taken.evidence)]
        sentences = taken.sentences
    if form.cleaned_data["reference"].strip():
        named = evidence_service.refer(by=by, unit=place.unit, name=form.cleaned_data["reference"])
        chosen = [*chosen, named.pk]
        form.say(reference="")
    return list(dict.fromkeys(chosen)), sentences


def _show(
    request: PortalRequest,
    place: Place,
    *,
    form: ProgressForm | None = None,
    chosen: list[int] | None = None,
    conflict: Conflict | WrongState | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form with what was typed, or with what was said last; a report under way to read."""
    context = row_context(request, place, form=form, chosen=chosen)
    if conflict is not None:
        context["conflict"] = conflict.details
        context["conflict_sentence"] = conflict.sentence
        if form is not None and isinstance(conflict.details, dict):
            form.say(version=conflict.details["version"], token=uuid.uuid4().hex)
    template = "partials/_progress_form.html" if request.htmx else "progress_form.html"
    return render(request, template, context, status=status)


def row_context(
    request: PortalRequest,
    place: Place,
    *,
    form: ProgressForm | None = None,
    chosen: list[int] | None = None,
) -> dict[str, Any]:
    """What `partials/_progress_form.html` needs."""
    user, today = request.user, timezone.localdate()
    context = home_progress.form_context(user, place.item, place.unit, place.period, on=today)
    known, before = context["known"], context["before"]
    source = known or before
    key = f"{place.item.pk}-{place.unit.pk}"
    if form is None:
        form = ProgressForm(
            initial={
                "text": source.text if source and not (source is before and before.is_zero) else "",
                "percent": source.percent if source else None,
                "milestone": known.milestone_id if known else None,
                "version": known.version if known else 0,
                "token": uuid.uuid4().hex,
            },
            milestones=context["milestones"],
            key=key,
        )
    used = context["used"]
    if chosen is not None:
        used = list(Evidence.objects.visible_to(user).filter(unit=place.unit, pk__in=chosen))
    scope = scope_for(user)
    is_writable = known is None or known.state in WRITABLE
    return {
        **context,
        "place": place,
        "key": key,
        "form": form,
        "used": used,
        "offered": offered(user, place.unit, without=[e.pk for e in used]) if is_writable else [],
        "is_prefilled": known is None and before is not None and not form.is_bound,
        "is_writable": is_writable,
        "may_report": scope.may(Action.PROGRESS_REPORT),
        "may_confirm": scope.may(Action.PROGRESS_CONFIRM)
        and context["head_confirms"]
        and known is not None
        and known.state == "submitted",
        "url": reverse("progress_form", args=[place.item.pk, place.unit.pk, place.period.code]),
    }


def line(request: PortalRequest, place: Place, done: str) -> HttpResponse:
    """The row of 工作台 as it stands now, closed, with the counts of its head."""
    quarter = home_progress.quarter(request.user, on=timezone.localdate(), period=place.period)
    assert quarter is not None
    found = [
        row
        for row in quarter.lines
        if row.item["id"] == place.item.pk and row.unit_id == place.unit.pk
    ]
    return render(
        request,
        "partials/_progress_line.html",
        {
            "quarter": quarter,
            "line": found[0] if found else None,
            "done": done,
            "is_answer": True,
            "page_token": uuid.uuid4().hex,
        },
    )


def home_context(request: PortalRequest) -> dict[str, Any]:
    """The quarter's table of 工作台, with the first returned report open for correction."""
    today = timezone.localdate()
    quarter = home_progress.quarter(
        request.user, on=today, period=Period.parse(request.GET.get("period", ""))
    )
    if quarter is None:
        return {}
    shown = request.GET.get("show", "")
    context: dict[str, Any] = {
        "quarter": quarter,
        "shown": shown if shown in ("todo", "done") else "all",
        "page_token": uuid.uuid4().hex,
        "my_shares": home_progress.my_shares(request.user),
    }
    returned = next((row for row in quarter.lines if row.is_open), None)
    if returned is not None and scope_for(request.user).may(Action.PROGRESS_REPORT):
        place = Place(
            TaskItem.objects.select_related("county").get(pk=returned.item["id"]),
            Unit.objects.get(pk=returned.unit_id),
            quarter.period,
        )
        context |= {"open_key": f"{place.item.pk}-{place.unit.pk}"}
        context |= {"open": row_context(request, place)}
    return context


@require_POST
def progress_confirm(request: PortalRequest, progress_id: int) -> HttpResponse:
    """单位负责人: 确认, or 退回 to the liaison officer."""
    row: Progress = find(
        Progress.objects.visible_to(request.user).select_related("item__county", "unit"),
        pk=progress_id,
    )
    given = request.POST.get("version", "")
    version = int(given) if given.isdecimal() and len(given) < 10 else 0
    if request.POST.get("action") == "return":
        progress_review.return_(
            by=request.get_actor(),
            progress_id=row.pk,
            version=version,
            reason=request.POST.get("reason", ""),
            on=timezone.localdate(),
        )
        done = f"已退回：{row.item.number}"
    else:
        progress.confirm(by=request.get_actor(), progress_id=row.pk, version=version)
        done = f"已确认：{row.item.number}"
    messages.success(request, done)
    return redirect(f"{reverse('home')}?period={row.period.code}")
