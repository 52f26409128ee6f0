"""Entry point of the making of a year's report. It may run twice and does no harm."""

from __future__ import annotations

from accountability.access import Action
from accountability.door import Actor
from accountability.models import Job, User
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.kinds import YEAR_REPORT_FILES
from reports.models import YearReport
from reports.services import year_report_files


def sees_report(user: User, job: Job) -> bool:
    """Whether the report still is among what the user may see."""
    return YearReport.objects.visible_to(user).filter(pk=job.parameters["report_id"]).exists()


@job_kind(YEAR_REPORT_FILES, needs=Action.ASSESS_READ, covers=sees_report)
def year_report_files_made(job: Job, by: Actor, progress: Progress) -> Outcome:
    """PDF and docx of an issued report, a proof of another; files that are there are kept."""
    return year_report_files.make(job, by, progress)
