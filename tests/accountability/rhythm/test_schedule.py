"""计划任务: each rule once a day for each county; the page; run now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accountability import rhythm
from accountability.door import Actor
from accountability.models import AuditEvent, County, Job
from accountability.refusals import Invalid, NotAllowed, NotFound
from accountability.rhythm import Made, Rule
from accountability.services import jobs, schedule
from accountability.templatetags.portal import moment
from tests.world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATE = datetime(2026, 3, 31, 23, 59, 59, tzinfo=SHANGHAI)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, date, str]]]:
    """The registry with one rule; what it was called with."""
    made: list[tuple[str, date, str]] = []

    def make(county: County, on: date, by: Actor) -> Made:
        made.append((county.name, on, by.name))
        if len(made) == 2:
            raise Invalid("没有设定督查周期，请先设定。")
        return Made(3, 4)

    monkeypatch.setattr(rhythm, "_rules", {})
    rhythm.register(Rule("quarter", "季度督查", "每季度首日", make))
    return made


def run_waiting() -> None:
    waiting = Job.objects.filter(kind=schedule.KIND, state="waiting").order_by("id")
    for job_id in list(waiting.values_list("id", flat=True)):
        jobs.run(job_id)


def test_a_day_has_one_job_a_rule_and_county_by_the_countys_clock(
    world: World, calls: list[Any]
) -> None:
    assert schedule.ask_for_today(now=LATE) == 1
    assert schedule.ask_for_today(now=LATE) == 0
    assert schedule.ask_for_today(now=LATE + timedelta(seconds=1)) == 1
    keys = set(Job.objects.values_list("key", flat=True))
    assert keys == {
        schedule.key_of(world.county.pk, "quarter", day)
        for day in (date(2026, 3, 31), date(2026, 4, 1))
    }
    Job.objects.update(run_after=timezone.now())
    run_waiting()
    assert calls[0] == ("试县", date(2026, 3, 31), "系统（计划任务）")
    done, failed = Job.objects.order_by("id")
    assert (done.state, done.result) == ("done", {"created": 3, "existing": 4})
    assert (failed.state, failed.error) == ("failed", "没有设定督查周期，请先设定。")
    # A clock that steps back a day asks for nothing that was asked already.
    assert schedule.ask_for_today(now=LATE) == 0


def test_a_county_that_has_not_started_has_no_jobs(world: World, calls: list[Any]) -> None:
    before = datetime(2019, 1, 1, tzinfo=SHANGHAI)
    assert schedule.ask_for_today(now=before) == 0


def test_run_now_is_the_offices_and_the_administrators(world: World, calls: list[Any]) -> None:
    def by(name: str) -> Actor:
        user = world.users[name]
        return Actor(key=f"user:{user.pk}", name=name, user=user, county=world.county)

    now = timezone.now()
    with pytest.raises(NotAllowed):
        schedule.run_now(by=by("caizheng"), rule_kind="quarter", now=now)
    with pytest.raises(NotFound):
        schedule.run_now(by=by("bangong"), rule_kind="nothing", now=now)
    job = schedule.run_now(by=by("bangong"), rule_kind="quarter", now=now)
    assert schedule.run_now(by=by("xitong"), rule_kind="quarter", now=now) == job
    assert AuditEvent.objects.get(action="schedule.run").actor_name == "bangong"
    run_waiting()
    # The system acts, whoever asked.
    assert calls == [("试县", timezone.localdate(), "系统（计划任务）")]
    later = now + timedelta(seconds=1)
    assert schedule.run_now(by=by("xitong"), rule_kind="quarter", now=later) != job


def test_a_rule_of_another_version_ends_with_a_sentence(
    world: World, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule.ask_for_today(now=timezone.now())
    monkeypatch.setattr(rhythm, "_rules", {})
    run_waiting()
    assert Job.objects.get().error == "当前版本没有这项计划任务，无需办理。"


def test_the_page_tells_last_next_and_what_failed(
    world: World, signed_in: Any, calls: list[Any], django_assert_max_num_queries: Any
) -> None:
    client = signed_in("bangong")
    page = client.get(reverse("settings_schedule")).content.decode()
    assert "季度督查" in page
    assert "还没有运行过" in page
    schedule.ask_for_today(now=timezone.now() - timedelta(days=1))
    schedule.ask_for_today(now=timezone.now())
    run_waiting()
    page = client.get(reverse("settings_schedule")).content.decode()
    assert "没有设定督查周期" in page
    tomorrow = datetime.combine(timezone.localdate() + timedelta(days=1), time.min, SHANGHAI)
    assert moment(tomorrow) in page
    for n in range(60):
        Job(
            county=world.county, kind=schedule.KIND, key=f"x{n}", title="季度督查", state="done",
            run_after=timezone.now(), parameters={"rule": "quarter", "on": "2026-01-01"},
        ).save()  # fmt: skip
    with django_assert_max_num_queries(14):
        client.get(reverse("settings_schedule"))
    answer = client.post(reverse("schedule_run", args=["quarter"]), follow=True)
    assert "已发起" in answer.content.decode()
    assert signed_in("caizheng").get(reverse("settings_schedule")).status_code == 403
