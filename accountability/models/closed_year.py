"""年度结转: that a county's year is closed, by whom, and over what."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .county import County
from .recorded import RecordedModel
from .unit import DirectoryQuerySet


class ClosingState(models.TextChoices):
    """Transitions: see CLOSING_TRANSITIONS."""

    PREPARED = "prepared", "待批准结转"
    CLOSED = "closed", "已结转"
    ASKED = "asked", "申请恢复办理"
    REOPENED = "reopened", "已恢复办理"
    WITHDRAWN = "withdrawn", "已撤回"


CLOSING_TRANSITIONS: dict[str, frozenset[str]] = {
    ClosingState.PREPARED: frozenset({ClosingState.CLOSED, ClosingState.WITHDRAWN}),
    ClosingState.CLOSED: frozenset({ClosingState.ASKED}),
    # Refused, the year stays closed.
    ClosingState.ASKED: frozenset({ClosingState.REOPENED, ClosingState.CLOSED}),
    ClosingState.REOPENED: frozenset(),
    ClosingState.WITHDRAWN: frozenset(),
}
# In these nothing of the year changes.
SHUT = (ClosingState.CLOSED, ClosingState.ASKED)
STANDING = (ClosingState.PREPARED, *SHUT)


class ClosedYearQuerySet(DirectoryQuerySet):
    """Closings by whether they hold."""

    def shut(self) -> Self:
        """Those whose year is closed now."""
        return self.filter(state__in=SHUT)

    def of_row(self, path: str) -> models.Exists:
        """Whether the year of the row under `path` (its county and year) is closed."""
        return models.Exists(
            self.shut().filter(
                county_id=models.OuterRef(f"{path}county_id"), year=models.OuterRef(f"{path}year")
            )
        )


class ClosedYear(RecordedModel):
    """One closing of one year: prepared by one person, made by another.

    `standing` is what stood open at the closing: lines {"code", "label", "count",
    "treatment"}. `head_seq` and `head_link` are where the county's ledger stood: what
    that link proves is all that the closed year holds. `digest` is the SHA-256 of
    county, year, standing and head.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="closed_years", verbose_name="县（区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    state = models.CharField(
        "状态", max_length=12, choices=ClosingState.choices, default=ClosingState.PREPARED
    )
    reason = models.CharField("结转说明", max_length=300)
    standing = models.JSONField("结转时的情况", default=list)
    head_seq = models.PositiveBigIntegerField("账本序号", default=0)
    head_link = models.CharField("账本链摘要", max_length=64, blank=True)
    digest = models.CharField("结转摘要", max_length=64, blank=True)
    prepared_at = models.DateTimeField("提出时间")
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    closed_at = models.DateTimeField("结转时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="结转批准人",
    )
    reopen_reason = models.CharField("恢复理由", max_length=300, blank=True)
    asked_at = models.DateTimeField("申请恢复时间", null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="申请恢复人",
    )
    reopened_at = models.DateTimeField("恢复时间", null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="恢复批准人",
    )

    objects = ClosedYearQuerySet.as_manager()

    class Meta:
        verbose_name = "年度结转"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["county", "-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year"],
                condition=Q(state__in=["prepared", "closed", "asked"]),
                name="closed_year_one_standing_a_year",
                violation_error_message="该年度已提出结转或已结转，请刷新后查看。",
            ),
            models.CheckConstraint(
                name="closed_year_closed_at_with_by",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                violation_error_message="结转时间和批准人须同时填写。",
            ),
            models.CheckConstraint(
                name="closed_year_asked_at_with_by",
                condition=Q(asked_at__isnull=True, asked_by__isnull=True)
                | Q(asked_at__isnull=False, asked_by__isnull=False),
                violation_error_message="申请恢复的时间和申请人须同时填写。",
            ),
            models.CheckConstraint(
                name="closed_year_reopened_at_with_by",
                condition=Q(reopened_at__isnull=True, reopened_by__isnull=True)
                | Q(reopened_at__isnull=False, reopened_by__isnull=False),
                violation_error_message="恢复时间和批准人须同时填写。",
            ),
            models.CheckConstraint(
                name="closed_year_by_two_hands",
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=models.F("prepared_by")),
                violation_error_message="结转须由提出人以外的人批准。",
            ),
            models.CheckConstraint(
                name="closed_year_reopened_by_two_hands",
                condition=Q(reopened_by__isnull=True) | ~Q(reopened_by=models.F("asked_by")),
                violation_error_message="恢复办理须由申请人以外的人批准。",
            ),
            models.CheckConstraint(
                name="closed_year_shut_has_digest",
                condition=~Q(state__in=["closed", "asked", "reopened"])
                | (Q(closed_at__isnull=False) & ~Q(digest="")),
                violation_error_message="已结转的年度须有结转时间和摘要。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度结转"

    @property
    def is_shut(self) -> bool:
        return self.state in SHUT
