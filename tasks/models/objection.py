"""异议申诉: a unit's objection to a finding or a conclusion, decided by somebody else."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, Unit, User

from .finding import Finding
from .notice import within
from .paired import somebody_else


class ObjectionState(models.TextChoices):
    """Transitions: see OBJECTION_TRANSITIONS."""

    OPEN = "open", "复核中"
    UPHELD = "upheld", "维持"
    CHANGED = "changed", "变更"
    REVOKED = "revoked", "撤销"


OBJECTION_TRANSITIONS: dict[str, frozenset[str]] = {
    ObjectionState.OPEN: frozenset(
        {ObjectionState.UPHELD, ObjectionState.CHANGED, ObjectionState.REVOKED}
    ),
    ObjectionState.UPHELD: frozenset(),
    ObjectionState.CHANGED: frozenset(),
    ObjectionState.REVOKED: frozenset(),
}


class ObjectionQuerySet(RecordedQuerySet):
    """Objections by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The office and the county's inspectors see all; others those of their units."""
        scope = scope_for(user)
        if not scope.may("finding.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        return rows if scope.sees_whole_county else rows.filter(within(scope))


class Objection(RecordedModel):
    """One objection (政府督查工作条例 17). Raised within 30 days, to be decided within 30.

    Either `finding`, or the kind, key and name of something else that may be
    objected to (a campaign's conclusion). `against` made it and does not decide.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="申诉单位")
    finding = models.OneToOneField(
        Finding,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="objection",
        verbose_name="问题",
    )
    subject_kind = models.CharField("申诉对象类别", max_length=20, blank=True)
    subject_id = models.BigIntegerField("申诉对象编号", null=True, blank=True)
    subject_text = models.CharField("申诉对象", max_length=200)
    against = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="原认定人")
    grounds = models.TextField("申诉理由", max_length=4000)
    raised_at = models.DateTimeField("申诉时间")
    raised_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申诉人")
    due_on = models.DateField("复核期限")
    state = models.CharField(
        "状态", max_length=8, choices=ObjectionState.choices, default=ObjectionState.OPEN
    )
    decision = models.TextField("复核决定", max_length=2000, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = "异议申诉"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="objection_to_one_thing",
                condition=Q(finding__isnull=False, subject_kind="", subject_id__isnull=True)
                | (Q(finding__isnull=True, subject_id__isnull=False) & ~Q(subject_kind="")),
                violation_error_message="一份申诉只针对一个问题或一份结论。",
            ),
            models.UniqueConstraint(
                fields=["county", "subject_kind", "subject_id", "unit"],
                condition=~Q(subject_kind=""),
                name="objection_once_a_subject",
                violation_error_message="对这份结论已经提出过申诉。",
            ),
            models.CheckConstraint(
                name="objection_decided_by_somebody_with_words",
                condition=Q(
                    state="open", decided_at__isnull=True, decided_by__isnull=True, decision=""
                )
                | (
                    Q(
                        state__in=["upheld", "changed", "revoked"],
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                    )
                    & ~Q(decision="")
                ),
                violation_error_message="复核决定须有决定人、时间和理由。",
            ),
            somebody_else(
                "objection_decided_by_somebody_else",
                "against",
                "decided_by",
                "原认定人不能复核对自己所作认定的申诉。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "state", "due_on"], name="objection_county_due"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit}对{self.subject_text}的申诉"
