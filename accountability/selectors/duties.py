"""What the pages of duties show: the list, one duty, what waits on the 工作台."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from ..access import Action, scope_for
from ..duty_content import CHECK_POINTS, FIELDS, missing_of
from ..models import AuditEvent, Duty, DutyFile, DutyKind, DutyRule, DutyState, Unit, User
from ..models.dated import holds_on
from ..models.duty import OWED, answered_units
from ..refusals import Invalid
from ..services.duties import may_write
from .duty_annexes import annexes

PAGE = 50
SOON_DAYS = 30
ON_DESK = 8
TABS = (("owed", "待办"), ("late", "逾期"), ("done", "已完成"), ("all", "全部"))
LAMPS = {"late": ("red", "逾期"), "open": ("green", "待办"), "held": ("yellow", "材料未齐"),
         "done": ("done", "已完成"), "waived": ("idle", "已免除")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One duty as lists show it."""

    duty: Duty
    lamp: str
    word: str
    late_days: int
    days_left: int

    @property
    def due(self) -> date:
        return self.duty.next_due


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of duties; `next` is the cursor of the page after it, "" on the last."""

    rows: list[Row] = field(default_factory=list)
    next: str = ""


def row_of(duty: Duty, *, on: date) -> Row:
    """The duty with the lamp (shape, colour, word) that it shows on `on`."""
    late = duty.is_overdue(on)
    lamp, word = LAMPS["late" if late else duty.state]
    if duty.state == DutyState.DONE and duty.is_late:
        word = "逾期补报"
    days = (duty.next_due - on).days
    if not late and duty.state == DutyState.OPEN and days <= SOON_DAYS // 4:
        lamp, word = "yellow", "临期"
    return Row(duty, lamp, word, max(0, -days) if late else 0, days)


def years_of(user: User, *, on: date) -> list[int]:
    """The years that have rules, and the present one; the latest first."""
    found = DutyRule.objects.visible_to(user).order_by().values_list("year", flat=True).distinct()
    return sorted({*found, on.year}, reverse=True)


def listing(
    user: User,
    year: int,
    *,
    on: date,
    tab: str = "owed",
    kind: str = "",
    unit: int = 0,
    after: str = "",
) -> Listing:
    """A page of the year's duties that `user` sees, by deadline; two queries.

    The former year's duties that are still owed stand in the present year's 待办 too.
    """
    rows = _tab(Duty.objects.visible_to(user), year, tab, on=on)
    if kind in DutyKind.values:
        rows = rows.filter(kind=kind)
    if unit:
        rows = rows.filter(Q(unit_id=unit) | Q(post__unit_id=unit))
    if after:
        day, pk = _place(after)
        rows = rows.filter(Q(due_on__gt=day) | Q(due_on=day, pk__gt=pk))
    found = list(
        rows.select_related("rule", "unit", "post__unit").order_by("due_on", "id")[: PAGE + 1]
    )
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Listing(
        [row_of(duty, on=on) for duty in found[:PAGE]],
        f"{last.due_on.isoformat()}_{last.pk}" if last else "",
    )


def _tab(rows: QuerySet[Duty], year: int, tab: str, *, on: date) -> Any:
    of_year = rows.filter(year=year)
    if tab == "owed":
        begun = rows.filter(period_start__lte=on)
        return (begun.filter(year__lte=year) if year == on.year else of_year).owed()  # type: ignore[attr-defined]
    if tab == "late":
        return (rows.filter(year__lte=year) if year == on.year else of_year).overdue(on=on)  # type: ignore[attr-defined]
    return of_year.filter(state=DutyState.DONE) if tab == "done" else of_year


def _place(cursor: str) -> tuple[date, int]:
    day, _, pk = cursor.partition("_")
    try:
        return date.fromisoformat(day), int(pk[:18])
    except ValueError as error:
        raise Invalid("页码标记有误，请从第一页重新查看。") from error


def tab_counts(user: User, year: int, *, on: date) -> list[dict[str, Any]]:
    """The tabs with how many duties each has; one query."""
    rows = Duty.objects.visible_to(user)
    owed = Q(state__in=OWED)
    late = (
        Q(state="open", due_on__lt=on)
        | Q(state="held", follow_due_on__lt=on)
        | Q(state="held", follow_due_on__isnull=True, due_on__lt=on)
    )
    span = Q(year__lte=year) if year == on.year else Q(year=year)
    counts = rows.filter(year__lte=year).aggregate(
        owed=Count("pk", filter=span & owed & Q(period_start__lte=on)),
        late=Count("pk", filter=span & late),
        done=Count("pk", filter=Q(year=year, state="done")),
        all=Count("pk", filter=Q(year=year)),
    )
    return [{"key": key, "label": label, "count": counts[key]} for key, label in TABS]


def on_desk(user: User, *, on: date) -> dict[str, Any]:
    """What the person owes himself, for the 工作台: own units' and seats', not those in charge.

    The office sees beside its own how many of the county's are overdue. Two queries
    at most; nothing for who reads no duties.
    """
    scope = scope_for(user)
    if not scope.may(Action.DUTY_RECORD):
        return {}
    own = Duty.objects.visible_to(user).filter(
        Q(unit_id__in=scope.unit_ids)
        | Q(unit_id__in=answered_units(scope.post_ids))
        | Q(post_id__in=scope.post_ids)
        | Q(post__unit_id__in=scope.unit_ids)
    )
    soon = on + timedelta(days=SOON_DAYS)
    found = list(
        own.owed()
        .filter(Q(due_on__lte=soon) | Q(state=DutyState.HELD), period_start__lte=on)
        .select_related("rule", "unit", "post__unit")
        .order_by("due_on", "id")[: ON_DESK + 1]
    )
    late = Duty.objects.visible_to(user).overdue(on=on).count() if scope.sees_drafts else 0
    return {
        "rows": [row_of(duty, on=on) for duty in found[:ON_DESK]],
        "has_more": len(found) > ON_DESK,
        "late": late,
    }


def detail(user: User, duty: Duty, *, on: date) -> dict[str, Any]:
    """One duty with its record, papers, what is missing, and what the person may do."""
    scope = scope_for(user)
    papers = list(
        DutyFile.objects.filter(duty=duty)
        .select_related("file", "added_by__person", "voided_by__person")
        .order_by("id")
    )
    standing = [p for p in papers if p.voided_at is None]
    handed = frozenset(p.label for p in standing)
    by_label = {p.label: p for p in standing if p.label}
    manages = scope.may(Action.DUTY_MANAGE)
    return {
        "duty": duty,
        "row": row_of(duty, on=on),
        "shown": shown_record(duty),
        "annexes": annexes(user, duty),
        "sendings": _sendings(duty),
        "wanted_papers": [(label, by_label.get(label)) for label in duty.rule.hand_in],
        "other_papers": [p for p in standing if not p.label],
        "void_papers": [p for p in papers if p.voided_at is not None],
        "missing": missing_of(
            hand_in=duty.rule.hand_in,
            send_to=duty.rule.send_to,
            handed=handed,
            content=duty.record,
        ),
        "points": [
            (key, label, duty.check_answers.get(key, "")) for key, label in CHECK_POINTS
        ] if duty.kind == DutyKind.LIFE_MEETING else [],
        "may_write": may_write(user, duty) and duty.state != DutyState.WAIVED,
        "may_return": manages and duty.state in (DutyState.HELD, DutyState.DONE)
        and duty.kind != DutyKind.TALK,
        "may_waive": manages and duty.state in OWED,
        "may_restore": manages and duty.state == DutyState.WAIVED,
        "may_check": scope.may(Action.DUTY_CHECK) and duty.kind == DutyKind.LIFE_MEETING
        and duty.recorded_at is not None,
    }  # fmt: skip


def shown_record(duty: Duty, *, with_units: bool = True) -> list[tuple[str, str]]:
    """(label, text) of what was put on record, in the order of the form.

    With units named it asks for them, one query; without, it says how many they were.
    """
    found = []
    for entry in FIELDS[duty.kind]:
        value = duty.record.get(entry.key)
        if value in (None, "", []):
            continue
        if entry.shape == "units" and not with_units:
            value = f"{len(value)} 个"
        elif entry.shape == "units":
            names = Unit.objects.filter(pk__in=value, county_id=duty.county_id)
            value = "、".join(names.order_by("precedence", "id").values_list("name", flat=True))
        found.append((entry.label, str(value)))
    return found


def _sendings(duty: Duty) -> list[dict[str, str]]:
    kept = duty.record.get("sendings") or [{}] * len(duty.rule.send_to)
    return [{"name": name, **row} for name, row in zip(duty.rule.send_to, kept, strict=False)]


def heard_choices(duty: Duty, *, on: date) -> list[tuple[int, str]]:
    """The units that may be heard: of the rule's kinds, all where it names none."""
    rows = Unit.objects.filter(holds_on(on), county_id=duty.county_id)
    if duty.rule.hears_kinds:
        rows = rows.filter(kind__in=duty.rule.hears_kinds)
    return list(rows.order_by("precedence", "id").values_list("pk", "name"))


def events_of(duty: Duty) -> QuerySet[AuditEvent]:
    """What was done to a duty."""
    return AuditEvent.objects.filter(target_type="accountability.duty", target_id=duty.pk)
