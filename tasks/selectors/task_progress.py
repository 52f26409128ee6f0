"""任务详情: the light with its grounds, the reports, evidence, requests for more time."""

from __future__ import annotations

from datetime import date
from typing import Any

from accountability.access import Action, scope_for
from accountability.models import Unit, User
from tasks.models import Extension, ExtensionState, TaskItem, TaskState
from tasks.selectors import lights
from tasks.selectors.progress import timeline
from tasks.selectors.report_days import report_days
from tasks.selectors.reporters import reporters

EXTENSIONS = 5


def progress_of(user: User, item: TaskItem, *, on: date) -> dict[str, Any]:
    """What the page shows of a task's progress; a bounded number of queries."""
    scope = scope_for(user)
    reports = timeline(user, item)
    may_report = scope.may(Action.PROGRESS_REPORT) and item.state == TaskState.ISSUED
    own: list[Unit] = []
    if may_report and scope.unit_ids:
        parts = reporters([item.pk], on=on, units=scope.unit_ids).get(item.pk, {})
        own = list(Unit.objects.filter(pk__in=parts).order_by("precedence", "id"))
    extensions = list(
        Extension.objects.filter(item=item)
        .select_related("unit", "asked_by__person", "decided_by__person")
        .order_by("-id")[:EXTENSIONS]
    )
    pieces = {e.pk: e for _, rows in reports for row in rows for e in row.evidence}
    return {
        "verdict": lights.verdicts([item.pk], on=on).get(item.pk),
        "reports": reports,
        "evidence": list(pieces.values()),
        "own_units": own,
        "period": report_days(item.county_id).current(on) if own else None,
        "extensions": extensions,
        "is_extension_open": any(e.state == ExtensionState.ASKED for e in extensions),
        "may_extend": bool(own) and item.due_on is not None and item.due_on >= on,
        "is_past_due": bool(own) and item.due_on is not None and item.due_on < on,
    }
