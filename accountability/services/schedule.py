"""计划任务: each rule of the rhythm once a day for each county, and at once when asked for."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from .. import rhythm
from ..access import Action
from ..access.require import require
from ..door import Actor, acting
from ..models import County, Job, JobState
from ..refusals import Invalid, NotFound
from . import jobs
from .jobs import Outcome, Progress

KIND = "rhythm"
OPEN = (JobState.WAITING, JobState.RUNNING)


def key_of(county_id: int, rule: str, on: date) -> str:
    """The one job of a rule, county and day."""
    return f"{KIND}:{on:%Y-%m-%d}:{county_id}:{rule}"


def ask_for_today(*, now: datetime) -> int:
    """A job for each rule and county that has none for today yet; how many were made.

    What was missed while nothing ran is each rule's own to make up. Called twice
    at once, the unique keys leave one job.
    """
    on = timezone.localdate(now)
    there = set(
        Job.objects.filter(key__startswith=f"{KIND}:{on:%Y-%m-%d}:").values_list("key", flat=True)
    )
    wanted = [
        Job(
            county_id=county_id,
            kind=KIND,
            key=key,
            title=rule.label[:200],
            parameters={"rule": rule.kind, "on": on.isoformat()},
            run_after=now,
        )
        for county_id in County.objects.filter(started_on__lte=on).values_list("pk", flat=True)
        for rule in rhythm.rules()
        if (key := key_of(county_id, rule.kind, on)) not in there
    ]
    Job.objects.bulk_create(wanted, batch_size=500, ignore_conflicts=True)
    return len(wanted)


def run(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """One rule for one county. The system acts, whoever asked: the asking has its own event."""
    rule = rhythm.rule_of(job.parameters["rule"])
    if rule is None or job.county is None:
        raise Invalid("当前版本没有这项计划任务，无需办理。")
    made = rhythm.run(
        rule,
        county=job.county,
        on=date.fromisoformat(job.parameters["on"]),
        by=Actor.system("schedule", county=job.county),
    )
    return Outcome(result={"created": made.created, "existing": made.existing})


def run_now(*, by: Actor, rule_kind: str, now: datetime) -> Job:
    """Ask for one rule at once; while one waits or runs already, it is that one."""
    rule = rhythm.rule_of(rule_kind)
    if rule is None or by.county is None:
        raise NotFound
    on = timezone.localdate(now)
    with acting(by=by) as act:
        require(by, Action.SCHEDULE_MANAGE)
        open_job = Job.objects.filter(
            county=by.county, kind=KIND, parameters__rule=rule.kind, state__in=OPEN
        ).first()
        if open_job is not None:
            act.unchanged()
            return open_job
        job = jobs.ask(
            by=by,
            kind=KIND,
            key=f"{KIND}-now:{now:%Y%m%d%H%M%S%f}:{by.county.pk}:{rule.kind}",
            title=rule.label,
            county=by.county,
            parameters={"rule": rule.kind, "on": on.isoformat()},
        )
        act.record("schedule.run", summary=f"立即运行计划任务：{rule.label}", county=by.county)
    return job
