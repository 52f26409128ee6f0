"""问题和整改 as 整改台账 shows them, and as counts for whoever measures units by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accountability.models import User
from tasks.models import (
    OPEN_RECTIFICATIONS,
    OUTSIDE,
    UNITS_WORK,
    Finding,
    FindingState,
    ObjectionState,
    Rectification,
    RectificationState,
)
from tasks.selectors.latest_first import LatestPage, end_of, page, start_of

OPEN, LATE, OBJECTED = "open", "late", "objected"
LAMPS = {
    RectificationState.ASKED: "idle",
    RectificationState.WORKING: "yellow",
    RectificationState.REPORTED: "yellow",
    RectificationState.RETURNED: "red",
    RectificationState.RECHECKED: "yellow",
    RectificationState.STRUCK: "green",
    RectificationState.VOID: "idle",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One finding as 整改台账 shows it: where it stands, and since when it is late."""

    finding: Finding
    rectification: Rectification | None
    state: str
    lamp: str
    late: int


def line_of(finding: Finding, *, on: date) -> Line:
    """The line; `finding.rectification` must have been fetched with it."""
    found: Rectification | None = getattr(finding, "rectification", None)
    if found is None:
        return Line(finding, None, finding.get_state_display(), "idle", 0)
    late = max(0, (on - found.due_on).days) if found.state in UNITS_WORK else 0
    lamp = "red" if late else LAMPS[RectificationState(found.state)]
    return Line(finding, found, found.get_state_display(), lamp, late)


def years(user: User) -> list[int]:
    """The years of which the user may see a finding, the latest first."""
    found = Finding.objects.visible_to(user).order_by("-year").values_list("year", flat=True)
    return list(found.distinct())


def of_year(user: User, year: int, filters: dict[str, Any], *, on: date) -> QuerySet[Finding]:
    """The findings of a year that `user` may see and `filters` let through."""
    rows = Finding.objects.visible_to(user).filter(year=year)
    state = filters.get("state")
    of_unit = "rectification__state"
    if state == OPEN:
        rows = rows.filter(**{f"{of_unit}__in": OPEN_RECTIFICATIONS})
    elif state == LATE:
        rows = rows.filter(**{f"{of_unit}__in": UNITS_WORK}, rectification__due_on__lt=on)
    elif state == OBJECTED:
        rows = rows.filter(objection__state=ObjectionState.OPEN)
    elif state in RectificationState.values:
        rows = rows.filter(**{of_unit: state})
    elif state:
        rows = rows.filter(state=state)
    else:
        rows = rows.exclude(state=FindingState.WITHDRAWN)
    if filters.get("place") == "outside":
        rows = rows.filter(source_kind__in=OUTSIDE)
    elif filters.get("place") == "inside":
        rows = rows.exclude(source_kind__in=OUTSIDE)
    for name in ("source_kind", "unit"):
        if filters.get(name):
            rows = rows.filter(**{name: filters[name]})
    for word in (filters.get("q") or "").split():
        rows = rows.filter(
            Q(title__icontains=word)
            | Q(facts__icontains=word)
            | Q(source_text__icontains=word)
            | Q(source_number__icontains=word)
            | Q(unit__name__icontains=word)
        )
    return rows.select_related("unit", "item", "rectification__post", "objection")


def list_page(
    rows: QuerySet[Finding], *, on: date, before: int | None = None, after: int | None = None
) -> tuple[LatestPage, list[Line]]:
    """One page of 整改台账, newest first; one query."""
    found = page(rows, before=before, after=after)
    return found, [line_of(row, on=on) for row in found.rows]


