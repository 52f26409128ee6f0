"""单位 and 单位集合: organs in their tree, and named dated sets of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from .county import County
from .dated import Dated, ends_after_start, holds_on
from .recorded import RecordedModel, RecordedQuerySet

if TYPE_CHECKING:
    from .user import User


class DirectoryQuerySet(RecordedQuerySet):
    """Rows of the county's directory (单位与人员) by who may read it."""

    county_path = "county_id"

    def visible_to(self, user: User) -> Self:
        """All of one's own county for whoever may read the directory, else nothing."""
        from ..access.scope import scope_for

        scope = scope_for(user)
        if not scope.may("directory.read") or scope.county_id is None:
            return self.none()
        return self.filter(**{self.county_path: scope.county_id})


class UnitKind(models.TextChoices):
    """Kinds of organs in a county (domain.md 6.1)."""

    LEADING_ORGAN = "leading_organ", "领导机关"
    PARTY_ORGAN = "party_organ", "县委工作机关"
    CONGRESS = "congress", "人大机关"
    GOV_DEPARTMENT = "gov_department", "政府工作部门"
    CONSULTATIVE = "consultative", "政协机关"
    SUPERVISION = "supervision", "纪检监察机关"
    COURT_PROCURATORATE = "court_procuratorate", "法院检察院"
    PEOPLE_ORGAN = "people_organ", "群团组织"
    INSTITUTION = "institution", "事业单位"
    ENTERPRISE = "enterprise", "县属国有企业"
    VERTICAL = "vertical", "垂直管理单位"
    TOWN = "town", "乡镇"
    STREET = "street", "街道"
    COMMUNITY = "community", "社区（村）"
    SECTION = "section", "科室"


class UnitQuerySet(DirectoryQuerySet):
    """Units by what they are and when."""

    def on(self, day: date) -> Self:
        """Units that exist on `day`."""
        return self.filter(holds_on(day))

    def in_county(self, county: County | int) -> Self:
        return self.filter(county=county)


class Unit(RecordedModel, Dated):
    """One organ (单位): department, town, community, 科室. Retired, never deleted.

    `pinyin` and `initials` are search keys made by `accountability.pinyin`
    from name, short name and aliases, several variants separated by spaces.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="units", verbose_name="县（区）"
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="上级单位",
    )
    name = models.CharField("单位名称", max_length=80)
    short_name = models.CharField("简称", max_length=40, blank=True)
    aliases = models.JSONField("别名", default=list, blank=True)
    kind = models.CharField("类别", max_length=24, choices=UnitKind.choices)
    precedence = models.PositiveIntegerField("排序", default=0)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name="撤并后单位",
    )
    pinyin_override = models.CharField("拼音", max_length=200, blank=True)
    pinyin = models.TextField("拼音检索", blank=True, editable=False)
    initials = models.TextField("拼音首字母检索", blank=True, editable=False)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["precedence", "id"]
        constraints = [
            ends_after_start("unit_ends_after_start"),
            # Two, because SQLite knows no "nulls not distinct".
            models.UniqueConstraint(
                fields=["county", "parent", "name"],
                condition=Q(valid_to__isnull=True, parent__isnull=False),
                name="unit_name_unique_while_open",
                violation_error_message="同一上级下已有同名单位，请改用其他名称。",
            ),
            models.UniqueConstraint(
                fields=["county", "name"],
                condition=Q(valid_to__isnull=True, parent__isnull=True),
                name="unit_top_name_unique_while_open",
                violation_error_message="本县已有同名单位，请改用其他名称。",
            ),
            models.CheckConstraint(
                name="unit_is_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")),
                violation_error_message="上级单位不能是本单位，请另选上级单位。",
            ),
        ]
        indexes = [models.Index(fields=["county", "precedence", "id"], name="unit_county_order")]

    def __str__(self) -> str:
        return self.name

    @property
    def names(self) -> list[str]:
        """Every name by which a paper may call this unit."""
        return [n for n in (self.name, self.short_name, *self.aliases) if n]


class UnitGroup(RecordedModel, Dated):
    """A named set of units (各乡镇、县直各部门) that a slot may hold."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="unit_groups", verbose_name="县（区）"
    )
    name = models.CharField("名称", max_length=60)
    aliases = models.JSONField("别名", default=list, blank=True)
    precedence = models.PositiveIntegerField("排序", default=0)
    pinyin = models.TextField("拼音检索", blank=True, editable=False)
    initials = models.TextField("拼音首字母检索", blank=True, editable=False)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "单位集合"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["precedence", "id"]
        constraints = [
            ends_after_start("unit_group_ends_after_start"),
            models.UniqueConstraint(
                fields=["county", "name"],
                condition=Q(valid_to__isnull=True),
                name="unit_group_name_unique_while_open",
                violation_error_message="已有同名单位集合，请改用其他名称。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def names(self) -> list[str]:
        """Every name by which a paper may call this group."""
        return [self.name, *self.aliases]


class GroupMembership(RecordedModel, Dated):
    """One unit's membership of a group, from–to."""

    group = models.ForeignKey(
        UnitGroup, models.PROTECT, related_name="memberships", verbose_name="单位集合"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="group_memberships", verbose_name="单位"
    )

    class Meta:
        verbose_name = "集合成员"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        constraints = [
            ends_after_start("group_membership_ends_after_start"),
            models.UniqueConstraint(
                fields=["group", "unit"],
                condition=Q(valid_to__isnull=True),
                name="group_membership_unique_while_open",
                violation_error_message="该单位已在集合中。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}：{self.unit}"
