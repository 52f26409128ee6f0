"""Entry points of what is written and published. Each may run twice and does no harm."""

from __future__ import annotations

from accountability.access import Action
from accountability.door import Actor
from accountability.models import Job, User
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.models import Dispatch
from reports.services import dispatch_files, publication, publication_files


def sees_dispatch(user: User, job: Job) -> bool:
    """Whether the dispatch still is among what the user may see."""
    rows = Dispatch.objects.visible_to(user)
    return rows.filter(pk=job.parameters.get("dispatch_id")).exists()


@job_kind("dispatch_pdf", needs=Action.DISPATCH_READ, covers=sees_dispatch)
def dispatch_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A dispatch as PDF in its form."""
    return dispatch_files.make(job=job, by=by, progress=progress)


@job_kind("dispatch_docx", needs=Action.DISPATCH_READ, covers=sees_dispatch)
def dispatch_docx(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A dispatch as .docx, for going on with in Word or WPS."""
    return dispatch_files.make(job=job, by=by, progress=progress)


@job_kind(publication_files.PROMISE, needs=Action.PROMISE_READ, covers=publication_files.sees)
def promise_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A promise before it is signed; run again, the same bytes are kept once."""
    return publication_files.make(job=job, by=by, progress=progress)


@job_kind(publication_files.POWER, needs=Action.POWER_READ, covers=publication_files.sees)
def power_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A version of a list of powers; run again, the same bytes are kept once."""
    return publication_files.make(job=job, by=by, progress=progress)


@job_kind(
    publication_files.ENDORSEMENT, needs=Action.ENDORSEMENT_READ, covers=publication_files.sees
)
def endorsement_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """签字背书单 before anybody signed; run again, the same bytes are kept once."""
    return publication_files.make(job=job, by=by, progress=progress)


@job_kind(publication.JOB, needs=Action.PUBLISH)
def publication_zip(job: Job, by: Actor, progress: Progress) -> Outcome:
    """All that is public as a static zip; the same content gives the same bytes."""
    return publication.make(job=job, by=by, progress=progress)
