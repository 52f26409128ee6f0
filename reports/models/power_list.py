"""权责清单 and 个人行使权力清单: powers of a unit or post with their risks, in versions (M06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accountability.access import Action, scope_for
from accountability.models import County, Post, RecordedModel, RecordedQuerySet, Unit

if TYPE_CHECKING:
    from accountability.models import User


class PowerListState(models.TextChoices):
    """Transitions: see POWER_LIST_TRANSITIONS."""

    DRAFT = "draft", "草拟"
    APPROVED = "approved", "已审核"
    PUBLISHED = "published", "已公开"
    REPLACED = "replaced", "已被替代"
    WITHDRAWN = "withdrawn", "已撤下"
    VOID = "void", "作废"


POWER_LIST_TRANSITIONS: dict[str, frozenset[str]] = {
    PowerListState.DRAFT: frozenset({PowerListState.APPROVED, PowerListState.VOID}),
    PowerListState.APPROVED: frozenset({PowerListState.PUBLISHED, PowerListState.VOID}),
    PowerListState.PUBLISHED: frozenset({PowerListState.REPLACED, PowerListState.WITHDRAWN}),
    PowerListState.REPLACED: frozenset(),
    PowerListState.WITHDRAWN: frozenset(),
    PowerListState.VOID: frozenset(),
}
ON_THE_DESK = frozenset({PowerListState.DRAFT, PowerListState.APPROVED})
ENDED = frozenset({PowerListState.WITHDRAWN, PowerListState.VOID})


class PowerListQuerySet(RecordedQuerySet):
    """Lists by who may see them, and what is public."""

    def visible_to(self, user: User) -> Self:
        """The office all; whoever answers for the unit its drafts too; others what was public."""
        scope = scope_for(user)
        if not scope.may(Action.POWER_READ):
            return self.none()
        lists = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return lists
        units = scope.unit_ids | scope.portfolio_unit_ids
        out = ~Q(state__in=[*ON_THE_DESK, PowerListState.VOID])
        return lists.filter(
            out
            | (
                (Q(unit_id__in=units) | Q(post_id__in=scope.post_ids))
                & ~Q(state=PowerListState.VOID)
            )
        )

    def public(self, county: County) -> Self:
        """What anybody may read, the withdrawn ones as their notes."""
        return self.filter(
            county=county, state__in=[PowerListState.PUBLISHED, PowerListState.WITHDRAWN]
        )


class PowerList(RecordedModel):
    """One version of a unit's list (权责清单), or of a post's own (个人行使权力清单).

    Made by the office from an Excel workbook. A version is never changed after
    its approval: when the organisation changes, a new one replaces it.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="power_lists", verbose_name="县（区）"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="power_lists", verbose_name="单位")
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="power_lists",
        verbose_name="职务",
    )
    version = models.PositiveSmallIntegerField("版本")
    state = models.CharField(
        "状态", max_length=10, choices=PowerListState.choices, default=PowerListState.DRAFT
    )
    basis = models.CharField("依据", max_length=200)
    made_at = models.DateTimeField("导入时间", auto_now_add=True)
    made_by = models.CharField("导入人", max_length=60)
    approved_at = models.DateTimeField("审核时间", null=True, blank=True)
    approved_by = models.CharField("审核人", max_length=60, blank=True)
    published_at = models.DateTimeField("公开时间", null=True, blank=True)
    published_by = models.CharField("公开经办人", max_length=60, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    end_note = models.CharField("撤下说明或作废原因", max_length=200, blank=True)
    ended_by = models.CharField("终止经办人", max_length=60, blank=True)

    objects = PowerListQuerySet.as_manager()

    class Meta:
        verbose_name = "权力清单"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["unit__precedence", "unit_id", "post__precedence", "post_id", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "unit", "version"],
                condition=Q(post__isnull=True),
                name="power_list_version_of_a_unit",
                violation_error_message="该单位的清单已有这个版本，请刷新后再办。",
            ),
            models.UniqueConstraint(
                fields=["county", "post", "version"],
                condition=Q(post__isnull=False),
                name="power_list_version_of_a_post",
                violation_error_message="该职务的清单已有这个版本，请刷新后再办。",
            ),
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(post__isnull=True, state="published"),
                name="power_list_one_public_of_a_unit",
                violation_error_message="该单位已有公开的清单。",
            ),
            models.UniqueConstraint(
                fields=["post"],
                condition=Q(post__isnull=False, state="published"),
                name="power_list_one_public_of_a_post",
                violation_error_message="该职务已有公开的清单。",
            ),
            models.CheckConstraint(
                name="power_list_approved_at_with_by",
                condition=Q(approved_at__isnull=True, approved_by="")
                | (Q(approved_at__isnull=False) & ~Q(approved_by="")),
                violation_error_message="审核时间和审核人须同时填写。",
            ),
            models.CheckConstraint(
                name="power_list_published_at_with_by",
                condition=Q(published_at__isnull=True, published_by="")
                | (Q(published_at__isnull=False, approved_at__isnull=False) & ~Q(published_by="")),
                violation_error_message="公开的清单须先审核，公开时间和经办人须同时填写。",
            ),
            models.CheckConstraint(
                name="power_list_ended_with_a_dated_note",
                condition=(
                    Q(state__in=["draft", "approved", "published"])
                    & Q(ended_on__isnull=True, end_note="", ended_by="")
                )
                | (
                    Q(state__in=["replaced", "withdrawn", "void"], ended_on__isnull=False)
                    & ~Q(end_note="")
                    & ~Q(ended_by="")
                ),
                violation_error_message="终止清单须有日期、说明和经办人。",
            ),
        ]
        indexes = [models.Index(fields=["county", "state"], name="power_list_county_state")]

    def __str__(self) -> str:
        return f"{self.owner}{self.label} 第 {self.version} 版"

    @property
    def owner(self) -> str:
        """The unit or the post."""
        return str(self.post) if self.post_id else self.unit.name

    @property
    def label(self) -> str:
        """权责清单 of a unit, 行使权力清单 of a post."""
        return "个人行使权力清单" if self.post_id else "权责清单"
