"""考核方案 as the pages show it: the year's list, one scheme with its tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from accountability.access import Action, scope_for
from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from reports.assessment import Nature, problems
from reports.assessment.package import band_from_data
from reports.assessment.points import plain
from reports.assessment.scheme import PARENTS, WITH_POINTS
from reports.models import Assessment, Criterion, Scheme, SchemeState
from reports.models.scheme import METHOD_CHOICES, NATURE_CHOICES
from reports.rules import rule_names, rules
from reports.scheme_examples import examples
from reports.selectors.assessment_subjects import candidates


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One line of the tree as it is shown."""

    row: Criterion
    depth: int
    full: str
    how: str
    nature: str
    can_hold: tuple[tuple[str, str], ...]


def list_page(user: User, year: int) -> dict[str, Any]:
    """The schemes of a year, the latest versions first. Two queries."""
    rows = list(
        Scheme.objects.visible_to(user)
        .filter(year=year)
        .select_related("made_by__person", "published_by__person")
    )
    may_edit = scope_for(user).may(Action.ASSESS_EDIT)
    return {
        "rows": rows,
        "may_edit": may_edit,
        "examples": list(examples().values()) if may_edit else [],
        "rules": list(rules().values()),
    }


def years(user: User) -> list[int]:
    """Years with a scheme that the user may see."""
    rows = Scheme.objects.visible_to(user).order_by().values_list("year", flat=True)
    return sorted(set(rows.distinct()), reverse=True)


def detail(user: User, scheme: Scheme, *, on: date) -> dict[str, Any]:
    """One scheme: its tree, what is wrong with it, who may do what."""
    criteria = list(scheme.criteria.order_by("position"))
    core = scheme.core(criteria)
    scope = scope_for(user)
    may_edit = scope.may(Action.ASSESS_EDIT)
    is_draft = scheme.state == SchemeState.DRAFT
    labels = dict(NATURE_CHOICES)
    depths: dict[int, int] = {}
    lines = []
    for row in criteria:
        depths[row.pk] = depths.get(row.parent_id or 0, -1) + 1
        nature = Nature(row.nature)
        can_hold = tuple(
            (kind.value, labels[kind.value]) for kind, above in PARENTS.items() if nature in above
        )
        full = row.points if nature in WITH_POINTS else core.full(row.code)
        lines.append(
            CriterionLine(
                row,
                depths[row.pk],
                plain(full) if nature != Nature.VETO else "",
                _how(row) if nature in WITH_POINTS else "",
                labels[row.nature],
                can_hold,
            )
        )
    rounds = list(Assessment.objects.visible_to(user).filter(scheme=scheme).exclude(state="void"))
    may_open = may_edit and scheme.state == SchemeState.PUBLISHED and not rounds
    return {
        "lines": lines,
        "bands": [str(band_from_data(band)) for band in scheme.bands],
        "problems": problems(core, rules=rule_names()) if is_draft and may_edit else [],
        "may_edit": may_edit and is_draft,
        "may_publish": is_draft and scope.may(Action.ASSESS_ISSUE) and scheme.made_by_id != user.pk,
        "may_correct": may_edit and scheme.state == SchemeState.PUBLISHED,
        "rounds": rounds,
        "candidates": candidates(scheme.county_id, scheme.kind, on=on) if may_open else [],
        "may_open": may_open,
        "trail": object_trail.inline(user, "scheme", scheme.pk, events_of(scheme)),
    }


def _how(row: Criterion) -> str:
    if row.rule:
        each = f"，每项扣 {plain(row.per_case)} 分" if row.per_case is not None else ""
        return f"系统计分：{rule_names().get(row.rule, row.rule)}{each}"
    return dict(METHOD_CHOICES)[row.method]


def events_of(scheme: Scheme) -> Any:
    """What was done to a scheme."""
    return AuditEvent.objects.filter(target_type="reports.scheme", target_id=scheme.pk)
