"""计划任务 and 消息发送: what runs when, when it last ran, what failed, what was not sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from .. import rhythm
from ..models import County, DeliveryState, Gateway, Job, JobState, OutboxDelivery, User
from ..services import ledger_check, schedule

# Of each county's runs so many are looked through, newest first: some weeks of every rule.
LOOK_BACK = 400
FAILURES = 20
TROUBLES = 100
TROUBLED = (DeliveryState.UNSURE, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule: its last run (None: never), and when it runs next."""

    rule: rhythm.Rule
    last: Job | None
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The page: every rule, the runs that failed lately, the ledger's own last verification."""

    rows: list[RuleRow]
    failures: list[Job]
    verification: Job | None


def plan(county: County, *, now: datetime) -> Plan:
    """What runs for the county; two queries, whatever the number of runs."""
    jobs = list(Job.objects.filter(county=county, kind=schedule.KIND).order_by("-id")[:LOOK_BACK])
    latest: dict[str, Job] = {}
    asked_today = set()
    today = timezone.localdate(now)
    for job in jobs:
        latest.setdefault(job.parameters["rule"], job)
        if job.parameters["on"] == today.isoformat():
            asked_today.add(job.parameters["rule"])
    return Plan(
        rows=[
            RuleRow(
                rule,
                latest.get(rule.kind),
                _next(county, today, is_asked=rule.kind in asked_today),
            )
            for rule in rhythm.rules()
        ],
        failures=[job for job in jobs if job.state == JobState.FAILED][:FAILURES],
        verification=Job.objects.filter(kind=ledger_check.KIND, county=None)
        .order_by("-id")
        .first(),
    )


def _next(county: County, today: date, *, is_asked: bool) -> datetime:
    """Midnight after the last day asked for; before the county's start, that day."""
    day = max(today + timedelta(days=1) if is_asked else today, county.started_on)
    return timezone.make_aware(datetime.combine(day, time.min))


def troubles(user: User) -> list[OutboxDelivery]:
    """What could not be sent or is 待核实 in the administrator's county, newest first."""
    return list(
        OutboxDelivery.objects.filter(state__in=TROUBLED, message__county_id=user.county_id)
        .select_related("person", "message")
        .order_by("-id")[:TROUBLES]
    )


def gateway_of(user: User) -> Gateway | None:
    """The county's gateway."""
    return Gateway.objects.filter(county_id=user.county_id).first()
