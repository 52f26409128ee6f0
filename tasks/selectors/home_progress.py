"""工作台 of a unit's liaison officer and head: this quarter's reports, a row a task and unit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F
from django.utils import timezone

from accountability.access import scope_for
from accountability.models import Unit, User
from tasks.lights import Verdict
from tasks.models import WRITABLE, Milestone, Part, Progress, ProgressState, Share, TaskItem
from tasks.periods import Period
from tasks.selectors import lights
from tasks.selectors.ledger import late_days
from tasks.selectors.progress import evidence_of, latest, reported, shares_of
from tasks.selectors.report_days import report_days
from tasks.selectors.reporters import owed, reporters

ROWS = 60
NOT_YET = "未报"
CSS = {
    ProgressState.SUBMITTED: "bl",
    ProgressState.CONFIRMED: "bl",
    ProgressState.APPROVED: "gr",
    ProgressState.RETURNED: "ye",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One task of one unit in the quarter; `verb` is what its button says."""

    item: dict[str, Any]
    unit_id: int
    unit: str
    part: str
    verdict: Verdict | None
    last: str
    due_on: date | None
    late: int
    days_left: int | None
    progress: Progress | None
    state: str
    css: str
    verb: str
    is_open: bool
    shares: dict[str, Any] | None

    @property
    def key(self) -> str:
        return f"{self.item['id']}-{self.unit_id}"

    @property
    def version(self) -> int:
        return self.progress.version if self.progress else 0

    @property
    def is_zero_open(self) -> bool:
        """零报告 is offered where nothing was said yet."""
        return self.progress is None

    @property
    def is_todo(self) -> bool:
        return self.progress is None or self.progress.state in WRITABLE


@dataclass(frozen=True, slots=True)
class Quarter:
    """The table of a quarter with its head."""

    period: Period
    deadline: date
    is_late: bool
    lines: list[Line]
    todo: int
    waiting: int
    earlier: list[tuple[Period, int]]
    head_confirms: bool
    is_cut: bool
    now: Period

    @property
    def done(self) -> int:
        return len(self.lines) - self.todo


def quarter(user: User, *, on: date, period: Period | None = None) -> Quarter | None:
    """What the user's units report for a quarter, or the one that is on; a bounded number
    of queries. None for whoever acts for no unit."""
    scope = scope_for(user)
    if not scope.unit_ids or scope.county_id is None:
        return None
    days = report_days(scope.county_id)
    now = days.current(on)
    chosen = period if period is not None and period.first <= on else now
    units = dict(
        Unit.objects.filter(pk__in=scope.unit_ids)
        .order_by("precedence", "id")
        .values_list("id", "name")
    )
    rows = _rows(user, chosen, units, on=on)
    if not rows and period is None and chosen != Period.of(on):
        # Nothing is due for the quarter that ended: the one that is on is shown.
        chosen = Period.of(on)
        rows = _rows(user, chosen, units, on=on)
    ids = [row["id"] for row in rows]
    parts = reporters(ids, on=on, units=set(units))
    reports = reported(ids, chosen, units=units)
    before = latest(ids, units, chosen.previous) if ids else {}
    verdicts = lights.verdicts(ids, on=on, threshold=days.threshold(on))
    shares = shares_of(ids, set(units))
    end = days.deadline(chosen)
    lines = [
        _line(
            row,
            (unit_id, units[unit_id]),
            part,
            verdicts.get(row["id"]),
            reports.get((row["id"], unit_id)),
            before.get((row["id"], unit_id)),
            shares.get((row["id"], unit_id)),
            end=end,
            on=on,
        )
        for row in rows
        for unit_id, part in sorted(parts.get(row["id"], {}).items())
    ]
    lines.sort(key=lambda line: line.part != Part.LEAD.label)
    return Quarter(
        period=chosen,
        deadline=end,
        is_late=on > end,
        lines=lines,
        todo=sum(line.is_todo for line in lines),
        waiting=sum(
            line.progress is not None and line.progress.state == ProgressState.SUBMITTED
            for line in lines
        ),
        earlier=_earlier(user, Period.of(on), set(units), on=on),
        head_confirms=days.setting.head_confirms,
        is_cut=len(rows) >= ROWS,
        now=Period.of(on),
    )


def _rows(user: User, period: Period, units: Collection[int], *, on: date) -> list[dict[str, Any]]:
    visible = TaskItem.objects.visible_to(user, year=period.year)
    columns = ("id", "number", "heading", "due_on", "due_text", "state")
    return list(
        owed(visible, period, units, on=on)
        .order_by(F("due_on").asc(nulls_last=True), "paper_id", "order")
        .values(*columns)[:ROWS]
    )


