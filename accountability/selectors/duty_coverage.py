"""履责覆盖: who has talked with whom, which group has met, which unit owes what.

Each is one table of texts, from which the page, the Excel file and the PDF are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ..access import Action, scope_for
from ..models import Duty, DutyKind, DutyState, Post, Talk, TalkGroup, User
from ..models.duty import OWED
from ..refusals import NotFound
from .talk_partners import Seats


@dataclass(frozen=True, slots=True)
class Coverage:
    """One table: `widths` are the columns' shares on paper, `sum` the line above it."""

    key: str
    title: str
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    rows: Sequence[tuple[str, ...]] = ()
    sum: str = ""


def talks(user: User, year: int, *, on: date) -> Coverage:
    """Each seat that owes talks, with whom it has talked this year and with whom not.

    Restricted: the office and wide inspectors read all, everybody else the rows of
    his own seats. Of a talk nothing but its day is told.
    """
    scope = scope_for(user)
    duties = Duty.objects.visible_to(user).filter(kind=DutyKind.TALK, year=year)
    if not scope.sees_whole_county:
        duties = duties.filter(post_id__in=scope.own_post_ids)
    posts: dict[int, Post] = {
        d.post_id: d.post
        for d in duties.exclude(state=DutyState.WAIVED)
        .select_related("post__unit")
        .order_by("-post__is_leadership", "post__unit__precedence", "post__precedence", "post_id")
    }
    day = min(on, date(year, 12, 31))
    seats = Seats(user.county_id or 0, on=day)
    held: dict[tuple[int, int], date] = {}
    for talker, talked, held_on in (
        Talk.objects.standing()
        .filter(county_id=user.county_id, year=year, talker_post_id__in=posts)
        .order_by("held_on")
        .values_list("talker_post_id", "talked_id", "held_on")
    ):
        held[talker, talked] = held_on
    rows = []
    whole = 0
    for pk, post in posts.items():
        partners = seats.partners(post)
        missing = [p for p in partners if (pk, p.person.pk) not in held]
        whole += bool(partners) and not missing
        counts = []
        for group in TalkGroup:
            of_group = [p for p in partners if p.group == group]
            done = sum((pk, p.person.pk) in held for p in of_group)
            counts.append(f"{done}/{len(of_group)}" if of_group else "--")
        person = seats.holder.get(pk)
        rows.append(
            (
                str(post),
                person.name if person else "（空缺）",
                *counts,
                "、".join(
                    f"{p.person.name}（{_day(held[pk, p.person.pk])}）"
                    for p in partners
                    if (pk, p.person.pk) in held
                )
                or "--",
                "、".join(p.person.name for p in missing) or "--",
            )
        )
    return Coverage(
        "talks",
        f"{year}年度廉政谈话覆盖情况",
        ("职务", "谈话人", *(str(g.label) for g in TalkGroup), "已谈（日期）", "未谈"),
        (2.4, 1.4, 1.3, 1.6, 1.6, 6, 3.4),
        rows,
        f"应谈话的职务 {len(rows)} 个，对象都已谈到的 {whole} 个",
    )


def meetings(user: User, year: int, *, on: date) -> Coverage:
    """Each unit that owes 专题会议: how many were held of how many, and on which days."""
    by_unit: dict[str, list[Duty]] = {}
    for duty in (
        Duty.objects.visible_to(user)
        .filter(kind=DutyKind.MEETING, year=year, unit__isnull=False)
        .exclude(state=DutyState.WAIVED)
        .select_related("rule", "unit")
        .order_by("unit__precedence", "unit_id", "due_on", "id")
    ):
        by_unit.setdefault(duty.subject_name, []).append(duty)
    rows = []
    full = 0
    for name, duties in by_unit.items():
        asked = max(duties[0].rule.per_year, len(duties))
        held = [d for d in duties if d.held_on is not None and d.state != DutyState.OPEN]
        full += len(held) >= asked
        late = sum(d.is_overdue(on) for d in duties)
        rows.append(
            (
                name,
                str(asked),
                str(len(held)),
                "、".join(f"{_day(d.held_on)}{'（逾期）' if d.is_late else ''}" for d in held)
                or "--",
                f"逾期 {late} 次" if late else "--",
            )
        )
    return Coverage(
        "meetings",
        f"{year}年度专题会议覆盖情况",
        ("单位", "应开（次）", "已开（次）", "日期", "欠开"),
        (4, 1.6, 1.6, 3.6, 1.8),
        rows,
        f"应开专题会议的单位 {len(rows)} 个，已开足的 {full} 个",
    )


def owing(user: User, year: int, *, on: date) -> Coverage:
    """Each unit that owes something of the year by `on`: how much, what, since when."""
    by_unit: dict[str, list[Duty]] = {}
    for duty in (
        Duty.objects.visible_to(user)
        .filter(year=year, period_start__lte=on, state__in=OWED)
        .select_related("rule", "unit", "post__unit")
        .order_by("due_on", "id")
    ):
        unit = duty.unit or (duty.post.unit if duty.post else None)
        assert unit is not None
        by_unit.setdefault(unit.name, []).append(duty)
    rows = []
    for name, duties in sorted(
        by_unit.items(), key=lambda item: (-sum(d.is_overdue(on) for d in item[1]), item[0])
    ):
        late = [d for d in duties if d.is_overdue(on)]
        rows.append(
            (
                name,
                str(len(duties)),
                str(len(late)),
                "、".join(d.title for d in late) or "--",
                f"{min(d.next_due for d in duties):%Y-%m-%d}",
            )
        )
    late_units = sum(row[2] != "0" for row in rows)
    return Coverage(
        "owing",
        f"{year}年度履责事项待办情况",
        ("单位", "待办（项）", "其中逾期", "逾期事项", "最早时限"),
        (3.4, 1.4, 1.4, 5.6, 1.8),
        rows,
        f"有待办事项的单位 {len(rows)} 个，其中有逾期的 {late_units} 个",
    )


def _day(day: date | None) -> str:
    """5月8日."""
    return f"{day.month}月{day.day}日" if day else "--"


PARTS: dict[str, Callable[..., Coverage]] = {
    "talks": talks,
    "meetings": meetings,
    "owing": owing,
}
PART_LABELS = (("owing", "单位待办"), ("meetings", "专题会议"), ("talks", "廉政谈话"))


def coverage(user: User, part: str, year: int, *, on: date) -> Coverage:
    """One of the three; raises `NotFound` for another word."""
    if part not in PARTS or not scope_for(user).may(Action.DUTY_READ):
        raise NotFound
    return PARTS[part](user, year, on=on)
