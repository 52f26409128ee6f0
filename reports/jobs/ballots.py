"""Entry point of the sweeping of ballots' working tables. May run twice and does no harm."""

from __future__ import annotations

from accountability.door import Actor
from accountability.models import Job
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.services import ballot_sweeping


@job_kind(ballot_sweeping.SWEEP)
def ballot_sweep(job: Job, by: Actor, progress: Progress) -> Outcome:
    """Write the files of the working tables anew; run again, they are written once more."""
    progress(10, "清理")
    ballot_sweeping.sweep()
    return Outcome()
