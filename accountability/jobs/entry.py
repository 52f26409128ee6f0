"""Celery's entry points. They take ids and call services; the rows are the truth."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from ..services import (
    broker,
    checkpoint_copies,
    jobs,
    ledger_check,
    outbox_sending,
    schedule,
)


@shared_task(name="accountability.jobs.run_job", ignore_result=True)
def run_job(job_id: int) -> None:
    """Runs one job. Run twice: the second finds the row claimed or done and does nothing."""
    jobs.run(job_id)


@shared_task(name="accountability.jobs.reconcile", ignore_result=True)
def reconcile() -> int:
    """Asks for what the day brings, wakes jobs that nobody works on, watches over the ledger.

    Run twice: the day's jobs are there, a second wake finds them claimed, a
    second watch nothing new.
    """
    broker.purge_delivered()
    now = timezone.now()
    schedule.ask_for_today(now=now)
    outbox_sending.keep_going(now=now)
    ledger_check.keep_watch()
    checkpoint_copies.keep_going(now=now)
    return jobs.wake_waiting()
