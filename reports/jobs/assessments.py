"""Entry points of assessments. Each may run twice and does no harm."""

from __future__ import annotations

from datetime import date

from accountability.door import Actor
from accountability.models import Job
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.models import Assessment
from reports.services import assessments
from reports.services.assessment_counting import COUNT


@job_kind(COUNT)
def assessment_count(job: Job, by: Actor, progress: Progress) -> Outcome:
    """Start 自评 or count anew; run again, a round that has started is refused, nothing changes."""
    row = Assessment.objects.get(pk=job.parameters["assessment_id"])
    on = date.fromisoformat(job.parameters["on"])
    progress(10, "计算系统分")
    if job.parameters["step"] == "self":
        assessments.start_self(by=by, assessment=row, on=on)
    else:
        assessments.recount(by=by, assessment=row, on=on)
    return Outcome()
