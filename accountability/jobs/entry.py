"""Celery's entry points. They take ids and call services; the rows are the truth."""

from __future__ import annotations

from celery import shared_task

from ..services import broker, jobs, ledger_check


@shared_task(name="accountability.jobs.run_job", ignore_result=True)
def run_job(job_id: int) -> None:
    """Runs one job. Run twice: the second finds the row claimed or done and does nothing."""
    jobs.run(job_id)


@shared_task(name="accountability.jobs.reconcile", ignore_result=True)
def reconcile() -> int:
    """Wakes jobs that nobody works on, and keeps watch over the ledger.

    Run twice: a second wake finds the jobs claimed, a second watch nothing new.
    """
    broker.purge_delivered()
    ledger_check.keep_watch()
    return jobs.wake_waiting()
