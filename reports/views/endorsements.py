"""签字背书 of a paper: its rounds, asking for one, signing, returning."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.services.signing_in import require_recent_factor
from reports.forms.endorsements import AskForm, OpinionForm
from reports.models import Endorsement
from reports.selectors.endorsements import kinds_of
from reports.services import endorsements
from tasks.models import Paper, PaperState


@require_safe
def paper_endorsements(request: PortalRequest, paper_id: int) -> HttpResponse:
    """Both kinds of content with all their rounds."""
    return _page(request, find(Paper.objects.visible_to(request.user), pk=paper_id))


@require_POST
def endorsement_ask(request: PortalRequest, paper_id: int) -> HttpResponse:
    """Freeze and send to the four seats."""
    paper = find(Paper.objects.visible_to(request.user), pk=paper_id)
    form = AskForm(request.POST, user=request.user)
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


@require_POST
def endorsement_sign(request: PortalRequest, endorsement_id: int) -> HttpResponse:
    """Sign with an opinion; the factor is asked for again."""
    require_recent_factor(request)
    return _act(
        request,
        endorsement_id,
        lambda form: endorsements.sign(
            by=request.get_actor(),
            endorsement_id=endorsement_id,
            opinion=form.data.get("opinion", "")[:200],
            digest=form.data.get("digest", ""),
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
    row = find(
        Endorsement.objects.visible_to(request.user).select_related("paper"), pk=endorsement_id
    )
    form = OpinionForm(request.POST)
    form.is_valid()
    form.errors.clear()  # the service judges, after it has looked at who asks
    if form.attempt(lambda: act(form)) is None:
        return _page(request, row.paper, opinion=form, of=row.pk)
    messages.success(request, told)
    return redirect("paper_endorsements", paper_id=row.paper_id)


def _page(
    request: PortalRequest,
    paper: Paper,
    *,
    ask: AskForm | None = None,
    opinion: OpinionForm | None = None,
    of: int = 0,
) -> HttpResponse:
    may_ask = scope_for(request.user).may(Action.PAPER_ISSUE) and paper.state != PaperState.DRAFT
    refused = ask or opinion
    context = {
        "paper": paper,
        "kinds": kinds_of(request.user, paper, on=timezone.localdate()),
        "form": (ask or AskForm(user=request.user)) if may_ask else None,
        "opinion": opinion,
        "of": of,
        "refusals": refused.non_field_errors() if refused else [],
    }
    status = refused.status if refused else 200
    return render(request, "endorsements.html", context, status=status)
