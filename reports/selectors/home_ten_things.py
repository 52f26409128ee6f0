"""工作台 of a first responsible person: the ten things in brief, leading to the list (M05)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from accountability.access import Action, scope_for
from accountability.models import DutyState, Layer, Post, User
from reports.selectors.ten_things import Thing, ThingsOf, ten_things
from tasks.selectors.home_blocks import Block

# Gravest first: (lamp, word) of what a thing's duties and tasks show.
RED, YELLOW, GREEN = ("red", "逾期"), ("yellow", "临期"), ("green", "正常")
DONE, IDLE = ("done", "办结"), ("idle", "无事项")


@dataclass(frozen=True, slots=True)
class Brief:
    """One of the ten things as the card shows it; `returned` were sent back to be done again."""

    number: int
    name: str
    lamp: str
    word: str
    done: int
    count: int
    returned: int


@dataclass(frozen=True, slots=True)
class TenInBrief:
    """The card of one seat."""

    year: int
    post_id: int
    things: list[Brief]

    @property
    def late(self) -> int:
        return sum(brief.lamp == RED[0] for brief in self.things)

    @property
    def returned(self) -> int:
        return sum(brief.returned for brief in self.things)


def own_ten_things(user: User, on: date) -> Block | None:
    """The card for who sits on a first responsible seat, none for others."""
    scope = scope_for(user)
    if not scope.may(Action.DUTY_READ) or not scope.post_ids:
        return None
    seats = Post.objects.on(on).filter(pk__in=scope.post_ids, layer=Layer.FIRST_RESPONSIBLE)
    post = seats.select_related("unit").order_by("-is_leadership", "precedence", "id").first()
    if post is None:
        return None
    return Block("home/_ten_things.html", in_brief(ten_things(user, post, on.year, on=on)))


def in_brief(found: ThingsOf) -> TenInBrief:
    """The list of a seat, a line a thing."""
    return TenInBrief(found.year, found.post.pk, [_brief(thing) for thing in found.things])


def _brief(thing: Thing) -> Brief:
    rows = [row for row, _ in thing.duties]
    lamp, word = _light(thing)
    returned = sum(
        bool(row.duty.return_reason) and row.duty.state != DutyState.DONE for row in rows
    )
    return Brief(thing.number, thing.name, lamp, word, thing.done, thing.count, returned)


def _light(thing: Thing) -> tuple[str, str]:
    """The gravest of what is listed; done only when everything is."""
    lamps = {row.lamp for row, _ in thing.duties}
    if "red" in lamps or any(task.word == RED[1] for task in thing.tasks):
        return RED
    if not thing.count:
        return IDLE
    if thing.done == thing.count:
        return DONE
    return YELLOW if "yellow" in lamps else GREEN
