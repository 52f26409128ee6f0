"""分工确认: which 责任领导 still owe a word to what was laid on their seats, and what was said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accountability import workdays
from accountability.access import Action, scope_for
from accountability.models import Post, Role, Tenure, User
from accountability.models.dated import holds_on
from accountability.workdays import Workdays
from tasks.models import AnswerState, Assignment, SlotAnswer, TaskState
from tasks.outline.model import SlotKind
from tasks.selectors.home_blocks import Block

DAYS_TO_ANSWER = 5
# Who may answer from the account: without one nobody was asked, and no clock runs.
ANSWERING = (Role.LEADER, Role.UNIT_HEAD)
SHOWN = 5
MOST_OBJECTIONS = 100
NOTHING_SAID = Q(answer__isnull=True) | Q(answer__state=AnswerState.UNANSWERED)


@dataclass(frozen=True, slots=True)
class Asked:
    """One holding of a slot that waits for its leader's word."""

    assignment_id: int
    item_id: int
    number: str
    heading: str
    label: str
    due_on: date
    is_late: bool


@dataclass(slots=True)
class OfSeat:
    """What was said on one seat's slots: counts by state; `waiting` has no answer yet."""

    post_id: int
    title: str
    person: str = "空缺"
    counts: dict[str, int] = field(default_factory=dict)
    waiting: int = 0

    @property
    def confirmed(self) -> int:
        return self.counts.get(AnswerState.CONFIRMED, 0)

    @property
    def unanswered(self) -> int:
        return self.counts.get(AnswerState.UNANSWERED, 0)

    @property
    def objected(self) -> int:
        later = (AnswerState.OBJECTED, AnswerState.ACCEPTED, AnswerState.DECLINED)
        return sum(self.counts.get(state, 0) for state in later)

    @property
    def total(self) -> int:
        return self.waiting + sum(self.counts.values())


def laid_on_leaders(*, on: date) -> QuerySet[Assignment]:
    """Seats that stand today in a 责任领导 slot of a task in hand."""
    return Assignment.objects.on(on).filter(
        post__isnull=False,
        slot__kind=SlotKind.RESPONSIBLE_LEADER,
        slot__is_dropped=False,
        item__state=TaskState.ISSUED,
    )


def with_incumbent(rows: QuerySet[Assignment], *, on: date) -> QuerySet[Any]:
    """Those whose seat is held by somebody who can answer; `since`: the day he took it."""
    grants = "person__accounts__role_grants__"
    sitting = Tenure.objects.filter(
        holds_on(on),
        holds_on(on, grants),
        post_id=OuterRef("post_id"),
        person__accounts__is_active=True,
        **{f"{grants}role__in": ANSWERING},
    ).order_by("-valid_from")
    found = rows.annotate(since=Subquery(sitting.values("valid_from")[:1]))
    return found.filter(since__isnull=False)


def due_of(row: Any, calendar: Workdays) -> date:
    """The last day to answer: five working days after handing out, change or taking the seat."""
    handed_out = timezone.localdate(row.item.issued_at)
    return calendar.add(max(handed_out, row.valid_from, row.since), DAYS_TO_ANSWER)


def asked_of(user: User, *, on: date) -> list[Asked]:
    """What waits for the user's own word, by deadline; two queries, none without a seat."""
    scope = scope_for(user)
    if not scope.may(Action.SLOT_ANSWER) or not scope.own_post_ids:
        return []
    rows = laid_on_leaders(on=on).filter(NOTHING_SAID, post_id__in=scope.own_post_ids)
    found = list(
        with_incumbent(rows, on=on)
        .select_related("item", "slot")
        .only("valid_from", "item__number", "item__heading", "item__issued_at", "slot__label")
        .order_by("item__paper_id", "item__order", "slot__position", "id")
    )
    if not found:
        return []
    calendar = workdays.of(scope.county_id or 0)
    asked = []
    for row in found:
        due_on = due_of(row, calendar)
        item = row.item
        asked.append(
            Asked(row.pk, item.pk, item.number, item.heading, row.slot.label, due_on, due_on < on)
        )
    return sorted(asked, key=lambda one: one.due_on)


def waiting_block(user: User, on: date) -> Block | None:
    """待我确认的分工 on the 工作台 of whom it waits for."""
    rows = asked_of(user, on=on)
    if not rows:
        return None
    content = {"rows": rows[:SHOWN], "count": len(rows), "first": rows[0].due_on}
    return Block("home/_slots_to_confirm.html", content)


def own_answers(user: User) -> list[SlotAnswer]:
    """What the user objected to, the latest first, with what the office said to it."""
    rows = SlotAnswer.objects.visible_to(user).filter(
        assignment__post_id__in=scope_for(user).own_post_ids
    )
    return list(_told(rows.exclude(grounds=""))[:MOST_OBJECTIONS])


def objections(user: User) -> list[SlotAnswer]:
    """The county's objections, those that wait for an answer first; for who sees all."""
    if not scope_for(user).sees_whole_county:
        return []
    rows = _told(SlotAnswer.objects.visible_to(user).exclude(grounds=""))
    waiting = list(rows.filter(state=AnswerState.OBJECTED)[:MOST_OBJECTIONS])
    return waiting + list(rows.exclude(state=AnswerState.OBJECTED)[: MOST_OBJECTIONS // 4])


def _told(rows: QuerySet[SlotAnswer]) -> QuerySet[SlotAnswer]:
    return rows.select_related(
        "assignment__item", "assignment__slot", "assignment__post__unit",
        "answered_by__person", "decided_by__person",
    ).order_by("-answered_at", "-id")  # fmt: skip


def counted(user: User, *, on: date) -> dict[int, OfSeat]:
    """What was said on today's slots, by seat, without names; one query.

    For who sees the whole county; others get nothing.
    """
    scope = scope_for(user)
    if not scope.sees_whole_county:
        return {}
    rows = laid_on_leaders(on=on).filter(item__county_id=scope.county_id)
    counts = rows.order_by().values_list("post_id", "answer__state").annotate(Count("pk"))
    found: dict[int, OfSeat] = {}
    for post_id, state, count in counts:
        seat = found.setdefault(post_id, OfSeat(post_id, ""))
        if state is None:
            seat.waiting += count
        else:
            seat.counts[state] = seat.counts.get(state, 0) + count
    return found


def by_seat(user: User, *, on: date) -> list[OfSeat]:
    """Who confirmed, objected, did not answer, seat by seat; three queries."""
    found = counted(user, on=on)
    if not found:
        return []
    posts = Post.objects.filter(pk__in=found).select_related("unit")
    ordered = []
    for post in posts.order_by("-is_leadership", "precedence", "id"):
        found[post.pk].title = f"{post.unit.name}{post.title}"
        ordered.append(found[post.pk])
    for post_id, name in Tenure.objects.filter(holds_on(on), post_id__in=found).values_list(
        "post_id", "person__name"
    ):
        found[post_id].person = name
    return ordered


def totals(seats: Iterable[OfSeat]) -> dict[str, int]:
    """The sums over all seats."""
    of = list(seats)
    return {
        name: sum(getattr(seat, name) for seat in of)
        for name in ("total", "confirmed", "objected", "unanswered", "waiting")
    }


def of_item(user: User, item_id: int) -> list[SlotAnswer]:
    """The answers to a task's present slots that the user may see, for the task's page."""
    scope = scope_for(user)
    if not scope.sees_whole_county and not scope.own_post_ids:
        return []
    today = timezone.localdate()
    rows = SlotAnswer.objects.visible_to(user).filter(
        holds_on(today, "assignment__"), assignment__item_id=item_id
    )
    return list(_told(rows))
