"""年终考核报告 as its page shows it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from reports.models import YearReport, YearReportState
from reports.models.year_report import FROZEN
from reports.selectors.endorsements import of_report
from reports.selectors.report_material import is_behind, material_of
from reports.year_report import marks
from reports.year_report.paper import blocks_of, charts_of

OPEN = (YearReportState.DRAFT, YearReportState.SUBMITTED)
TAGS = {
    YearReportState.ISSUED: "tag-gr",
    YearReportState.SUBMITTED: "tag-ye",
    YearReportState.APPROVED: "tag-bl",
}


def of_year(user: User, year: int) -> YearReport | None:
    """The year's report that counts, else the latest that is void, as far as the user sees one."""
    rows = YearReport.objects.visible_to(user).filter(year=year).defer("data", "content", "body")
    found: YearReport | None = (
        rows.exclude(state=YearReportState.VOID).first() or rows.order_by("-pk").first()
    )
    return found


def page(user: User, row: YearReport, *, on: date) -> dict[str, Any]:
    """A report with its sources, its endorsement, and what this person may do with it."""
    scope = scope_for(user)
    may_edit, may_decide = scope.may(Action.ASSESS_EDIT), scope.may(Action.ASSESS_DECIDE)
    material = material_of(row.data)
    view = of_report(user, row, on=on)
    is_endorsed = any(r.counts and r.endorsement.state == "done" for r in view.rounds)
    facts = row.facts
    is_open = row.state in OPEN
    used = marks.used(row.body)
    return {
        "row": row,
        "tag": TAGS.get(YearReportState(row.state), ""),
        "blocks": blocks_of(row.body, ()),
        "charts": charts_of(material),
        "facts": [fact for fact in facts if fact.number in used],
        "strange": marks.strange(row.body, facts),
        "is_behind": is_open and is_behind(row.county, row.data, row.year),
        "view": view,
        "may_edit": may_edit and is_open,
        "may_submit": may_edit and row.state == YearReportState.DRAFT,
        "may_approve": may_decide
        and row.state == YearReportState.SUBMITTED
        and row.drafted_by_id != user.pk,
        "may_return": may_decide
        and row.state in (YearReportState.SUBMITTED, YearReportState.APPROVED),
        "may_void": may_decide and row.state not in (YearReportState.ISSUED, YearReportState.VOID),
        "may_ask": may_edit and row.state == YearReportState.APPROVED and view.may_ask,
        "may_issue": may_edit and row.state == YearReportState.APPROVED and is_endorsed,
        "is_frozen": row.state in FROZEN,
        "trail": object_trail.inline(user, "year_report", row.pk, events_of(row)),
    }


def events_of(row: YearReport) -> QuerySet[AuditEvent]:
    """What was done to a report."""
    return AuditEvent.objects.filter(target_type="reports.yearreport", target_id=row.pk)


def _subject(user: User, row: YearReport) -> object_trail.Subject:
    url = reverse("year_report", args=[row.pk])
    return object_trail.Subject(row.title, url, events_of(row))


object_trail.register(
    "year_report",
    "年终考核报告",
    YearReport,
    visible=YearReport.objects.visible_to,
    subject=_subject,
)
