"""Entry points of the ledger's work. Each may run twice: the second says the same again."""

from __future__ import annotations

from ..access import Action
from ..door import Actor
from ..models import Job
from ..services import evidence, ledger_check
from ..services.jobs import Outcome, Progress, job_kind


@job_kind(ledger_check.KIND)
def verify_ledger(job: Job, by: Actor, progress: Progress) -> Outcome:
    """账本完整性校验."""
    return ledger_check.run_verification(job=job, by=by, progress=progress)


@job_kind(evidence.KIND, needs=Action.TRAIL_READ, covers=evidence.covers, fetch="read.evidence")
def evidence_package(job: Job, by: Actor, progress: Progress) -> Outcome:
    """证据包."""
    return evidence.make_package(job=job, by=by, progress=progress)
