"""Entry points of the making of letters. Each may run twice and does no harm."""

from __future__ import annotations

from accountability.access import Action
from accountability.door import Actor
from accountability.models import Job
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.services import letter_exports, letter_making, letter_succession
from tasks.models import Paper


@job_kind("letters_make")
def letters_make(job: Job, by: Actor, progress: Progress) -> Outcome:
    """Follow the posts' new holders, then make what is missing; run again, it finds no more."""
    paper = Paper.objects.select_related("county").get(pk=job.parameters["paper_id"])
    progress(2, "核对职务变动")
    letter_succession.follow(by=by, county=paper.county, year=paper.year)
    made = letter_making.make(by=by, paper=paper, progress=progress)
    return Outcome(result={"made": len(made)})


@job_kind("letter_pdf", needs=Action.LETTER_READ, covers=letter_exports.sees_letters)
def letter_pdf(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A letter before it is signed; run again, the same bytes are kept once."""
    return letter_exports.make_file(job=job, by=by, progress=progress)


@job_kind("letter_docx", needs=Action.LETTER_READ, covers=letter_exports.sees_letters)
def letter_docx(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A letter's text for Word and WPS; run again, the same bytes are kept once."""
    return letter_exports.make_file(job=job, by=by, progress=progress)


@job_kind("letter_annex", needs=Action.LETTER_READ, covers=letter_exports.sees_letters)
def letter_annex(job: Job, by: Actor, progress: Progress) -> Outcome:
    """变更附页 of a letter; run again, the same bytes are kept once."""
    return letter_exports.make_file(job=job, by=by, progress=progress)


@job_kind("letters_zip", needs=Action.LETTER_READ, covers=letter_exports.sees_letters)
def letters_zip(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A person's letters in one archive; run again, the same bytes are kept once."""
    return letter_exports.make_zip(job=job, by=by, progress=progress)


@job_kind("duty_list", needs=Action.TASK_READ, covers=letter_exports.sees_items)
def duty_list(job: Job, by: Actor, progress: Progress) -> Outcome:
    """责任清单 of a person; run again, the same bytes are kept once."""
    return letter_exports.make_duty_list(job=job, by=by, progress=progress)
