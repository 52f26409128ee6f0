"""进展: what a unit reports on a task for a quarter; and how a county wants it reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, Unit
from accountability.models.dated import holds_on
from tasks.outline.model import SlotKind
from tasks.periods import Period

from .task_item import Assignment, Milestone, TaskItem

if TYPE_CHECKING:
    from accountability.models import User


class ProgressState(models.TextChoices):
    """Transitions: see PROGRESS_TRANSITIONS."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    CONFIRMED = "confirmed", "已确认"
    APPROVED = "approved", "通过"
    RETURNED = "returned", "退回"


PROGRESS_TRANSITIONS: dict[str, frozenset[str]] = {
    ProgressState.DRAFT: frozenset({ProgressState.SUBMITTED}),
    ProgressState.SUBMITTED: frozenset(
        {ProgressState.CONFIRMED, ProgressState.APPROVED, ProgressState.RETURNED}
    ),
    ProgressState.CONFIRMED: frozenset({ProgressState.APPROVED, ProgressState.RETURNED}),
    ProgressState.APPROVED: frozenset({ProgressState.RETURNED}),
    ProgressState.RETURNED: frozenset({ProgressState.SUBMITTED}),
}
# What is handed in and stands; a draft is the unit's own, a returned one is to be done again.
STANDING = (ProgressState.SUBMITTED, ProgressState.CONFIRMED, ProgressState.APPROVED)
# What the reporting unit may still write in.
WRITABLE = (ProgressState.DRAFT, ProgressState.RETURNED)


class Part(models.TextChoices):
    """As what a unit reports; the first that holds counts."""

    LEAD = "lead", "牵头单位"
    RESPONSIBLE = "responsible", "责任单位"


class ProgressQuerySet(RecordedQuerySet):
    """Reports by who may read them, and by quarter."""

    def visible_to(self, user: User) -> Self:
        """A unit reads its own, with drafts; who leads a task or answers for it reads all of it.

        The office and inspectors read what was handed in. Leaders read what the
        units in their charge report, and all of a task laid on their own seat.
        """
        scope = scope_for(user)
        if not scope.may("task.read") or scope.county_id is None:
            return self.none()
        own = Q(unit_id__in=scope.unit_ids)
        rows = self.filter(county_id=scope.county_id)
        handed_in = ~Q(state=ProgressState.DRAFT)
        if scope.sees_whole_county:
            return rows.filter(own | handed_in)
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        held = Assignment.objects.filter(holds_on(scope.day))
        led = held.filter(slot__kind=SlotKind.LEAD_UNIT, unit_id__in=units).values("item_id")
        led_as_member = held.filter(
            slot__kind=SlotKind.LEAD_UNIT, group_id__in=scope.group_ids
        ).values("item_id")
        on_seat = held.filter(
            slot__kind=SlotKind.RESPONSIBLE_LEADER, post_id__in=scope.post_ids
        ).values("item_id")
        others = (
            Q(unit_id__in=units)
            | Q(item_id__in=led)
            | Q(item_id__in=led_as_member)
            | Q(item_id__in=on_seat)
        )
        return rows.filter(own | (handed_in & others))

    def standing(self) -> Self:
        """Handed in and not returned."""
        return self.filter(state__in=STANDING)

    def of_period(self, period: Period) -> Self:
        return self.filter(year=period.year, quarter=period.quarter)

    def before(self, period: Period) -> Self:
        """Of earlier quarters."""
        return self.filter(
            Q(year__lt=period.year) | Q(year=period.year, quarter__lt=period.quarter)
        )


class Progress(RecordedModel):
    """One unit's report on one task for one quarter. Made by the unit's liaison officer.

    `version` counts every change, for the version check. `is_late` (逾期补报) is
    set when it is handed in after the county's day for it. A returned report is
    the same row, handed in again.
    """

    year_path = ""

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    item = models.ForeignKey(TaskItem, models.PROTECT, related_name="progress", verbose_name="任务")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="报送单位")
    year = models.PositiveSmallIntegerField("年度")
    quarter = models.PositiveSmallIntegerField(
        "季度", validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    part = models.CharField("单位角色", max_length=12, choices=Part.choices)
    text = models.TextField("进展情况", blank=True, max_length=4000)
    percent = models.PositiveSmallIntegerField(
        "完成比例", null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    milestone = models.ForeignKey(
        Milestone,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="已到节点",
    )
    is_zero = models.BooleanField("零报告", default=False)
    is_late = models.BooleanField("逾期补报", default=False)
    state = models.CharField(
        "状态", max_length=10, choices=ProgressState.choices, default=ProgressState.DRAFT
    )
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
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="确认人",
    )
    reviewed_at = models.DateTimeField("审核时间", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审核人",
    )
    opinion = models.CharField("退回意见", max_length=300, blank=True)

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name = "进展"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-quarter", "item", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "item", "unit", "year", "quarter"],
                name="progress_once_a_quarter",
                violation_error_message="本单位该季度的进展已在填报，请刷新页面后继续。",
            ),
            models.CheckConstraint(
                name="progress_percent_and_quarter",
                condition=Q(quarter__gte=1, quarter__lte=4)
                & (Q(percent__isnull=True) | Q(percent__lte=100)),
                violation_error_message="完成比例须在 0 至 100 之间。",
            ),
            *(
                models.CheckConstraint(
                    name=f"progress_{act}_at_with_by",
                    condition=Q(**{f"{act}_at__isnull": True, f"{act}_by__isnull": True})
                    | Q(**{f"{act}_at__isnull": False, f"{act}_by__isnull": False}),
                    violation_error_message="时间和经办人须同时填写。",
                )
                for act in ("reported", "confirmed", "reviewed")
            ),
            models.CheckConstraint(
                name="progress_handed_in_says_something",
                condition=Q(state="draft") | (Q(reported_at__isnull=False) & ~Q(text="")),
                violation_error_message="请填写进展情况后再提交。",
            ),
            models.CheckConstraint(
                name="progress_returned_for_a_reason",
                condition=~Q(state="returned") | ~Q(opinion=""),
                violation_error_message="退回须写明意见。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "state", "reported_at"], name="progress_queue"),
            models.Index(fields=["unit", "year", "quarter"], name="progress_unit_period"),
        ]

    def __str__(self) -> str:
        return f"{self.unit.name} {self.item.number} {self.period.label}进展"

    @property
    def period(self) -> Period:
        return Period(self.year, self.quarter)

    @property
    def state_label(self) -> str:
        """The state in words, with 逾期补报 where it came late."""
        return (
            f"{self.get_state_display()}（逾期补报）" if self.is_late else self.get_state_display()
        )


class ProgressSetting(RecordedModel):
    """How one county wants progress reported. Without a row: the defaults of the fields."""

    county = models.OneToOneField(
        County, models.PROTECT, related_name="progress_setting", verbose_name="县（区）"
    )
    head_confirms = models.BooleanField("须经单位负责人确认", default=False)
    report_days = models.PositiveSmallIntegerField(
        "季度结束后几天内报送",
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    soon_days = models.PositiveSmallIntegerField(
        "距时限几个工作日为临期",
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )

    class Meta:
        verbose_name = "进展报送设置"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.county}进展报送设置"
