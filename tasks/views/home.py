"""工作台: what must I do now."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accountability.http import PortalRequest
from accountability.selectors.duties import on_desk
from tasks.selectors import home as selector
from tasks.selectors.home_banners import banners
from tasks.selectors.home_blocks import blocks
from tasks.views.progress import home_context


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Each role its own part of the page."""
    today = timezone.localdate()
    part, context = selector.home(request.user, on=today)
    if part == "home/_unit.html":
        context |= home_context(request)
    context |= {
        "part": part,
        "banners": banners(request.user, on=today),
        "blocks": blocks(request.user, on=today),
        "my_duties": on_desk(request.user, on=today),
    }
    return render(request, "home.html", context)
