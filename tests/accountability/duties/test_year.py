"""A simulated year, day by day: each duty once, no reminder twice, nothing to who has left."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from accountability import rhythm
from accountability.door import Actor, acting
from accountability.models import Duty, DutyRule, OutboxMessage
from accountability.services import duties, duty_reminders, duty_rules
from tests.world import World

from .conftest import Rules, actor, at, make, schedule

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 1)


def remind(world: World, on: date) -> int:
    return duty_reminders.remind(county=world.county, on=on, by=schedule(world)).created


def test_a_year_by_the_schedule(started: World) -> None:
    duty_rules.adopt(by=actor(started, "bangong"), county=started.county, year=2026, on=FIRST)
    kinds = [r for r in rhythm.rules() if r.kind in ("duty", "duty_reminder")]
    assert len(kinds) == 2
    day, outage = FIRST, {date(2026, 4, 1) + timedelta(days=n) for n in range(12)}
    every = [FIRST + timedelta(days=n) for n in range(0, 380, 3)]
    for day in (d for d in every if d not in outage):
        for rule in kinds:
            made = rhythm.run(rule, county=started.county, on=day, by=schedule(started))
            if day.day < 3:  # and again, as two beats would
                again = rhythm.run(rule, county=started.county, on=day, by=schedule(started))
                assert again.created == 0
                assert rule.kind != "duty" or again.existing >= made.created
    rows = Duty.objects.values_list("rule__code", "period", "unit", "post")
    assert len(rows) == len(set(rows))
    wanted = Counter[str]()
    for rule in DutyRule.objects.filter(year=2026, is_on=True):
        found = Duty.objects.filter(rule=rule)
        subjects = set(found.values_list("unit", "post"))
        assert found.count() == len(subjects) * rule.per_year, rule.title
        wanted[rule.kind] += found.count()
    assert wanted["hearing"] == 4 + 2
    assert wanted["visit"] == 4
    # Nobody did anything: each was reminded of twice and no more, nobody on one day twice.
    assert set(Duty.objects.filter(year=2026).values_list("reminders", flat=True)) == {2}
    told = list(OutboxMessage.objects.values_list("person_id", "on"))
    assert len(told) == len(set(told)) > 0
    assert DutyRule.objects.filter(year=2027).exists()


def test_what_is_done_is_not_reminded_of(started: World, rule: Rules) -> None:
    rule(per_year=2, first_reminder=15, second_reminder=3)
    make(started, FIRST)
    duty = Duty.objects.get(unit=started.units["柳河镇"])
    duties.record(
        by=actor(started, "liuhe"), duty_id=duty.pk, held_on=date(2026, 3, 1), revision=1,
        now=at(date(2026, 3, 1)),
        given={"place": "甲", "chair": "乙", "present": "丙", "topics": "丁", "decisions": "戊"},
    )  # fmt: skip
    assert remind(started, date(2026, 6, 14)) == 0
    assert remind(started, date(2026, 6, 15)) > 0
    assert not OutboxMessage.objects.filter(person=started.persons["吴霞"]).exists()


def test_the_reminder_is_one_message_a_person(started: World, rule: Rules) -> None:
    rule(per_year=2, first_reminder=15, second_reminder=3)
    rule("study", per_year=2, first_reminder=15, second_reminder=3, title="警示教育")
    make(started, FIRST)
    remind(started, date(2026, 6, 16))
    message = OutboxMessage.objects.get(person=started.persons["吴霞"])
    assert message.title == "2 项履责事项临近时限"
    assert message.text.count("6月30日") == 2
    assert remind(started, date(2026, 6, 16)) == 0


def test_after_an_outage_the_two_reminders_are_one(started: World, rule: Rules) -> None:
    rule(per_year=2, first_reminder=15, second_reminder=3)
    make(started, FIRST)
    assert remind(started, date(2026, 6, 29)) > 0
    assert remind(started, date(2026, 6, 30)) == 0
    assert remind(started, date(2026, 7, 1)) == 0
    assert OutboxMessage.objects.filter(person=started.persons["吴霞"]).count() == 1


def test_a_moved_deadline_gives_no_third_reminder(started: World, rule: Rules) -> None:
    row = rule(per_year=2, first_reminder=15, second_reminder=3)
    make(started, FIRST)
    remind(started, date(2026, 6, 15))
    remind(started, date(2026, 6, 27))
    duty_rules.amend(
        by=actor(started, "bangong"), rule_id=row.pk, values={"due_month": 7, "due_day": 31},
        reason="延期", revision=1, on=date(2026, 6, 28),
    )  # fmt: skip
    for day in (date(2026, 7, 16), date(2026, 7, 28)):
        assert remind(started, day) == 0


def test_nothing_goes_to_somebody_who_has_left(started: World, rule: Rules) -> None:
    rule(per_year=2)
    make(started, FIRST)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        person = started.persons["吴霞"]
        person.retired_on = date(2026, 6, 1)
        person.save()
    remind(started, date(2026, 6, 20))
    assert not OutboxMessage.objects.filter(person=person).exists()


def test_a_duty_of_the_county_itself_is_told_to_its_head_and_the_office(
    started: World, rule: Rules
) -> None:
    rule("hearing", unit_kinds=[], unit=started.units["县政府"])
    make(started, FIRST)
    remind(started, date(2026, 6, 20))
    told = set(OutboxMessage.objects.values_list("person__name", flat=True))
    assert told == {"陈志远", "张敏"}
