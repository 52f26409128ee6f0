"""验证: anybody asks what a signed file or a printed code is worth. No login, nothing written."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accountability.actors import client_address
from reports.asking_rate import is_too_often
from reports.forms.signature import VerifyForm
from reports.selectors import verifying
from reports.signing.backend import Reach


@never_cache
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """有效, 已被替代, 已失效 or 无法识别, and nothing more."""
    form = VerifyForm(request.POST or None, request.FILES or None)
    answer, status = None, 200
    if request.method == "POST" and not form.is_bound:
        form = VerifyForm({})
    if form.is_bound and not form.is_valid():
        status = 422
    elif form.is_bound:
        if is_too_often(client_address(request) or "-", most=settings.VERIFY_PER_MINUTE):
            form.add_error(None, "查询太频繁，请一分钟后再试。")
            status = 429
        elif file := form.cleaned_data["file"]:
            answer = verifying.of_file(file.read())
        else:
            answer = verifying.of_code(form.cleaned_data["code"])
    return render(
        request,
        "verify.html",
        {"form": form, "answer": answer, "reach": Reach.SOFT},
        status=status,
    )
