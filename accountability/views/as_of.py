"""以往情况: a unit or a seat as it stood on a past day, by the ledger's order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..access.find import find
from ..forms.trail import DayForm
from ..http import PortalRequest
from ..models import Post, Unit
from ..refusals import NotFound
from ..selectors import as_of as selector
from ..selectors import object_trail, row_past


@require_safe
def unit_as_of(request: PortalRequest, unit_id: int) -> HttpResponse:
    """A unit with its seats on the day `on`."""
    unit: Unit = find(Unit.objects.visible_to(request.user), pk=unit_id)
    return page(
        request,
        lambda on: selector.of_unit(unit, on=on),
        title=unit.name,
        kind=("unit", unit.pk),
        back=(reverse("unit_edit", args=[unit.pk]), "返回单位"),
    )


@require_safe
def post_as_of(request: PortalRequest, post_id: int) -> HttpResponse:
    """A seat with who sat on it on the day `on`."""
    post: Post = find(Post.objects.visible_to(request.user).select_related("unit"), pk=post_id)
    return page(
        request,
        lambda on: selector.of_post(post, on=on),
        title=str(post),
        kind=("post", post.pk),
        back=(reverse("post_edit", args=[post.pk]), "返回职务"),
    )


@require_safe
def object_as_of(request: PortalRequest, kind: str, object_id: int) -> HttpResponse:
    """Any object with a trail on the day `on`; tasks, units and seats have pages of their own."""
    of, row, subject = object_trail.find_subject(request.user, kind, object_id)
    if of.as_of:
        return redirect(f"{of.past_of(object_id)}?{request.GET.urlencode()}")
    if not row_past.has(kind):
        raise NotFound
    return page(
        request,
        lambda on: row_past.of_row(request.user, kind, of.label, row, on=on),
        title=f"{of.label} {subject.title}",
        kind=(kind, object_id),
        back=(subject.url, f"返回{of.label}"),
        nav="audit",
    )


def page(
    request: PortalRequest,
    read: Callable[[date], selector.AsOf],
    *,
    title: str,
    kind: tuple[str, int],
    back: tuple[str, str],
    nav: str = "settings",
) -> HttpResponse:
    """The page of any object: the day's form, then the lines or what is wrong with the day."""
    form = DayForm(request.GET)
    found = read(form.cleaned_data["on"]) if form.is_valid() else None
    context: dict[str, Any] = {
        "form": form,
        "found": found,
        "typed": request.GET.get("on", "")[:20],
        "title": title,
        "active_nav": nav,
        "trail_url": reverse("audit_object", args=kind),
        "back_url": back[0],
        "back_label": back[1],
        "refused": found.told if found else form.errors["on"][0],
    }
    status = 422 if found is None or (found.told and found.place == 0) else 200
    return render(request, "as_of.html", context, status=status)
