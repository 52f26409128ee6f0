"""考核方案 and its criteria: what is measured in a year, per kind of subject (M28)."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, User
from reports.assessment import Method, Nature
from reports.assessment import Quota as CoreQuota
from reports.assessment import Scheme as CoreScheme
from reports.assessment.package import band_from_data
from reports.assessment.scheme import Criterion as CoreCriterion


class SubjectKind(models.TextChoices):
    """Who is assessed; subjects are ranked within their kind only."""

    TOWN = "town", "乡镇"
    DEPARTMENT = "department", "部门"
    COMMUNITY = "community", "社区"
    BODY = "body", "领导班子"
    OFFICIAL = "official", "领导干部"


class Occasion(models.TextChoices):
    """When: a year's end, half-yearly, or for one matter (专门考核)."""

    YEARLY = "yearly", "年终考核"
    HALF = "half", "半年考核"
    SPECIAL = "special", "专门考核"


class SchemeState(models.TextChoices):
    """Transitions: see SCHEME_TRANSITIONS."""

    DRAFT = "draft", "草拟"
    PUBLISHED = "published", "已发布"
    REPLACED = "replaced", "已修订"
    VOID = "void", "作废"


SCHEME_TRANSITIONS: dict[str, frozenset[str]] = {
    SchemeState.DRAFT: frozenset({SchemeState.PUBLISHED, SchemeState.VOID}),
    SchemeState.PUBLISHED: frozenset({SchemeState.REPLACED}),
    SchemeState.REPLACED: frozenset(),
    SchemeState.VOID: frozenset(),
}
NATURE_CHOICES = [
    (Nature.PART.value, "部分"),
    (Nature.GROUP.value, "类别"),
    (Nature.SCORE.value, "评分项"),
    (Nature.ADD.value, "加分项"),
    (Nature.DEDUCT.value, "扣分项"),
    (Nature.VETO.value, "一票否决"),
]
METHOD_CHOICES = [
    (Method.RULE.value, "系统计分"),
    (Method.REVIEW.value, "自评和考核组评分"),
    (Method.BALLOT.value, "测评计分"),
]


