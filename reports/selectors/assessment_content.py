"""A round as the computation takes it, read from its rows; and its frozen package."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reports.assessment import Entry, Scheme, package
from reports.models import Assessment, Score, Sheet

# Which column counts: what is approved, or before that what there is so far.
FINAL, SO_FAR = "final", "so_far"


@dataclass(frozen=True, slots=True)
class Content:
    """Scheme, entries in the sheets' order, and notes (reasons, bases) by subject and code."""

    scheme: Scheme
    entries: list[Entry]
    notes: dict[str, dict[str, Any]]


def content_of(
    assessment: Assessment,
    *,
    column: str = FINAL,
    instead: Mapping[int, tuple[Decimal, str, list[dict[str, Any]]]] | None = None,
) -> Content:
    """A round's inputs. Three queries.

    `instead` are points, reason and bases by the id of a score, as a correction
    would set them. Bases are named by their numbers: the package goes further than
    the text of the tasks may. So far: the team's points, else the system's, else the subject's own.
    """
    scheme = assessment.scheme.core()
    sheets = list(assessment.sheets.order_by("position", "id"))
    scores: dict[int, dict[str, Decimal]] = defaultdict(dict)
    notes: dict[int, dict[str, Any]] = defaultdict(dict)
    rows = Score.objects.filter(sheet__assessment=assessment).select_related("criterion")
    for row in rows.order_by("sheet_id", "criterion__position"):
        code = row.criterion.code
        points, reason, bases = figures(row, column)
        if instead and row.pk in instead:
            points, reason, bases = instead[row.pk]
        if points is not None:
            scores[row.sheet_id][code] = points
        if reason or bases:
            notes[row.sheet_id][code] = {"reason": reason, "bases": [b["short"] for b in bases]}
    entries = [
        Entry(sheet.key, sheet.name, scores[sheet.pk], frozenset(sheet.vetoes)) for sheet in sheets
    ]
    for sheet in sheets:
        for code, veto in sheet.vetoes.items():
            labels = [b["short"] for b in veto["bases"]]
            notes[sheet.pk][code] = {"reason": veto["reason"], "bases": labels}
    return Content(scheme, entries, {sheet.key: notes[sheet.pk] for sheet in sheets})


def figures(row: Score, column: str) -> tuple[Decimal | None, str, list[dict[str, Any]]]:
    """Points, reason and bases of one score; an approved one without a reason has the team's."""
    if column == FINAL:
        if row.final_reason or row.final_bases or row.final != row.team:
            return row.final, row.final_reason, row.final_bases
        return row.final, row.team_reason, row.team_bases
    found = next((v for v in (row.final, row.team, row.system, row.own) if v is not None), None)
    return found, row.team_reason, row.team_bases


def entry_of(sheet: Sheet, rows: list[Score], *, column: str) -> Entry:
    """One sheet's inputs from rows that were read already (with their criteria)."""
    found = {row.criterion.code: figures(row, column)[0] for row in rows}
    scores = {code: points for code, points in found.items() if points is not None}
    return Entry(sheet.key, sheet.name, scores, frozenset(sheet.vetoes))


def frozen(assessment: Assessment, content: Content, *, version: int) -> tuple[str, str]:
    """(package, its SHA-256)."""
    text = package(
        content.scheme,
        content.entries,
        about={
            "county": assessment.county.name,
            "year": assessment.year,
            "round": assessment.title,
            "kind": assessment.get_kind_display(),
            "occasion": assessment.get_occasion_display(),
            "scheme_version": assessment.scheme.version,
            "version": version,
        },
        notes=content.notes,
    )
    return text, hashlib.sha256(text.encode()).hexdigest()
