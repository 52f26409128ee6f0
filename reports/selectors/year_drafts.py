"""从数据起草 as its page shows it, and the draft that a duty's page leads to."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import Duty, User
from accountability.selectors.duty_annexes import Annex
from reports.models import Dispatch, DispatchState, DraftKind
from reports.selectors.dispatches import TAGS
from reports.services.year_drafts import SHAPES, about, kind_for

LABEL = "报告文稿"


def page(user: User, year: int, *, on: date) -> dict[str, Any]:
    """Each kind with its limit, its basis, and the dispatches about the year. One query."""
    written: dict[str, list[Dispatch]] = defaultdict(list)
    rows = Dispatch.objects.visible_to(user).filter(about_year=year).exclude(drafted="")
    for row in rows.select_related("number").defer("body").order_by("-pk"):
        row.tag = TAGS.get(DispatchState(row.state), "")
        written[row.drafted].append(row)
    return {
        "kinds": [
            {
                "key": kind,
                "label": label,
                "shape": SHAPES[kind],
                "form": SHAPES[kind].form.label,
                "rows": written[kind],
                "is_open": any(r.state == DispatchState.DRAFT for r in written[kind]),
            }
            for kind, label in DraftKind.choices
        ],
        "is_past": year <= on.year,
    }


def of_duty(user: User, duty: Duty) -> list[Annex]:
    """The dispatch that keeps a report's duty; while there is none, where to draft it."""
    kind = kind_for(duty)
    if not kind:
        return []
    rows = Dispatch.objects.visible_to(user).filter(duty=duty).exclude(state=DispatchState.VOID)
    found = [
        Annex(LABEL, f"{row}（{row.get_state_display()}）", reverse("dispatch", args=[row.pk]))
        for row in rows
    ]
    if not found and scope_for(user).may(Action.DISPATCH_EDIT):
        url = reverse("year_drafts", args=[about(duty)]) + f"?duty={duty.pk}&kind={kind}"
        found.append(Annex(LABEL, "从数据起草", url))
    return found
