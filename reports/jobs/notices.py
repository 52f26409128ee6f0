"""Entry points of printing notices and 整改台账. Each may run twice and does no harm."""

from __future__ import annotations

from accountability.access import Action
from accountability.door import Actor
from accountability.models import Job, User
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.services import notice_papers
from tasks.models import Finding, Notice


def sees_notice(user: User, job: Job) -> bool:
    """Whether the notice still lies in the scope of `user`."""
    return Notice.objects.visible_to(user).filter(pk=job.parameters.get("notice_id")).exists()


def sees_findings(user: User, job: Job) -> bool:
    """Whether every finding of the list still lies in the scope of `user`."""
    wanted = job.parameters.get("findings", [])
    return Finding.objects.visible_to(user).filter(pk__in=wanted).count() == len(wanted)


@job_kind("notice_pdf", needs=Action.NOTICE_READ, covers=sees_notice)
def notice_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A notice in letter form as PDF."""
    return notice_papers.make(job, by, progress)


@job_kind("notice_docx", needs=Action.NOTICE_READ, covers=sees_notice)
def notice_docx(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A notice in letter form as .docx."""
    return notice_papers.make(job, by, progress)


@job_kind(notice_papers.LEDGER_KIND, needs=Action.FINDING_READ, covers=sees_findings)
def finding_ledger(job: Job, by: Actor, progress: Progress) -> Outcome:
    """整改台账 as PDF."""
    return notice_papers.make_ledger(job, by, progress)
