"""What the settings page of duty rules shows."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from ..models import DutyRule, User
from ..models.duty import OWED


def rules_page(user: User, year: int) -> list[Any]:
    """The year's rules with how many duties there are of each and how many are owed; one query."""
    return list(
        DutyRule.objects.visible_to(user)
        .filter(year=year)
        .select_related("unit", "group")
        .annotate(
            made=Count("duties", filter=~Q(duties__state="waived")),
            owed=Count("duties", filter=Q(duties__state__in=OWED)),
        )
        .order_by("precedence", "id")
    )


def due_words(rule: DutyRule) -> str:
    """1月31日, 每季度第3个月末日: when it falls due, in words."""
    day = "末日" if rule.due_day == 31 else f"{rule.due_day}日"
    if rule.per_year == 1 and rule.due_month <= 12:
        return f"{rule.due_month}月{day}"
    if rule.per_year == 1:
        return f"次年{rule.due_month - 12}月{day}"
    if rule.per_year == 12 and rule.due_month == 1:
        return f"当月{day}"
    return f"每期第{rule.due_month}个月{day}"
