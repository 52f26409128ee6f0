"""Entry points of the schedule and the outbox. Each may run twice: what is there stays one."""

from __future__ import annotations

from ..access import Action
from ..door import Actor
from ..models import Job
from ..services import checkpoint_copies, outbox_sending, schedule
from ..services.jobs import Outcome, Progress, job_kind


@job_kind(schedule.KIND, needs=Action.SCHEDULE_MANAGE)
def run_rule(job: Job, by: Actor, progress: Progress) -> Outcome:
    """计划任务."""
    return schedule.run(job=job, by=by, progress=progress)


@job_kind(outbox_sending.KIND)
def send_messages(job: Job, by: Actor, progress: Progress) -> Outcome:
    """发送消息. A delivery is claimed by one run alone, and none is sent again by itself."""
    return outbox_sending.run(job=job, by=by, progress=progress)


@job_kind(checkpoint_copies.KIND)
def send_checkpoints(job: Job, by: Actor, progress: Progress) -> Outcome:
    """报送存证点. A row is claimed by one run alone; what may have arrived is not sent again."""
    return checkpoint_copies.run(job=job, by=by, progress=progress)
