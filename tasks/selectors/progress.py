"""进展: what was reported last, by whom, on which task. Used by supervision and reports too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count

from accountability.models import User
from tasks.models import STANDING, Progress, ProgressEvidence, ProgressState, Share, TaskItem
from tasks.periods import Period
from tasks.selectors.text_changes import Stretch, changes

Key = tuple[int, int]  # task and unit


def latest(
    items: Collection[int],
    units: Collection[int] | None = None,
    period: Period | None = None,
) -> dict[Key, Progress]:
    """(task, unit) → the newest report that was handed in, up to and including `period`.

    Of all units where `units` is none, of all quarters where `period` is none.
    A returned one is given with its state, so that the caller sees it. One query.
    """
    rows = Progress.objects.filter(item_id__in=items).exclude(state=ProgressState.DRAFT)
    if units is not None:
        rows = rows.filter(unit_id__in=units)
    if period is not None:
        rows = rows.before(period.next)
    found: dict[Key, Progress] = {}
    for row in rows.select_related("unit").order_by("-year", "-quarter"):
        found.setdefault((row.item_id, row.unit_id), row)
    return found


def reported(
    items: Collection[int], period: Period, *, units: Collection[int]
) -> dict[Key, Progress]:
    """(task, unit) → the report of this very quarter, drafts and returned ones too. One query."""
    rows = Progress.objects.filter(item_id__in=items, unit_id__in=units).of_period(period)
    return {(row.item_id, row.unit_id): row for row in rows.select_related("milestone")}


def is_in(row: Progress | None) -> bool:
    """Whether a report is handed in and stands."""
    return row is not None and row.state in STANDING


@dataclass(frozen=True, slots=True)
class Supported:
    """A report with its evidence, for a timeline."""

    progress: Progress
    evidence: list[Any]


def timeline(user: User, item: TaskItem) -> list[tuple[str, list[Supported]]]:
    """All reports of a task that `user` may read, by quarter, the newest first. Two queries."""
    rows = list(
        Progress.objects.visible_to(user)
        .filter(item=item)
        .select_related(
            "unit",
            "milestone",
            "reported_by__person",
            "confirmed_by__person",
            "reviewed_by__person",
        )
        .order_by("-year", "-quarter", "part", "unit__precedence", "unit_id")
    )
    support = evidence_of([row.pk for row in rows])
    found: dict[str, list[Supported]] = {}
    for row in rows:
        found.setdefault(row.period.label, []).append(Supported(row, support.get(row.pk, [])))
    return list(found.items())


def evidence_of(progress: Collection[int]) -> dict[int, list[Any]]:
    """report → its pieces of evidence. One query."""
    found: dict[int, list[Any]] = defaultdict(list)
    links = ProgressEvidence.objects.filter(progress_id__in=progress, is_dropped=False)
    for link in links.select_related("evidence__file", "evidence__unit").order_by("id"):
        found[link.progress_id].append(link.evidence)
    return found


def shares_of(items: Collection[int], unit_ids: Collection[int]) -> dict[Key, dict[str, Any]]:
    """(task, unit) → how many shares are laid on 科室 and persons, and their mean. One query."""
    rows = (
        Share.objects.kept()
        .filter(item_id__in=items, unit_id__in=unit_ids)
        .order_by()
        .values("item_id", "unit_id")
        .annotate(count=Count("pk"), mean=Avg("percent"))
    )
    return {
        (row["item_id"], row["unit_id"]): {"count": row["count"], "percent": int(row["mean"] or 0)}
        for row in rows
    }


def compared(row: Progress) -> tuple[str, list[Stretch]]:
    """What this report is compared with, and the differences.

    With its own text when it was last returned; one never returned with the
    unit's last report. ("", []) for a first one. Two queries at most.
    """
    former = row.history.filter(state=ProgressState.RETURNED).order_by("-history_id").first()
    if former is not None and row.state != ProgressState.RETURNED:
        returned = (
            row.history.filter(
                state=ProgressState.RETURNED, opinion=former.opinion, reviewed_at=former.reviewed_at
            )
            .order_by("history_id")
            .first()
        )
        return "退回时的版本", changes(returned.text, row.text)
    before = (
        Progress.objects.filter(item_id=row.item_id, unit_id=row.unit_id)
        .before(row.period)
        .exclude(state=ProgressState.DRAFT)
        .order_by("-year", "-quarter")
        .first()
    )
    if before is None:
        return "", []
    return f"{before.period.label}", changes(before.text, row.text)
