"""存证点报送: the outbox's rows for the inspectors' machine, one a checkpoint and recipient."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from .outbox_message import TRANSITIONS, DeliveryState

COPY_TRANSITIONS = TRANSITIONS  # as a message's


class CheckpointCopyQuerySet(models.QuerySet["CheckpointCopy"]):
    """Copies by what is to be done with them."""

    def due(self, *, now: datetime) -> Self:
        """To be sent now."""
        return self.filter(state=DeliveryState.WAITING, run_after__lte=now)

    def troubled(self) -> Self:
        """What only a person lets go once more."""
        return self.filter(state__in=[DeliveryState.UNSURE, DeliveryState.FAILED])


class CheckpointCopy(models.Model):
    """One checkpoint to one recipient of CHECKPOINT_RECIPIENTS, made by the reconciler.

    It goes the way of an `OutboxDelivery` (TRANSITIONS there): marked before it
    is sent, never sent again by itself where it may have arrived. It belongs to
    the installation, as checkpoints do. `recipient` is a digest of the
    address, which stands in the settings alone.
    """

    recipient = models.CharField("接收方标识", max_length=32)
    shown = models.CharField("接收方", max_length=120)
    number = models.PositiveIntegerField("存证点序号")
    signature = models.CharField("存证点签名", max_length=128)
    line = models.TextField("存证点")
    state = models.CharField(
        "状态", max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    run_after = models.DateTimeField("最早发送时间")
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    marked_at = models.DateTimeField("开始发送时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    error = models.CharField("未能发送的原因", max_length=200, blank=True)

    objects = CheckpointCopyQuerySet.as_manager()

    class Meta:
        verbose_name = "存证点报送"
        verbose_name_plural = verbose_name
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "signature"], name="checkpoint_copy_once_a_recipient"
            )
        ]
        indexes = [
            models.Index(fields=["recipient", "state", "-id"], name="checkpoint_copy_latest"),
            models.Index(
                fields=["run_after", "id"],
                condition=Q(state__in=["waiting", "sending"]),
                name="checkpoint_copy_open",
            ),
        ]

    def __str__(self) -> str:
        return f"存证点 {self.number}（{self.shown}）"