class SchemeQuerySet(RecordedQuerySet):
    """Schemes by who may see them."""

    def visible_to(self, user: User) -> Self:
        """What is published is everybody's who is assessed by it; drafts are the office's alone."""
        scope = scope_for(user)
        if not scope.may("assess.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        return rows if scope.sees_drafts else rows.filter(published_at__isnull=False)


class Scheme(RecordedModel):
    """One version of a scheme. A published one never changes: a correction is the next version.

    `bands` are the grades from the best to the worst, as the core writes them;
    `topic` tells special assessments of a year apart. Drafted by the office,
    published by somebody else (separation rule 4).
    """

    year_path = ""

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("考核对象", max_length=12, choices=SubjectKind.choices)
    occasion = models.CharField("考核类型", max_length=8, choices=Occasion.choices)
    topic = models.CharField("专门考核事项", max_length=60, blank=True)
    title = models.CharField("方案名称", max_length=100)
    version = models.PositiveSmallIntegerField("版本", default=1)
    state = models.CharField(
        "状态", max_length=10, choices=SchemeState.choices, default=SchemeState.DRAFT
    )
    bands = models.JSONField("等次", default=list)
    quota_grade = models.CharField("名额等次", max_length=20, blank=True)
    quota_percent = models.DecimalField(
        "名额比例", max_digits=5, decimal_places=2, null=True, blank=True
    )
    veto_grade = models.CharField("否决后的等次", max_length=20, blank=True)
    add_cap = models.DecimalField("加分上限", max_digits=6, decimal_places=2, null=True, blank=True)
    deduct_cap = models.DecimalField(
        "扣分上限", max_digits=6, decimal_places=2, null=True, blank=True
    )
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name="所修订的版本",
    )
    reason = models.CharField("修订原因", max_length=300, blank=True)
    made_at = models.DateTimeField("拟稿时间", auto_now_add=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="拟稿人")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发布人"
    )

    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name = "考核方案"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "kind", "occasion", "topic", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "kind", "occasion", "topic", "version"],
                name="scheme_version_once",
            ),
            models.UniqueConstraint(
                fields=["county", "year", "kind", "occasion", "topic"],
                condition=Q(state="published"),
                name="scheme_one_published",
                violation_error_message="同类考核已有发布的方案，请在其上修订。",
            ),
            models.UniqueConstraint(
                fields=["county", "year", "kind", "occasion", "topic"],
                condition=Q(state="draft"),
                name="scheme_one_draft",
                violation_error_message="同类考核已有草拟中的方案，请先发布或作废。",
            ),
            models.CheckConstraint(
                name="scheme_special_has_topic",
                condition=(Q(occasion="special") & ~Q(topic=""))
                | (~Q(occasion="special") & Q(topic="")),
                violation_error_message="专门考核须写明事项，其他考核不写。",
            ),
            models.CheckConstraint(
                name="scheme_published_by_another",
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | (
                    Q(published_at__isnull=False, published_by__isnull=False)
                    & ~Q(published_by=F("made_by"))
                ),
                violation_error_message="方案须由拟稿人以外的人发布。",
            ),
            models.CheckConstraint(
                name="scheme_published_state_has_time",
                condition=Q(state__in=["published", "replaced"], published_at__isnull=False)
                | Q(state__in=["draft", "void"], published_at__isnull=True),
                violation_error_message="发布的方案须有发布时间。",
            ),
            models.CheckConstraint(
                name="scheme_correction_has_reason",
                condition=Q(replaces__isnull=True) | ~Q(reason=""),
                violation_error_message="修订方案须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（第 {self.version} 版）"

    def core(self, criteria: list[Criterion] | None = None) -> CoreScheme:
        """The scheme as the computation takes it; one query unless `criteria` are given."""
        rows = list(self.criteria.order_by("position")) if criteria is None else criteria
        codes = {row.pk: row.code for row in rows}
        return CoreScheme(
            title=self.title,
            criteria=tuple(row.core(codes) for row in rows),
            bands=tuple(band_from_data(band) for band in self.bands),
            quota=CoreQuota(self.quota_grade, self.quota_percent or Decimal(0))
            if self.quota_grade
            else None,
            veto_grade=self.veto_grade,
            add_cap=self.add_cap,
            deduct_cap=self.deduct_cap,
        )


class Criterion(RecordedModel):
    """One line of a scheme's tree (考核内容). `code` is its number in the tree, by position."""

    year_path = "scheme"

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="criteria", verbose_name="考核方案"
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="上级项目",
    )
    position = models.PositiveSmallIntegerField("次序")
    code = models.CharField("编号", max_length=20)
    nature = models.CharField("性质", max_length=8, choices=NATURE_CHOICES)
    name = models.CharField("考核内容", max_length=200)
    standard = models.TextField("评分标准", blank=True)
    points = models.DecimalField("分值", max_digits=6, decimal_places=2, default=Decimal(0))
    weight = models.DecimalField("权重", max_digits=5, decimal_places=2, null=True, blank=True)
    method = models.CharField(
        "评分方式", max_length=8, choices=METHOD_CHOICES, default=Method.REVIEW.value
    )
    rule = models.CharField("系统规则", max_length=40, blank=True)
    per_case = models.DecimalField(
        "每项扣分", max_digits=6, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = "考核指标"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["scheme", "position"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "code"], name="criterion_code_once"),
            models.CheckConstraint(
                name="criterion_points_not_negative",
                condition=Q(points__gte=0),
                violation_error_message="分值不能是负数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def core(self, codes: dict[int, str]) -> CoreCriterion:
        """The criterion as the computation takes it; `codes` are those of its scheme.

        A parent that is not among them is left out: a line by itself.
        """
        return CoreCriterion(
            code=self.code,
            name=self.name,
            nature=Nature(self.nature),
            parent=codes.get(self.parent_id or 0, ""),
            points=self.points,
            weight=self.weight,
            standard=self.standard,
            method=Method(self.method),
            rule=self.rule,
            per_case=self.per_case,
        )
