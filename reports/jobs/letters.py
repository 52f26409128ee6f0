"""Entry points of the making of letters. Each may run twice and does no harm."""

from __future__ import annotations

from accountability.door import Actor
from accountability.models import Job
from accountability.services.jobs import Outcome, Progress, job_kind
from reports.services import letter_files, letter_succession, letters
from tasks.models import Paper


@job_kind("letters_make")
def letters_make(job: Job, by: Actor, progress: Progress) -> Outcome:
    """Follow the posts' new holders, then make what is missing; run again, it finds no more."""
    paper = Paper.objects.select_related("county").get(pk=job.parameters["paper_id"])
    progress(2, "核对职务变动")
    letter_succession.follow(by=by, county=paper.county, year=paper.year)
    made = letters.make_letters(by=by, paper=paper, progress=progress)
    return Outcome(result={"made": len(made)})


@job_kind("letters_zip")
def letters_zip(job: Job, by: Actor, progress: Progress) -> Outcome:
    """A person's letters in one archive; run again, the same bytes are kept once."""
    return letter_files.zip_of(job, by, progress)
