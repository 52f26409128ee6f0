"""承诺书 as its pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from accountability.access import Action, scope_for
from accountability.models import AuditEvent, User
from reports.models import PROMISE_TRANSITIONS, Promise, PromiseState
from reports.models.letter import own_seats
from reports.models.promise import EDITED_STATES
from reports.services.promise_content import read, title_of

PAGE = 50
MINE = "mine"
TABS = (
    PromiseState.DRAFT, PromiseState.RETURNED, PromiseState.REVIEW, PromiseState.APPROVED,
    PromiseState.SIGNED, PromiseState.PUBLISHED, PromiseState.WITHDRAWN, PromiseState.VOID,
)  # fmt: skip
TAGS = {
    PromiseState.REVIEW: "tag-ye",
    PromiseState.RETURNED: "tag-ye",
    PromiseState.APPROVED: "tag-bl",
    PromiseState.SIGNED: "tag-bl",
    PromiseState.PUBLISHED: "tag-gr",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A choice of the list."""

    key: str
    label: str
    count: int
    is_on: bool


def years(user: User) -> list[int]:
    """Years with promises that the user may see."""
    rows = Promise.objects.visible_to(user).order_by("-year").values_list("year", flat=True)
    return list(rows.distinct())


def mine(user: User) -> QuerySet[Promise]:
    """The user's own promises."""
    own: QuerySet[Promise] = Promise.objects.visible_to(user).filter(
        person_id=user.person_id, person_id__isnull=False
    )
    return own


def page(user: User, year: int, *, tab: str, after: int = 0) -> dict[str, Any]:
    """The list of a year, a page at a time; a constant number of queries."""
    visible = Promise.objects.visible_to(user).filter(year=year)
    counts: dict[str, int] = dict(
        visible.order_by().values_list("state").annotate(count=Count("pk"))
    )
    own = mine(user).filter(year=year)
    own_count = own.count()
    rows: QuerySet[Promise] = visible
    if tab == MINE:
        rows = own
    elif tab in PromiseState.values:
        rows = visible.filter(state=tab)
    found = list(
        rows.filter(pk__gt=after)
        .select_related("post__unit", "unit", "person", "number")
        .defer("content", "text")
        .order_by("pk")[: PAGE + 1]
    )
    for row in found:
        row.tag = TAGS.get(PromiseState(row.state), "")  # type: ignore[attr-defined]
    total = sum(counts.values())
    return {
        "rows": found[:PAGE],
        "after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "total": total,
        "counts": counts,
        "tab": tab,
        "tabs": [
            Tab("", "全部", total, tab not in (MINE, *PromiseState.values)),
            *([Tab(MINE, "本人", own_count, tab == MINE)] if own_count else []),
            *(
                Tab(state, str(state.label), counts[state], tab == state)
                for state in TABS
                if counts.get(state)
            ),
        ],
        "may_edit": scope_for(user).may(Action.PROMISE_EDIT),
    }


def detail(user: User, promise: Promise) -> dict[str, Any]:
    """What one promise's page shows, and what may be done there."""
    state = PromiseState(promise.state)
    is_office = scope_for(user).may(Action.PROMISE_EDIT)
    is_own = promise.person_id == user.person_id and promise.post_id in own_seats(user)
    open_to = PROMISE_TRANSITIONS[state]
    lines = read(promise.content)["lines"] if promise.content else promise.text.split("\n")
    return {
        "promise": promise,
        "title": title_of(promise),
        "lines": lines,
        "tag": TAGS.get(state, ""),
        "is_own": is_own,
        "may_reword": is_own and state in EDITED_STATES,
        "may_submit": (is_own or is_office) and state in EDITED_STATES,
        "may_approve": is_office and PromiseState.APPROVED in open_to,
        "may_return": PromiseState.RETURNED in open_to
        and (is_office or (is_own and state == PromiseState.APPROVED)),
        "may_sign": is_own and PromiseState.SIGNED in open_to,
        "may_scan": (is_own or is_office) and PromiseState.SIGNED in open_to,
        "may_publish": is_office and PromiseState.PUBLISHED in open_to,
        "may_withdraw": is_office and PromiseState.WITHDRAWN in open_to,
        "may_void": is_office and PromiseState.VOID in open_to,
    }


def events_of(promise: Promise) -> QuerySet[AuditEvent]:
    """What was done to a promise."""
    return AuditEvent.objects.filter(target_type="reports.promise", target_id=promise.pk)
