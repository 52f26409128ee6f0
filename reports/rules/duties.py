"""履责事项: kept in time, with their papers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from accountability.models import Duty, DutyState, User

from .registry import Case, Rule, Source, Subject, register, source

KIND = "duty"


def cases(county_id: int, year: int, subjects: list[Subject], until: date) -> dict[str, list[Case]]:
    """The duties of the year of each unit and each seat; waived ones are none. One query."""
    by_unit = {s.unit_id: s.key for s in subjects if s.unit_id}
    by_post = {s.post_id: s.key for s in subjects if s.post_id}
    rows = (
        Duty.objects.filter(Q(unit_id__in=by_unit) | Q(post_id__in=by_post))
        .filter(county_id=county_id, year=year, period_start__lte=until)
        .exclude(state=DutyState.WAIVED)
        .select_related("rule")
        .order_by("due_on", "pk")
    )
    found: dict[str, list[Case]] = defaultdict(list)
    for duty in rows:
        is_done = duty.done_on is not None and duty.done_on <= until
        due = duty.due_on if is_done else duty.next_due
        if is_done:
            told = f"{duty.done_on} 完成" + ("，逾期" if duty.is_late else "")
        else:
            told = f"应于 {due} 前完成，未完成"
        facts = {"due": due, "done": is_done, "late": is_done and duty.is_late}
        key = by_unit[duty.unit_id] if duty.unit_id in by_unit else by_post[duty.post_id]
        found[key].append(Case(KIND, duty.pk, duty.title, f"第 {duty.pk} 件", told, facts))
    return found


def kept(case: Case, until: date) -> bool | None:
    """Held and its papers handed in, each in time; not yet judged before it is due."""
    if case.facts["done"]:
        return not case.facts["late"]
    return None if case.facts["due"] >= until else False


def _visible(user: User, ids: Iterable[int]) -> set[int]:
    return set(Duty.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


source(Source(KIND, "履责事项", cases, "duty", _visible))
register(
    Rule(
        "duties_kept",
        "履责事项按时完成",
        "分值 × 按时完成的履责事项数 ÷ 应完成数。材料逾期的计为逾期，免除的和未到时限的不计。",
        KIND,
        kept,
    )
)
