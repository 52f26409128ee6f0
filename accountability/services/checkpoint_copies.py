"""存证点报送: each checkpoint to the inspectors' machine, as an outbox row of its own.

A checkpoint is written first and never waits for this: the reconciler finds
what was written since and makes the rows, a job sends them as the outbox sends
(marked before, never again by itself where it may have arrived). What could
not go yet stays in the queue without an end, because a machine that was away
for a week is to have that week's checkpoints too.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from ..access import Action
from ..access.require import require
from ..channels import Away, NotNow, Refused, inspectors
from ..channels.inspectors import Recipient
from ..door import Actor, acting
from ..ledger.checkpoint import Checkpoint
from ..models import CheckpointCopy, DeliveryState, Job
from ..refusals import Invalid, WrongState
from ..trail import checkpoints
from . import jobs
from .jobs import Outcome, Progress
from .outbox_sending import BACK_OFF, IN_BETWEEN

logger = logging.getLogger(__name__)
KIND = "checkpoint_copies"
TITLE = "报送存证点"
GONE = "接收方已不在设置中。"


def ask(*, key: str) -> Job:
    """The job that sends what waits; to be called in the transaction of its cause."""
    return jobs.ask(
        by=Actor.system("worker"), kind=KIND, key=key, title=TITLE, county=None, parameters={}
    )


def keep_going(*, now: datetime) -> int:
    """The reconciler's part: rows for new checkpoints, what lost its worker, a job if due.

    Gives how many rows were made. Run twice, or twice at once, each checkpoint
    has one row for each recipient.
    """
    limit = now - timedelta(seconds=settings.OUTBOX_LOST_SECONDS)
    CheckpointCopy.objects.filter(state=DeliveryState.SENDING, marked_at__lt=limit).update(
        state=DeliveryState.UNSURE, ended_at=now, error=IN_BETWEEN
    )
    made = sum(_queue(recipient, now=now) for recipient in inspectors.recipients())
    if CheckpointCopy.objects.due(now=now).exists():
        slot = int(now.timestamp() // settings.JOB_RECONCILE_SECONDS)
        with transaction.atomic():
            ask(key=f"{KIND}:{slot}")
    return made


def _queue(recipient: Recipient, *, now: datetime) -> int:
    rows = [
        CheckpointCopy(
            recipient=recipient.key,
            shown=recipient.shown,
            number=checkpoint.number,
            signature=checkpoint.signature,
            line=checkpoint.line(),
            run_after=now,
        )
        for checkpoint in _unsent(recipient)
    ]
    CheckpointCopy.objects.bulk_create(rows, batch_size=200, ignore_conflicts=True)
    return len(rows)


def _unsent(recipient: Recipient) -> list[Checkpoint]:
    """What was written since the recipient's newest row; a new one begins with the latest."""
    latest = checkpoints.latest()
    if latest is None:
        return []
    newest = CheckpointCopy.objects.filter(recipient=recipient.key).order_by("-id").first()
    if newest is None or newest.signature == latest.previous:
        return [latest]
    if newest.signature == latest.signature:
        return []
    series = checkpoints.all_checkpoints()
    signatures = [checkpoint.signature for checkpoint in series]
    if newest.signature not in signatures:  # another file than the one it began with
        return [latest]
    return series[signatures.index(newest.signature) + 1 :]


def run(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """Send everything that is due. Twice at once: each row is claimed by one."""
    count: dict[str, int] = {}
    while (claimed := claim(now=timezone.now())) is not None:
        state = _send(*claimed)
        count[state] = count.get(state, 0) + 1
        progress(50, f"已处理 {sum(count.values())} 个")
    return Outcome(result=count)


def claim(*, now: datetime) -> tuple[CheckpointCopy, Recipient] | None:
    """Mark the next due row as being sent; None when there is none.

    Whose address no longer stands in the settings is passed over: 不再发送.
    """
    there = {recipient.key: recipient for recipient in inspectors.recipients()}
    while True:
        with transaction.atomic():
            due: Any = CheckpointCopy.objects.due(now=now).order_by("id")
            if connection.features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True)
            row: CheckpointCopy | None = due.first()
            if row is None:
                return None
            mine = CheckpointCopy.objects.filter(pk=row.pk, state=DeliveryState.WAITING)
            recipient = there.get(row.recipient)
            if recipient is None:
                mine.update(state=DeliveryState.WITHHELD, ended_at=now, error=GONE)
                continue
            if mine.update(state=DeliveryState.SENDING, marked_at=now, attempts=F("attempts") + 1):
                row.attempts += 1
                return row, recipient


def _send(row: CheckpointCopy, recipient: Recipient) -> str:
    """Send one marked row; the state it ended in."""
    key = f"checkpoint-{row.number}-{row.signature[:16]}"
    try:
        inspectors.send(recipient, number=row.number, line=row.line, key=key)
    except NotNow as obstacle:
        later = timezone.now() + BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1]
        if isinstance(obstacle, Away):
            rest = CheckpointCopy.objects.due(now=timezone.now()).filter(recipient=row.recipient)
            rest.update(run_after=later)
        return _settle(row, DeliveryState.WAITING, str(obstacle), run_after=later)
    except Refused as refusal:
        return _settle(row, DeliveryState.FAILED, str(refusal))
    except Exception:
        logger.exception("checkpoint copy left open", extra={"copy": row.pk})
        return _settle(row, DeliveryState.UNSURE, IN_BETWEEN)
    return _settle(row, DeliveryState.SENT, "")


def _settle(row: CheckpointCopy, state: str, error: str, **more: Any) -> str:
    """Write how it went, unless the reconciler has meanwhile called it lost."""
    ended = None if state == DeliveryState.WAITING else timezone.now()
    CheckpointCopy.objects.filter(pk=row.pk, state=DeliveryState.SENDING).update(
        state=state, ended_at=ended, error=error[:200], **more
    )
    return state


def send_again(*, by: Actor, recipient: str) -> int:
    """A person lets everything go once more that 未能发送 or is 待核实; how many there were.

    The other end keeps one of what arrives twice (`ledger.keeper`).
    """
    with acting(by=by) as act:
        require(by, Action.SYSTEM_MANAGE)
        of_it = CheckpointCopy.objects.filter(recipient=recipient)
        newest = of_it.order_by("-id").first()
        if newest is None:
            raise Invalid("没有这个接收方，请刷新后重试。")
        rows = list(of_it.troubled().select_for_update().order_by("id"))
        if not rows:
            raise WrongState(f"报送 {newest.shown} 的存证点没有未送达的，请刷新后查看。")
        of_it.filter(pk__in=[row.pk for row in rows]).update(
            state=DeliveryState.WAITING,
            error="",
            attempts=0,
            run_after=timezone.now(),
            ended_at=None,
        )
        act.record(
            "outbox.checkpoints",
            summary=f"重新报送存证点 {rows[0].number} 至 {rows[-1].number}，共 {len(rows)} 个，"
            f"接收方 {newest.shown}",
        )
        ask(key=f"{KIND}:{act.id}")
    return len(rows)
