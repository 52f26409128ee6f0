"""整改: how a finding is put right, by whom and until when, until it is struck off."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import (
    County,
    Post,
    RecordedModel,
    RecordedQuerySet,
    StoredFile,
    User,
)

from .finding import Finding
from .notice import within
from .paired import Extendable, extension_whole, somebody_else, together


class RectificationState(models.TextChoices):
    """Transitions: see RECTIFICATION_TRANSITIONS."""

    ASKED = "asked", "待报措施"
    WORKING = "working", "整改中"
    REPORTED = "reported", "待复查"
    RETURNED = "returned", "退回重办"
    RECHECKED = "rechecked", "复查通过"
    STRUCK = "struck", "已销号"
    VOID = "void", "不再整改"


RECTIFICATION_TRANSITIONS: dict[str, frozenset[str]] = {
    RectificationState.ASKED: frozenset({RectificationState.WORKING, RectificationState.VOID}),
    RectificationState.WORKING: frozenset({RectificationState.REPORTED, RectificationState.VOID}),
    RectificationState.REPORTED: frozenset(
        {RectificationState.RETURNED, RectificationState.RECHECKED, RectificationState.VOID}
    ),
    RectificationState.RETURNED: frozenset({RectificationState.REPORTED, RectificationState.VOID}),
    # Yellow, not green yet: what came back in a second look is done anew.
    RectificationState.RECHECKED: frozenset(
        {RectificationState.STRUCK, RectificationState.RETURNED, RectificationState.VOID}
    ),
    RectificationState.STRUCK: frozenset({RectificationState.VOID}),
    RectificationState.VOID: frozenset(),
}
OPEN_RECTIFICATIONS = (
    RectificationState.ASKED,
    RectificationState.WORKING,
    RectificationState.REPORTED,
    RectificationState.RETURNED,
    RectificationState.RECHECKED,
)
UNITS_WORK = (
    RectificationState.ASKED,
    RectificationState.WORKING,
    RectificationState.RETURNED,
)


class RectificationQuerySet(RecordedQuerySet):
    """Rectifications by who may see them, and by state and time."""

    def visible_to(self, user: User) -> Self:
        """Whoever sees the finding."""
        scope = scope_for(user)
        if not scope.may("finding.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        return rows if scope.sees_whole_county else rows.filter(within(scope, "finding__"))

    def open(self) -> Self:
        """Neither struck off nor void."""
        return self.filter(state__in=OPEN_RECTIFICATIONS)

    def late(self, *, on: date) -> Self:
        """The unit has still to do something, and its day has passed."""
        return self.filter(state__in=UNITS_WORK, due_on__lt=on)


class Rectification(RecordedModel, Extendable):
    """The putting right of one finding. Made when the finding stands.

    `responsible` is the person as the unit names him, `post` the seat where
    it is one of the directory.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    finding = models.OneToOneField(
        Finding, models.PROTECT, related_name="rectification", verbose_name="问题"
    )
    due_on = models.DateField("整改期限")
    state = models.CharField(
        "状态",
        max_length=10,
        choices=RectificationState.choices,
        default=RectificationState.ASKED,
    )
    measures = models.TextField("整改措施", max_length=4000, blank=True)
    responsible = models.CharField("责任人", max_length=60, blank=True)
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="责任职务"
    )
    planned_at = models.DateTimeField("报送措施时间", null=True, blank=True)
    planned_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="报送措施人"
    )
    report = models.TextField("整改情况", max_length=4000, blank=True)
    report_reference = models.CharField("佐证文号", max_length=200, blank=True)
    report_file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="佐证文件"
    )
    reported_at = models.DateTimeField("报送结果时间", null=True, blank=True)
    reported_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="报送结果人"
    )
    opinion = models.CharField("复查意见", max_length=500, blank=True)
    returns = models.PositiveSmallIntegerField("退回次数", default=0)
    rechecked_at = models.DateTimeField("复查时间", null=True, blank=True)
    rechecked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复查人"
    )
    struck_at = models.DateTimeField("销号时间", null=True, blank=True)
    struck_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="销号人"
    )

    objects = RectificationQuerySet.as_manager()

    class Meta:
        verbose_name = "整改"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-finding__year", "-finding__serial"]
        constraints = [
            models.CheckConstraint(
                name="rectification_struck_only_by_somebody",
                condition=~Q(state="struck") | Q(struck_at__isnull=False),
                violation_error_message="销号须有销号人和时间。",
            ),
            models.CheckConstraint(
                name="rectification_planned_with_measures",
                condition=Q(state__in=["asked", "void"])
                | (Q(planned_at__isnull=False) & ~Q(measures="") & ~Q(responsible="")),
                violation_error_message="整改须有措施和责任人。",
            ),
            together("rectification_planned_at_with_by", "planned_at", "planned_by"),
            together("rectification_reported_at_with_by", "reported_at", "reported_by"),
            together("rectification_rechecked_at_with_by", "rechecked_at", "rechecked_by"),
            together("rectification_struck_at_with_by", "struck_at", "struck_by"),
            extension_whole("rectification_extension_whole"),
            somebody_else(
                "rectification_rechecked_by_somebody_else",
                "reported_by",
                "rechecked_by",
                "报送结果的人不能复查自己报送的结果。",
            ),
            somebody_else(
                "rectification_struck_by_somebody_else",
                "rechecked_by",
                "struck_by",
                "复查人不能办理销号。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "state", "due_on"], name="rectification_county_due"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.finding} 整改"
