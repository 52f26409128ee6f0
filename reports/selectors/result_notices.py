"""反馈书: what a subject is told of its published result, deduction by deduction."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.models import User
from reports.assessment import Deduction, Entry, compute, deductions, shown
from reports.assessment.package import scheme_from_data
from reports.models import (
    AssessmentState,
    Criterion,
    Publication,
    PublicationState,
    Score,
    Sheet,
    SheetFinding,
)
from reports.selectors.score_bases import addresses, base_label, labels
from tasks.models import Finding, FindingState, Rectification

MOST_CASES = 20
ADDED = "加分"


@dataclass(frozen=True, slots=True)
class Demand:
    """A finding that a deduction became, with how its putting right stands."""

    finding: Finding
    due_on: date
    state: str


@dataclass(frozen=True, slots=True)
class Lost:
    """One deduction. `grounds` is what it rests on, named as far as the frozen result may.

    `links` are the same with the places that the asker may open; for a paper there are none.
    """

    deduction: Deduction
    reason: str
    grounds: tuple[str, ...]
    criterion_id: int | None = None
    standard: str = ""
    links: tuple[tuple[str, str], ...] = ()
    demand: Demand | None = None

    @property
    def points(self) -> tuple[str, str, str]:
        """Full, had, lost, as printed; a deduction has nothing to be had, a veto no points."""
        d = self.deduction
        if d.is_veto:
            return "—", "—", "一票否决"
        had = shown(d.had) if d.had or d.full != d.lost else "—"
        return shown(d.full), had, shown(d.lost)


@dataclass(frozen=True, slots=True)
class Notice:
    """All that a 反馈书 says."""

    sheet: Sheet
    publication: Publication
    scheme: str
    total: str
    rank: int
    count: int
    is_tied: bool
    grade: str
    why: str
    added: Decimal = Decimal(0)
    is_weighed: bool = False
    lines: tuple[Lost, ...] = field(default_factory=tuple)

    @property
    def decided_on(self) -> date:
        assert self.publication.decided_at is not None
        return timezone.localdate(self.publication.decided_at)


def published_sheets(user: User, year: int) -> list[Sheet]:
    """The sheets of a year's published rounds that the user may see."""
    rows = Sheet.objects.visible_to(user).filter(
        assessment__year=year, assessment__state=AssessmentState.PUBLISHED
    )
    return list(
        rows.select_related("assessment__scheme", "county", "unit", "post__unit").order_by(
            "assessment__kind", "assessment_id", "position", "id"
        )
    )


def notices(sheets: Iterable[Sheet]) -> dict[int, Notice]:
    """Notices by the sheet's id; of rounds that are published. Four queries."""
    rows = list(sheets)
    found = Publication.objects.filter(
        assessment_id__in={s.assessment_id for s in rows}, state=PublicationState.PUBLISHED
    )
    published = {p.assessment_id: _read(p) for p in found}
    wanted = [s for s in rows if s.assessment_id in published]
    demands = _demands(wanted)
    criteria = {
        (c.scheme_id, c.code): c
        for c in Criterion.objects.filter(scheme_id__in={s.assessment.scheme_id for s in wanted})
    }
    counted: dict[int, dict[str, Score]] = defaultdict(dict)
    for score in Score.objects.filter(sheet__in=wanted).select_related("criterion"):
        counted[score.sheet_id][score.criterion.code] = score
    made = {}
    for sheet in wanted:
        bare = published[sheet.assessment_id].get(sheet.key)
        if bare is None:
            continue
        lines = []
        for line in bare.lines:
            code = line.deduction.code
            criterion = criteria.get((sheet.assessment.scheme_id, code))
            lines.append(
                replace(
                    _with_cases(line, counted[sheet.pk].get(code)),
                    criterion_id=criterion.pk if criterion else None,
                    standard=criterion.standard if criterion else "",
                    demand=demands.get((sheet.pk, criterion.pk if criterion else 0)),
                )
            )
        made[sheet.pk] = replace(bare, sheet=sheet, lines=tuple(lines))
    return made


