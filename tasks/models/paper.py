"""实施意见: the year's opinion with its source file, its outline, its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, StoredFile

if TYPE_CHECKING:
    from accountability.models import User


class PaperState(models.TextChoices):
    """Transitions: see PAPER_TRANSITIONS."""

    DRAFT = "draft", "分解中"
    PART_ISSUED = "part_issued", "部分下发"
    ISSUED = "issued", "已印发"
    CLOSED = "closed", "已归档"


PAPER_TRANSITIONS: dict[str, frozenset[str]] = {
    PaperState.DRAFT: frozenset({PaperState.PART_ISSUED, PaperState.ISSUED}),
    PaperState.PART_ISSUED: frozenset({PaperState.ISSUED}),
    PaperState.ISSUED: frozenset({PaperState.CLOSED}),
    PaperState.CLOSED: frozenset(),
}


class PaperQuerySet(RecordedQuerySet):
    """Papers by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The office: all of its county's; others: what is (partly) issued."""
        scope = scope_for(user)
        if not scope.may("paper.read"):
            return self.none()
        papers = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return papers
        return papers.exclude(state=PaperState.DRAFT)

    def with_counts(self) -> Self:
        """With `item_count` and `slot_count` of what is not void and not dropped."""
        return self.annotate(
            item_count=Count(
                "items",
                filter=~Q(items__state="void") & Q(items__parent__isnull=True),
                distinct=True,
            ),
            slot_count=Count(
                "items__slots",
                filter=~Q(items__state="void") & Q(items__slots__is_dropped=False),
                distinct=True,
            ),
        )


class Paper(RecordedModel):
    """One implementing opinion of one year. Made by confirming an import.

    `source` is the uploaded file, unchanged; `reading` is the text that was
    read from it (tasks.outline.export.source_to_dict), `findings` what was
    recognised (outline_to_dict), so that a filled paper can be written back.
    """

    year_path = ""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="papers", verbose_name="县（区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("标题", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    state = models.CharField(
        "状态", max_length=12, choices=PaperState.choices, default=PaperState.DRAFT
    )
    source = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="papers", verbose_name="原文件"
    )
    source_kind = models.CharField("原文件种类", max_length=8)
    reading = models.JSONField("读出的正文", default=dict)
    findings = models.JSONField("识别结果", default=dict)
    imported_at = models.DateTimeField("导入时间", auto_now_add=True)
    imported_by = models.CharField("导入人", max_length=60)
    issued_at = models.DateTimeField("印发时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="印发人",
    )
    issued_file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="印发文件",
    )
    title_pinyin = models.TextField("拼音检索", blank=True, editable=False)
    title_initials = models.TextField("拼音首字母检索", blank=True, editable=False)

    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = "实施意见"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-id"]
        constraints = [
            models.CheckConstraint(
                name="paper_issued_at_with_by",
                condition=Q(issued_at__isnull=True, issued_by__isnull=True)
                | Q(issued_at__isnull=False, issued_by__isnull=False),
                violation_error_message="印发时间和印发人须同时填写。",
            ),
            models.CheckConstraint(
                name="paper_issued_has_number",
                condition=~Q(state__in=["issued", "closed"])
                | (Q(issued_at__isnull=False) & ~Q(number="")),
                violation_error_message="印发的意见须有文号和印发时间。",
            ),
        ]
        indexes = [models.Index(fields=["county", "-year", "-id"], name="paper_county_year")]

    def __str__(self) -> str:
        return self.title


class PaperSection(RecordedModel):
    """A heading of the paper's outline above its items."""

    year_path = "paper"

    paper = models.ForeignKey(
        Paper, models.PROTECT, related_name="sections", verbose_name="实施意见"
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="上级标题",
    )
    position = models.PositiveIntegerField("次序")
    level = models.PositiveSmallIntegerField("层级")
    number = models.CharField("编号", max_length=60)
    heading = models.CharField("标题", max_length=200)
    text = models.TextField("正文", blank=True)

    class Meta:
        verbose_name = "章节"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["paper", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "position"], name="paper_section_position_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.heading}"


class RecurringDemand(RecordedModel):
    """A demand of the paper that comes round (周期要求); duties are made from it."""

    year_path = "paper"

    paper = models.ForeignKey(
        Paper, models.PROTECT, related_name="recurring_demands", verbose_name="实施意见"
    )
    position = models.PositiveIntegerField("次序")
    section_number = models.CharField("所在章节", max_length=60, blank=True)
    text = models.TextField("原文")
    frequency = models.CharField("周期", max_length=16)
    times = models.PositiveSmallIntegerField("次数", default=1)
    is_kept = models.BooleanField("列入周期要求", default=True)

    class Meta:
        verbose_name = "周期要求"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["paper", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "position"], name="recurring_demand_position_unique"
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]


class PaperNote(RecordedModel):
    """A wording correction (文稿校对) noted beside the paper; the file is never altered."""

    year_path = "paper"

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="notes", verbose_name="实施意见")
    code = models.CharField("种类", max_length=24)
    message = models.CharField("提示", max_length=200)
    excerpt = models.CharField("原文", max_length=200, blank=True)
    suggestion = models.CharField("建议", max_length=200, blank=True)
    paragraph = models.PositiveIntegerField("段落")
    start = models.PositiveIntegerField("起")
    end = models.PositiveIntegerField("止")
    is_accepted = models.BooleanField("采纳", default=False)

    class Meta:
        verbose_name = "文稿校对"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["paper", "paragraph", "start"]

    def __str__(self) -> str:
        return self.message
