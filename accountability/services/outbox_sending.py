"""What leaves the portal: claimed, marked, sent, settled. Never sent twice by itself.

A delivery is marked (`SENDING`) in a transaction of its own before it is sent.
A worker that dies after that leaves it marked; the reconciler then shows it
as 待核实, and only a person sends it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from ..channels import Away, Envelope, NotNow, Refused, mail, webhook
from ..door import Actor
from ..models import Channel, Contact, County, DeliveryState, Job, OutboxDelivery
from ..models.outbox_message import BACK_OFF
from . import jobs
from .jobs import Outcome, Progress

logger = logging.getLogger(__name__)
KIND = "outbox"
TITLE = "发送消息"
IN_BETWEEN = "发送过程中断，是否送达不能确定，请核实后处理。"
SEND: Mapping[str, Callable[[Envelope], None]] = {
    Channel.MAIL: mail.send,
    Channel.WEBHOOK: webhook.send,
}


def ask(*, key: str, county: County | None = None) -> Job:
    """The job that sends what waits; to be called in the transaction of its cause."""
    return jobs.ask(
        by=Actor.system("worker"), kind=KIND, key=key, title=TITLE, county=county, parameters={}
    )


def keep_going(*, now: datetime) -> int:
    """The reconciler's part: what lost its worker shows 待核实, what is due gets a job.

    Gives how many were found lost. Called twice at once, the second finds the
    same job.
    """
    lost = OutboxDelivery.objects.lost(now=now).update(
        state=DeliveryState.UNSURE, ended_at=now, error=IN_BETWEEN
    )
    if OutboxDelivery.objects.due(now=now).exists():
        slot = int(now.timestamp() // settings.JOB_RECONCILE_SECONDS)
        with transaction.atomic():
            ask(key=f"{KIND}:{slot}")
    return lost


def run(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """Send everything that is due. Twice at once: each delivery is claimed by one."""
    count: dict[str, int] = {}
    while (claimed := claim(now=timezone.now())) is not None:
        state = _send(*claimed)
        count[state] = count.get(state, 0) + 1
        progress(50, f"已处理 {sum(count.values())} 条")
    return Outcome(result=count)


def claim(*, now: datetime) -> tuple[OutboxDelivery, str] | None:
    """Mark the next due delivery as being sent: it and its address; None when there is none.

    Who left, or no longer wants the channel, is passed over: 不再发送.
    """
    while True:
        with transaction.atomic():
            due: Any = OutboxDelivery.objects.due(now=now).order_by("run_after", "id")
            if connection.features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True, of=("self",))
            row: OutboxDelivery | None = due.select_related("message", "person").first()
            if row is None:
                return None
            address = _address(row)
            why_not = _why_not(row, address, now)
            mine = OutboxDelivery.objects.filter(pk=row.pk, state=DeliveryState.WAITING)
            if why_not:
                mine.update(state=DeliveryState.WITHHELD, ended_at=now, error=why_not)
                continue
            if mine.update(state=DeliveryState.SENDING, marked_at=now, attempts=F("attempts") + 1):
                row.attempts += 1
                return row, address


def _why_not(row: OutboxDelivery, address: str, now: datetime) -> str:
    left = row.person.retired_on
    if left is not None and left <= timezone.localdate(now):
        return "收件人已离任。"
    return "" if address else "收件人不再选用这个渠道。"


def _address(row: OutboxDelivery) -> str:
    """Where the person wants it today; "" when he no longer wants it this way."""
    choice = Contact.objects.filter(person_id=row.person_id).first()
    if choice is None:
        return ""
    if row.channel == Channel.MAIL:
        return choice.mail if choice.by_mail else ""
    return choice.webhook_account if choice.by_webhook else ""


def _send(row: OutboxDelivery, address: str) -> str:
    """Send one marked delivery; the state it ended in."""
    message = row.message
    envelope = Envelope(
        key=f"outbox-{message.pk}-{row.channel}",
        county_id=message.county_id,
        name=row.person.name,
        address=address,
        title=message.title,
        text=message.text,
    )
    try:
        SEND[row.channel](envelope)
    except NotNow as obstacle:
        if isinstance(obstacle, Away):
            _hold_back(row)
        if row.attempts > len(BACK_OFF):
            return _settle(row, DeliveryState.FAILED, str(obstacle))
        return _settle(
            row,
            DeliveryState.WAITING,
            str(obstacle),
            run_after=timezone.now() + BACK_OFF[row.attempts - 1],
        )
    except Refused as refusal:
        return _settle(row, DeliveryState.FAILED, str(refusal))
    except Exception:
        logger.exception("delivery left open", extra={"delivery": row.pk})
        return _settle(row, DeliveryState.UNSURE, IN_BETWEEN)
    return _settle(row, DeliveryState.SENT, "")


def _hold_back(row: OutboxDelivery) -> None:
    """The other end is away: the rest does not try it in turn, each until its time is up.

    A gateway is the county's own, the mail server the whole installation's.
    """
    now = timezone.now()
    rest = OutboxDelivery.objects.due(now=now).filter(channel=row.channel)
    if row.channel == Channel.WEBHOOK:
        rest = rest.filter(message__county_id=row.message.county_id)
    rest.update(run_after=now + BACK_OFF[0])


def _settle(row: OutboxDelivery, state: str, error: str, **more: Any) -> str:
    """Write how it went, unless the reconciler has meanwhile called it lost."""
    ended = None if state == DeliveryState.WAITING else timezone.now()
    OutboxDelivery.objects.filter(pk=row.pk, state=DeliveryState.SENDING).update(
        state=state, ended_at=ended, error=error[:200], **more
    )
    return state
