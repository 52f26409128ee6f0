"""投票: whoever has a slip votes, on any browser that reaches the portal. No login, no trace.

A refusal is answered here and never raised: the middleware would know who was refused.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accountability.actors import client_address
from accountability.refusals import Refusal
from accountability.views.units import whole
from reports.asking_rate import is_too_often
from reports.forms.ballots import VoteForm
from reports.models import Ballot
from reports.services import ballot_voting

NOTHING_CHOSEN = "一项也没有选。要投弃权票的，请勾选“弃权”后再提交。"

# What is waiting to be shown to who is signed in beside it stays waiting in his session.
_NOBODYS: dict[str, Any] = {"messages": ()}


@never_cache
@require_http_methods(["GET", "POST"])
def vote(request: HttpRequest) -> HttpResponse:
    """The code, then the ballot paper, then the vote; the code stands in no address."""
    form = VoteForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form, status=422 if form.errors else 200)
    # Counted in memory for a minute and kept nowhere.
    address = f"vote:{client_address(request) or '-'}"
    if is_too_often(address, most=settings.VOTES_PER_MINUTE):
        form.add_error(None, "提交太频繁，请一分钟后再试。")
        return _show(request, form, status=429)
    code = form.cleaned_data["code"]
    try:
        ballot = ballot_voting.ballot_of(code)
        if request.POST.get("cast") != "1":
            return _show(request, form, ballot)
        answers = _answers(request, ballot)
        if all(a is None for a in answers) and request.POST.get("abstain") != "1":
            form.add_error(None, NOTHING_CHOSEN)
            return _show(request, form, ballot, answers=answers, status=422)
        ballot_voting.cast(code=code, answers=answers)
    except Refusal as refusal:
        form.add_error(None, refusal.sentence)
        return _show(request, form, status=refusal.status)
    return redirect("vote_done")


@never_cache
@require_safe
def vote_done(request: HttpRequest) -> HttpResponse:
    """It came in. The same page for everybody: nothing on it proves what was voted."""
    return render(request, "vote_done.html", _NOBODYS)


def _answers(request: HttpRequest, ballot: Ballot) -> list[int | None]:
    sent = [request.POST.get(f"a{n}", "") for n in range(len(ballot.aspects))]
    return [whole(text) if text.isdecimal() else None for text in sent]


def _show(
    request: HttpRequest,
    form: VoteForm,
    ballot: Ballot | None = None,
    *,
    answers: list[int | None] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "ballot": ballot, **_NOBODYS}
    if ballot is not None:
        chosen = answers or [None] * len(ballot.aspects)
        context["aspects"] = [
            (
                aspect,
                f"a{a}",
                [(o, option["name"], chosen[a] == o) for o, option in enumerate(ballot.options)],
            )
            for a, aspect in enumerate(ballot.aspects)
        ]
    return render(request, "vote.html", context, status=status)
