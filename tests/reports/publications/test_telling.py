"""People are told what waits for them, and reminded twice at most."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from accountability import workdays
from accountability.door import Actor, acting
from accountability.models import County, OutboxMessage, Tenure
from reports.models import Dispatch
from reports.services import dispatches, endorsements, promises, publication_reminders
from tests.reports.publications.conftest import Act
from tests.reports.publications.test_dispatches import ORDER, TEXT, TODAY, sent, signed
from tests.reports.signing.conftest import key_folder, portal_keys  # noqa: F401 - fixtures
from tests.world import World

pytestmark = pytest.mark.django_db


def told(name: str) -> list[str]:
    rows = OutboxMessage.objects.filter(person__name=name).order_by("id")
    return list(rows.values_list("title", flat=True))


def after(county: County, days: int) -> date:
    return workdays.add(county.pk, TODAY, days)


def system(county: County) -> Actor:
    return Actor.system("test", county=county)


@pytest.fixture
def letter(world: World, act: Act) -> Dispatch:
    return dispatches.write(by=act("bangong"), form="letter", values=TEXT, on=TODAY)


def test_whose_turn_it_is_is_told_and_in_the_end_who_asked(
    world: World,
    act: Act,
    letter: Dispatch,
    portal_keys: Path,  # noqa: F811
) -> None:
    row = sent(world, act, letter)
    matter = f"《{letter.title}》发文稿签字背书"
    assert told("张敏") == [f"{matter}待签署意见"]
    assert told("韩书琴") == []
    for name, _ in ORDER:
        row = signed(act, row, name)
    for _, person in ORDER[1:]:
        assert told(person) == [f"{matter}待签署意见"]
    assert told("张敏")[1:] == [f"{matter}已签署完毕"]
    (message,) = OutboxMessage.objects.filter(person__name="周建平")
    assert message.link == f"/endorsements/{row.pk}/"


def test_who_asked_is_told_of_a_return(world: World, act: Act, letter: Dispatch) -> None:
    row = sent(world, act, letter)
    endorsements.return_(by=act("bangong"), endorsement_id=row.pk, reason="补充附件")
    assert told("张敏")[-1].endswith("退回修改：补充附件")


def test_an_endorsement_is_reminded_of_twice_and_never_again(
    world: World,
    act: Act,
    letter: Dispatch,
    portal_keys: Path,  # noqa: F811
) -> None:
    county = world.county
    row = signed(act, sent(world, act, letter), "bangong")
    run = publication_reminders.remind_endorsements

    def made(days: int) -> tuple[int, int]:
        done = run(county, after(county, days), system(county))
        return done.created, done.existing

    assert made(2) == (0, 0)
    assert made(3) == (1, 0)
    assert made(3) == made(5) == (0, 1)
    assert made(6) == (1, 0)
    assert made(60) == (0, 1)
    reminders = [title for title in told("韩书琴") if "仍待" in title]
    assert len(reminders) == 2
    # The next seat's wait is one of its own; slept through, it is told once.
    row = signed(act, row, "zhuren")
    assert made(60) == (1, 0)
    assert [title for title in told("周建平") if "仍待" in title] != []
    assert made(61) == (0, 1)
    # A text that was changed cannot be signed, so nobody is pressed to.
    signed(act, row, "fuxianzhang")
    dispatches.revise(
        by=act("bangong"), dispatch=letter, values=TEXT | {"title": "改过的函"}, version=1
    )
    assert made(61) == (0, 0)
    assert [title for title in told("陈志远") if "仍待" in title] == []


def test_a_promise_is_told_reminded_and_left_alone_once_done(world: World, act: Act) -> None:
    county = world.county
    rows = promises.make(
        by=act("bangong"), county=county, year=TODAY.year, kind="integrity",
        layers=["first_responsible"], on=TODAY,
    )  # fmt: skip
    (row,) = [one for one in rows if one.person.name == "黄志强"]
    assert told("黄志强") == [f"{TODAY.year}年度廉政承诺书已生成，待本人修改后送审"]
    promises.submit(by=act("caizhengju"), promises=[row])
    promises.approve(by=act("zhuren"), promises=[row])
    assert told("黄志强")[1:] == [f"{TODAY.year}年度廉政承诺书已审核，待本人签署"]
    row.refresh_from_db()
    promises.give_back(by=act("bangong"), promise=row, reason="补充一条")
    message = OutboxMessage.objects.get(title__endswith="退回修改")
    assert (message.person_id, message.text) == (row.person_id, "补充一条")
    run = publication_reminders.remind_promises
    late = after(county, 6)
    assert run(county, late, system(county)).created == len(rows)
    assert run(county, late, system(county)).created == 0
    assert sum("仍待修改后送审" in title for title in told("黄志强")) == 1
    promises.submit(by=act("caizhengju"), promises=[row])
    assert run(county, late, system(county)).existing == len(rows) - 1


def test_a_person_who_left_the_seat_is_not_reminded(world: World, act: Act) -> None:
    promises.make(
        by=act("bangong"), county=world.county, year=TODAY.year, kind="public", layers=[], on=TODAY
    )
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        tenure = Tenure.objects.get(post=world.posts["黄志强"])
        tenure.valid_to = timezone.localdate()
        tenure.save()
    publication_reminders.remind_promises(
        world.county, after(world.county, 6), system(world.county)
    )
    assert not any("仍待" in title for title in told("黄志强"))
