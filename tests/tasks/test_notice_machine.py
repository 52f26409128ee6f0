"""A notice under whatever anybody tries in whatever order: only what the tables allow happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accountability.door import Actor
from accountability.models import AuditEvent
from accountability.refusals import Refusal
from reports.models import DocumentNumber
from tasks.models import COLOUR_STEPS, NOTICE_TRANSITIONS, Colour, Notice, NoticeState
from tasks.services import notice_work, notices
from tests.tasks.watching import DAY, Desk, at
from tests.world import World

pytestmark = pytest.mark.django_db
PEOPLE = ("bangong", "zhuren", "caizheng", "caizhengju", "liuhe", "jiwei")
people = st.sampled_from(PEOPLE)
which = st.integers(min_value=0, max_value=3)
days = st.integers(min_value=0, max_value=12).map(lambda n: DAY + timedelta(days=n))


def watched(row: Notice) -> dict[str, Any]:
    """Every column of the row."""
    return {field.attname: getattr(row, field.attname) for field in Notice._meta.concrete_fields}


class Notices(RuleBasedStateMachine):
    """Everybody tries everything; what is refused changes nothing."""

    desk: Desk
    actors: dict[str, Actor]

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[int] = []
        self.numbers: list[str] = []
        self.block = transaction.atomic()
        self.block.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def attempt(self, at_place: int, act: Callable[[int], object]) -> None:
        """Do it to one of the notices and look at what became of it."""
        if not self.ids:
            return
        pk = self.ids[at_place % len(self.ids)]
        before, told = Notice.objects.get(pk=pk), self.told()
        try:
            with transaction.atomic():
                act(pk)
        except Refusal:
            assert watched(Notice.objects.get(pk=pk)) == watched(before)
            assert self.told() == told
            return
        after = Notice.objects.get(pk=pk)
        if after.state != before.state:
            assert after.state in NOTICE_TRANSITIONS[before.state]
        if after.colour != before.colour:
            assert after.colour in COLOUR_STEPS[before.colour]
        assert self.told() == told + 1
        if after.number and not before.number:
            self.numbers.append(after.number)
        else:
            assert after.number == before.number

    def told(self) -> int:
        return AuditEvent.objects.filter(action__startswith="notice.").count()

    @rule(by=st.sampled_from(["bangong", "zhuren"]))
    def draft(self, by: str) -> None:
        content = notices.Content("supervision", "核对票据", "逐本核对。", "task")
        unit = self.desk.world.units["县财政局"].pk
        made = notices.draft(by=self.actors[by], content=content, unit_ids=[unit], now=at())
        self.ids.append(made[0].pk)

    @rule(place=which, by=people, day=days)
    def issue(self, place: int, by: str, day: date) -> None:
        self.attempt(
            place, lambda pk: notices.issue(by=self.actors[by], notice_ids=[pk], now=at(day))
        )

    @rule(place=which, by=people, day=days)
    def take(self, place: int, by: str, day: date) -> None:
        self.attempt(
            place, lambda pk: notice_work.take(by=self.actors[by], notice_id=pk, now=at(day))
        )

    @rule(place=which, by=people, day=days)
    def answer(self, place: int, by: str, day: date) -> None:
        self.attempt(place, lambda pk: notice_work.answer(
            by=self.actors[by], notice_id=pk, text="已办", now=at(day)))  # fmt: skip

    @rule(place=which, by=people, day=days)
    def ask_extension(self, place: int, by: str, day: date) -> None:
        self.attempt(place, lambda pk: notice_work.ask_extension(
            by=self.actors[by], notice_id=pk, until=day + timedelta(days=9), reason="待料",
            now=at(day)))  # fmt: skip

    @rule(place=which, by=people, is_granted=st.booleans())
    def decide_extension(self, place: int, by: str, is_granted: bool) -> None:
        self.attempt(place, lambda pk: notice_work.decide_extension(
            by=self.actors[by], notice_id=pk, is_granted=is_granted, reason="酌情"))  # fmt: skip

    @rule(place=which, by=people, colour=st.sampled_from(Colour.values))
    def recolour(self, place: int, by: str, colour: str) -> None:
        self.attempt(place, lambda pk: notice_work.recolour(
            by=self.actors[by], notice_id=pk, colour=colour, reason="久拖"))  # fmt: skip

    @rule(place=which, by=people, day=days)
    def give_back(self, place: int, by: str, day: date) -> None:
        self.attempt(place, lambda pk: notice_work.return_(
            by=self.actors[by], notice_id=pk, opinion="不实", now=at(day)))  # fmt: skip

    @rule(place=which, by=people)
    def recheck(self, place: int, by: str) -> None:
        self.attempt(place, lambda pk: notice_work.recheck(
            by=self.actors[by], notice_id=pk, opinion="属实", now=at()))  # fmt: skip

    @rule(place=which, by=people)
    def strike(self, place: int, by: str) -> None:
        self.attempt(
            place, lambda pk: notice_work.strike(by=self.actors[by], notice_id=pk, now=at())
        )

    @rule(place=which, by=people)
    def void(self, place: int, by: str) -> None:
        self.attempt(place, lambda pk: notices.void(
            by=self.actors[by], notice_id=pk, reason="发错", now=at()))  # fmt: skip

    @invariant()
    def numbers_are_continuous(self) -> None:
        ordinals = DocumentNumber.objects.order_by("ordinal").values_list("ordinal", flat=True)
        assert list(ordinals) == list(range(1, len(self.numbers) + 1))
        assert len(set(self.numbers)) == len(self.numbers)

    @invariant()
    def the_hands_are_apart(self) -> None:
        for row in Notice.objects.filter(pk__in=self.ids):
            assert (row.colour == Colour.GREEN) == (row.state == NoticeState.STRUCK)
            if row.issued_by_id:
                assert row.issued_by_id != row.made_by_id
            if row.rechecked_by_id:
                assert row.rechecked_by_id != row.answered_by_id
            if row.struck_by_id:
                assert row.struck_by_id != row.rechecked_by_id
            if row.state == NoticeState.VOID and row.number:
                assert DocumentNumber.objects.get(text=row.number).is_void


def test_whatever_anybody_tries(world: World) -> None:
    desk = Desk(world)

    class Here(Notices):
        pass

    Here.desk, Here.actors = desk, {name: desk(name) for name in PEOPLE}
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Here,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
