"""签署责任书: the letters that wait for the reader's own signature, read here and signed here."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accountability.http import PortalRequest
from accountability.middleware import wants_json
from accountability.refusals import Invalid
from accountability.services.signing_in import (
    ConfirmAgain,
    is_recent,
    require_factor_to_sign,
    require_recent_factor,
)
from reports.forms.letters import SignForm
from reports.models import Letter
from reports.selectors.letter_detail import sides
from reports.services import letter_signing
from reports.services.letter_content import read
from reports.views.letters import found

MOST_AT_ONCE = 100


@never_cache
@require_safe
def letters_sign(request: PortalRequest, year: int) -> HttpResponse:
    """The texts, the PIN, one button; who has not shown his factor lately shows it first."""
    require_factor_to_sign(request)
    require_recent_factor(request)
    return signing_page(request, year)


def signing_page(
    request: PortalRequest,
    year: int,
    *,
    chosen: int | None = None,
    form: SignForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with the form as it was sent (without its PIN) where something is wrong."""
    given = request.GET.get("id", "")
    if chosen is None and given.isdecimal() and len(given) < 18:
        chosen = int(given)
    rows = list(
        Letter.objects.visible_to(request.user)
        .waiting_for(request.user)
        .filter(year=year)
        .select_related("party_a__unit", "party_b__unit", "signed_a_by__person")
        .order_by("serial")[:MOST_AT_ONCE]
    )
    if chosen is not None:
        rows.sort(key=lambda row: row.pk != chosen)
    letters = [_shown(row) for row in rows]
    context = {
        "year": year,
        "letters": letters,
        "chosen": chosen,
        "form": form or SignForm(),
        "reach": letter_signing.REACH,
        "enrolment": letter_signing.enrolment_of(request.user),
        "active_nav": "letters_latest",
    }
    return render(request, "letters_sign.html", context, status=status)


def _shown(letter: Letter) -> dict[str, Any]:
    content = read(letter.content)
    return {
        "letter": letter,
        "content": {**content, "items_list": content["items"]},
        "parties": sides(letter, content),
    }


@never_cache
@sensitive_post_parameters("pin")
@require_POST
def letter_sign(request: PortalRequest, letter_id: int) -> HttpResponse:
    """Sign one letter. The PIN is read here, handed on, and kept nowhere."""
    letter = found(request, letter_id)
    require_factor_to_sign(request)
    if not is_recent(request):
        if wants_json(request):
            raise ConfirmAgain("请先再次确认身份，再签署。")
        back = reverse("letters_sign", args=[letter.year])
        return redirect(f"{back}?id={letter.pk}")  # which asks, and carries no PIN
    form = SignForm(request.POST)
    if not form.is_valid():
        if wants_json(request):
            raise Invalid("请输入签名口令。", details={"pin": ["请输入签名口令"]})
        return signing_page(request, letter.year, chosen=letter.pk, form=form, status=422)
    try:
        signed = letter_signing.sign(
            by=request.get_actor(),
            letter=letter,
            digest=form.cleaned_data["digest"],
            pin=form.cleaned_data["pin"],
        )
    except Invalid as refusal:
        if wants_json(request):
            raise
        form.add_error("pin", refusal.sentence)
        return signing_page(request, letter.year, chosen=letter.pk, form=form, status=422)
    if wants_json(request):
        return JsonResponse(
            {
                "number": signed.number,
                "state": signed.get_state_display(),
                "at": f"{timezone.localtime():%H:%M:%S}",
            }
        )
    messages.success(request, f"{signed.number} 已签署")
    return redirect(f"{reverse('letters', args=[signed.year])}?id={signed.pk}")
