"""Asking for the counting of system scores: with hundreds of subjects it takes seconds."""

from __future__ import annotations

from datetime import date

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Job
from accountability.services import jobs
from reports.models import Assessment
from reports.services.schemes import person

COUNT = "assessment_count"


def ask(*, by: Actor, assessment: Assessment, step: str, on: date) -> Job:
    """The job that starts 自评 (`self`) or counts anew (`count`), as of `on`."""
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.ASSESS_EDIT)
        counted = assessment.history.count()
        job = jobs.ask(
            by=by,
            kind=COUNT,
            key=f"{COUNT}:{assessment.pk}:{step}:{on}:{counted}:{user.pk}",
            title=f"{assessment}：{'开始自评并计算系统分' if step == 'self' else '重算系统分'}",
            county=assessment.county,
            parameters={
                "assessment_id": assessment.pk, "step": step, "on": on.isoformat(),
            },
        )  # fmt: skip
        act.unchanged()
    return job
