"""督查: one supervision round with its plan (方案), its team and the tasks that it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from accountability.access import scope_for
from accountability.models import County, Person, RecordedModel, RecordedQuerySet, User

from .task_item import TaskItem

if TYPE_CHECKING:
    from accountability.access import Scope


class CampaignKind(models.TextChoices):
    """What kind of round it is."""

    QUARTERLY = "quarterly", "季度督查"
    HALF_YEARLY = "half_yearly", "半年督查"
    SPECIAL = "special", "专项督查"
    INSPECTION = "inspection", "巡察"


PERIODS = {CampaignKind.QUARTERLY: 4, CampaignKind.HALF_YEARLY: 2}
"""How many periods of the kind a year has; the other kinds have none."""


class CampaignScope(models.TextChoices):
    """How the units of a round are found."""

    HOLDERS = "holders", "承担任务的单位"
    CHOSEN = "chosen", "指定单位"
    DRAWN = "drawn", "随机抽取"


class CampaignState(models.TextChoices):
    """Transitions: see CAMPAIGN_TRANSITIONS."""

    DRAFT = "draft", "方案草拟"
    SUBMITTED = "submitted", "方案待批准"
    APPROVED = "approved", "方案已批准"
    RUNNING = "running", "进行中"
    CONCLUDED = "concluded", "已反馈"
    VOID = "void", "作废"


CAMPAIGN_TRANSITIONS: dict[str, frozenset[str]] = {
    CampaignState.DRAFT: frozenset({CampaignState.SUBMITTED, CampaignState.VOID}),
    CampaignState.SUBMITTED: frozenset(
        {CampaignState.DRAFT, CampaignState.APPROVED, CampaignState.VOID}
    ),
    CampaignState.APPROVED: frozenset({CampaignState.RUNNING, CampaignState.VOID}),
    CampaignState.RUNNING: frozenset({CampaignState.CONCLUDED, CampaignState.VOID}),
    CampaignState.CONCLUDED: frozenset(),
    CampaignState.VOID: frozenset(),
}
OPENED_STATES = (CampaignState.RUNNING, CampaignState.CONCLUDED)


class CampaignQuerySet(RecordedQuerySet):
    """Rounds by who may see them."""

    def visible_to(self, user: User) -> Self:
        """All of the county for the office; what was approved for inspectors without limit.

        Others see an opened round in which a unit takes part that they act
        for, are in charge of or inspect, or on whose team they are.
        """
        scope: Scope = scope_for(user)
        if not scope.may("campaign.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return rows
        if scope.inspects_whole_county:
            return rows.exclude(state__in=[CampaignState.DRAFT, CampaignState.SUBMITTED])
        from .unit_return import Return

        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        seen = Q(pk__in=Return.objects.filter(unit_id__in=units).values("campaign_id"))
        if user.person_id:
            on_team = CampaignMember.objects.filter(person_id=user.person_id)
            seen |= Q(pk__in=on_team.values("campaign_id"))
        return rows.filter(seen, state__in=OPENED_STATES)


class Campaign(RecordedModel):
    """One round (督查). The schedule makes a quarter's, the office all others.

    `period` is the quarter or half-year, empty for special rounds. A quarter
    made by the schedule `follows` the plan approved earlier in the year, and
    then needs no approval of its own. `chosen` are the units and groups of the
    plan by id ({"units": [], "groups": []}), `draw` the record of the random
    draw (see tasks/draw). Nobody approves a plan that he drafted.
    """

    year_path = ""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="campaigns", verbose_name="县（区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("类型", max_length=12, choices=CampaignKind.choices)
    period = models.PositiveSmallIntegerField("期次", null=True, blank=True)
    title = models.CharField("名称", max_length=100)
    content = models.TextField("督查内容")
    objects_text = models.CharField("督查对象", max_length=200)
    scope = models.CharField("范围", max_length=8, choices=CampaignScope.choices)
    chosen = models.JSONField("选定范围", default=dict, blank=True)
    draw_units = models.PositiveSmallIntegerField("抽取单位数", default=0)
    draw_inspectors = models.PositiveSmallIntegerField("每单位检查人数", default=2)
    draw = models.JSONField("抽取记录", default=dict, blank=True)
    starts_on = models.DateField("启动日期")
    due_on = models.DateField("报送截止日期")
    opened_on = models.DateField("实际启动日期", null=True, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=CampaignState.choices, default=CampaignState.DRAFT
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        verbose_name="沿用方案",
    )
    drafted_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="方案起草人",
        help_text="空：计划任务",
    )
    approved_at = models.DateTimeField("方案批准时间", null=True, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="方案批准人"
    )
    concluded_at = models.DateTimeField("反馈时间", null=True, blank=True)
    concluded_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="反馈人"
    )
    reason = models.CharField("退回或作废原因", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = "督查"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-starts_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "kind", "period"],
                condition=Q(period__isnull=False),
                name="campaign_once_a_period",
                violation_error_message="这一期督查已经立项，不必重复。",
            ),
            models.CheckConstraint(
                name="campaign_period_fits_its_kind",
                condition=Q(kind="quarterly", period__gte=1, period__lte=4)
                | Q(kind="half_yearly", period__gte=1, period__lte=2)
                | Q(kind__in=["special", "inspection"], period__isnull=True),
                violation_error_message="季度督查须为第 1 至 4 季度，半年督查须为上、下半年。",
            ),
            models.CheckConstraint(
                name="campaign_due_not_before_start",
                condition=Q(due_on__gte=F("starts_on")),
                violation_error_message="报送截止日期不能早于启动日期。",
            ),
            models.CheckConstraint(
                name="campaign_approved_by_somebody_else",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | (
                    Q(approved_at__isnull=False, approved_by__isnull=False)
                    & (Q(drafted_by__isnull=True) | ~Q(drafted_by=F("approved_by")))
                ),
                violation_error_message="方案须由起草人以外的人员批准。",
            ),
            models.CheckConstraint(
                name="campaign_opened_on_an_approved_plan",
                condition=~Q(state__in=["approved", "running", "concluded"])
                | Q(approved_at__isnull=False)
                | Q(follows__isnull=False),
                violation_error_message="方案批准后才能启动。",
            ),
            models.CheckConstraint(
                name="campaign_running_has_its_day",
                condition=~Q(state__in=["running", "concluded"]) | Q(opened_on__isnull=False),
                violation_error_message="启动的督查须有启动日期。",
            ),
            models.CheckConstraint(
                name="campaign_concluded_by_somebody",
                condition=Q(
                    state="concluded", concluded_at__isnull=False, concluded_by__isnull=False
                )
                | (~Q(state="concluded") & Q(concluded_at__isnull=True, concluded_by__isnull=True)),
                violation_error_message="反馈须有反馈人和时间。",
            ),
            models.CheckConstraint(
                name="campaign_void_for_a_reason",
                condition=~Q(state="void") | ~Q(reason=""),
                violation_error_message="作废须写明原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "-year", "-starts_on"], name="campaign_county_year"),
            models.Index(fields=["county", "state"], name="campaign_county_state"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether units report in it now."""
        return self.state == CampaignState.RUNNING

    @property
    def period_name(self) -> str:
        """第一季度, 上半年; "" for a round of no period."""
        if self.period is None:
            return ""
        if self.kind == CampaignKind.QUARTERLY:
            return f"第{'一二三四'[self.period - 1]}季度"
        return ("上半年", "下半年")[self.period - 1]


class CampaignItem(RecordedModel):
    """A task that a round is limited to. A round without any looks at all tasks of its year."""

    year_path = "campaign"

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="items", verbose_name="督查"
    )
    item = models.ForeignKey(TaskItem, models.PROTECT, related_name="+", verbose_name="任务")

    class Meta:
        verbose_name = "督查事项"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["campaign", "item"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "item"], name="campaign_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.campaign}：{self.item}"


class CampaignMember(RecordedModel):
    """A member of a round's team (督查组), with or without an account (党风行风监督员)."""

    year_path = "campaign"

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="members", verbose_name="督查"
    )
    person = models.ForeignKey(
        Person, models.PROTECT, related_name="campaign_memberships", verbose_name="人员"
    )
    is_lead = models.BooleanField("组长", default=False)

    class Meta:
        verbose_name = "督查组成员"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["campaign", "-is_lead", "id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "person"], name="campaign_member_once"),
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(is_lead=True),
                name="campaign_member_one_lead",
                violation_error_message="督查组只设一名组长。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign}：{self.person}"
