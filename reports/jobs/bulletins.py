"""Entry point of the making of bulletins' files. It may run twice and does no harm."""

from __future__ import annotations

from accountability.access import Action
from accountability.door import Actor
from accountability.models import Job, User
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.kinds import BULLETIN_FILES
from reports.models import Bulletin
from reports.services import bulletins


def sees_bulletin(user: User, job: Job) -> bool:
    """Whether the bulletin still is among what the user may see."""
    return Bulletin.objects.visible_to(user).filter(pk=job.parameters["bulletin_id"]).exists()


@job_kind(BULLETIN_FILES, needs=Action.BULLETIN_READ, covers=sees_bulletin)
def bulletin_files(job: Job, by: Actor, progress: Progress) -> Outcome:
    """PDF and docx of an issued bulletin; files that are there are kept."""
    return bulletins.make_files(job, by, progress)
