"""Pages on which something is acted on: each act a small form, one address for a side."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accountability.door import Actor
from accountability.http import PortalRequest
from accountability.refusals import Invalid
from tasks.forms.notices import ActForm

# (who acts, the thing's id, the bound and valid form)
Run = Callable[[Actor, int, Any], object]


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its name in the form, the words on the page, its form, the service it calls."""

    name: str
    label: str
    button: str
    done: str
    run: Run
    form: type[ActForm] = ActForm
    css: str = "btn-primary"


@dataclass(slots=True)
class Offered:
    """An act as the page offers it, with its form as it was sent where something is wrong."""

    act: Act
    url: str
    form: ActForm
    is_open: bool = False
    fields: list[Any] = field(default_factory=list)


def offered(
    acts: Collection[Act],
    names: Collection[str],
    url: str,
    *,
    initial: dict[str, dict[str, Any]],
    bound: dict[str, ActForm],
) -> list[Offered]:
    """The acts of these names, in their table's order."""
    found = []
    for act in acts:
        if act.name not in names and act.name not in bound:
            continue
        form = bound.get(act.name) or act.form(
            initial=initial.get(act.name, {}), prefix=act.name, auto_id="id-%s"
        )
        found.append(Offered(act, url, form, act.name in bound, list(form.visible_fields())))
    if found and not bound:
        found[0].is_open = True
    return found


def perform(
    request: PortalRequest,
    acts: Collection[Act],
    pk: int,
    *,
    back: str,
    page: Callable[[dict[str, ActForm], int], HttpResponse],
    prepare: Callable[[str, ActForm], None] = lambda name, form: None,
) -> HttpResponse:
    """Do the act that the form names; back to the page, or the page with what is wrong.

    `prepare` fills the choices of a form before it is read.
    """
    act = next((a for a in acts if a.name == request.POST.get("act")), None)
    if act is None:
        raise Invalid("没有这项操作，请从页面上的按钮办理。")
    form = act.form(request.POST, request.FILES, prefix=act.name, auto_id="id-%s")
    prepare(act.name, form)
    if form.is_valid():
        by = request.get_actor()
        if form.attempt(lambda: act.run(by, pk, form) or True):
            messages.success(request, act.done)
            return redirect(back)
    return page({act.name: form}, form.status)
