"""Background work: the rows are the truth; the broker only wakes (DESIGN decision 3)."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.access import Action
from accountability.door import Actor, acting
from accountability.models import Job, JobState
from accountability.models.job import TRANSITIONS
from accountability.refusals import Invalid, NotFound, WrongState
from accountability.services import jobs
from accountability.services.jobs import LeaseLost, Outcome, Progress, TryLater
from config.celery import app
from tests.world import World

KIND = "test.kind"


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the kind `test.kind` does, step by step: each run takes the next of this list."""
    steps: list[Any] = []

    def run(job: Job, by: Actor, progress: Progress) -> Outcome:
        step = steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step(job, by, progress) if callable(step) else step

    monkeypatch.setitem(jobs._kinds, KIND, jobs.Kind(run, Action.JOB_READ, None))
    return steps


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the jobs for which a worker was told."""
    told: list[int] = []

    def apply_async(args: list[int], **_: Any) -> None:
        told.extend(args)

    monkeypatch.setattr("accountability.jobs.entry.run_job.apply_async", apply_async)
    return told


def ask(world: World | None = None, key: str = "k1", kind: str = KIND, **parameters: Any) -> Job:
    user = world.users["bangong"] if world else None
    by = (
        Actor(key=f"user:{user.pk}", name="张敏", user=user, county=world.county)
        if user and world
        else Actor.system("test")
    )
    with acting(by=by) as act:
        act.unchanged()
        return jobs.ask(
            by=by, kind=kind, key=key, title="生成文件", county=by.county, parameters=parameters
        )


def later(job: Job, **change: Any) -> None:
    """Put the job's clock elsewhere, as waiting would."""
    Job.objects.filter(pk=job.pk).update(**change)


def test_the_work_is_done_once_and_its_result_kept(db: None, work: list[Any]) -> None:
    def step(job: Job, by: Actor, progress: Progress) -> Outcome:
        assert (by.key, job.attempts) == ("system:worker", 1)
        progress(40, "正在排版")
        row = Job.objects.get(pk=job.pk)
        assert (row.state, row.progress, row.progress_text) == ("running", 40, "正在排版")
        return Outcome(result={"pages": 3})

    work.append(step)
    job = ask()
    done = jobs.run(job.pk)
    assert done is not None
    assert (done.state, done.progress, done.result) == (JobState.DONE, 100, {"pages": 3})
    assert done.finished_at is not None
    assert done.lease_until is None
    assert jobs.run(job.pk) is None  # a second message finds nothing to claim


def test_the_same_key_is_the_same_work(db: None, work: list[Any]) -> None:
    first, again = ask(key="a", n=1), ask(key="a", n=2)
    assert first.pk == again.pk
    assert again.parameters == {"n": 1}
    assert ask(key="b").pk != first.pk


def test_an_unknown_kind_is_never_stored(db: None) -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        ask(kind="no.such")
    assert not Job.objects.exists()


def test_a_kind_that_this_version_does_not_know_ends_with_a_sentence(
    db: None, work: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask()
    monkeypatch.delitem(jobs._kinds, KIND)
    ended = jobs.run(job.pk)
    assert ended is not None
    assert (ended.state, ended.attempts) == (JobState.FAILED, 1)
    assert ended.error == "当前版本不支持这项后台任务，请联系技术支持核对版本后重新发起。"


def test_only_one_worker_gets_the_lease(db: None, work: list[Any]) -> None:
    job = ask()
    assert jobs.claim(job.pk, worker="one") is not None
    assert jobs.claim(job.pk, worker="two") is None
    later(job, lease_until=timezone.now() - timedelta(seconds=1))
    taken = jobs.claim(job.pk, worker="two")
    assert taken is not None
    assert (taken.lease_by, taken.attempts) == ("two", 2)
    # The first one, late, stores nothing any more.
    with pytest.raises(LeaseLost):
        Progress(job.pk, "one")(80, "晚到")
    row = Job.objects.get(pk=job.pk)
    assert (row.progress, row.lease_by) == (0, "two")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_is_taking_is_skipped_not_waited_for(work: list[Any]) -> None:
    job, other = ask(), connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM accountability_job WHERE id = %s FOR UPDATE", [job.pk])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
            assert jobs.claim(job.pk, worker="two") is None
    finally:
        other.rollback()  # a closed connection lets go of the row a moment later
        other.close()
    assert jobs.claim(job.pk, worker="two") is not None


def test_a_worker_that_lost_its_lease_leaves_the_row_to_the_other(
    db: None, work: list[Any]
) -> None:
    def step(job: Job, by: Actor, progress: Progress) -> Outcome:
        later(job, lease_by="other")
        progress(50)
        raise AssertionError("not reached")

    work.append(step)
    job = ask()
    assert jobs.run(job.pk) is None
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.lease_by) == (JobState.RUNNING, "other")


def test_a_job_is_not_claimed_before_its_time(db: None, work: list[Any]) -> None:
    job = ask()
    later(job, run_after=timezone.now() + timedelta(minutes=1))
    assert jobs.claim(job.pk, worker="one") is None
    assert jobs.waiting() == []


