"""审核 of the office: the queue in the order of its arrival, one report with its context."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from accountability.access import scope_for
from accountability.models import User
from tasks.lights import Verdict
from tasks.models import Extension, ExtensionState, Part, Progress, ProgressState
from tasks.selectors import lights
from tasks.selectors.progress import compared, evidence_of, latest, shares_of
from tasks.selectors.report_days import setting_of

LISTED = 40


def queue(user: User) -> QuerySet[Progress]:
    """Reports that wait for the office: confirmed ones alone where the county wants that."""
    scope = scope_for(user)
    states = [ProgressState.CONFIRMED]
    if scope.county_id is None:
        return Progress.objects.none()
    if not setting_of(scope.county_id).head_confirms:
        states.append(ProgressState.SUBMITTED)
    waiting: QuerySet[Progress] = (
        Progress.objects.visible_to(user)
        .filter(state__in=states)
        .select_related("item", "unit", "reported_by__person")
        .order_by("reported_at", "id")
    )
    return waiting


def following(user: User, row: Progress | None) -> Progress | None:
    """The report that is shown after `row`, in the order of arrival, from the start at the end."""
    waiting = queue(user)
    if row is not None:
        later = waiting.filter(
            Q(reported_at__gt=row.reported_at) | Q(reported_at=row.reported_at, pk__gt=row.pk)
        ).first()
        if later is not None:
            return later
        waiting = waiting.exclude(pk=row.pk)
    return waiting.first()


def one(user: User, row: Progress, *, on: date) -> dict[str, Any]:
    """All that the reviewer looks at; a bounded number of queries."""
    with_what, stretches = compared(row)
    verdict: Verdict | None = lights.verdicts([row.item_id], on=on).get(row.item_id)
    others: list[Progress] = []
    if row.part == Part.LEAD:
        newest = latest([row.item_id], period=row.period)
        others = [p for key, p in newest.items() if key[1] != row.unit_id]
    return {
        "progress": row,
        "with_what": with_what,
        "stretches": stretches,
        "verdict": verdict,
        "evidence": evidence_of([row.pk]).get(row.pk, []),
        "others": sorted(others, key=lambda p: (p.unit.precedence, p.unit_id)),
        "shares": shares_of([row.item_id], [row.unit_id]).get((row.item_id, row.unit_id)),
    }


def waiting_extensions(user: User) -> list[Extension]:
    """延期申请 that wait for a decision; one query."""
    return list(
        Extension.objects.visible_to(user)
        .filter(state=ExtensionState.ASKED)
        .select_related("item", "unit", "asked_by__person")
        .order_by("id")[:LISTED]
    )
