"""结果运用 as its register, its Excel and its proposals show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import AuditEvent, Talk, User
from accountability.selectors import object_trail
from reports.assessment import proposals, shown
from reports.models import (
    Assessment,
    AssessmentState,
    ResultUse,
    Sheet,
    SubjectKind,
    UseKind,
    UseState,
)

PAGE = 50
TAGS = {UseState.RECORDED: "tag-gr", UseState.VOID: "tag-red", UseState.DECLINED: ""}
HEADS = (
    ("考核对象", 3),
    ("类别", 1.4),
    ("所依据的结果", 3.6),
    ("运用方式", 2.6),
    ("依据（文号）", 3.4),
    ("机关", 2.6),
    ("日期", 3),
    ("内容", 3),
    ("登记", 2),
    ("状态", 2.4),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """As they stand in the address."""

    kind: str = ""
    use: str = ""
    state: str = ""
    before: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the ranking of one kind proposes for one subject."""

    sheet: Sheet
    use: str
    label: str
    result: str


def result_of(sheet: Sheet) -> str:
    """第 3 名，较好，87.50 分: the result as an entry keeps it."""
    return f"第 {sheet.rank} 名，{sheet.grade}，{shown(sheet.total)} 分"


def latest_year(user: User) -> int | None:
    """The latest year with a published round that the user may see."""
    rows = Assessment.objects.visible_to(user).filter(state=AssessmentState.PUBLISHED)
    return rows.order_by("-year").values_list("year", flat=True).first()


def years(user: User) -> list[int]:
    """Years with published rounds or entries."""
    rounds = Assessment.objects.visible_to(user).filter(state=AssessmentState.PUBLISHED)
    uses = ResultUse.objects.visible_to(user)
    return sorted(
        {
            *rounds.order_by().values_list("year", flat=True).distinct(),
            *uses.order_by().values_list("year", flat=True).distinct(),
        },
        reverse=True,
    )


def entries(user: User, year: int, filters: Filters) -> QuerySet[ResultUse]:
    """The register of a year, the latest entry first."""
    rows = ResultUse.objects.visible_to(user).filter(year=year)
    if filters.kind in SubjectKind.values:
        rows = rows.filter(sheet__assessment__kind=filters.kind)
    if filters.use in UseKind.values:
        rows = rows.filter(kind=filters.use)
    if filters.state in UseState.values:
        rows = rows.filter(state=filters.state)
    return rows.select_related(
        "sheet__assessment", "recorded_by__person", "voided_by__person", "talk"
    ).order_by("-pk")


def page(user: User, year: int, filters: Filters) -> dict[str, Any]:
    """One page of the register with what is proposed. A constant number of queries."""
    scope = scope_for(user)
    rows = entries(user, year, filters)
    if filters.before:
        rows = rows.filter(pk__lt=filters.before)
    found = list(rows[: PAGE + 1])
    seen = set(
        Talk.objects.visible_to(user)
        .filter(pk__in=[r.talk_id for r in found if r.talk_id])
        .values_list("pk", flat=True)
    )
    may_edit = scope.may(Action.ASSESS_EDIT) and scope.sees_drafts
    sheets = _subjects(user, year) if may_edit else []
    told = events_of_many(r.pk for r in found[:PAGE])
    may_trail = scope.may(Action.OBJECT_TRAIL_READ)
    return {
        "trail": object_trail.of_list(told),
        "rows": [
            {
                "row": row,
                "trail_url": reverse("audit_object", args=["result_use", row.pk])
                if may_trail
                else "",
                "tag": TAGS[UseState(row.state)],
                "is_corrected": row.state == UseState.RECORDED
                and row.result != result_of(row.sheet),
                "may_see_talk": row.talk_id in seen,
            }
            for row in found[:PAGE]
        ],
        "before": found[PAGE - 1].pk if len(found) > PAGE else None,
        "may_edit": may_edit,
        "subjects": sheets,
        "proposals": proposed(user, year, sheets) if may_edit else [],
        "talks": list(talks_of(user, sheets)) if may_edit else [],
        "kinds": SubjectKind.choices,
        "uses": UseKind.choices,
        "states": UseState.choices,
    }


def _subjects(user: User, year: int) -> list[Sheet]:
    """Whose results of the year are public, by kind and rank. One query."""
    rows = Sheet.objects.visible_to(user).filter(
        assessment__year=year, assessment__state=AssessmentState.PUBLISHED
    )
    return list(
        rows.select_related("assessment", "post").order_by(
            "assessment__kind", "assessment_id", "rank", "position"
        )
    )


def proposed(user: User, year: int, sheets: Iterable[Sheet]) -> list[Proposal]:
    """The best of each kind for 表彰, the last for 约谈; what was taken up or declined is not.

    One query beside the sheets. The state of a yearly round decides: a special
    assessment and a half-year's propose nothing.
    """
    taken: dict[str, list[str]] = defaultdict(list)
    uses = ResultUse.objects.visible_to(user).filter(year=year).exclude(state=UseState.VOID)
    for sheet_id, kind in uses.values_list("sheet_id", "kind"):
        taken[str(sheet_id)].append(kind)
    by_round: dict[int, list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        if sheet.assessment.occasion == "yearly" and sheet.rank is not None:
            by_round[sheet.assessment_id].append(sheet)
    found = []
    for rows in by_round.values():
        known = {str(s.pk): s for s in rows}
        ranked = [(str(s.pk), s.rank or 0, bool(s.vetoes)) for s in rows]
        for key, use in proposals(ranked, taken):
            sheet = known[key]
            found.append(Proposal(sheet, use, UseKind(use).label, result_of(sheet)))
    return found


def talks_of(user: User, sheets: Iterable[Sheet]) -> QuerySet[Talk]:
    """The talks that the user may see with those who hold, or head, what the sheets are of."""
    rows = list(sheets)
    units = [s.unit_id for s in rows if s.unit_id]
    posts = [s.post_id for s in rows if s.post_id]
    return (
        Talk.objects.visible_to(user)
        .standing()
        .filter(Q(talked_post__unit_id__in=units) | Q(talked_post_id__in=posts))
        .select_related("talker", "talked", "talked_post__unit")
        .order_by("-held_on", "-pk")
    )


def table(rows: Iterable[ResultUse]) -> list[tuple[str, ...]]:
    """The register's lines as they are exported and printed."""
    made: list[tuple[str, ...]] = []
    for row in rows:
        state = row.get_state_display()
        if row.reason:
            state += f"：{row.reason}"
        made.append(
            (
                row.sheet.name,
                row.sheet.assessment.get_kind_display(),
                row.result,
                row.get_kind_display(),
                row.basis or "—",
                row.organ or "—",
                row.used_on.isoformat() if row.used_on else "—",
                row.note or "—",
                row.recorded_by.display_name,
                state,
            )
        )
    return made


def events_of(row: ResultUse) -> QuerySet[AuditEvent]:
    """What was done to an entry."""
    return events_of_many([row.pk])


def events_of_many(ids: Iterable[int]) -> QuerySet[AuditEvent]:
    """What was done to these entries."""
    return AuditEvent.objects.filter(target_type="reports.resultuse", target_id__in=list(ids))