def test_a_clock_that_was_set_back_strands_no_job(db: None, work: list[Any]) -> None:
    """Asked for, or taken by a worker that died, while the clock was a year ahead (F16)."""
    work.append(Outcome(result={"rows": 3}))
    job = ask()
    ahead = timezone.now() + timedelta(days=365)
    later(job, run_after=ahead)
    assert jobs.waiting() == [job.pk]
    later(job, state=JobState.RUNNING, lease_by="gone", lease_until=ahead, attempts=1)
    assert jobs.waiting() == [job.pk]
    done = jobs.run(job.pk)
    assert done is not None
    assert (done.state, done.attempts) == (JobState.DONE, 2)


def test_a_passing_obstacle_backs_off_and_is_tried_again(db: None, work: list[Any]) -> None:
    work += [TryLater("字体服务忙"), Outcome()]
    job = ask()
    waits = jobs.run(job.pk)
    assert waits is not None
    assert (waits.state, waits.progress_text) == (JobState.WAITING, "字体服务忙")
    delay = (waits.run_after - timezone.now()).total_seconds()
    assert jobs.BACK_OFF_SECONDS[0] - 5 < delay <= jobs.BACK_OFF_SECONDS[0]
    assert jobs.run(job.pk) is None
    later(job, run_after=timezone.now())
    done = jobs.run(job.pk)
    assert done is not None
    assert (done.state, done.attempts) == (JobState.DONE, 2)


def test_a_passing_error_is_tried_three_times_with_growing_pauses_then_named_by_number(
    db: None, work: list[Any]
) -> None:
    work += [OperationalError("内部细节")] * 3
    job = ask()
    pauses = []
    for _ in range(2):
        waits = jobs.run(job.pk)
        assert waits is not None
        assert waits.state == JobState.WAITING
        pauses.append((waits.run_after - timezone.now()).total_seconds())
        later(job, run_after=timezone.now())
    assert pauses[0] < pauses[1]
    ended = jobs.run(job.pk)
    assert ended is not None
    assert (ended.state, ended.attempts) == (JobState.FAILED, 3)
    assert f"J{job.pk}" in ended.error
    assert "内部细节" not in ended.error
    assert jobs.waiting() == []


def test_an_error_that_nobody_named_is_not_tried_again(db: None, work: list[Any]) -> None:
    work.append(RuntimeError("内部细节"))
    ended = jobs.run(ask().pk)
    assert ended is not None
    assert (ended.state, ended.attempts) == (JobState.FAILED, 1)
    assert f"J{ended.pk}" in ended.error


