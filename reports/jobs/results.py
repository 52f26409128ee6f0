"""Entry points of what is handed out of a published result. Each may run twice."""

from __future__ import annotations

from accountability.access import Action
from accountability.door import Actor
from accountability.models import Job
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.services import result_notices, result_use_register


@job_kind("sheet_notice_pdf", needs=Action.ASSESS_READ, covers=result_notices.sees_sheets)
def sheet_notice_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """反馈书 of a subject; run again, the same bytes are kept once."""
    return result_notices.make(job=job, by=by, progress=progress)


@job_kind("sheet_notice_docx", needs=Action.ASSESS_READ, covers=result_notices.sees_sheets)
def sheet_notice_docx(job: Job, by: Actor, progress: Progress) -> Outcome:
    """反馈书 for Word and WPS; run again, the same bytes are kept once."""
    return result_notices.make(job=job, by=by, progress=progress)


@job_kind("result_notices_zip", needs=Action.ASSESS_READ, covers=result_notices.sees_sheets)
def result_notices_zip(job: Job, by: Actor, progress: Progress) -> Outcome:
    """All 反馈书 of a year in one archive; run again, the same bytes are kept once."""
    return result_notices.make_all(job=job, by=by, progress=progress)


@job_kind("result_uses_pdf", needs=Action.ASSESS_READ, covers=result_use_register.sees_uses)
def result_uses_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """结果运用登记册; run again, the same bytes are kept once."""
    return result_use_register.make(job=job, by=by, progress=progress)
