"""搜索: the box in the top bar."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accountability.http import PortalRequest
from tasks.selectors import search as selector


@require_safe
def search(request: PortalRequest) -> HttpResponse:
    """Results by kind; while typing, a short list under the box."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[: selector.LONGEST]
    today = timezone.localdate()
    if request.htmx:
        groups = selector.search(request.user, text, on=today, limit=selector.SUGGESTED)
        return render(request, "partials/_suggestions.html", {"groups": groups, "q": text})
    groups = selector.search(request.user, text, on=today)
    return render(request, "search.html", {"groups": groups, "q": text})
