"""督查报送: handed in in time, and good enough not to be sent back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from accountability.models import User
from tasks.models import OPENED_STATES, Return, ReturnState

from .registry import Case, Rule, Source, Subject, register, source

KIND = "return"


def cases(county_id: int, year: int, subjects: list[Subject], until: date) -> dict[str, list[Case]]:
    """What each unit returned in the year's rounds that had opened by `until`. Two queries."""
    by_unit = {s.unit_id: s.key for s in subjects if s.unit_id}
    rows = list(
        Return.objects.filter(
            county_id=county_id,
            campaign__year=year,
            campaign__state__in=OPENED_STATES,
            campaign__opened_on__lte=until,
            unit_id__in=by_unit,
        )
        .order_by("campaign__opened_on", "campaign_id", "pk")
        .values_list("pk", "unit_id", "campaign__title", "due_on")
    )
    handed, back = _history([row[0] for row in rows], until)
    found: dict[str, list[Case]] = defaultdict(list)
    for pk, unit, title, due in rows:
        on = handed.get(pk)
        told = f"应于 {due} 前报送，" + (f"{on} 报送" if on else "未报送")
        told += f"，退回 {back[pk]} 次" if back[pk] else ""
        facts = {"due": due, "handed": on, "back": back[pk]}
        found[by_unit[unit]].append(Case(KIND, pk, title, f"第 {pk} 件", told, facts))
    return found


def _history(ids: list[int], until: date) -> tuple[dict[int, date], dict[int, int]]:
    """(the day each was first handed in, how often it was sent back) by `until`."""
    handed: dict[int, date] = {}
    back: dict[int, int] = defaultdict(int)
    last: dict[int, str] = {}
    if not ids:
        return handed, back
    versions: Any = Return.history.model
    rows = versions.objects.filter(id__in=ids).order_by("history_id")
    for pk, state, at in rows.values_list("id", "state", "history_date"):
        day = timezone.localtime(at).date()
        if day > until:
            continue
        if state == ReturnState.SUBMITTED:
            handed.setdefault(pk, day)
        elif state == ReturnState.RETURNED and last.get(pk) != ReturnState.RETURNED:
            back[pk] += 1
        last[pk] = state
    return handed, back


def in_time(case: Case, until: date) -> bool | None:
    """First handed in on or before its deadline; not yet judged before that."""
    due, handed = case.facts["due"], case.facts["handed"]
    if handed is None:
        return None if due >= until else False
    return bool(handed <= due)


def accepted(case: Case, until: date) -> bool | None:
    """Handed in and never sent back; what was not handed in is another rule's."""
    return None if case.facts["handed"] is None else case.facts["back"] == 0


def _visible(user: User, ids: Iterable[int]) -> set[int]:
    return set(Return.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


source(Source(KIND, "督查报送", cases, "unit_return", _visible))
register(
    Rule(
        "returns_in_time",
        "督查按时报送",
        "分值 × 按时报送的次数 ÷ 应报次数。按第一次报送的日期计，未到截止日期又未报送的不计。",
        KIND,
        in_time,
    )
)
register(
    Rule(
        "returns_accepted",
        "督查报送质量",
        "分值 × 未被退回补正的次数 ÷ 已报送次数。补正后重新报送的，仍按退回计。",
        KIND,
        accepted,
    )
)
