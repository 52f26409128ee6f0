"""考核 as the pages show it: the year's rounds; one round with sheets, teams, ranking, 校核."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from accountability.access import Action, Scope, scope_for
from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from reports.assessment import GRADING_RULES, BadPackage, compute, recompute, shown
from reports.assessment.grading import seats
from reports.models import (
    Appeal,
    AppealState,
    Assessment,
    AssessmentState,
    Publication,
    PublicationState,
    Sheet,
    SheetState,
)
from reports.models.score import leads_the_county
from reports.selectors.assessment_content import SO_FAR, content_of

TABS = (("sheets", "对象"), ("teams", "考核组"), ("rank", "排名"), ("check", "校核"))
DONE = (SheetState.SCORED, SheetState.APPROVED)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One line of the ranking; `last` is last year's rank where there was one."""

    rank: int
    key: str
    name: str
    total: str
    grade: str
    why: str
    last: int | None = None
    sheet_id: int | None = None

    @property
    def moved(self) -> int:
        """Ranks gained (above zero) or lost since last year."""
        return self.last - self.rank if self.last else 0


def latest_year(user: User) -> int | None:
    """The latest year with a round that the user may see."""
    rows = Assessment.objects.visible_to(user).order_by("-year")
    return rows.values_list("year", flat=True).first()


def years(user: User) -> list[int]:
    """Years with rounds that the user may see."""
    rows = Assessment.objects.visible_to(user).order_by().values_list("year", flat=True)
    return sorted(set(rows.distinct()), reverse=True)


def list_page(user: User, year: int) -> dict[str, Any]:
    """The rounds of a year with how far they are. Two queries."""
    rows = list(
        Assessment.objects.visible_to(user)
        .filter(year=year)
        .select_related("scheme")
        .annotate(
            total=Count("sheets"),
            scored=Count("sheets", filter=Q(sheets__state__in=DONE)),
            own=Count("sheets", filter=Q(sheets__self_at__isnull=False)),
        )
    )
    has_published = any(row.state == AssessmentState.PUBLISHED for row in rows)
    return {"rows": rows, "mine": _mine(user, year), "has_published": has_published}


def _mine(user: User, year: int) -> list[Sheet]:
    """The sheets of what the user acts for, in rounds that are open."""
    scope = scope_for(user)
    rows = Sheet.objects.visible_to(user).filter(assessment__year=year)
    rows = rows.filter(Q(unit_id__in=scope.unit_ids) | Q(post_id__in=scope.own_post_ids))
    shown_in = [s for s in AssessmentState if s not in ("preparing", "void")]
    return list(rows.filter(assessment__state__in=shown_in).select_related("assessment"))


def page(user: User, assessment: Assessment, *, tab: str, on: date) -> dict[str, Any]:
    """One round; `tab` chooses what is read. A bounded number of queries."""
    scope = scope_for(user)
    may_edit, may_decide = scope.may(Action.ASSESS_EDIT), scope.may(Action.ASSESS_DECIDE)
    sees = sees_before_publication(scope)
    tabs = [(key, label) for key, label in TABS if key not in ("teams", "check") or sees]
    tab = tab if tab in dict(tabs) else "sheets"
    context: dict[str, Any] = {
        "tab": tab,
        "tabs": [{"key": key, "label": label, "is_on": key == tab} for key, label in tabs],
        "may_edit": may_edit,
        "may_decide": may_decide,
        "sees_totals": sees,
        "counts": _counts(assessment),
        "proposed": _proposed(user, assessment),
        "trail": object_trail.inline(user, "assessment", assessment.pk, events_of(assessment)),
        "is_over": assessment.appeal_due is not None and on > assessment.appeal_due,
    }
    if tab == "sheets":
        context["sheets"] = list(
            Sheet.objects.visible_to(user)
            .filter(assessment=assessment)
            .select_related("team", "scored_by__person", "approved_by__person")
        )
        context["appeals"] = list(
            Appeal.objects.visible_to(user)
            .filter(sheet__assessment=assessment)
            .select_related("sheet", "score__criterion")
        )
    elif tab == "teams":
        context["teams"] = _teams(assessment)
        context["sheets"] = list(assessment.sheets.select_related("team"))
    elif tab == "rank":
        context |= ranking(user, assessment)
    else:
        context["versions"] = versions(user, assessment)
    return context


def _teams(assessment: Assessment) -> list[dict[str, Any]]:
    """Each team with its present members' names and how many sheets it has. Three queries."""
    rows = assessment.teams.prefetch_related("members__user__person").annotate(n=Count("sheets"))
    return [
        {
            "pk": team.pk,
            "name": team.name,
            "n": team.n,
            "names": "、".join(m.user.display_name for m in team.members.all() if not m.is_out),
        }
        for team in rows
    ]


def sees_before_publication(scope: Scope) -> bool:
    """Who sees others' totals before they are published: office, inspectors, the first leader."""
    return scope.sees_whole_county or leads_the_county(scope)


