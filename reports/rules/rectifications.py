"""问题整改: what was found and had to be put right is struck off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from accountability.models import User
from tasks.models import Finding, FindingState, RectificationState

from .registry import Case, Rule, Source, Subject, register, source

KIND = "finding"


def cases(county_id: int, year: int, subjects: list[Subject], until: date) -> dict[str, list[Case]]:
    """The findings of the year that stood against each unit by `until`; withdrawn ones are none.

    One query.
    """
    by_unit = {s.unit_id: s.key for s in subjects if s.unit_id}
    rows = (
        Finding.objects.filter(
            county_id=county_id,
            year=year,
            unit_id__in=by_unit,
            state=FindingState.STANDING,
            rectification__isnull=False,
        )
        .exclude(rectification__state=RectificationState.VOID)
        .select_related("rectification")
        .order_by("serial")
    )
    found: dict[str, list[Case]] = defaultdict(list)
    for row in rows:
        if row.established_at is None or timezone.localdate(row.established_at) > until:
            continue
        work = row.rectification
        struck = timezone.localdate(work.struck_at) if work.struck_at else None
        is_struck = struck is not None and struck <= until
        told = f"{struck} 销号" if is_struck else f"应于 {work.due_on} 前整改，未销号"
        facts = {"due": work.due_on, "struck": is_struck}
        case = Case(KIND, row.pk, f"{row.number} {row.title}", row.number, told, facts)
        found[by_unit[row.unit_id]].append(case)
    return found


def closed(case: Case, until: date) -> bool | None:
    """Struck off by `until`; open ones count once they are due."""
    if case.facts["struck"]:
        return True
    return None if case.facts["due"] >= until else False


def _visible(user: User, ids: Iterable[int]) -> set[int]:
    return set(Finding.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


source(Source(KIND, "问题整改", cases, "finding_detail", _visible))
register(
    Rule(
        "rectifications_closed",
        "问题整改销号",
        "分值 × 已销号的问题数 ÷ 应完成整改数。"
        "应完成整改为已销号和整改期限已过的问题，撤销的不计。",
        KIND,
        closed,
    )
)
