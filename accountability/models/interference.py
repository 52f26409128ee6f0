"""违规干预插手重大事项记录 (001 三5): written once, read by the inspectors alone."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from .county import County
from .recorded import DoorModel, RecordedQuerySet
from .user import User


class InterferenceMatter(models.TextChoices):
    """What kind of matter was interfered with."""

    PERSONNEL = "personnel", "干部选拔任用"
    PROJECT = "project", "工程建设和招标投标"
    MONEY = "money", "资金安排使用"
    LAND = "land", "土地和矿产资源"
    APPROVAL = "approval", "行政审批和执法"
    JUSTICE = "justice", "执纪执法和司法活动"
    OTHER = "other", "其他重大事项"


class InterferenceWay(models.TextChoices):
    """By what way."""

    WORD = "word", "口头打招呼"
    PAPER = "paper", "书面或批条"
    MEDIUM = "medium", "电话、短信等"
    THROUGH = "through", "授意他人转达"
    OTHER = "other", "其他方式"


class InterferenceQuerySet(RecordedQuerySet):
    """Records by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The inspectors whose mandate is the whole county; who wrote it reads it no more."""
        from ..access import Action, scope_for

        scope = scope_for(user)
        if not scope.may(Action.INTERFERENCE_READ) or not scope.inspects_whole_county:
            return self.none()
        return self.filter(county_id=scope.county_id)

    def numbered_by(self, user: User) -> Self:
        """A person's own entries, of which he sees the numbers."""
        from ..access import Action, scope_for

        scope = scope_for(user)
        if not scope.may(Action.INTERFERENCE_RECORD):
            return self.none()
        return self.filter(county_id=scope.county_id, recorded_by=user)


class Interference(DoorModel):
    """One entry, put on record by whom it was tried on; never changed.

    A correction is a further entry of the same hand that points to the first.
    `who` and `facts` are sealed (`field_crypto`), in the ledger's image too.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("序号")
    happened_on = models.DateField("发生日期")
    matter = models.CharField("事项类别", max_length=10, choices=InterferenceMatter.choices)
    way = models.CharField("干预方式", max_length=10, choices=InterferenceWay.choices)
    who = models.TextField("干预人单位和职务")
    facts = models.TextField("简要情况")
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        verbose_name="更正的记录",
    )
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")

    objects = InterferenceQuerySet.as_manager()

    class Meta:
        verbose_name = "违规干预插手记录"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "serial"],
                name="interference_number_unique_in_year",
                violation_error_message="编号已被使用，请重新提交。",
            ),
            models.CheckConstraint(
                name="interference_is_told",
                condition=~Q(who="") & ~Q(facts=""),
                violation_error_message="请填写干预人和简要情况。",
            ),
        ]
        indexes = [models.Index(fields=["county", "recorded_by"], name="interference_county_hand")]

    def __str__(self) -> str:
        return f"违规干预插手记录 {self.number}"

    @property
    def number(self) -> str:
        """The register's own number."""
        return f"{self.year}-{self.serial:03d}"

    def place(self, field: str) -> str:
        """What a sealed field is bound to."""
        return f"interference:{self.county_id}:{self.year}:{self.serial}:{field}"
