"""Background work: ask, claim under a lease, report progress, finish (DESIGN decision 3)."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from ..access import Action
from ..access.require import require
from ..door import Actor, acting
from ..models import County, Job, JobState, StoredFile, User
from ..models.job import JobQuerySet
from ..refusals import NotAllowed, NotFound, Refusal, WrongState

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
BACK_OFF_SECONDS = (10, 60, 300)


class TryLater(Exception):
    """A named, passing obstacle: the job waits and is tried again with back-off."""


# What passes by itself, whatever the kind: the database or a service is away for a while.
PASSING: tuple[type[Exception], ...] = (
    TryLater,
    OperationalError,
    InterfaceError,
    ConnectionError,
    TimeoutError,
)


class LeaseLost(Exception):
    """Somebody else has taken the job over: this worker stops and stores nothing more."""


@dataclass(slots=True)
class Outcome:
    """What a job's work gives back."""

    file: StoredFile | None = None
    result: dict[str, Any] | None = None


class Progress:
    """Saves a job's progress between its short transactions, and renews its lease.

    Raises `LeaseLost` when the job is no longer this worker's.
    """

    def __init__(self, job_id: int, worker: str) -> None:
        self.job_id = job_id
        self.worker = worker

    def __call__(self, percent: int, text: str = "") -> None:
        mine = held(self.job_id, self.worker).update(
            progress=min(99, max(0, percent)), progress_text=text[:120], lease_until=lease_end()
        )
        if not mine:
            raise LeaseLost


Work = Callable[[Job, Actor, Progress], Outcome]
Covers = Callable[[User, Job], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: its work, and what its asker must still may to fetch the result.

    `retry_on` are the errors of this work that pass by themselves, besides `PASSING`.
    """

    work: Work
    needs: Action
    covers: Covers | None
    fetch: str = ""  # the action that each fetching of the file leaves on the trail; "": none
    retry_on: tuple[type[Exception], ...] = ()


_kinds: dict[str, Kind] = {}


def job_kind(
    name: str,
    *,
    needs: Action = Action.JOB_READ,
    covers: Covers | None = None,
    fetch: str = "",
    retry_on: tuple[type[Exception], ...] = (),
) -> Callable[[Work], Work]:
    """Register the work of a kind of job. It may run twice: it must not mind.

    `needs` is the right to what the result holds, and `covers` says whether that
    still lies in the scope of a user; both are asked at each download. `fetch`
    names the action that a download leaves on the trail.
    """

    def register(work: Work) -> Work:
        _kinds[name] = Kind(work, needs, covers, fetch, retry_on)
        return work

    return register


def require_result(*, by: Actor, job: Job) -> None:
    """Raise `NotAllowed` unless `by` may have the file of his job today."""
    kind = _kinds.get(job.kind)
    if kind is None or by.user is None:
        raise NotFound
    require(by, kind.needs)
    if kind.covers is not None and not kind.covers(by.user, job):
        raise NotAllowed("这个文件的内容已不在本账号的查看范围内，需要的请按现在的范围重新导出。")


def tell_fetched(*, by: Actor, job: Job) -> None:
    """Leave the event of a download whose every fetching is to be told; of others nothing."""
    kind = _kinds[job.kind]
    if kind.fetch and job.result_file is not None:
        with acting(by=by) as act:
            act.record(
                kind.fetch,
                job.result_file,
                summary=f"下载{job.title}，SHA-256 {job.result_file.sha256[:16]}…",
            )


def registered_kinds() -> frozenset[str]:
    return frozenset(_kinds)


def lease_end() -> datetime:
    """Until when a lease taken or renewed now holds."""
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def worker_name() -> str:
    """Who holds a lease: host, process and a number that no other run has."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def held(job_id: int, worker: str) -> JobQuerySet:
    """The job, as long as `worker` holds it: every write of a worker goes through this."""
    return Job.objects.filter(pk=job_id, lease_by=worker, state=JobState.RUNNING)


def ask(
    *,
    by: Actor,
    kind: str,
    key: str,
    title: str,
    county: County | None,
    parameters: dict[str, Any],
) -> Job:
    """The job row for this work, made in the caller's transaction; workers wake on commit.

    The same key asked for again is the same job; one that could not be
    completed is put back in the queue. A job shows itself to its asker alone,
    so the key names the asker, and the version of what the work is made from.
    Raises ValueError for a kind that nobody registered.
    """
    if kind not in _kinds:
        raise ValueError(f"unknown kind of job: {kind}")
    job, is_new = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "title": title[:200],
            "county": county,
            "parameters": parameters,
            "asked_by": by.user,
            "run_after": timezone.now(),
        },
    )
    if not is_new and job.state == JobState.FAILED:
        Job.objects.filter(pk=job.pk, state=JobState.FAILED).update(
            state=JobState.WAITING, run_after=timezone.now(), attempts=0, error="", asked_by=by.user
        )
        job.refresh_from_db()
    if job.state == JobState.WAITING:
        transaction.on_commit(lambda: wake(job.pk))
    return job


def wake(job_id: int, *, expires: float | None = None) -> bool:
    """Tell a worker; when the broker is away (False) the reconciler finds the row.

    `expires` (seconds) keeps the reconciler's own calls from piling up.
    """
    from ..jobs.entry import run_job

    try:
        run_job.apply_async(args=[job_id], retry=False, ignore_result=True, expires=expires)
    except Exception:
        logger.warning("broker away, the reconciler will find the job", extra={"job_id": job_id})
        return False
    return True


