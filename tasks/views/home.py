"""工作台: what must I do now."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accountability.http import PortalRequest
from tasks.selectors import home as selector
from tasks.selectors.home_banners import banners


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Each role its own part of the page."""
    today = timezone.localdate()
    part, context = selector.home(request.user, on=today)
    context |= {"part": part, "banners": banners(request.user, on=today)}
    return render(request, "home.html", context)
