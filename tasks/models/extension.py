"""延期: a unit asks, before it passes, for a later deadline of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, Unit

from .task_item import TaskItem

if TYPE_CHECKING:
    from accountability.models import User


class ExtensionState(models.TextChoices):
    """Transitions: see EXTENSION_TRANSITIONS."""

    ASKED = "asked", "申请中"
    AGREED = "agreed", "同意"
    REFUSED = "refused", "不同意"


EXTENSION_TRANSITIONS: dict[str, frozenset[str]] = {
    ExtensionState.ASKED: frozenset({ExtensionState.AGREED, ExtensionState.REFUSED}),
    ExtensionState.AGREED: frozenset(),
    ExtensionState.REFUSED: frozenset(),
}


class ExtensionQuerySet(RecordedQuerySet):
    """Requests by who may see them."""

    def visible_to(self, user: User) -> Self:
        """Whoever sees the task sees who asked for more time."""
        seen = TaskItem.objects.visible_to(user).values("pk")
        return self.filter(county_id=scope_for(user).county_id, item_id__in=seen)


class Extension(RecordedModel):
    """One request (延期申请). Made by a unit that answers for the task, decided by the office."""

    year_path = "item"

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    item = models.ForeignKey(
        TaskItem, models.PROTECT, related_name="extensions", verbose_name="任务"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="申请单位")
    due_before = models.DateField("原时限")
    due_wanted = models.DateField("申请时限")
    reason = models.CharField("理由", max_length=200)
    state = models.CharField(
        "状态", max_length=8, choices=ExtensionState.choices, default=ExtensionState.ASKED
    )
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人"
    )
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审批人",
    )
    opinion = models.CharField("审批意见", max_length=200, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = "延期申请"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "item"],
                condition=Q(state="asked"),
                name="extension_one_open_a_task",
                violation_error_message="这项任务已有延期申请在审批，请等审批后再申请。",
            ),
            models.CheckConstraint(
                name="extension_wants_later",
                condition=Q(due_wanted__gt=F("due_before")),
                violation_error_message="申请的时限须晚于现在的时限。",
            ),
            models.CheckConstraint(
                name="extension_decided_by_somebody",
                condition=Q(state="asked", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="asked") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                violation_error_message="审批须有审批人和时间。",
            ),
        ]
        indexes = [models.Index(fields=["county", "state"], name="extension_county_state")]

    def __str__(self) -> str:
        return f"{self.item.number} 延期至 {self.due_wanted}"