def test_a_kind_names_its_own_passing_errors(
    db: None, work: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = jobs.Kind(jobs._kinds[KIND].work, Action.JOB_READ, None, retry_on=(KeyError,))
    monkeypatch.setitem(jobs._kinds, KIND, named)
    work += [KeyError("甲"), Outcome()]
    job = ask()
    waits = jobs.run(job.pk)
    assert waits is not None
    assert waits.state == JobState.WAITING
    later(job, run_after=timezone.now())
    done = jobs.run(job.pk)
    assert done is not None
    assert done.state == JobState.DONE


def test_work_that_kills_its_worker_is_not_tried_for_ever(db: None, work: list[Any]) -> None:
    job = ask()
    for n in range(jobs.MAX_ATTEMPTS):
        assert jobs.claim(job.pk, worker=f"w{n}") is not None  # and it died
        later(job, lease_until=timezone.now() - timedelta(seconds=1))
    ended = jobs.run(job.pk)
    assert ended is not None
    assert ended.state == JobState.FAILED
    assert ended.error.startswith("多次尝试未能完成")


def test_a_refusal_is_not_tried_again_and_shows_its_sentence(db: None, work: list[Any]) -> None:
    work.append(Invalid("文稿没有可识别的任务，请核对文件后重新上传。"))
    ended = jobs.run(ask().pk)
    assert ended is not None
    assert (ended.state, ended.attempts) == (JobState.FAILED, 1)
    assert ended.error == "文稿没有可识别的任务，请核对文件后重新上传。"


def test_asking_again_for_what_could_not_be_done_queues_it_anew(db: None, work: list[Any]) -> None:
    work += [Invalid("缺少文号。"), Outcome(result={"ok": 1})]
    job = ask()
    jobs.run(job.pk)
    again = ask()
    assert (again.pk, again.state, again.attempts, again.error) == (
        job.pk,
        JobState.WAITING,
        0,
        "",
    )
    done = jobs.run(job.pk)
    assert done is not None
    assert done.state == JobState.DONE


def test_workers_are_told_on_commit_and_never_of_what_was_rolled_back(
    db: None, work: list[Any], woken: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
        assert woken == []
    assert woken == [job.pk]
    woken.clear()
    with (
        django_capture_on_commit_callbacks(execute=True),
        suppress(RuntimeError),
        transaction.atomic(),
    ):
        ask(key="lost")
        raise RuntimeError
    assert woken == []
    assert Job.objects.count() == 1


def test_without_a_broker_the_row_waits_for_the_reconciler(
    db: None,
    work: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def away(**_: Any) -> None:
        raise ConnectionError("broker away")

    monkeypatch.setattr("accountability.jobs.entry.run_job.apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
    assert Job.objects.get(pk=job.pk).state == JobState.WAITING
    assert jobs.waiting() == [job.pk]


def test_the_reconciler_finds_the_waiting_and_the_orphaned_alone(
    db: None, work: list[Any], woken: list[int]
) -> None:
    now = timezone.now()
    waits, orphan, runs, pauses, done = (ask(key=k) for k in "abcde")
    later(orphan, state="running", lease_until=now - timedelta(seconds=1), lease_by="dead")
    later(runs, state="running", lease_until=now + timedelta(seconds=30), lease_by="alive")
    later(pauses, run_after=now + timedelta(minutes=5))
    later(done, state="done")
    assert jobs.wake_waiting() == 2
    assert set(woken) == {waits.pk, orphan.pk}


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_while_the_work_is_silent(
    work: list[Any], settings: Any
) -> None:
    settings.JOB_LEASE_SECONDS = 0.6

    def silent(job: Job, by: Actor, progress: Progress) -> Outcome:
        time.sleep(1.5)  # two leases and a half without a word
        assert jobs.claim(job.pk, worker="thief") is None
        return Outcome()

    work.append(silent)
    done = jobs.run(ask().pk)
    assert done is not None
    assert (done.state, done.attempts) == (JobState.DONE, 1)


def test_a_start_gives_back_what_was_interrupted(db: None, work: list[Any]) -> None:
    job = ask()
    jobs.claim(job.pk, worker="gone")
    assert jobs.waiting() == []
    assert jobs.give_back_all() == 1
    time.sleep(0.01)
    assert jobs.waiting() == [job.pk]


def test_every_change_of_state_is_in_the_table() -> None:
    assert set(TRANSITIONS) == set(JobState.values)
    for targets in TRANSITIONS.values():
        assert targets <= set(JobState.values)


def test_retry_is_the_askers_alone_and_only_after_it_could_not_be_done(
    world: World, work: list[Any]
) -> None:
    work.append(Invalid("缺少文号。"))
    job = ask(world)
    asker = Actor(key="user", name="张敏", user=world.users["bangong"])
    with pytest.raises(WrongState):
        jobs.retry(by=asker, job=job)
    jobs.run(job.pk)
    with pytest.raises(NotFound):
        jobs.retry(by=Actor(key="user", name="刘芳", user=world.users["caizheng"]), job=job)
    assert jobs.retry(by=asker, job=job).state == JobState.WAITING


def test_a_job_acts_for_its_asker(world: World, work: list[Any]) -> None:
    seen: list[Actor] = []
    work.append(lambda job, by, progress: seen.append(by) or Outcome())
    jobs.run(ask(world).pk)
    assert seen[0].on_behalf_of == world.users["bangong"]
    assert seen[0].county == world.county


def test_a_persons_jobs_are_seen_by_that_person_alone(
    client: Client, world: World, work: list[Any], django_assert_max_num_queries: Any
) -> None:
    job = ask(world)
    client.force_login(world.users["bangong"])
    with django_assert_max_num_queries(12):
        answer = client.get(reverse("job", args=[job.pk]))
    assert answer.status_code == 200
    as_json = client.get(reverse("job", args=[job.pk]), headers={"Accept": "application/json"})
    assert as_json.json()["state"] == "waiting"
    assert client.get(reverse("job_file", args=[job.pk])).status_code == 404
    for other in ("zhuren", "caizheng", "jiwei", "xitong"):
        client.force_login(world.users[other])
        for route in ("job", "job_file"):
            assert client.get(reverse(route, args=[job.pk])).status_code == 404, other
        assert client.post(reverse("job_retry", args=[job.pk])).status_code == 404, other


def test_celery_knows_exactly_our_entry_points() -> None:
    """Autodiscovery misses modules that are not called `tasks`: the names are tested."""
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == {"accountability.jobs.run_job", "accountability.jobs.reconcile"}
    beats = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert beats == {"accountability.jobs.reconcile"}
    assert app.conf.task_acks_late
    assert app.conf.accept_content == ["json"]


@pytest.mark.nodb
def test_delivered_messages_do_not_pile_up(settings: Any, tmp_path: Any) -> None:
    from celery import Celery

    from accountability.services import broker

    path = tmp_path / "queue.db"
    settings.CELERY_BROKER_URL = f"sqla+sqlite:///{path}"
    assert broker.purge_delivered() == 0  # no queue yet
    with Celery(broker=settings.CELERY_BROKER_URL).connection() as connection:
        queue = connection.SimpleQueue("purge-test")
        for n in range(3):
            queue.put({"n": n})
        queue.get(timeout=5).ack()
        queue.get(timeout=5).ack()
        assert broker.purge_delivered() == 2
        assert queue.get(timeout=5).payload == {"n": 2}
        queue.close()
    settings.CELERY_BROKER_URL = "redis://127.0.0.1/0"
    assert broker.purge_delivered() == 0
