"""年终考核报告: a numbered paper drafted from a year's published assessments, then frozen."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from accountability.access import Action, scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, StoredFile, User
from reports.year_report import marks

from .check_code import check_code
from .document_number import DocumentNumber


class YearReportState(models.TextChoices):
    """Transitions: see YEAR_REPORT_TRANSITIONS. How its endorsement stands is the endorsement's."""

    DRAFT = "draft", "草拟"
    SUBMITTED = "submitted", "待审核"
    APPROVED = "approved", "已定稿"
    ISSUED = "issued", "已印发"
    VOID = "void", "作废"


YEAR_REPORT_TRANSITIONS: dict[str, frozenset[str]] = {
    YearReportState.DRAFT: frozenset({YearReportState.SUBMITTED, YearReportState.VOID}),
    YearReportState.SUBMITTED: frozenset(
        {YearReportState.DRAFT, YearReportState.APPROVED, YearReportState.VOID}
    ),
    YearReportState.APPROVED: frozenset(
        {YearReportState.DRAFT, YearReportState.ISSUED, YearReportState.VOID}
    ),
    YearReportState.ISSUED: frozenset(),
    YearReportState.VOID: frozenset(),
}
FROZEN = (YearReportState.APPROVED, YearReportState.ISSUED)


class YearReportQuerySet(RecordedQuerySet):
    """Reports by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The office all; who decides about results, what was submitted; inspectors of the
        whole county, what went out; others what was sent to their own seat to endorse."""
        scope = scope_for(user)
        if not scope.may(Action.ASSESS_READ) or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return rows
        if scope.may(Action.ASSESS_DECIDE):
            return rows.filter(state__in=[YearReportState.SUBMITTED, *FROZEN])
        from .endorsement import EndorsementStep  # which knows this module

        steps = EndorsementStep.objects.filter(post_id__in=scope.own_post_ids)
        signed = Q(pk__in=steps.values("endorsement__report_id"), state__in=FROZEN)
        if scope.inspects_whole_county:
            return rows.filter(Q(state=YearReportState.ISSUED) | signed)
        return rows.filter(signed)


class YearReport(RecordedModel):
    """One report of a county's year. Drafted by the office, approved by another, then frozen.

    `data` is what was noted of the year's published results at drafting, with the sources
    of the drafted figures; the results themselves stay in their publications, named by
    digest. Approved, `content` is the canonical text and `digest` its SHA-256: number and
    date come when it is issued, and both files are made of these alone.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("标题", max_length=120)
    addressee = models.CharField("主送", max_length=200)
    body = models.TextField("正文", max_length=30000)
    data = models.JSONField("数据")
    state = models.CharField(
        "状态", max_length=10, choices=YearReportState.choices, default=YearReportState.DRAFT
    )
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="拟稿人")
    reason = models.CharField("退回或作废原因", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    approved_at = models.DateTimeField("定稿时间", null=True, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    content = models.TextField("冻结文本", blank=True)
    digest = models.CharField("摘要", max_length=64, blank=True)
    number = models.OneToOneField(
        DocumentNumber,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="year_report",
        verbose_name="文号",
    )
    dated = models.DateField("成文日期", null=True, blank=True)
    issued_at = models.DateTimeField("印发时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="印发人"
    )
    pdf = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF 文件"
    )
    docx = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="Word 文件",
    )

    objects = YearReportQuerySet.as_manager()

    class Meta:
        verbose_name = "年终考核报告"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year"],
                condition=~Q(state="void"),
                name="year_report_one_of_a_year",
                violation_error_message="这个年度已有考核报告，请在原稿上修改。",
            ),
            models.CheckConstraint(
                name="year_report_approved_by_another",
                condition=Q(
                    state__in=["draft", "submitted", "void"],
                    approved_at__isnull=True,
                    approved_by__isnull=True,
                    digest="",
                )
                | Q(
                    state__in=["approved", "issued"],
                    approved_at__isnull=False,
                    approved_by__isnull=False,
                )
                & ~Q(digest="")
                & ~Q(approved_by=F("drafted_by")),
                violation_error_message="定稿须由拟稿人以外的人员审核。",
            ),
            models.CheckConstraint(
                name="year_report_issued_with_number_and_date",
                condition=Q(
                    state="issued",
                    number__isnull=False,
                    dated__isnull=False,
                    issued_at__isnull=False,
                    issued_by__isnull=False,
                )
                | ~Q(state="issued")
                & Q(
                    number__isnull=True,
                    dated__isnull=True,
                    issued_at__isnull=True,
                    issued_by__isnull=True,
                    pdf__isnull=True,
                    docx__isnull=True,
                ),
                violation_error_message="印发须有文号、成文日期、印发人和时间。",
            ),
            models.CheckConstraint(
                name="year_report_void_for_a_reason",
                condition=~Q(state="void") | ~Q(reason=""),
                violation_error_message="作废须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def facts(self) -> list[marks.Fact]:
        """The sources of the drafted figures."""
        return [marks.Fact(**fact) for fact in self.data["facts"]]

    @property
    def frozen_text(self) -> str:
        """What is endorsed: the text as it is printed, and the digest of the figures under it."""
        told = json.dumps(self.data, ensure_ascii=False, sort_keys=True)
        lines: list[Any] = [
            f"标题：{self.title}",
            f"主送：{self.addressee}",
            *(marks.read(line, ())[0] for line in self.body.splitlines() if line.strip()),
            f"数据摘要：{hashlib.sha256(told.encode()).hexdigest()}",
        ]
        return "\n".join(lines) + "\n"

    @property
    def check_code(self) -> str:
        """The code printed on its last page."""
        told = f"year_report:{self.pk}:{self.digest}"
        return check_code(hashlib.sha256(told.encode()).hexdigest())
