"""Entry points of the year's end. Each may run twice and does no harm."""

from __future__ import annotations

from accountability.access import Action
from accountability.door import Actor
from accountability.models import Job
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.services import next_year, year_archive


@job_kind(
    year_archive.KIND,
    needs=Action.YEAR_EDIT,
    covers=year_archive.may_fetch,
    fetch="read.year_archive",
)
def year_archive_make(job: Job, by: Actor, progress: Progress) -> Outcome:
    """年度归档包; run again, one more file is kept and the job names the last."""
    return year_archive.make(job=job, by=by, progress=progress)


@job_kind(next_year.KIND, needs=Action.YEAR_EDIT)
def next_year_open(job: Job, by: Actor, progress: Progress) -> Outcome:
    """Copy into the next year; run again, what was copied by this job is left alone."""
    return next_year.make(job=job, by=by, progress=progress)
