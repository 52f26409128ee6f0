"""What every act of the machine goes through: who, on which day, done or refused, and looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, TypeVar

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition

from accountability.door import Actor
from accountability.models import User
from accountability.refusals import Refusal
from tests.world import World

from .book import Book, Row

YEAR = 2026
FIRST, LAST = date(YEAR, 3, 20), date(YEAR + 1, 1, 31)
PEOPLE = (
    "bangong", "zhuren", "caizheng", "caizhengju", "liuhe", "liuhezhen", "xianzhang",
    "fuxianzhang", "jiwei",
)  # fmt: skip
T = TypeVar("T")
# Nine times of ten one that the state allows, else any: see `Desk.one`.
which = st.integers(min_value=0, max_value=99)
yes_or_no = st.booleans()


def mostly(*right: str) -> st.SearchStrategy[str]:
    """One of those who should do it, three times of four; else anybody."""
    return st.one_of(*[st.sampled_from(right)] * 3, st.sampled_from(PEOPLE))


@dataclass
class Tally:
    """What a campaign did: by rule, how often done and how often refused."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    changes: int = 0
    verified: int = 0

    @property
    def acts(self) -> int:
        return self.done.total() + self.refused.total()


def where(table: str, *states: str) -> Callable[[Any], Any]:
    """The rule is open while the table has a row (in one of the states)."""

    def is_open(desk: Desk) -> bool:
        return bool(desk.rows(table, *states))

    return precondition(is_open)


class Desk(RuleBasedStateMachine):
    """The machine's ground: everything happens in a transaction that is undone at the end."""

    world: ClassVar[World]
    items: ClassVar[list[int]]
    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        self.day = FIRST
        self.ran_on: date | None = None
        # What services answered for: table and id, and what the row must say from then on.
        self.said: dict[tuple[str, int], Row] = {}
        # Who left the county, and the last message that anybody had been sent by then.
        self.told_before: dict[int, int] = {}
        self.block = transaction.atomic()
        self.block.__enter__()
        self.book = Book()
        self.tally.runs += 1

    def teardown(self) -> None:
        try:
            self.tally.changes += self.book.changes
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    @property
    def now(self) -> datetime:
        """Ten in the morning of the machine's day."""
        return timezone.make_aware(datetime.combine(self.day, time(10)))

    def user(self, name: str) -> User:
        """The account as the next request reads it."""
        return User.objects.get(pk=self.world.users[name].pk)

    def by(self, name: str) -> Actor:
        user = self.user(name)
        return Actor(
            key=f"user:{user.pk}", name=user.display_name, user=user, county=self.world.county
        )

    def unit(self, name: str) -> int:
        return int(self.world.units[name].pk)

    def rows(self, table: str, *states: str) -> list[Row]:
        """The rows of a table (in one of the states) as the book has them."""
        found = self.book.rows(table)
        return [row for row in found if row["state"] in states] if states else found

    def row(self, table: str, pk: int) -> Row:
        return next(row for row in self.book.rows(table) if row["id"] == pk)

    def one(self, table: str, place: int, *states: str) -> Row:
        """One of the rows in these states; one time of ten any row, whatever its state."""
        found = self.rows(table) if place % 10 == 9 else self.rows(table, *states)
        return found[place % len(found)]

    def attempt(self, rule: str, act: Callable[[], T], *, told: bool = True) -> T | None:
        """Do it. Done, the book follows each change; refused, nothing at all was changed."""
        try:
            result = act()
        except Refusal as refusal:
            sentence = refusal.sentence
        else:
            changed = self.book.follow()
            if told:
                assert changed, f"{rule} answered for nothing"
            self.tally.done[rule] += 1
            return result
        assert len(sentence) > 5, "a refusal says what is wrong"
        self.book.assert_unchanged()
        self.tally.refused[rule] += 1
        return None

    def keep(self, table: str, pk: int, **values: Any) -> None:
        """Remember what was acknowledged; `assert_kept` holds the row to it."""
        self.said.setdefault((table, pk), {}).update(values)

    def assert_kept(self) -> None:
        """No acknowledged write is lost, and nothing that was said is said otherwise."""
        for (table, pk), values in self.said.items():
            row = self.row(table, pk)
            assert {name: row[name] for name in values} == values, (table, pk)

    def later(self, days: int) -> date:
        return self.day + timedelta(days=days)
