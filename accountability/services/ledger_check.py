"""Verification and checkpoints as background work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from ..door import Actor, acting
from ..models import Job
from ..trail import checkpoints, witness
from ..trail.verify import verify
from . import jobs
from .jobs import Outcome, Progress

KIND = "verify_ledger"
CHECKPOINT_EVERY = timedelta(minutes=10)


def ask_for_verification(*, by: Actor) -> Job:
    """One verification at a time: asked again while one waits or runs, it is the same."""
    with acting(by=by) as act:
        open_job = (
            Job.objects.filter(kind=KIND, state__in=["waiting", "running"]).order_by("id").first()
        )
        if open_job is not None:
            act.unchanged()
            return open_job
        job = jobs.ask(
            by=by,
            kind=KIND,
            key=f"{KIND}:{timezone.now():%Y%m%d%H%M%S%f}",
            title="账本完整性校验",
            county=by.county,
            parameters={},
        )
        act.record("ledger.verify", summary="发起账本完整性校验")
    return job


def run_verification(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """Reads only; run twice it says the same twice."""
    report = verify(progress=progress)
    return Outcome(
        result={
            "sound": report.is_sound,
            "rows": report.rows,
            "live_rows": report.live_rows,
            "chains": {str(chain): seq for chain, seq in report.chains.items()},
            "checkpoints": report.checkpoints,
            "witnessed": report.witnessed,
            "unchecked": report.unchecked,
            "notes": report.notes,
            "faults": [
                {
                    "chain": fault.chain,
                    "seq": fault.seq,
                    "table": fault.table,
                    "key": fault.key,
                    "what": fault.what,
                    "sentence": fault.sentence(),
                }
                for fault in report.faults[:50]
            ],
        }
    )


def keep_watch() -> None:
    """What the reconciler does for the ledger: the witness, a checkpoint when one is due,
    one verification a night. Doing it twice adds nothing."""
    witness.pump()
    last = checkpoints.latest()
    now = timezone.now()
    if last is None or now - datetime.fromisoformat(last.at) >= CHECKPOINT_EVERY:
        checkpoints.write(cause="定时")
    local = timezone.localtime(now)
    if local.hour >= 2:
        by = Actor.system("worker")
        with acting(by=by) as act:
            act.unchanged()
            jobs.ask(
                by=by,
                kind=KIND,
                key=f"{KIND}:{local:%Y-%m-%d}",
                title="账本完整性校验（每日）",
                county=None,
                parameters={},
            )