def tally(user: User, year: int, *, on: date) -> dict[str, int]:
    """How many stand where, for the tabs above the list; one query."""
    of_unit = "rectification__state"
    found: dict[str, int] = (
        Finding.objects.visible_to(user)
        .filter(year=year)
        .aggregate(
            total=Count("pk", filter=~Q(state=FindingState.WITHDRAWN)),
            open=Count("pk", filter=Q(**{f"{of_unit}__in": OPEN_RECTIFICATIONS})),
            late=Count(
                "pk", filter=Q(**{f"{of_unit}__in": UNITS_WORK}, rectification__due_on__lt=on)
            ),
            objected=Count("pk", filter=Q(objection__state=ObjectionState.OPEN)),
            served=Count("pk", filter=Q(state=FindingState.SERVED)),
            reported=Count("pk", filter=Q(**{of_unit: RectificationState.REPORTED})),
            rechecked=Count("pk", filter=Q(**{of_unit: RectificationState.RECHECKED})),
            struck=Count("pk", filter=Q(**{of_unit: RectificationState.STRUCK})),
        )
    )
    return found


# The columns of a 问题整改台账, as counties keep it.
HEADS = (
    "序号", "问题", "来源", "责任单位", "责任人", "整改措施", "整改期限", "进展", "完成情况",
    "佐证", "复查人", "销号日期",
)  # fmt: skip


def ledger(rows: QuerySet[Finding], *, on: date) -> list[list[str]]:
    """整改台账: each finding one line of text."""
    found = []
    people = rows.select_related(
        "unit", "rectification__post", "rectification__report_file", "objection",
        "rectification__rechecked_by__person",
    )  # fmt: skip
    for finding in people.order_by("pk"):
        line = line_of(finding, on=on)
        row = line.rectification
        found.append(
            [
                finding.number,
                finding.title,
                source_of(finding),
                finding.unit.name,
                "　".join(filter(None, (row.responsible, str(row.post or "")))) if row else "",
                row.measures if row else "",
                f"{row.due_on if row else finding.rectify_by}",
                line.state + (f"，逾期 {line.late} 天" if line.late else ""),
                row.report if row else "",
                "　".join(filter(None, (row.report_reference, str(row.report_file or ""))))
                if row
                else "",
                row.rechecked_by.display_name if row and row.rechecked_by else "",
                f"{timezone.localtime(row.struck_at):%Y-%m-%d}" if row and row.struck_at else "",
            ]
        )
    return found


def source_of(finding: Finding) -> str:
    """Where it came from, in words: kind, name, number, day."""
    parts = [finding.get_source_kind_display(), finding.source_text, finding.source_number]
    day = finding.source_on.isoformat() if finding.source_on else ""
    return "　".join(part for part in (*parts, day) if part)


@dataclass(frozen=True, slots=True)
class UnitFindings:
    """How a unit stands with the findings that were established in a period."""

    found: int = 0
    outside: int = 0
    open: int = 0
    late: int = 0
    struck: int = 0

    @property
    def share_struck(self) -> int:
        """整改完成率 in whole per cent; 100 where nothing was found."""
        return 100 * self.struck // self.found if self.found else 100


def of_units(county_id: int, *, since: date, until: date, on: date) -> dict[int, UnitFindings]:
    """Each unit's findings that were established from `since` to `until`; one query.

    Withdrawn ones are none. `late` is by the clock on `on`. Units without any are not in it.
    """
    rows = Finding.objects.filter(
        county_id=county_id,
        state=FindingState.STANDING,
        established_at__gte=start_of(since),
        established_at__lt=end_of(until),
    )
    of_unit = "rectification__state"
    late = Q(**{f"{of_unit}__in": UNITS_WORK}, rectification__due_on__lt=on)
    counted = (
        rows.order_by()
        .values("unit_id")
        .annotate(
            found=Count("pk"),
            outside=Count("pk", filter=Q(source_kind__in=OUTSIDE)),
            open=Count("pk", filter=Q(**{f"{of_unit}__in": OPEN_RECTIFICATIONS})),
            late=Count("pk", filter=late),
            struck=Count("pk", filter=Q(**{of_unit: RectificationState.STRUCK})),
        )
    )
    return {row.pop("unit_id"): UnitFindings(**row) for row in counted}


def states_of_source(county_id: int, kind: str, source_id: int) -> dict[str, int]:
    """How many findings of one source (a campaign) stand in which state; one query."""
    rows = Finding.objects.filter(county_id=county_id, source_kind=kind, source_id=source_id)
    counted = rows.order_by().values_list("state").annotate(number=Count("pk"))
    return dict(counted)
