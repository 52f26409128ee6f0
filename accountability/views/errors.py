"""Error pages in the portal's own chrome, the health page, the compatibility-mode page."""

from __future__ import annotations

import logging
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Says only a number; the log has the rest under the same number."""
    number = getattr(request, "id", "")
    return render(request, "errors/500.html", {"number": number}, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)


@require_safe
def old_browser(request: HttpRequest) -> HttpResponse:
    """For Trident: how to leave the compatibility mode."""
    return render(request, "errors/old_browser.html")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Shown when the network is gone."""
    return render(request, "errors/offline.html")


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers; for the container's health check."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