def claim(job_id: int, *, worker: str) -> Job | None:
    """Take the job under a lease, or None when somebody else has it or it is done.

    Where the database can, a row that somebody is taking at this moment is
    skipped, not waited for.
    """
    now = timezone.now()
    free = Job.objects.claimable(now=now).filter(pk=job_id)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            locked = free.select_for_update(skip_locked=True).values_list("pk", flat=True)
            free = Job.objects.filter(pk__in=list(locked))
        taken = free.update(
            state=JobState.RUNNING,
            lease_until=lease_end(),
            lease_by=worker,
            attempts=F("attempts") + 1,
            started_at=now,
        )
    return Job.objects.select_related("asked_by", "county").get(pk=job_id) if taken else None


class _Heartbeat:
    """Renews the lease while the work runs, from a thread of its own."""

    def __init__(self, job_id: int, worker: str) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._beat, args=(job_id, worker), daemon=True)

    def _beat(self, job_id: int, worker: str) -> None:
        while not self.stop.wait(settings.JOB_LEASE_SECONDS / 3):
            try:
                held(job_id, worker).update(lease_until=lease_end())
            except DatabaseError:
                # The next beat tries again; should none come through, the
                # lease runs out and another worker takes over.
                logger.warning("lease not renewed", extra={"job_id": job_id})
            finally:
                connection.close()

    def __enter__(self) -> _Heartbeat:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()


def run(job_id: int) -> Job | None:
    """Claim and do one job; None when it was not there to claim, or was taken over.

    Twice at once: the second finds nothing to claim.
    """
    worker = worker_name()
    job = claim(job_id, worker=worker)
    if job is None:
        return None
    if job.attempts > MAX_ATTEMPTS:
        return _end(
            job,
            worker,
            JobState.FAILED,
            error="多次尝试未能完成，请重新发起；仍未能完成的，请联系技术支持。",
        )
    kind = _kinds.get(job.kind)
    if kind is None:  # asked for by a newer or an older version of the portal
        logger.error("unknown kind of job", extra={"job_id": job.pk})
        return _end(
            job,
            worker,
            JobState.FAILED,
            error="当前版本不支持这项后台任务，请联系技术支持核对版本后重新发起。",
        )
    by = Actor.system("worker", county=job.county, on_behalf_of=job.asked_by)
    try:
        with _Heartbeat(job.pk, worker):
            outcome = kind.work(job, by, Progress(job.pk, worker))
    except TryLater as obstacle:
        return _wait(job, worker, str(obstacle))
    except LeaseLost:
        logger.warning("lease lost, another worker goes on", extra={"job_id": job.pk})
        return None
    except Refusal as refusal:
        return _end(job, worker, JobState.FAILED, error=refusal.sentence)
    except Exception as error:
        logger.exception("job did not complete", extra={"job_id": job.pk})
        passes = isinstance(error, PASSING + kind.retry_on)
        if not passes or job.attempts >= MAX_ATTEMPTS:
            return _end(
                job,
                worker,
                JobState.FAILED,
                error=f"系统暂时无法处理，已记录编号 J{job.pk}，请稍后重新发起。",
            )
        return _wait(job, worker, "")
    return _end(job, worker, JobState.DONE, result=outcome.result or {}, result_file=outcome.file)


def _wait(job: Job, worker: str, text: str) -> Job:
    delay = BACK_OFF_SECONDS[min(job.attempts, len(BACK_OFF_SECONDS)) - 1]
    held(job.pk, worker).update(
        state=JobState.WAITING,
        run_after=timezone.now() + timedelta(seconds=delay),
        lease_until=None,
        progress_text=text[:120] or "稍后自动重试",
    )
    job.refresh_from_db()
    return job


def _end(job: Job, worker: str, state: str, **values: Any) -> Job:
    values.setdefault("error", "")
    values["error"] = values["error"][:300]
    held(job.pk, worker).update(
        state=state,
        finished_at=timezone.now(),
        lease_until=None,
        progress=100 if state == JobState.DONE else job.progress,
        progress_text="",
        **values,
    )
    job.refresh_from_db()
    return job


def waiting(*, limit: int = 200) -> list[int]:
    """Ids of jobs that wait for a worker or lost theirs, the longest waiting first."""
    now = timezone.now()
    return list(
        Job.objects.claimable(now=now)
        .order_by("run_after", "id")
        .values_list("id", flat=True)[:limit]
    )


def wake_waiting() -> int:
    """Wake every job that nobody works on; how many (the reconciler's work)."""
    ids = waiting()
    for job_id in ids:
        if not wake(job_id, expires=settings.JOB_RECONCILE_SECONDS):
            break  # the broker is away; the next round finds them again
    return len(ids)


def give_back_all() -> int:
    """Let go of every lease. Only while no worker can be running (a portal's start)."""
    return Job.objects.filter(state=JobState.RUNNING).update(lease_until=timezone.now())


def retry(*, by: Actor, job: Job) -> Job:
    """Put a job that could not be completed back in the queue; its asker may do it."""
    if job.asked_by_id != (by.user.pk if by.user else None):
        raise NotFound
    changed = Job.objects.filter(pk=job.pk, state=JobState.FAILED).update(
        state=JobState.WAITING, run_after=timezone.now(), attempts=0, error=""
    )
    if not changed:
        raise WrongState("这项任务正在处理或已经完成，不必重新发起。")
    transaction.on_commit(lambda: wake(job.pk))
    job.refresh_from_db()
    return job


def visible_to(user: User) -> JobQuerySet:
    """A person's own jobs: what he asked for, and its result."""
    return Job.objects.filter(asked_by=user)
