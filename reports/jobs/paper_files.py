"""Entry points of the making of papers. Each may run twice and does no harm."""

from __future__ import annotations

from accountability.access import Action
from accountability.door import Actor
from accountability.models import Job, User
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.kinds import FILLED_PAPER
from reports.services import paper_files
from tasks.models import Paper


def sees_paper(user: User, job: Job) -> bool:
    """Whether the paper still is among what the user may see."""
    return Paper.objects.visible_to(user).filter(pk=job.parameters.get("paper_id")).exists()


@job_kind("paper_docx", needs=Action.PAPER_READ, covers=sees_paper)
def paper_docx(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The filled paper as .docx."""
    return paper_files.export(job, by, progress)


@job_kind("paper_pdf", needs=Action.PAPER_READ, covers=sees_paper)
def paper_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The paper after GB/T 9704-2012 with its 任务分解表."""
    return paper_files.export(job, by, progress)


@job_kind("paper_xlsx", needs=Action.PAPER_READ, covers=sees_paper)
def paper_xlsx(job: Job, by: Actor, progress: Progress) -> Outcome:
    """任务分解表 as Excel."""
    return paper_files.export(job, by, progress)


@job_kind(FILLED_PAPER, needs=Action.PAPER_READ, covers=sees_paper)
def filled_paper(job: Job, by: Actor, progress: Progress) -> Outcome:
    """All three files of a paper that was just issued (印发)."""
    return paper_files.make_issued(job, by, progress)
