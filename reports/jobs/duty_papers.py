"""Entry points of the papers of duties. Each may run twice and does no harm."""

from __future__ import annotations

from accountability.access import Action
from accountability.door import Actor
from accountability.models import Job
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.services import duty_papers


@job_kind(duty_papers.COVERAGE, needs=Action.DUTY_READ, covers=duty_papers.covers_coverage)
def duty_coverage_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A table of coverage as PDF."""
    return duty_papers.make_coverage(job, by, progress)


@job_kind(duty_papers.TEN_THINGS, needs=Action.DUTY_READ, covers=duty_papers.covers_ten_things)
def ten_things_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """第一责任人任务清单台账 as PDF."""
    return duty_papers.make_ten_things(job, by, progress)
