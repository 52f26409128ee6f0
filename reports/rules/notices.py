"""督办文书: answered in time, and struck off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from accountability.models import User
from tasks.models import OPEN_NOTICES, UNITS_TURN, Notice, NoticeState

from .registry import Case, Rule, Source, Subject, register, source

KIND = "notice"


def cases(county_id: int, year: int, subjects: list[Subject], until: date) -> dict[str, list[Case]]:
    """The notices of the year that were sent to each unit by `until`; void ones are none.

    One query.
    """
    by_unit = {s.unit_id: s.key for s in subjects if s.unit_id}
    rows = (
        Notice.objects.filter(
            county_id=county_id, year=year, unit_id__in=by_unit, issued_at__isnull=False
        )
        .filter(state__in=[*OPEN_NOTICES, NoticeState.STRUCK])
        .order_by("pk")
        .values_list(
            "pk", "unit_id", "number", "title", "state", "issued_at", "answer_due_on",
            "answered_at", "struck_at",
        )
    )  # fmt: skip
    found: dict[str, list[Case]] = defaultdict(list)
    for pk, unit, number, title, state, issued, due, answered_at, struck_at in rows:
        if timezone.localdate(issued) > until:
            continue
        # What was sent back waits for an answer again.
        answered = None if state in UNITS_TURN else _day(answered_at, until)
        struck = _day(struck_at, until) if state == NoticeState.STRUCK else None
        told = f"应于 {due} 前反馈，" + (f"{answered} 反馈" if answered else "未反馈")
        told += f"，{struck} 销号" if struck else "，未销号"
        facts = {"due": due, "answered": answered, "struck": struck}
        label = f"{number} {title}"
        found[by_unit[unit]].append(Case(KIND, pk, label, number, told, facts))
    return found


def _day(at: datetime | None, until: date) -> date | None:
    """The day of a moment; None where there was none by `until`."""
    day = timezone.localdate(at) if at else None
    return day if day is not None and day <= until else None


def answered_in_time(case: Case, until: date) -> bool | None:
    """Answered on or before the day it was due; not yet judged before that."""
    due, answered = case.facts["due"], case.facts["answered"]
    if answered is None:
        return None if due >= until else False
    return bool(answered <= due)


def struck_off(case: Case, until: date) -> bool | None:
    """Struck off by `until`; open ones count once their answer is due."""
    if case.facts["struck"] is not None:
        return True
    return None if case.facts["due"] >= until else False


def _visible(user: User, ids: Iterable[int]) -> set[int]:
    return set(Notice.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


source(Source(KIND, "督办文书", cases, "notice_detail", _visible))
register(
    Rule(
        "notices_in_time",
        "督办按时反馈",
        "分值 × 按时反馈的督办文书数 ÷ 应反馈数。退回重办的按最近一次反馈计，"
        "未到期限又未反馈的不计。",
        KIND,
        answered_in_time,
    )
)
register(
    Rule(
        "notices_closed",
        "督办销号",
        "分值 × 已销号的督办文书数 ÷ 应办结数。"
        "应办结为已销号和反馈期限已过的督办文书，作废的不计。",
        KIND,
        struck_off,
    )
)
