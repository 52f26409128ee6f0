"""消息: what the portal told a person, one row for each person, rule, matter and date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .county import County
from .job import FURTHEST
from .person import Person
from .recorded import DoorModel, RecordedQuerySet

if TYPE_CHECKING:
    from .user import User


# The pauses after each attempt that came to nothing.
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360))


class OutboxMessageQuerySet(RecordedQuerySet):
    """Messages by whom they are for."""

    def visible_to(self, user: User) -> Self:
        """A person's own messages alone, whatever his role."""
        if user.person_id is None:
            return self.none()
        return self.filter(person_id=user.person_id, county_id=user.county_id)


class OutboxMessage(DoorModel):
    """One message to one person, made in the transaction of its cause; never changed.

    `rule` says what kind of message it is and carries what may come again (as
    "duty.remind:1" and "duty.remind:2"); `on` is the day it is for. The same
    rule, day and matter (`about_type`, `about_id`; none: "" and 0) reach a
    person once, however often they are asked for. How it travels and whether
    it was read stands in `OutboxDelivery`.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="outbox_messages", verbose_name="县（区）"
    )
    person = models.ForeignKey(
        Person, models.PROTECT, related_name="outbox_messages", verbose_name="收件人"
    )
    rule = models.CharField("消息种类", max_length=80)
    on = models.DateField("日期")
    about_type = models.CharField("事项类型", max_length=60, blank=True, default="")
    about_id = models.BigIntegerField("事项编号", default=0)
    title = models.CharField("标题", max_length=200)
    text = models.TextField("内容", blank=True)
    link = models.CharField("链接", max_length=300, blank=True)
    act_id = models.CharField("动作编号", max_length=32, db_index=True)
    made_at = models.DateTimeField("发出时间", auto_now_add=True)
    made_by = models.CharField("发出人", max_length=60)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        verbose_name = "消息"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "person", "rule", "on", "about_type", "about_id"],
                name="outbox_message_once",
            )
        ]
        indexes = [
            models.Index(fields=["county", "person", "-id"], name="outbox_message_order"),
            models.Index(
                fields=["about_type", "about_id"],
                condition=~Q(about_type=""),
                name="outbox_message_about",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Channel(models.TextChoices):
    """By which way a message reaches a person. In the portal it always does."""

    PORTAL = "portal", "平台消息"
    MAIL = "mail", "电子邮件"
    WEBHOOK = "webhook", "即时通信"


class DeliveryState(models.TextChoices):
    """Transitions: see TRANSITIONS. What is in the portal is delivered by being there."""

    WAITING = "waiting", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    UNSURE = "unsure", "待核实"
    FAILED = "failed", "未能发送"
    WITHHELD = "withheld", "不再发送"


TRANSITIONS: dict[str, frozenset[str]] = {
    DeliveryState.WAITING: frozenset({DeliveryState.SENDING, DeliveryState.WITHHELD}),
    DeliveryState.SENDING: frozenset(
        {DeliveryState.SENT, DeliveryState.UNSURE, DeliveryState.FAILED, DeliveryState.WAITING}
    ),
    DeliveryState.SENT: frozenset(),
    # A person looks, and either sends again or says that it arrived.
    DeliveryState.UNSURE: frozenset({DeliveryState.WAITING, DeliveryState.SENT}),
    DeliveryState.FAILED: frozenset({DeliveryState.WAITING}),
    DeliveryState.WITHHELD: frozenset(),
}


class OutboxDeliveryQuerySet(models.QuerySet["OutboxDelivery"]):
    """Deliveries by what is to be done with them."""

    def due(self, *, now: datetime) -> Self:
        """To be sent now; also what waits longer than any pause, for a clock that was set back."""
        return self.filter(
            Q(run_after__lte=now) | Q(run_after__gt=now + BACK_OFF[-1] + FURTHEST),
            state=DeliveryState.WAITING,
        )

    def lost(self, *, now: datetime) -> Self:
        """Marked so long ago that its worker is gone, or by a clock that was set back since."""
        limit = now - timedelta(seconds=settings.OUTBOX_LOST_SECONDS)
        return self.filter(
            Q(marked_at__lt=limit) | Q(marked_at__gt=now + FURTHEST), state=DeliveryState.SENDING
        )

    def unread_by(self, person_id: int) -> Self:
        return self.filter(person_id=person_id, channel=Channel.PORTAL, read_at__isnull=True)


class OutboxDelivery(models.Model):
    """One message on one channel: marked before it is sent (`SENDING`), then how it went.

    A worker that dies in between leaves it `SENDING`; it then shows 待核实 and
    nobody but a person sends it again. `person` repeats the message's, for
    the count of unread ones on every page.
    """

    message = models.ForeignKey(
        OutboxMessage, models.PROTECT, related_name="deliveries", verbose_name="消息"
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="收件人")
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices)
    state = models.CharField(
        "状态", max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    run_after = models.DateTimeField("最早发送时间")
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    marked_at = models.DateTimeField("开始发送时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    error = models.CharField("未能发送的原因", max_length=200, blank=True)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    objects = OutboxDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "消息送达"
        verbose_name_plural = verbose_name
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "channel"], name="outbox_delivery_once_a_channel"
            )
        ]
        indexes = [
            models.Index(
                fields=["person"],
                condition=Q(channel="portal", read_at__isnull=True),
                name="outbox_delivery_unread",
            ),
            models.Index(
                fields=["run_after", "id"],
                condition=Q(state__in=["waiting", "sending"]),
                name="outbox_delivery_open",
            ),
            models.Index(
                fields=["id"],
                condition=Q(state__in=["unsure", "failed"]),
                name="outbox_delivery_trouble",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message}（{self.get_channel_display()}）"
