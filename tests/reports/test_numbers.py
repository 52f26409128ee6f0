"""文号: continuous by county, kind and year, never given again, also under a crowd."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction

from accountability.door import Actor, DoorClosed, acting
from accountability.models import AuditEvent, County
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from reports.models import DocumentNumber, NumberKind, NumberSeries
from reports.services import numbers
from tests.world import World, build

YEAR = 2026


def take(county: County, kind: str = NumberKind.RESPONSIBILITY, year: int = YEAR) -> DocumentNumber:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        return numbers.take(county=county, kind=kind, year=year, for_="样张")


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=username, user=user, county=world.county)


@pytest.mark.django_db
def test_a_kind_counts_by_itself_in_each_year_and_county(world: World) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="2").county
    assert [take(world.county).text for _ in range(3)] == [
        "〔2026〕责-001",
        "〔2026〕责-002",
        "〔2026〕责-003",
    ]
    assert take(world.county, NumberKind.LETTER_FORM).text == "试政函〔2026〕1号"
    assert take(world.county, NumberKind.NOTICE).text == "试政发〔2026〕1号"
    assert take(world.county, NumberKind.BRIEF).text == "〔2026〕第1期"
    assert take(world.county, year=2027).text == "〔2027〕责-001"
    assert take(other).text == "〔2026〕责-001"


@pytest.mark.django_db
def test_every_kind_has_its_own_writing(world: World) -> None:
    texts = [take(world.county, kind).text for kind in NumberKind.values]
    assert len(set(texts)) == len(NumberKind.values)


@pytest.mark.django_db
def test_a_paper_that_is_not_made_leaves_no_gap(world: World) -> None:
    take(world.county)

    def give_up() -> None:
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            got = numbers.take(county=world.county, kind="notice", year=YEAR, for_="乙")
            raise InterruptedError(got.ordinal)

    take(world.county, "notice")
    with pytest.raises(InterruptedError, match="2"):
        give_up()
    assert take(world.county, "notice").ordinal == 2


@pytest.mark.django_db
def test_it_says_which_paper_has_it(world: World) -> None:
    with acting(by=actor(world, "bangong")) as act:
        act.unchanged()
        number = numbers.take(county=world.county, kind="notice", year=YEAR, for_=world.county)
    assert (number.for_type, number.for_id) == ("accountability.county", world.county.pk)
    assert number.for_label == "试县"
    assert number.taken_by == world.users["bangong"]


@pytest.mark.django_db
def test_no_number_outside_the_door(world: World) -> None:
    with pytest.raises(DoorClosed):
        numbers.take(county=world.county, kind="notice", year=YEAR, for_="样张")
    assert not DocumentNumber.objects.exists()


@pytest.mark.django_db
def test_a_void_number_stays_with_its_reason_and_is_not_given_again(world: World) -> None:
    number = take(world.county)
    numbers.void(by=actor(world, "bangong"), number_id=number.pk, reason="打印有误，重新编号")
    number.refresh_from_db()
    assert number.is_void
    assert number.void_reason == "打印有误，重新编号"
    assert take(world.county).ordinal == 2
    event = AuditEvent.objects.get(action="number.void")
    assert "〔2026〕责-001" in event.summary
    with pytest.raises(WrongState):
        numbers.void(by=actor(world, "bangong"), number_id=number.pk, reason="再次")


@pytest.mark.django_db
def test_who_may_not_void(world: World) -> None:
    number = take(world.county)
    with pytest.raises(NotAllowed):
        numbers.void(by=actor(world, "caizheng"), number_id=number.pk, reason="试")
    with pytest.raises(Invalid):
        numbers.void(by=actor(world, "bangong"), number_id=number.pk, reason=" ")
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="2")
    with pytest.raises(NotFound):
        numbers.void(by=actor(other, "bangong"), number_id=number.pk, reason="试")
    number.refresh_from_db()
    assert not number.is_void


@pytest.mark.django_db
def test_voiding_rolls_back_with_its_event(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    number = take(world.county)

    def broken(**_: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("accountability.services.audit.record", broken)
    with pytest.raises(RuntimeError):
        numbers.void(by=actor(world, "bangong"), number_id=number.pk, reason="试")
    number.refresh_from_db()
    assert not number.is_void


@pytest.mark.django_db
def test_the_writing_may_be_set_until_the_first_number(world: World) -> None:
    by = actor(world, "zhuren")
    numbers.set_pattern(by=by, kind="circular", year=YEAR, pattern="试政办通〔{年}〕{号}号")
    assert take(world.county, NumberKind.CIRCULAR).text == "试政办通〔2026〕1号"
    with pytest.raises(WrongState):
        numbers.set_pattern(by=by, kind="circular", year=YEAR, pattern="试〔{年}〕{号}号")
    with pytest.raises(NotAllowed):
        numbers.set_pattern(
            by=actor(world, "liuhe"), kind="notice", year=YEAR, pattern="试〔{年}〕{号}号"
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "pattern",
    [
        "试〔{年}〕号",
        "试{号}号",
        "{年}{号}{号}",
        "{年}{号}{0.__class__}",
        "{年}{号}}",
        "{年}{号}{三位号}",
    ],
)
def test_a_writing_without_year_and_ordinal_is_refused(world: World, pattern: str) -> None:
    with pytest.raises(Invalid):
        numbers.set_pattern(by=actor(world, "zhuren"), kind="notice", year=YEAR, pattern=pattern)


@pytest.mark.django_db
def test_two_kinds_cannot_write_the_same_number(world: World) -> None:
    by = actor(world, "zhuren")
    take(world.county, NumberKind.NOTICE)
    numbers.set_pattern(by=by, kind="circular", year=YEAR, pattern="试政发〔{年}〕{号}号")
    with pytest.raises(Conflict):
        take(world.county, NumberKind.CIRCULAR)


@pytest.mark.django_db
def test_the_database_itself_refuses_the_same_number_twice(world: World) -> None:
    row = DocumentNumber(
        county=world.county,
        series=take(world.county).series,
        ordinal=1,
        text="别样",
        for_label="乙",
    )
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


@pytest.mark.django_db(transaction=True)
def test_a_crowd_gets_each_number_once_and_none_is_left_out(world: World) -> None:
    """Eight at once, from the series' first number on, every third gives up half-way."""
    each, crowd = 6, 8
    together, got, broken = threading.Barrier(crowd), [], []

    def work(place: int) -> None:
        try:
            together.wait(timeout=20)
            for turn in range(each):
                try:
                    with acting(by=Actor.system("test")) as act:
                        act.unchanged()
                        number = numbers.take(
                            county=world.county, kind="responsibility", year=YEAR, for_="样张"
                        )
                        if (place + turn) % 3 == 0:
                            raise InterruptedError
                    got.append(number.ordinal)
                except InterruptedError:
                    pass
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(crowd)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not broken
    kept = crowd * each - sum((p + t) % 3 == 0 for p in range(crowd) for t in range(each))
    assert Counter(got) == Counter(range(1, kept + 1))
    assert NumberSeries.objects.count() == 1
