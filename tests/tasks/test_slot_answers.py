"""分工确认 (separation rule 9): confirmed at once, objected to, or told truly as silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accountability import rhythm, workdays
from accountability.door import Actor, acting
from accountability.models import AuditEvent, OutboxMessage, RoleGrant, Tenure
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from tasks.models import Assignment, SlotAnswer, TaskItem
from tasks.selectors.slot_answers import asked_of, by_seat, totals
from tasks.services import slot_answers, slots
from tests.task_factory import make_tasks
from tests.tasks.rounds import actor
from tests.world import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
YEAR = timezone.localdate().year
SYSTEM = Actor.system("schedule")


def day_after(world: World, days: int) -> date:
    """The working day so many after today."""
    return workdays.add(world.county.pk, timezone.localdate(), days)


def at(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(10)))


def laid(world: World, count: int = 3, **kwargs: Any) -> list[TaskItem]:
    """Tasks handed out today whose 责任领导 took it over today."""
    items = make_tasks(world, count, year=YEAR, **kwargs).items
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for row in Assignment.objects.filter(item__in=items, post__isnull=False):
            row.valid_from = timezone.localdate()
            row.save()
    return items


def of_leader(item: TaskItem) -> Assignment:
    return Assignment.objects.get(item=item, slot__kind="responsible_leader", valid_to=None)


def silence(world: World, on: date) -> rhythm.Made:
    return rhythm.run(slot_answers.RULE, county=world.county, on=on, by=SYSTEM)


def test_all_is_confirmed_in_one_click_from_the_home(world: World, signed_in: SignedIn) -> None:
    items = laid(world)
    client = signed_in("fuxianzhang")
    home = client.get(reverse("home")).content.decode()
    assert "待我确认的分工" in home
    assert "全部确认（3 项）" in home
    answer = client.post(
        reverse("slot_answers_confirm"), {"expected": "3", "back": "home"}, follow=True
    )
    page = answer.content.decode()
    assert "分工已全部确认" in page
    assert "待我确认的分工" not in page
    rows = SlotAnswer.objects.all()
    assert {row.state for row in rows} == {"confirmed"}
    assert {row.assignment_id for row in rows} == {of_leader(item).pk for item in items}
    events = AuditEvent.objects.filter(action="slot.confirm")
    assert {event.target_id for event in events} == {item.pk for item in items}
    assert all(row.history.count() == 1 for row in rows)
    again = client.post(reverse("slot_answers_confirm"), {"expected": "3"})
    assert again.status_code == 409
    assert "没有待确认的分工" in again.content.decode()


def test_confirming_takes_as_many_statements_for_forty_as_for_four(world: World) -> None:
    def statements(count: int) -> int:
        laid(world, count, prefix=f"{count}")
        with CaptureQueriesContext(connection) as caught:
            slot_answers.confirm_all(by=actor(world, "fuxianzhang"), expected=count)
        return len(caught)

    assert statements(40) == statements(4)


def test_what_was_not_shown_is_not_confirmed(world: World) -> None:
    laid(world)
    with pytest.raises(Conflict, match="现在是 3 项"):
        slot_answers.confirm_all(by=actor(world, "fuxianzhang"), expected=2)
    assert not SlotAnswer.objects.exists()


def test_nobody_answers_for_another(world: World) -> None:
    item = laid(world, 1)[0]
    for name in ("xianzhang", "caizhengju"):
        with pytest.raises(NotFound):
            slot_answers.object_(
                by=actor(world, name), assignment_id=of_leader(item).pk, grounds="不是我"
            )
        with pytest.raises(WrongState):
            slot_answers.confirm_all(by=actor(world, name))
    with pytest.raises(NotAllowed):
        slot_answers.confirm_all(by=actor(world, "bangong"))
    assert asked_of(world.users["bangong"], on=timezone.localdate()) == []
    assert not SlotAnswer.objects.exists()


def test_an_objection_has_grounds_is_told_and_decided_by_the_office(
    world: World, signed_in: SignedIn
) -> None:
    item = laid(world, 2)[0]
    held = of_leader(item)
    client = signed_in("fuxianzhang")
    url = reverse("slot_object", args=[held.pk])
    refused = client.post(url, {"grounds": " "})
    assert refused.status_code == 422
    assert "请填写异议理由" in refused.content.decode()
    assert not SlotAnswer.objects.exists()
    client.post(url, {"grounds": "此项由李明华分管"})
    row = SlotAnswer.objects.get()
    assert (row.state, row.grounds) == ("objected", "此项由李明华分管")
    assert client.post(url, {"grounds": "再说一次"}).status_code == 409
    told = OutboxMessage.objects.filter(rule="slot.objected")
    assert {m.person.name for m in told} == {"张敏", "韩书琴"}
    office = signed_in("bangong")
    page = office.get(reverse("slot_answers")).content.decode()
    assert "此项由李明华分管" in page
    assert "处理异议" in page
    assert (
        "理由：此项由李明华分管"
        in office.get(reverse("task_detail", args=[item.pk])).content.decode()
    )
    deciding = reverse("slot_answer_decide", args=[row.pk])
    empty = office.post(deciding, {"outcome": "declined", "decision": ""})
    assert empty.status_code == 422
    assert "请填写处理意见" in empty.content.decode()
    office.post(deciding, {"outcome": "declined", "decision": "按分工文件不变"})
    row.refresh_from_db()
    assert (row.state, row.decision) == ("declined", "按分工文件不变")
    assert OutboxMessage.objects.get(rule="slot.decided").person.name == "周建平"
    assert office.post(deciding, {"outcome": "accepted", "decision": "改"}).status_code == 409
    assert (
        "按分工文件不变" in signed_in("fuxianzhang").get(reverse("slot_answers")).content.decode()
    )


def test_after_an_accepted_objection_the_new_leader_is_asked(world: World) -> None:
    item = laid(world, 1)[0]
    row = slot_answers.object_(
        by=actor(world, "fuxianzhang"), assignment_id=of_leader(item).pk, grounds="不分管"
    )
    with pytest.raises(Invalid):
        slot_answers.decide(
            by=actor(world, "bangong"), answer_id=row.pk, outcome="confirmed", decision="x"
        )
    slot_answers.decide(
        by=actor(world, "bangong"), answer_id=row.pk, outcome="accepted", decision="调整"
    )
    slot = of_leader(item).slot
    change = slots.CellChange(slot.pk, (f"p{world.posts['陈志远'].pk}",), slot.version)
    slots.fill(
        by=actor(world, "bangong"),
        paper=item.paper,
        changes=slots.Changes(cells=[change], token="t", reason="异议采纳"),
    )
    today = timezone.localdate()
    assert [a.item_id for a in asked_of(world.users["xianzhang"], on=today)] == [item.pk]
    assert asked_of(world.users["fuxianzhang"], on=today) == []


def test_silence_is_recorded_once_after_five_working_days_and_a_late_word_is_taken(
    world: World, signed_in: SignedIn
) -> None:
    items = laid(world)
    slot_answers.object_(
        by=actor(world, "fuxianzhang"), assignment_id=of_leader(items[0]).pk, grounds="不分管"
    )
    last, after = day_after(world, 5), day_after(world, 5) + timedelta(days=1)
    assert silence(world, last) == rhythm.Made()
    assert silence(world, after) == rhythm.Made(created=2)
    assert silence(world, after) == rhythm.Made(existing=2)
    assert silence(world, after + timedelta(days=30)) == rhythm.Made(existing=2)
    rows = SlotAnswer.objects.filter(state="unanswered")
    assert {(row.due_on, row.lapsed_on) for row in rows} == {(last, after)}
    assert AuditEvent.objects.filter(action="slot.unanswered").count() == 2
    assert Assignment.objects.filter(item__in=items, valid_to=None).count() == 12  # nothing forced
    slot_answers.confirm_all(by=actor(world, "fuxianzhang"), now=at(after))
    late = SlotAnswer.objects.filter(state="confirmed")
    assert {row.lapsed_on for row in late} == {after}
    assert late.count() == 2
    page = signed_in("bangong").get(reverse("task_detail", args=[items[1].pk])).content.decode()
    assert "曾逾期未答复" in page


def test_a_later_change_and_a_new_incumbent_have_their_own_five_days(world: World) -> None:
    laid(world, 1)
    later = day_after(world, 3)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        tenure = Tenure.objects.get(post=world.posts["周建平"])
        tenure.valid_from = later
        tenure.save()
    assert silence(world, day_after(world, 6)) == rhythm.Made()
    assert silence(world, day_after(world, 9)) == rhythm.Made(created=1)


def test_no_clock_runs_for_whom_nobody_could_ask(world: World) -> None:
    """A leader without an account that may answer was never asked."""
    laid(world, 1)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        grant = RoleGrant.objects.get(user=world.users["fuxianzhang"])
        grant.valid_to = timezone.localdate()
        grant.save()
    assert silence(world, day_after(world, 20)) == rhythm.Made()


def test_the_database_holds_one_answer_a_holding(world: World) -> None:
    held = of_leader(laid(world, 1)[0])
    slot_answers.confirm_all(by=actor(world, "fuxianzhang"))
    second = SlotAnswer(
        county=world.county, assignment=held, due_on=timezone.localdate(),
        state="unanswered", lapsed_on=timezone.localdate(),
    )  # fmt: skip
    with acting(by=SYSTEM) as act:
        act.unchanged()
        with pytest.raises(IntegrityError), transaction.atomic():
            second.save()


def test_the_office_sees_the_sums_and_no_leader_sees_anothers(world: World) -> None:
    laid(world, 2)
    laid(world, 1, leader="陈志远", prefix="长")
    slot_answers.confirm_all(by=actor(world, "fuxianzhang"))
    today = timezone.localdate()
    seats = by_seat(world.users["bangong"], on=today)
    assert [(s.person, s.confirmed, s.waiting) for s in seats] == [
        ("陈志远", 0, 1),
        ("周建平", 2, 0),
    ]
    assert totals(seats)["total"] == 3
    assert by_seat(world.users["xianzhang"], on=today) == []
    seen = SlotAnswer.objects.visible_to(world.users["xianzhang"])
    assert not seen.exists()
