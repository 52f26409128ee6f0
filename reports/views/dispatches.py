"""发文: the year's papers, writing one, its preview, endorsement and files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.refusals import Invalid, NotFound, WrongState
from accountability.selectors import object_trail
from reports.drafting import characters, over
from reports.forms.dispatches import DispatchTextForm
from reports.forms.endorsements import AskForm
from reports.models import Dispatch, DispatchForm, DispatchState, EndorsedKind
from reports.selectors import dispatches as selector
from reports.selectors.endorsements import of_dispatch
from reports.services import (
    dispatch_files,
    dispatch_text,
    dispatches,
    endorsements,
    enrolment,
    year_drafts,
)
from reports.views.job_answer import job_answer

NAV = "endorsements"


@require_safe
def dispatches_latest(request: PortalRequest) -> HttpResponse:
    """The latest year with dispatches, else this year."""
    known = selector.years(request.user)
    return redirect("dispatches", year=known[0] if known else timezone.localdate().year)


@require_safe
def dispatch_list(request: PortalRequest, year: int) -> HttpResponse:
    """A year's dispatches, the latest first."""
    before = request.GET.get("before", "")
    context = selector.page(
        request.user,
        year,
        before=int(before) if before.isdecimal() and len(before) < 18 else 0,
    )
    context |= {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "choices": DispatchForm.choices,
        "active_nav": NAV,
        "tab_of": "dispatches",
    }
    return render(request, "dispatches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def dispatch_new(request: PortalRequest, form: str) -> HttpResponse:
    """A new draft; 预览 shows it and keeps nothing."""
    county = request.user.county
    if county is None or form not in DispatchForm.values:
        raise NotFound
    today = timezone.localdate()
    typed = None
    if request.method == "POST":
        typed = DispatchTextForm(request.POST, form=form)
        if typed.is_valid() and "preview" not in request.POST:
            made = typed.attempt(
                lambda: dispatches.write(
                    by=request.get_actor(), form=form, values=typed.texts(), on=today
                )
            )
            if made is not None:
                messages.success(request, "文稿已保存，可以送签")
                _warn_of_length(request, made)
                return redirect("dispatch", dispatch_id=made.pk)
    shown = typed or DispatchTextForm(
        form=form, initial=dispatches.first_draft(county, form, on=today)
    )
    return _editor(request, shown, form=form, dispatch=None)


@require_http_methods(["GET", "HEAD", "POST"])
def dispatch_edit(request: PortalRequest, dispatch_id: int) -> HttpResponse:
    """Change a draft; an endorsement of the former text counts no longer."""
    row = found(request, dispatch_id)
    if row.state != DispatchState.DRAFT:
        raise WrongState(f"{row}{row.get_state_display()}，不能再改。")
    seen = {name: getattr(row, name) for name in (*dispatches.FIELDS, "version")}
    form = DispatchTextForm(form=row.form, initial=seen)
    if request.method == "POST":
        form = DispatchTextForm(request.POST, form=row.form, initial=seen)
        if form.is_valid() and "preview" not in request.POST:
            done = form.attempt(
                lambda: dispatches.revise(
                    by=request.get_actor(),
                    dispatch=row,
                    values=form.texts(),
                    version=form.cleaned_data["version"] or 0,
                )
            )
            if done is not None:
                messages.success(request, "文稿已保存")
                _warn_of_length(request, done)
                return redirect("dispatch", dispatch_id=row.pk)
    return _editor(request, form, form=row.form, dispatch=row)


def _editor(
    request: PortalRequest, typed: DispatchTextForm, *, form: str, dispatch: Dispatch | None
) -> HttpResponse:
    values = typed.texts() if typed.is_bound and not typed.errors else dict(typed.initial)
    context = {
        "form": typed,
        "kind": DispatchForm(form),
        "dispatch": dispatch,
        "shown": values,
        "lines": dispatch_text.levels_of(str(values.get("body", ""))),
        "attachments": [ln for ln in str(values.get("attachments", "")).splitlines() if ln.strip()],
        "is_preview": typed.is_bound,
        **_length(str(values.get("body", "")), _limit(form, dispatch)),
        "active_nav": NAV,
    }
    return render(request, "dispatch_edit.html", context, status=typed.status)


def _limit(form: str, dispatch: Dispatch | None) -> int:
    return year_drafts.limit_of(dispatch) if dispatch else year_drafts.limit_of_form(form)


def _length(body: str, limit: int) -> dict[str, int]:
    """How long the text is, and by how much too long."""
    return {"length": characters(body), "limit": limit, "over": over(body, limit)}


def _warn_of_length(request: PortalRequest, row: Dispatch) -> None:
    """A text that is too long is kept: a person decides, the portal says so."""
    told = _length(row.body, year_drafts.limit_of(row))
    if told["over"]:
        messages.warning(
            request,
            f"正文 {told['length']} 字，超过 {told['limit']} 字的要求 {told['over']} 字，请精简",
        )


def found(request: PortalRequest, dispatch_id: int) -> Dispatch:
    """The dispatch within what the asker may see, or 404."""
    rows = Dispatch.objects.visible_to(request.user).select_related(
        "county", "number", "duty__rule"
    )
    row: Dispatch = find(rows, pk=dispatch_id)
    return row


@require_safe
def dispatch(request: PortalRequest, dispatch_id: int) -> HttpResponse:
    """One dispatch: its text, its rounds of endorsement, its files."""
    return _page(request, found(request, dispatch_id))


def _page(
    request: PortalRequest,
    row: Dispatch,
    *,
    ask: AskForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    view = of_dispatch(request.user, row, on=timezone.localdate())
    may_edit = scope_for(request.user).may(Action.DISPATCH_EDIT)
    is_draft = row.state == DispatchState.DRAFT
    is_endorsed = any(r.counts and r.endorsement.state == "done" for r in view.rounds)
    form = None
    if may_edit and is_draft and view.may_ask:
        form = ask or AskForm(user=request.user, kinds=[EndorsedKind.DISPATCH])
    refusals: list[Any] = [refused] if refused else []
    if ask is not None:
        refusals += ask.non_field_errors()
    context = {
        "dispatch": row,
        "tag": selector.TAGS.get(DispatchState(row.state), ""),
        "lines": dispatch_text.levels_of(row.body),
        **_length(row.body, year_drafts.limit_of(row)),
        "view": view,
        "may_edit": may_edit and is_draft,
        "may_issue": may_edit and is_draft and is_endorsed,
        "form": form,
        "refusals": refusals,
        "enrolled": enrolment.in_use(request.user) is not None,
        "trail": object_trail.inline(request.user, "dispatch", row.pk, selector.events_of(row)),
        "active_nav": NAV,
    }
    return render(
        request, "dispatch.html", context, status=ask.status if ask is not None else status
    )


@require_POST
def dispatch_ask(request: PortalRequest, dispatch_id: int) -> HttpResponse:
    """送签: freeze the text and send it to four seats."""
    row = found(request, dispatch_id)
    form = AskForm(request.POST, user=request.user, kinds=[EndorsedKind.DISPATCH])
    if form.is_valid():
        done = form.attempt(
            lambda: endorsements.ask(
                by=request.get_actor(),
                dispatch=row,
                kind=form.cleaned_data["kind"],
                post_ids=form.post_ids(),
            )
        )
        if done is not None:
            messages.success(request, f"已送签，现由{done.steps.all()[0]}签署")
            return redirect("dispatch", dispatch_id=row.pk)
    return _page(request, row, ask=form)


@require_POST
def dispatch_issue(request: PortalRequest, dispatch_id: int) -> HttpResponse:
    """编号印发."""
    row = found(request, dispatch_id)
    try:
        done = dispatches.issue(by=request.get_actor(), dispatch=row, on=timezone.localdate())
    except WrongState as refusal:
        return _page(request, row, refused=refusal.sentence, status=refusal.status)
    messages.success(request, f"已印发，{done.number}")
    return redirect("dispatch", dispatch_id=row.pk)


@require_POST
def dispatch_void(request: PortalRequest, dispatch_id: int) -> HttpResponse:
    """作废 of a draft."""
    row = found(request, dispatch_id)
    reason = request.POST.get("reason", "")[:200]
    try:
        dispatches.void(by=request.get_actor(), dispatch=row, reason=reason)
    except (Invalid, WrongState) as refusal:
        return _page(request, row, refused=refusal.sentence, status=refusal.status)
    messages.success(request, "文稿已作废")
    return redirect("dispatch", dispatch_id=row.pk)


@require_POST
def dispatch_export(request: PortalRequest, dispatch_id: int, kind: str) -> HttpResponse:
    """Ask for the PDF or the Word file; an htmx request gets its card, others the job's page."""
    row = found(request, dispatch_id)
    job = dispatch_files.ask(by=request.get_actor(), dispatch=row, kind=kind)
    return job_answer(request, job)
