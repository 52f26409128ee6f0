"""我的签名: enrol, see, renew and end one's own signing key; the handwriting."""

from __future__ import annotations

import base64

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.forms.refused import add_refusal
from accountability.http import PortalRequest
from accountability.refusals import Invalid
from accountability.services.signing_in import (
    is_recent,
    require_factor_to_sign,
    require_recent_factor,
)
from reports.forms.signature import EnrolForm, PictureForm
from reports.selectors.own_signature import own_keys
from reports.services import enrolment
from reports.signing.backend import Reach


def _page(request: PortalRequest, form: PictureForm, *, status: int = 200) -> HttpResponse:
    key = enrolment.in_use(request.user)
    picture = enrolment.picture_of(key) if key else None
    context = {
        "form": form,
        "key": key,
        "former": [row for row in own_keys(request.user) if key is None or row.pk != key.pk],
        "picture": base64.b64encode(picture).decode("ascii") if picture else "",
        "reach": Reach.SOFT,
        "has_person": request.user.person_id is not None,
    }
    return render(request, "own_signature.html", context, status=status)


@never_cache
@require_safe
def own_signature(request: PortalRequest) -> HttpResponse:
    """The enrolment in use, the former ones, and what kind of signature it makes."""
    return _page(request, PictureForm())


@never_cache
@sensitive_post_parameters("pin", "again")
@require_http_methods(["GET", "POST"])
def own_signature_enrol(request: PortalRequest) -> HttpResponse:
    """Choose a PIN and enrol, with the second factor shown in the last five minutes.

    A POST without it goes back to this page: the page that asks again would
    carry the PIN along in its fields.
    """
    require_factor_to_sign(request)
    if request.method == "POST" and not is_recent(request):
        messages.warning(request, "身份确认已超过 5 分钟，请确认后重新设置签名口令。")
        return redirect("own_signature_enrol")
    require_recent_factor(request)
    form = EnrolForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            enrolment.enrol(by=request.get_actor(), **form.cleaned_data)
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "签名已备案，可以签署。")
            return redirect("own_signature")
    context = {
        "form": form,
        "key": enrolment.in_use(request.user),
        "reach": Reach.SOFT,
        "has_person": request.user.person_id is not None,
    }
    return render(request, "own_signature_enrol.html", context, status=422 if form.errors else 200)


@require_POST
def own_signature_picture(request: PortalRequest) -> HttpResponse:
    """Keep the picture that was sent, or sign without one (`remove`)."""
    if "remove" in request.POST:
        enrolment.drop_picture(by=request.get_actor())
        messages.success(request, "手写签名图片已去掉。")
        return redirect("own_signature")
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            data = form.cleaned_data["picture"].read(enrolment.PICTURE_BYTES + 1)
            enrolment.set_picture(by=request.get_actor(), data=data)
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "手写签名图片已保存。")
            return redirect("own_signature")
    return _page(request, form, status=422)


@require_POST
def own_signature_end(request: PortalRequest) -> HttpResponse:
    """End the enrolment in use; what was signed with it stays."""
    enrolment.retire(by=request.get_actor())
    messages.success(request, "签名备案已停用，已签署的文件不受影响。")
    return redirect("own_signature")
