"""签字背书: what waits, a paper's rounds, one round, asking for it, signing, returning."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.downloads import file_response
from accountability.http import PortalRequest
from accountability.refusals import NotFound
from accountability.selectors import object_trail
from accountability.services.signing_in import require_factor_to_sign, require_recent_factor
from reports.forms.endorsements import AskForm, OpinionForm
from reports.models import Endorsement
from reports.models.endorsement import OF_A_PAPER
from reports.selectors import endorsements as selector
from reports.selectors.publication_trails import events_of_endorsement
from reports.services import endorsements, enrolment, publication_files
from reports.views.job_answer import job_answer
from tasks.models import Paper, PaperState

NAV = "endorsements"


@require_safe
def endorsement_list(request: PortalRequest) -> HttpResponse:
    """What waits for the reader's own opinion, and the rounds that he may see, the latest first."""
    today = timezone.localdate()
    before = request.GET.get("before", "")
    context = selector.page(
        request.user, before=int(before) if before.isdecimal() and len(before) < 18 else 0
    ) | {
        "waiting": selector.waiting(request.user, on=today),
        "tab_of": "endorsements",
        "active_nav": NAV,
    }
    return render(request, "endorsement_list.html", context)


@never_cache
@require_safe
def endorsement(request: PortalRequest, endorsement_id: int) -> HttpResponse:
    """One round: the frozen text, who has signed, and the reader's own signature."""
    return _one_page(request, found(request, endorsement_id))


def found(request: PortalRequest, endorsement_id: int) -> Endorsement:
    """The round within what the asker may see, or 404."""
    rows = selector.with_steps(Endorsement.objects.visible_to(request.user))
    row: Endorsement = find(rows, pk=endorsement_id)
    return row


def _one_page(
    request: PortalRequest, row: Endorsement, *, opinion: OpinionForm | None = None
) -> HttpResponse:
    view = selector.one(request.user, row, on=timezone.localdate())
    events = events_of_endorsement(row)
    context = {
        "round": view,
        "row": row,
        "opinion": opinion,
        "of": row.pk if opinion else 0,
        "refusals": opinion.non_field_errors() if opinion else [],
        "enrolled": enrolment.in_use(request.user) is not None,
        "trail": object_trail.inline(request.user, "endorsement", row.pk, events),
        "active_nav": NAV,
    }
    status = opinion.status if opinion else 200
    return render(request, "endorsement.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def endorsement_sheet(request: PortalRequest, endorsement_id: int) -> HttpResponseBase:
    """签字背书单 with the signatures it has, for whoever may read its text.

    Before anybody has signed there is none: POST asks for the empty one.
    """
    row = found(request, endorsement_id)
    if not selector.reads_text(request.user, row, on=timezone.localdate()):
        raise NotFound
    if request.method == "POST":
        job = publication_files.ask(
            by=request.get_actor(), kind=publication_files.ENDORSEMENT, row=row
        )
        return job_answer(request, job)
    if row.file is None:
        return redirect("endorsement", endorsement_id=row.pk)
    return file_response(row.file)


@require_safe
def paper_endorsements(request: PortalRequest, paper_id: int) -> HttpResponse:
    """Both kinds of content with all their rounds."""
    return _page(request, find(Paper.objects.visible_to(request.user), pk=paper_id))


@require_POST
def endorsement_ask(request: PortalRequest, paper_id: int) -> HttpResponse:
    """Freeze and send to the four seats."""
    paper = find(Paper.objects.visible_to(request.user), pk=paper_id)
    form = AskForm(request.POST, user=request.user, kinds=OF_A_PAPER)
    if form.is_valid():
        done = form.attempt(
            lambda: endorsements.ask(
                by=request.get_actor(),
                paper=paper,
                kind=form.cleaned_data["kind"],
                post_ids=form.post_ids(),
            )
        )
        if done is not None:
            messages.success(request, f"已送签，现由{done.steps.all()[0]}签署")
            return redirect("paper_endorsements", paper_id=paper.pk)
    return _page(request, paper, ask=form)


@never_cache
@sensitive_post_parameters("pin")
@require_POST
def endorsement_sign(request: PortalRequest, endorsement_id: int) -> HttpResponse:
    """Sign with an opinion and the PIN; the factor is asked for again."""
    require_factor_to_sign(request)
    require_recent_factor(request)
    return _act(
        request,
        endorsement_id,
        lambda form: endorsements.sign(
            by=request.get_actor(),
            endorsement_id=endorsement_id,
            opinion=form.data.get("opinion", "")[:1000],
            digest=form.data.get("digest", ""),
            pin=form.data.get("pin", "")[:64],
        ),
        "已签署",
    )


@require_POST
def endorsement_return(request: PortalRequest, endorsement_id: int) -> HttpResponse:
    """提出修改."""
    return _act(
        request,
        endorsement_id,
        lambda form: endorsements.return_(
            by=request.get_actor(),
            endorsement_id=endorsement_id,
            reason=form.data.get("opinion", "")[:200],
        ),
        "已退回修改",
    )


def _act(
    request: PortalRequest,
    endorsement_id: int,
    act: Callable[[OpinionForm], Endorsement],
    told: str,
) -> HttpResponse:
    row = found(request, endorsement_id)
    form = OpinionForm(request.POST)
    form.is_valid()
    form.errors.clear()  # the service judges, after it has looked at who asks
    if form.attempt(lambda: act(form)) is None:
        return _one_page(request, row, opinion=form)
    messages.success(request, told)
    return redirect("endorsement", endorsement_id=row.pk)


def _page(
    request: PortalRequest,
    paper: Paper,
    *,
    ask: AskForm | None = None,
) -> HttpResponse:
    may_ask = scope_for(request.user).may(Action.PAPER_ISSUE) and paper.state != PaperState.DRAFT
    context = {
        "paper": paper,
        "kinds": selector.kinds_of(request.user, paper, on=timezone.localdate()),
        "form": (ask or AskForm(user=request.user, kinds=OF_A_PAPER)) if may_ask else None,
        "refusals": ask.non_field_errors() if ask else [],
        "enrolled": enrolment.in_use(request.user) is not None,
    }
    status = ask.status if ask else 200
    return render(request, "endorsements.html", context, status=status)
