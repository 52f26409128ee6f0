"""Request id, actor, refusals and headers."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from .actors import actor_of
from .door import Actor
from .refusals import NotAllowed, Refusal
from .services import audit, second_factor
from .services.signing_in import ConfirmAgain

logger = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives each request a number that the error page, the log and the trail share."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = uuid.uuid4().hex[:12]  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.id  # type: ignore[attr-defined]
        return response


class ResponseHeadersMiddleware:
    """Signed-in pages are not kept by caches; nothing is asked of the browser."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        return response


class OldBrowserMiddleware:
    """A browser in compatibility mode (Trident) is told how to leave it, on every page.

    The pages need Chromium 86; Trident would show a broken form and lose what is typed.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        agent = request.headers.get("User-Agent", "")
        if ("Trident/" in agent or "MSIE " in agent) and not request.path.startswith("/static/"):
            return render(request, "errors/old_browser.html")
        return self.get_response(request)


class ActorMiddleware:
    """`request.actor`: the signed-in user with the post held today, made when asked for."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        kept: list[Actor] = []

        def get_actor() -> Actor:
            if not kept:
                kept.append(actor_of(request))
            return kept[0]

        request.get_actor = get_actor  # type: ignore[attr-defined]
        return self.get_response(request)


class RefusalMiddleware:
    """Turns a refusal into its page (or JSON), and writes the denial event after the roll-back."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Http404):
            return render(request, "errors/404.html", status=404)
        if not isinstance(exception, Refusal):
            return None
        return refuse(request, exception)


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The answer to a refusal; only what a signed-in person was denied is an event."""
    if isinstance(refusal, ConfirmAgain):
        return confirm_again(request, refusal)
    if refusal.code == "letters_concerned" and not wants_json(request):
        return choose_letters(request, refusal)
    if request.user.is_authenticated and (
        isinstance(refusal, NotAllowed) or request.method not in ("GET", "HEAD")
    ):
        route = request.resolver_match.view_name if request.resolver_match else ""
        audit.record_denial(
            by=request.get_actor(),  # type: ignore[attr-defined]
            action=f"denied:{route}",
            sentence=refusal.sentence,
            target_label=request.path[:200],
        )
    if wants_json(request):
        body: dict[str, Any] = {"error": refusal.sentence, "code": refusal.code}
        if refusal.details is not None:
            body["details"] = refusal.details
        return JsonResponse(body, status=refusal.status, json_dumps_params={"ensure_ascii": False})
    page = {404: "errors/404.html", 403: "errors/403.html"}.get(
        refusal.status, "errors/refused.html"
    )
    return render(request, page, {"refusal": refusal}, status=refusal.status)


def choose_letters(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Show the letters that a change concerns and send the same POST again with the choice."""
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    context = {
        "refusal": refusal,
        "letters": refusal.details["letters"],
        "typed": typed,
        "action": request.get_full_path(),
    }
    return render(request, "confirm_letters.html", context, status=refusal.status)


def confirm_again(request: HttpRequest, refusal: ConfirmAgain) -> HttpResponse:
    """Ask for the factor and send the same POST again: nothing typed is lost but a PIN.

    A PIN stands in no page: whoever signs types it once more.
    """
    if wants_json(request):
        body = {"error": refusal.sentence, "code": refusal.code, "confirm": reverse("confirm")}
        return JsonResponse(body, status=refusal.status, json_dumps_params={"ensure_ascii": False})
    if request.method != "POST" or getattr(request, "htmx", False):
        back = request.get_full_path() if request.method == "GET" else "/"
        if getattr(request, "htmx", False):
            back = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
            url = f"{reverse('confirm')}?{urlencode({'next': back})}"
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return redirect(f"{reverse('confirm')}?{urlencode({'next': back})}")
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "confirm_code", "pin")
        for value in values
    ]
    context = {
        "refusal": refusal,
        "typed": typed,
        "action": request.get_full_path(),
        "has_factor": second_factor.active(request.user) is not None,  # type: ignore[arg-type]
        "errors": (refusal.details or {}).get("code", []),
    }
    return render(request, "confirm.html", context, status=refusal.status)


def wants_json(request: HttpRequest) -> bool:
    """Scripts ask for JSON by name; a browser never puts it first."""
    return request.headers.get("Accept", "").startswith("application/json")
