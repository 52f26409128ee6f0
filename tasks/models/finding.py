"""问题底稿: what was found at a unit, from inside or outside, and whether it stands."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, Unit, User

from .notice import SourceKind, within
from .paired import somebody_else, together
from .task_item import TaskItem

# What others found and told the county of: it comes with its paper and needs no confirmation.
OUTSIDE = (SourceKind.TOUR, SourceKind.SUPERIOR, SourceKind.DISCIPLINE, SourceKind.AUDIT)


class FindingState(models.TextChoices):
    """Transitions: see FINDING_TRANSITIONS."""

    DRAFT = "draft", "拟稿"
    SERVED = "served", "待单位确认"
    DISPUTED = "disputed", "单位有异议"
    STANDING = "standing", "已认定"
    WITHDRAWN = "withdrawn", "已撤销"


FINDING_TRANSITIONS: dict[str, frozenset[str]] = {
    # From outside it stands as it was told; from inside the unit is heard first.
    FindingState.DRAFT: frozenset(
        {FindingState.SERVED, FindingState.STANDING, FindingState.WITHDRAWN}
    ),
    FindingState.SERVED: frozenset(
        {FindingState.STANDING, FindingState.DISPUTED, FindingState.WITHDRAWN}
    ),
    FindingState.DISPUTED: frozenset(
        {FindingState.SERVED, FindingState.STANDING, FindingState.WITHDRAWN}
    ),
    FindingState.STANDING: frozenset({FindingState.WITHDRAWN}),
    FindingState.WITHDRAWN: frozenset(),
}


class FindingQuerySet(RecordedQuerySet):
    """Findings by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The office and the county's inspectors see all; others what their units were served."""
        scope = scope_for(user)
        if not scope.may("finding.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_whole_county:
            return rows
        return rows.filter(within(scope), served_at__isnull=False)

    def standing(self) -> Self:
        return self.filter(state=FindingState.STANDING)


class Finding(RecordedModel):
    """One thing found at one unit. Made by the office or the county's inspectors.

    `examiners` names who looked, members without an account (党风行风监督员)
    among them. `served_at` is when the unit was told; silence after
    `reply_due_on` is kept as silence, never as consent.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("序号")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="findings", verbose_name="责任单位")
    item = models.ForeignKey(
        TaskItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="findings",
        verbose_name="任务",
    )
    source_kind = models.CharField("来源", max_length=12, choices=SourceKind.choices)
    source_id = models.BigIntegerField("来源编号", null=True, blank=True)
    source_text = models.CharField("来源名称", max_length=200, blank=True)
    source_number = models.CharField("来源文号", max_length=80, blank=True)
    source_on = models.DateField("来源日期", null=True, blank=True)
    title = models.CharField("问题", max_length=120)
    facts = models.TextField("事实", max_length=4000)
    basis = models.CharField("依据", max_length=500)
    demand = models.CharField("整改要求", max_length=500, blank=True)
    examiners = models.CharField("检查人员", max_length=200, blank=True)
    rectify_by = models.DateField("整改期限")
    state = models.CharField(
        "状态", max_length=10, choices=FindingState.choices, default=FindingState.DRAFT
    )
    made_at = models.DateTimeField("拟稿时间", auto_now_add=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="拟稿人")
    served_at = models.DateTimeField("送达时间", null=True, blank=True)
    served_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="送达人"
    )
    reply_due_on = models.DateField("确认期限", null=True, blank=True)
    is_confirmed = models.BooleanField("单位确认", null=True, blank=True)
    statement = models.TextField("单位说明", max_length=2000, blank=True)
    replied_at = models.DateTimeField("单位答复时间", null=True, blank=True)
    replied_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位答复人"
    )
    established_at = models.DateTimeField("认定时间", null=True, blank=True)
    established_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="认定人"
    )
    decision = models.CharField("认定说明", max_length=500, blank=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = "问题"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-serial"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "serial"], name="finding_serial_once_in_the_year"
            ),
            models.CheckConstraint(
                name="finding_from_outside_names_its_paper",
                condition=~Q(source_kind__in=["tour", "superior", "discipline", "audit"])
                | (~Q(source_text="") & Q(source_on__isnull=False)),
                violation_error_message="外部反馈的问题须写明来源名称和日期。",
            ),
            models.CheckConstraint(
                name="finding_served_with_its_day",
                condition=Q(served_at__isnull=True, reply_due_on__isnull=True)
                | Q(served_at__isnull=False, reply_due_on__isnull=False),
                violation_error_message="送达单位须有确认期限。",
            ),
            models.CheckConstraint(
                name="finding_stands_by_somebody",
                condition=~Q(state="standing")
                | Q(established_at__isnull=False, served_at__isnull=False),
                violation_error_message="认定问题须有认定人，并送达单位。",
            ),
            models.CheckConstraint(
                name="finding_withdrawn_by_somebody",
                condition=Q(state="withdrawn", withdrawn_at__isnull=False)
                | (~Q(state="withdrawn") & Q(withdrawn_at__isnull=True)),
                violation_error_message="撤销问题须有撤销人。",
            ),
            together("finding_served_at_with_by", "served_at", "served_by"),
            together("finding_replied_at_with_by", "replied_at", "replied_by", "is_confirmed"),
            together("finding_established_at_with_by", "established_at", "established_by"),
            together("finding_withdrawn_at_with_by", "withdrawn_at", "withdrawn_by"),
            somebody_else(
                "finding_answered_by_somebody_else",
                "made_by",
                "replied_by",
                "拟稿人不能代单位确认。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "unit", "state"], name="finding_county_unit_state"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """The line of 整改台账 that it is: 2026-007."""
        return f"{self.year}-{self.serial:03d}"

    @property
    def is_outside(self) -> bool:
        return self.source_kind in OUTSIDE
