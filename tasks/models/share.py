"""分工: a unit lays parts of its share of a task on its own 科室 and persons (M03)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import County, Person, RecordedModel, RecordedQuerySet, Unit

from .task_item import TaskItem

if TYPE_CHECKING:
    from accountability.models import User


class ShareQuerySet(RecordedQuerySet):
    """Shares by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The unit, whoever is in charge of it, the 科室 and person that carry it, the office."""
        scope = scope_for(user)
        if not scope.may("task.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_whole_county:
            return rows
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        mine = Q(unit_id__in=units) | Q(section_id__in=scope.unit_ids)
        if user.person_id:
            mine |= Q(person_id=user.person_id)
        return rows.filter(mine)

    def kept(self) -> Self:
        return self.filter(is_dropped=False)


class Share(RecordedModel):
    """One part of a unit's share of a task: what, on whom, by when, how far.

    On exactly one of a 科室 of the unit or a person. Its carrier reports
    `percent` and `note`; the mean of a unit's shares is offered in its report.
    """

    year_path = "item"

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    item = models.ForeignKey(TaskItem, models.PROTECT, related_name="shares", verbose_name="任务")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    section = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="科室"
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承办人"
    )
    text = models.CharField("分工内容", max_length=300)
    due_on = models.DateField("完成时限", null=True, blank=True)
    percent = models.PositiveSmallIntegerField(
        "完成比例", default=0, validators=[MaxValueValidator(100)]
    )
    note = models.CharField("办理情况", max_length=1000, blank=True)
    is_dropped = models.BooleanField("已取消", default=False)
    version = models.PositiveIntegerField("版本", default=1)
    reported_at = models.DateTimeField("报送时间", null=True, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="报送人",
    )

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = "内部分工"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["item", "unit", "id"]
        constraints = [
            models.CheckConstraint(
                name="share_has_one_carrier",
                condition=Q(section__isnull=False, person__isnull=True)
                | Q(section__isnull=True, person__isnull=False),
                violation_error_message="分工须落到一个科室或一名承办人。",
            ),
            models.CheckConstraint(
                name="share_percent",
                condition=Q(percent__lte=100),
                violation_error_message="完成比例须在 0 至 100 之间。",
            ),
            models.CheckConstraint(
                name="share_reported_at_with_by",
                condition=Q(reported_at__isnull=True, reported_by__isnull=True)
                | Q(reported_at__isnull=False, reported_by__isnull=False),
                violation_error_message="报送时间和报送人须同时填写。",
            ),
        ]
        indexes = [models.Index(fields=["county", "unit", "item"], name="share_unit_item")]

    def __str__(self) -> str:
        return f"{self.item.number} {self.carrier}：{self.text}"

    @property
    def carrier(self) -> str:
        """Who carries it."""
        return self.section.name if self.section else self.person.name if self.person else ""