def _read(publication: Publication) -> dict[str, Notice]:
    """The notices of a frozen result by subject, without what is not frozen with it."""
    content = json.loads(publication.content)
    scheme = scheme_from_data(content["scheme"])
    notes = {row["key"]: row["notes"] for row in content["subjects"]}
    entries = [
        Entry(
            row["key"],
            row["name"],
            {code: Decimal(value) for code, value in row["scores"].items()},
            frozenset(row["vetoes"]),
        )
        for row in content["subjects"]
    ]
    results = compute(scheme, entries)
    ranks = [r.graded.rank for r in results if r.graded is not None]
    made = {}
    for result in results:
        assert result.graded is not None
        told = notes[result.key]
        added = next((line.points for line in result.line.children if line.name == ADDED), None)
        made[result.key] = Notice(
            sheet=Sheet(name=result.name),
            publication=publication,
            scheme=scheme.title,
            total=shown(result.total),
            rank=result.graded.rank,
            count=len(results),
            is_tied=ranks.count(result.graded.rank) > 1,
            grade=result.graded.grade,
            why=result.graded.why,
            added=added or Decimal(0),
            is_weighed=any(part.weight is not None for part in scheme.parts),
            lines=tuple(
                Lost(
                    line,
                    told.get(line.code, {}).get("reason", ""),
                    tuple(told.get(line.code, {}).get("bases", ())),
                )
                for line in deductions(scheme, result)
            ),
        )
    return made


def _with_cases(line: Lost, score: Score | None) -> Lost:
    """What a rule took off: its sum, and the cases that were not kept, by their numbers."""
    if score is None or not score.counted or line.reason:
        return line
    words = labels()
    cases = [c for c in score.counted.get("cases", ()) if not c["kept"]]
    named = [f"{words.get(c['kind'], c['kind'])} {c['short']}" for c in cases[:MOST_CASES]]
    if len(cases) > MOST_CASES:
        named.append(f"等{len(cases)}项")
    return replace(
        line, reason=f"系统按规则计分：{score.counted['how']}", grounds=(*line.grounds, *named)
    )


def _demands(sheets: list[Sheet]) -> dict[tuple[int, int], Demand]:
    rows = (
        SheetFinding.objects.filter(sheet__in=sheets)
        .exclude(finding__state=FindingState.WITHDRAWN)
        .select_related("finding__rectification")
    )
    found = {}
    for row in rows:
        finding = row.finding
        putting: Rectification | None = getattr(finding, "rectification", None)
        found[row.sheet_id, row.criterion_id] = Demand(
            finding,
            putting.due_on if putting else finding.rectify_by,
            putting.get_state_display() if putting else finding.get_state_display(),
        )
    return found


def page(user: User, sheet: Sheet) -> dict[str, Any]:
    """The notice of one sheet for its page; None before the result is public. Bounded queries."""
    notice = notices([sheet]).get(sheet.pk)
    if notice is None:
        return {"notice": None}
    scope = scope_for(user)
    ids: dict[str, set[int]] = defaultdict(set)
    stored: dict[str, list[dict[str, Any]]] = {}
    for score in Score.objects.filter(sheet=sheet).select_related("criterion"):
        bases = score.final_bases or score.team_bases
        stored[score.criterion.code] = bases
        for base in bases:
            ids[base["kind"]].add(base["id"])
    links = addresses(user, ids)
    seen = set(
        Finding.objects.visible_to(user)
        .filter(pk__in=[x.demand.finding.pk for x in notice.lines if x.demand])
        .values_list("pk", flat=True)
    )
    lines = []
    for line in notice.lines:
        bases = stored.get(line.deduction.code, [])
        named = tuple(
            (base_label(b, links), links.get((b["kind"], b["id"]), "")) for b in bases
        ) or tuple((g, "") for g in line.grounds)
        url = ""
        if line.demand and line.demand.finding.pk in seen:
            url = reverse("finding_detail", args=[line.demand.finding.pk])
        lines.append({"row": replace(line, links=named), "url": url})
    may_demand = (
        scope.may(Action.FINDING_EDIT) and scope.sees_whole_county and sheet.unit_id is not None
    )
    return {
        "notice": notice,
        "lines": lines,
        "may_demand": may_demand and any(x.demand is None for x in notice.lines),
    }


def named(user: User, pk: int) -> str | None:
    """What a finding from a result came from, for who may see the sheet; None out of sight."""
    row = Sheet.objects.visible_to(user).filter(pk=pk).select_related("assessment").first()
    return f"{row.assessment}结果反馈" if row is not None else None
