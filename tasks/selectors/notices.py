"""督办文书 as pages show them, and as counts for whoever measures units by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from accountability.models import User
from tasks.models import (
    OPEN_NOTICES,
    UNITS_TURN,
    Colour,
    Notice,
    NoticeKind,
    NoticeState,
)
from tasks.selectors.latest_first import LatestPage, end_of, page, start_of

OPEN, LATE = "open", "late"
LAMPS = {
    Colour.YELLOW: "yellow",
    Colour.ORANGE: "orange",
    Colour.RED: "red",
    Colour.GREEN: "green",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as a list shows it; `late` are the days since the unit's clock ran out."""

    notice: Notice
    late: int
    lamp: str


def line_of(notice: Notice, *, on: date) -> Line:
    due_on = notice.due_on
    late = max(0, (on - due_on).days) if due_on else 0
    return Line(notice, late, LAMPS[Colour(notice.colour)])


def years(user: User) -> list[int]:
    """The years of which the user may see a notice, the latest first."""
    found = Notice.objects.visible_to(user).order_by("-year").values_list("year", flat=True)
    return list(found.distinct())


def of_year(user: User, year: int, filters: dict[str, Any], *, on: date) -> QuerySet[Notice]:
    """The notices of a year that `user` may see and `filters` let through."""
    rows = Notice.objects.visible_to(user).filter(year=year)
    state = filters.get("state")
    if state == OPEN:
        rows = rows.open()
    elif state == LATE:
        rows = rows.late(on=on)
    elif state:
        rows = rows.filter(state=state)
    else:
        rows = rows.exclude(state=NoticeState.VOID)
    for name in ("kind", "colour", "unit"):
        if filters.get(name):
            rows = rows.filter(**{name: filters[name]})
    for word in (filters.get("q") or "").split():
        rows = rows.filter(
            Q(title__icontains=word) | Q(number__icontains=word) | Q(unit__name__icontains=word)
        )
    return rows.select_related("unit", "item", "made_by__person")


def list_page(
    rows: QuerySet[Notice], *, on: date, before: int | None = None, after: int | None = None
) -> tuple[LatestPage, list[Line]]:
    """One page of the list, newest first; one query."""
    found = page(rows, before=before, after=after)
    return found, [line_of(row, on=on) for row in found.rows]


def tally(user: User, year: int, *, on: date) -> dict[str, int]:
    """How many stand where, for the tabs above the list; one query."""
    late = Q(state=NoticeState.ISSUED, ack_due_on__lt=on) | Q(
        state__in=UNITS_TURN, answer_due_on__lt=on
    )
    found: dict[str, int] = (
        Notice.objects.visible_to(user)
        .filter(year=year)
        .aggregate(
            total=Count("pk", filter=~Q(state=NoticeState.VOID)),
            open=Count("pk", filter=Q(state__in=OPEN_NOTICES)),
            late=Count("pk", filter=late),
            **{state: Count("pk", filter=Q(state=state)) for state in NoticeState.values},
        )
    )
    return found


HEADS = (
    "编号", "文种", "承办单位", "事项", "来源", "颜色", "状态", "签发日期", "签收期限", "签收日期",
    "反馈期限", "反馈日期", "办理情况", "佐证文号", "复核意见", "退回次数", "延期次数", "销号日期",
    "作废理由",
)  # fmt: skip


def ledger(rows: QuerySet[Notice]) -> list[list[str]]:
    """督办台账: each notice one line of text; void ones where the filter asks for them."""

    def day(at: Any) -> str:
        return f"{timezone.localtime(at):%Y-%m-%d}" if at else ""

    return [
        [
            row.number, row.get_kind_display(), row.unit.name, row.title,
            "　".join(part for part in (row.get_source_kind_display(), row.source_text) if part),
            row.get_colour_display(), row.get_state_display(), day(row.issued_at),
            str(row.ack_due_on or ""), day(row.taken_at), str(row.answer_due_on or ""),
            day(row.answered_at), row.answer, row.answer_reference, row.opinion,
            str(row.returns), str(row.extensions), day(row.struck_at), row.void_reason,
        ]
        for row in rows.order_by("pk")
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitNotices:
    """How a unit stands with the notices that were sent to it in a period."""

    sent: int = 0
    open: int = 0
    late: int = 0
    struck: int = 0
    red: int = 0
    returns: int = 0


def of_units(
    county_id: int, *, since: date, until: date, on: date, kind: str = ""
) -> dict[int, UnitNotices]:
    """Each unit's notices that were sent from `since` to `until`, as they stand; one query.

    Void ones are none. `late` is by the clock on `on`. Units without any are not in it.
    """
    rows = Notice.objects.filter(
        county_id=county_id, issued_at__gte=start_of(since), issued_at__lt=end_of(until)
    ).exclude(state=NoticeState.VOID)
    if kind:
        rows = rows.filter(kind=NoticeKind(kind))
    late = Q(state=NoticeState.ISSUED, ack_due_on__lt=on) | Q(
        state__in=UNITS_TURN, answer_due_on__lt=on
    )
    counted = (
        rows.order_by()
        .values("unit_id")
        .annotate(
            sent=Count("pk"),
            open=Count("pk", filter=Q(state__in=OPEN_NOTICES)),
            late=Count("pk", filter=late),
            struck=Count("pk", filter=Q(state=NoticeState.STRUCK)),
            red=Count("pk", filter=Q(colour=Colour.RED)),
            returns=Sum("returns"),
        )
    )
    return {row.pop("unit_id"): UnitNotices(**row) for row in counted}


def open_of_tasks(county_id: int, item_ids: list[int]) -> dict[int, str]:
    """The gravest colour of the open notices of each of these tasks; one query (for lights)."""
    gravity = [Colour.YELLOW, Colour.ORANGE, Colour.RED]
    found: dict[int, str] = {}
    rows = Notice.objects.filter(county_id=county_id, item_id__in=item_ids).open().order_by()
    for item_id, colour in rows.values_list("item_id", "colour"):
        known = found.get(item_id)
        if known is None or gravity.index(Colour(colour)) > gravity.index(Colour(known)):
            found[item_id] = colour
    return found


def states_of_source(county_id: int, kind: str, source_id: int) -> dict[str, int]:
    """How many notices of one source (a campaign) stand in which state; one query."""
    rows = Notice.objects.filter(county_id=county_id, source_kind=kind, source_id=source_id)
    counted = rows.order_by().values_list("state").annotate(number=Count("pk"))
    return dict(counted)
