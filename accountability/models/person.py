"""人员、职务、任职、分管: who sits on which seat, from when to when."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from .county import County
from .dated import Dated, ends_after_start, holds_on
from .recorded import RecordedModel
from .unit import DirectoryQuerySet, Unit


class Person(RecordedModel):
    """A human being of the county, with or without an account. Retired, never deleted."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="persons", verbose_name="县（区）"
    )
    name = models.CharField("姓名", max_length=40)
    note = models.CharField("备注", max_length=60, blank=True, help_text="区分同名人员")
    retired_on = models.DateField("离任日期", null=True, blank=True)
    pinyin_override = models.CharField("拼音", max_length=120, blank=True)
    pinyin = models.TextField("拼音检索", blank=True, editable=False)
    initials = models.TextField("拼音首字母检索", blank=True, editable=False)

    objects = DirectoryQuerySet.as_manager()

    class Meta:
        verbose_name = "人员"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "name", "note"],
                name="person_unique_in_county",
                violation_error_message="已有同名人员，请在备注中区分。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Layer(models.TextChoices):
    """The layer of responsibility a seat carries (三层责任, M04)."""

    FIRST_RESPONSIBLE = "first_responsible", "第一责任人"
    DUAL_DUTY = "dual_duty", "一岗双责"
    SECTION_HEAD = "section_head", "科室负责人"
    STAFF = "staff", "工作人员"


class PostQuerySet(DirectoryQuerySet):
    """Seats by date."""

    def on(self, day: date) -> Self:
        return self.filter(holds_on(day))

    def in_county(self, county: County | int) -> Self:
        return self.filter(county=county)


class Post(RecordedModel, Dated):
    """A seat (职务): a title in a unit. Five 副县长 are five posts; it may be vacant."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="posts", verbose_name="县（区）"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts", verbose_name="单位")
    title = models.CharField("职务", max_length=60)
    seat = models.PositiveSmallIntegerField("席位", default=1)
    layer = models.CharField("责任层级", max_length=20, choices=Layer.choices)
    is_leadership = models.BooleanField("县领导", default=False)
    precedence = models.PositiveIntegerField("排序", default=0)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = "职务"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["precedence", "id"]
        constraints = [
            ends_after_start("post_ends_after_start"),
            models.UniqueConstraint(
                fields=["unit", "title", "seat"],
                condition=Q(valid_to__isnull=True),
                name="post_unique_while_open",
                violation_error_message="该单位已有相同职务和席位。",
            ),
        ]
        indexes = [models.Index(fields=["county", "precedence", "id"], name="post_county_order")]

    def __str__(self) -> str:
        return f"{self.unit.name}{self.title}"


class LeaderManager(models.Manager.from_queryset(PostQuerySet)):
    """Posts of the county's leading group."""

    def get_queryset(self) -> PostQuerySet:
        return super().get_queryset().filter(is_leadership=True)


class Leader(Post):
    """A seat of the leading group: 第一责任人 or 一岗双责."""

    objects = LeaderManager()

    class Meta:
        proxy = True
        verbose_name = "领导"
        verbose_name_plural = verbose_name


class OfPostQuerySet(DirectoryQuerySet):
    """Rows that hang on a post and belong to its county."""

    county_path = "post__county_id"


class Tenure(RecordedModel, Dated):
    """A person on a post, from–to (任职). Succession is a new tenure."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="tenures", verbose_name="人员")
    post = models.ForeignKey(Post, models.PROTECT, related_name="tenures", verbose_name="职务")
    is_acting = models.BooleanField("主持工作", default=False)

    objects = OfPostQuerySet.as_manager()

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-valid_from", "-id"]
        constraints = [
            ends_after_start("tenure_ends_after_start"),
            models.UniqueConstraint(
                fields=["post"],
                condition=Q(valid_to__isnull=True, is_acting=False),
                name="tenure_one_open_holder",
                violation_error_message="该职务已有人任职，请先结束原任职。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.post}"


class Portfolio(RecordedModel, Dated):
    """分管: a leader's seat is in charge of a unit, or of a field of work, from–to."""

    post = models.ForeignKey(
        Post, models.PROTECT, related_name="portfolio", verbose_name="领导职务"
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="in_portfolios",
        verbose_name="分管单位",
    )
    field = models.CharField("分管领域", max_length=60, blank=True)

    objects = OfPostQuerySet.as_manager()

    class Meta:
        verbose_name = "分管"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        constraints = [
            ends_after_start("portfolio_ends_after_start"),
            models.CheckConstraint(
                name="portfolio_is_unit_or_field",
                condition=(Q(unit__isnull=False) & Q(field=""))
                | (Q(unit__isnull=True) & ~Q(field="")),
                violation_error_message="分管内容填单位或领域之一。",
            ),
            models.UniqueConstraint(
                fields=["post", "unit"],
                condition=Q(valid_to__isnull=True, unit__isnull=False),
                name="portfolio_unit_unique_while_open",
                violation_error_message="该领导已分管该单位。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} 分管 {self.unit or self.field}"
