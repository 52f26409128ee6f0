"""What waits for a person's own opinion or promise, as 工作台 tells it."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import User
from reports.models import PromiseState
from reports.selectors.endorsements import waiting
from reports.selectors.promises import mine
from reports.services.promise_content import title_of
from tasks.selectors.home_banners import Banner

SHOWN = 3
WAITS = {
    PromiseState.DRAFT: "待修改后送审",
    PromiseState.RETURNED: "退回修改",
    PromiseState.APPROVED: "待本人签署",
}


def waiting_endorsements(user: User, on: date) -> Banner | None:
    """签字背书 in which it is the user's turn; None where nothing waits."""
    if not scope_for(user).may(Action.ENDORSEMENT_READ):
        return None
    rows = waiting(user, on=on)
    if not rows:
        return None
    told = [f"《{row.subject.title}》{row.get_kind_display()}" for row in rows[:SHOWN]]
    more = f"等 {len(rows)} 件" if len(rows) > SHOWN else ""
    url = reverse("endorsement", args=[rows[0].pk]) if len(rows) == 1 else reverse("endorsements")
    return Banner(
        title=f"{len(rows)} 件签字背书待本人签署意见",
        detail="；".join(told) + more,
        url=url,
        button="阅读并签署",
    )


def waiting_promises(user: User, on: date) -> Banner | None:
    """One's own promises of the year that wait for one's words or signature."""
    if not scope_for(user).may(Action.PROMISE_READ):
        return None
    rows = list(mine(user).filter(year=on.year, state__in=WAITS).order_by("pk"))
    if not rows:
        return None
    told = [f"{title_of(row)}{WAITS[PromiseState(row.state)]}" for row in rows[:SHOWN]]
    return Banner(
        title=f"{len(rows)} 份承诺书待本人办理",
        detail="；".join(told),
        url=reverse("promise", args=[rows[0].pk]),
        button="阅读并办理",
    )
