"""系统分: every rule of a scheme over all subjects at once; the sheets' rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from accountability.door import require_act
from accountability.services import bulk
from reports.assessment import Method, by_rule
from reports.assessment.scheme import WITH_POINTS
from reports.models import Assessment, Criterion, Score, Sheet, SheetState
from reports.rules import Case, rules, sources
from reports.selectors import ballot_scores
from reports.selectors.assessment_subjects import subject_of


def count_into(assessment: Assessment, *, on: date) -> int:
    """Make missing score rows and set the system scores as of `on`; how many changed.

    Inside the caller's door. Each source is asked once for all subjects; sheets
    that a team has scored keep the figures that it saw.
    """
    require_act()
    criteria = list(assessment.scheme.criteria.filter(nature__in=sorted(WITH_POINTS)))
    sheets = list(assessment.sheets.select_related("post"))
    wanted = {rules()[c.rule].source for c in criteria if c.method == Method.RULE}
    subjects = [subject_of(sheet) for sheet in sheets]
    cases = {
        found.kind: found.cases(assessment.county_id, assessment.year, subjects, on)
        for found in sources()
        if found.kind in wanted
    }
    known = {
        (score.sheet_id, score.criterion_id): score
        for score in Score.objects.filter(sheet__assessment=assessment)
    }
    voted = ballot_scores.of_sheets(sheets, on=on)
    new, changed = [], []
    for sheet in sheets:
        for criterion in criteria:
            if criterion.method == Method.BALLOT:
                system, counted = voted.get((sheet.pk, criterion.pk), (None, {}))
            else:
                system, counted = _count(criterion, sheet, cases, on)
            score = known.get((sheet.pk, criterion.pk))
            if score is None:
                new.append(Score(sheet=sheet, criterion=criterion, system=system, counted=counted))
            elif sheet.state in (SheetState.WAITING, SheetState.SELF) and (
                score.system != system or score.counted != counted
            ):
                score.system, score.counted = system, counted
                changed.append(score)
    bulk.create(new)
    bulk.update(changed, ["system", "counted"])
    return len(changed)


def count_ballots(sheet: Sheet, *, on: date) -> None:
    """Set what the ballots about one sheet give, once all of a criterion's are counted.

    Inside the caller's door; a sheet that a team has scored keeps the figures that it saw.
    """
    require_act()
    if sheet.state not in (SheetState.WAITING, SheetState.SELF):
        return
    voted = ballot_scores.of_sheets([sheet], on=on)
    changed = []
    for score in Score.objects.filter(sheet=sheet, criterion__method=Method.BALLOT.value):
        system, counted = voted.get((sheet.pk, score.criterion_id), (None, {}))
        if (score.system, score.counted) != (system, counted):
            score.system, score.counted = system, counted
            changed.append(score)
    bulk.update(changed, ["system", "counted"])


def _count(
    criterion: Criterion, sheet: Sheet, cases: dict[str, dict[str, list[Case]]], on: date
) -> tuple[Decimal | None, dict[str, Any]]:
    if criterion.method != Method.RULE:
        return None, {}
    rule = rules()[criterion.rule]
    judged = [
        (case, kept)
        for case in cases[rule.source].get(sheet.key, [])
        if (kept := rule.judge(case, on)) is not None
    ]
    good = sum(kept for _, kept in judged)
    points, how = by_rule(criterion.core({}), good=good, total=len(judged))
    # What was not kept first: that is what a deduction rests on.
    judged.sort(key=lambda pair: pair[1])
    return points, {
        "rule": rule.code,
        "formula": rule.formula,
        "how": how,
        "good": good,
        "total": len(judged),
        "until": on.isoformat(),
        "cases": [
            {
                "kind": c.kind,
                "id": c.id,
                "label": c.label[:80],
                "short": c.short,
                "told": c.told,
                "kept": kept,
            }
            for c, kept in judged
        ],
    }