def ranking(user: User, assessment: Assessment) -> dict[str, Any]:
    """The ranking as published, or as it stands for those who may see it before."""
    published = (
        Publication.objects.filter(assessment=assessment, state=PublicationState.PUBLISHED)
        .values_list("content", flat=True)
        .first()
    )
    visible = Sheet.objects.visible_to(user).filter(assessment=assessment)
    own = {sheet.key: sheet.pk for sheet in visible}
    if published is not None:
        rows = [
            (r["rank"], r["key"], r["name"], r["total"], r["grade"], r["why"])
            for r in json.loads(published)["results"]
        ]
    elif sees_before_publication(scope_for(user)):
        content = content_of(assessment, column=SO_FAR)
        rows = [
            (r.graded.rank, r.key, r.name, shown(r.total), r.graded.grade, r.graded.why)
            for r in compute(content.scheme, content.entries)
            if r.graded is not None
        ]
    else:
        return {"ranked": None, "rules": GRADING_RULES}
    last = _last_ranks(assessment)
    ranked = sorted(
        (Ranked(*row, last=last.get(row[1]), sheet_id=own.get(row[1])) for row in rows),
        key=lambda r: r.rank,
    )
    scheme = assessment.scheme.core()
    return {
        "ranked": ranked,
        "is_published": published is not None,
        "rules": GRADING_RULES,
        "bands": [str(band) for band in scheme.bands],
        "quota": scheme.quota,
        "places": seats(scheme, len(ranked)),
    }


def _last_ranks(assessment: Assessment) -> dict[str, int]:
    """Ranks of the same kind and occasion in the year before, by subject."""
    rows = Sheet.objects.filter(
        county_id=assessment.county_id,
        assessment__year=assessment.year - 1,
        assessment__kind=assessment.kind,
        assessment__occasion=assessment.occasion,
        assessment__state=AssessmentState.PUBLISHED,
        rank__isnull=False,
    )
    return {row.key: row.rank for row in rows if row.rank is not None}


@dataclass(frozen=True, slots=True)
class Checked:
    """One version of the results, recomputed from its frozen inputs (校核)."""

    row: Publication
    wrong: tuple[str, ...]
    count: int
    is_whole: bool

    @property
    def is_right(self) -> bool:
        return self.is_whole and not self.wrong


def versions(user: User, assessment: Assessment) -> list[Checked]:
    """All versions that the user may see, each recomputed."""
    rows = (
        Publication.objects.visible_to(user)
        .filter(assessment=assessment)
        .select_related("proposed_by__person", "decided_by__person")
    )
    return [_checked(row) for row in rows]


def _checked(row: Publication) -> Checked:
    is_whole = hashlib.sha256(row.content.encode()).hexdigest() == row.digest
    try:
        results, wrong = recompute(row.content)
    except BadPackage:
        return Checked(row, ("冻结内容无法读取",), 0, is_whole)
    return Checked(row, tuple(wrong), len(results), is_whole)


def _proposed(user: User, assessment: Assessment) -> Publication | None:
    row: Publication | None = (
        Publication.objects.visible_to(user)
        .filter(assessment=assessment, state=PublicationState.PROPOSED)
        .select_related("proposed_by__person")
        .first()
    )
    return row


def _counts(assessment: Assessment) -> dict[str, int]:
    return assessment.sheets.aggregate(
        total=Count("pk", distinct=True),
        own=Count("pk", filter=Q(self_at__isnull=False), distinct=True),
        scored=Count("pk", filter=Q(state__in=DONE), distinct=True),
        approved=Count("pk", filter=Q(state=SheetState.APPROVED), distinct=True),
        appeals=Count("appeals", filter=Q(appeals__state=AppealState.OPEN), distinct=True),
    )


def table(user: User, assessment: Assessment) -> tuple[list[str], list[list[str]]]:
    """评分表 as a table: a row a subject, a column a criterion; what the user may see of it."""
    sees = sees_before_publication(scope_for(user))
    is_out = assessment.state in (AssessmentState.FEEDBACK, AssessmentState.PUBLISHED)
    sheets = list(Sheet.objects.visible_to(user).filter(assessment=assessment))
    content = content_of(assessment, column=SO_FAR)
    by_key = {entry.key: entry for entry in content.entries}
    codes = [c for c in content.scheme.criteria if c.nature in ("score", "add", "deduct")]
    rows = []
    for sheet in sheets:
        scores = by_key[sheet.key].scores if sees or is_out else {}
        rows.append(
            [
                sheet.name,
                sheet.get_state_display(),
                *(shown(scores[c.code]) if c.code in scores else "" for c in codes),
                shown(sheet.total) if (sees or is_out) and sheet.total is not None else "",
                str(sheet.rank or ""),
                sheet.grade,
            ]
        )
    heads = ["考核对象", "状态", *(f"{c.code} {c.name}" for c in codes), "合计", "名次", "等次"]
    return heads, rows


def events_of(assessment: Assessment) -> Any:
    """What was done to a round."""
    return AuditEvent.objects.filter(target_type="reports.assessment", target_id=assessment.pk)
