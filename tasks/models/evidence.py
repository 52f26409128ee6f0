"""佐证: a file, or a reference to one, that supports what a unit reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, StoredFile, Unit

from .progress import Progress

if TYPE_CHECKING:
    from accountability.models import User


class EvidenceState(models.TextChoices):
    """Transitions: see EVIDENCE_TRANSITIONS."""

    CLEAN = "clean", "可用"
    QUARANTINED = "quarantined", "已隔离"
    RELEASED = "released", "解除隔离"


EVIDENCE_TRANSITIONS: dict[str, frozenset[str]] = {
    EvidenceState.CLEAN: frozenset(),
    EvidenceState.QUARANTINED: frozenset({EvidenceState.RELEASED}),
    EvidenceState.RELEASED: frozenset(),
}


class EvidenceQuerySet(RecordedQuerySet):
    """Evidence by who may see it."""

    def visible_to(self, user: User) -> Self:
        """The unit's own, and what supports a report that the asker may read.

        What is in quarantine the inspectors see beside the unit, by its digest
        alone; nobody opens it there.
        """
        scope = scope_for(user)
        if not scope.may("task.read") or scope.county_id is None:
            return self.none()
        used = ProgressEvidence.objects.filter(
            is_dropped=False, progress__in=Progress.objects.visible_to(user)
        )
        seen = Q(unit_id__in=scope.unit_ids) | Q(pk__in=used.values("evidence_id"))
        if scope.may("evidence.release"):
            held = Q(state=EvidenceState.QUARANTINED)
            if not scope.inspects_whole_county:
                held &= Q(unit_id__in=scope.inspected_unit_ids)
            seen |= held
        return self.filter(seen, county_id=scope.county_id)

    def usable(self) -> Self:
        return self.exclude(state=EvidenceState.QUARANTINED)


class Evidence(RecordedModel):
    """One file or reference of a unit, used by as many reports as it supports.

    `digest` is the SHA-256 of the file as it came. A file with a 密级 mark is
    kept sealed, without its name, until an inspector has looked at it.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="提供单位")
    name = models.CharField("名称", max_length=200)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="文件"
    )
    digest = models.CharField("摘要（SHA-256）", max_length=64, blank=True)
    state = models.CharField(
        "状态", max_length=12, choices=EvidenceState.choices, default=EvidenceState.CLEAN
    )
    mark = models.CharField("密级标志", max_length=60, blank=True)
    added_at = models.DateTimeField("提供时间", auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提供人"
    )
    released_at = models.DateTimeField("解除时间", null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="解除人",
    )
    release_reason = models.CharField("解除依据", max_length=200, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = "佐证"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "unit", "digest"],
                condition=~Q(digest=""),
                name="evidence_file_once_a_unit",
                violation_error_message="本单位已上传过这个文件，直接选用即可。",
            ),
            models.UniqueConstraint(
                fields=["county", "unit", "name"],
                condition=Q(digest=""),
                name="evidence_reference_once_a_unit",
                violation_error_message="本单位已登记过这个文号或会议，直接选用即可。",
            ),
            models.CheckConstraint(
                name="evidence_file_has_digest",
                condition=Q(file__isnull=True, digest="") | (Q(file__isnull=False) & ~Q(digest="")),
                violation_error_message="文件须有摘要。",
            ),
            models.CheckConstraint(
                name="evidence_released_by_somebody_for_a_reason",
                condition=(Q(released_at__isnull=True, released_by__isnull=True, release_reason=""))
                | (
                    Q(released_at__isnull=False, released_by__isnull=False, state="released")
                    & ~Q(release_reason="")
                ),
                violation_error_message="解除隔离须有经办人、时间和依据。",
            ),
        ]
        indexes = [models.Index(fields=["county", "state"], name="evidence_county_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_held(self) -> bool:
        return self.state == EvidenceState.QUARANTINED


class ProgressEvidence(RecordedModel):
    """A report rests on a piece of evidence. Taken out, it is dropped, not deleted."""

    year_path = "progress"

    progress = models.ForeignKey(
        Progress, models.PROTECT, related_name="evidence_links", verbose_name="进展"
    )
    evidence = models.ForeignKey(
        Evidence, models.PROTECT, related_name="links", verbose_name="佐证"
    )
    is_dropped = models.BooleanField("已移除", default=False)

    class Meta:
        verbose_name = "进展佐证"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["progress", "id"]
        constraints = [
            models.UniqueConstraint(fields=["progress", "evidence"], name="progress_evidence_once")
        ]

    def __str__(self) -> str:
        return f"{self.progress}：{self.evidence}"