def _line(
    row: dict[str, Any],
    unit: tuple[int, str],
    part: Part,
    verdict: Verdict | None,
    progress: Progress | None,
    before: Progress | None,
    shares: dict[str, Any] | None,
    *,
    end: date,
    on: date,
) -> Line:
    due = row["due_on"] if row["due_on"] is not None and row["due_on"] < end else end
    is_writable = progress is None or progress.state in WRITABLE
    late = late_days(row["state"], due, on=on) if is_writable else 0
    if progress is None:
        state, css, verb = NOT_YET, "", "报进展"
    elif progress.state == ProgressState.RETURNED:
        state, css, verb = progress.state_label, "ye", "修改重报"
    elif progress.state == ProgressState.DRAFT:
        state, css, verb = progress.state_label, "", "继续填写"
    else:
        state, css, verb = progress.state_label, CSS[ProgressState(progress.state)], "查看"
    return Line(
        item=row,
        unit_id=unit[0],
        unit=unit[1],
        part=part.label,
        verdict=verdict,
        last=f"{before.period.name}：{before.text}" if before else "",
        due_on=due,
        late=late,
        days_left=(due - on).days,
        progress=progress,
        state=state,
        css=css,
        verb=verb,
        is_open=progress is not None and progress.state == ProgressState.RETURNED,
        shares=shares,
    )


def _earlier(
    user: User, now: Period, units: Collection[int], *, on: date
) -> list[tuple[Period, int]]:
    """Earlier quarters of the year with how many reports are still out; four queries."""
    if now.quarter == 1:
        return []
    visible = TaskItem.objects.visible_to(user, year=now.year)
    issued = dict(
        owed(visible, now.previous, units, on=on)
        .order_by()
        .values_list("id", "issued_at")[: ROWS * 4]
    )
    if not issued:
        return []
    parts = reporters(list(issued), on=on, units=units)
    handed_in = set(
        Progress.objects.standing()
        .filter(item_id__in=issued, unit_id__in=units, year=now.year)
        .values_list("item_id", "unit_id", "quarter")
    )
    found = []
    for number in range(now.quarter - 1, 0, -1):
        period = Period(now.year, number)
        out = sum(
            (item, unit, number) not in handed_in
            for item, of_item in parts.items()
            if timezone.localtime(issued[item]).date() <= period.last
            for unit in of_item
        )
        if out:
            found.append((period, out))
    return found


def my_shares(user: User) -> list[Share]:
    """What 科室 and persons carry for their units and have not finished; one query."""
    scope = scope_for(user)
    sections = Share.objects.filter(section_id__in=scope.unit_ids)
    rows = sections
    if user.person_id:
        rows = rows | Share.objects.filter(person_id=user.person_id)
    return list(
        rows.kept()
        .filter(percent__lt=100, item__state="issued", county_id=scope.county_id)
        .select_related("item", "unit", "section", "person")
        .order_by(F("due_on").asc(nulls_last=True), "id")[:20]
    )


def milestones_of(item: TaskItem) -> list[Milestone]:
    """The milestones that a report may say were reached; one query."""
    rows = Milestone.objects.filter(item=item, is_dropped=False)
    return list(rows.order_by("due_on", "position"))


def form_context(
    user: User, item: TaskItem, unit: Unit, period: Period, *, on: date
) -> dict[str, Any]:
    """What the form in a row shows: the report or what was said last, evidence to choose from."""
    days = report_days(item.county_id)
    end = days.deadline(period)
    known = reported([item.pk], period, units=[unit.pk]).get((item.pk, unit.pk))
    others = Progress.objects.visible_to(user).filter(item=item).of_period(period)
    before = latest([item.pk], [unit.pk], period.previous).get((item.pk, unit.pk))
    used = evidence_of([known.pk]).get(known.pk, []) if known else []
    if known is not None:
        known.unit, known.item = unit, item
    return {
        "known": known,
        "others": list(
            others.standing()
            .exclude(unit=unit)
            .select_related("unit")
            .order_by("unit__precedence", "unit_id")[:ROWS]
        ),
        "milestones": milestones_of(item),
        "before": before,
        "used": used,
        "end": end,
        "is_late": on > end,
        "head_confirms": days.setting.head_confirms,
        "shares": shares_of([item.pk], [unit.pk]).get((item.pk, unit.pk)),
    }
