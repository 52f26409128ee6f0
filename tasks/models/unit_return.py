"""报送: what one unit returns in a supervision round, how it is judged, what is fed back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, CharField, F, Q, Value, When

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, Unit, User

from .campaign import OPENED_STATES, Campaign, CampaignMember

if TYPE_CHECKING:
    from accountability.access import Scope

MOST_REMINDERS = 2
"""催报 at most twice a round (减负)."""


class ReturnState(models.TextChoices):
    """Transitions: see RETURN_TRANSITIONS."""

    WAITING = "waiting", "待报送"
    SUBMITTED = "submitted", "已报送"
    RETURNED = "returned", "退回补正"


RETURN_TRANSITIONS: dict[str, frozenset[str]] = {
    ReturnState.WAITING: frozenset({ReturnState.SUBMITTED}),
    ReturnState.SUBMITTED: frozenset({ReturnState.RETURNED}),
    ReturnState.RETURNED: frozenset({ReturnState.SUBMITTED}),
}


class Light(models.TextChoices):
    """What a unit's part in a round amounts to. The values are the lamps of the pages."""

    GREEN = "green", "正常"
    YELLOW = "yellow", "临期"
    RED = "red", "逾期"
    DONE = "done", "办结"
    IDLE = "idle", "未启动"


JUDGED_LIGHTS = (Light.GREEN, Light.YELLOW, Light.RED, Light.DONE)
"""What a person may judge; 未启动 is only ever computed."""


class ReturnQuerySet(RecordedQuerySet):
    """Returns by who may see them, and by light."""

    def visible_to(self, user: User) -> Self:
        """As `Campaign.visible_to`, of the own units, those in charge of and those inspected."""
        scope: Scope = scope_for(user)
        if not scope.may("campaign.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id, campaign__state__in=OPENED_STATES)
        if scope.sees_whole_county:
            return rows
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        seen = Q(unit_id__in=units)
        if user.person_id:
            seen |= Q(inspector__person_id=user.person_id)
            seen |= Q(second_inspector__person_id=user.person_id)
        return rows.filter(seen)

    def with_light(self, *, on: date, soon: date) -> Self:
        """Adds `lamp`: what a person judged, else what state and deadline say on `on`.

        `soon` is the last day that counts as 临期. A return that was sent back
        is 临期 until it comes again or its deadline passes.
        """
        return self.annotate(
            lamp=Case(
                When(~Q(light=""), then=F("light")),
                When(state=ReturnState.SUBMITTED, then=Value(Light.GREEN.value)),
                When(due_on__lt=on, then=Value(Light.RED.value)),
                When(state=ReturnState.RETURNED, then=Value(Light.YELLOW.value)),
                When(due_on__lte=soon, then=Value(Light.YELLOW.value)),
                default=Value(Light.IDLE.value),
                output_field=CharField(),
            )
        )

    def missing(self) -> Self:
        """What the units still owe."""
        return self.exclude(state=ReturnState.SUBMITTED)


class Return(RecordedModel):
    """One unit's return in one round. Made when the round opens.

    `content` is what the unit confirmed, frozen when it did: a list of
    {"item", "number", "heading", "text", "share", "is_zero"}.
    `is_late` tells of the first time that it was handed in, after `due_on`,
    and stays. `light` is a person's judgement (判定), empty while computed.
    `conclusion` is what is fed back to the unit when the round ends.
    """

    year_path = "campaign"

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="returns", verbose_name="督查"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="campaign_returns", verbose_name="单位"
    )
    precedence = models.PositiveIntegerField("排序", default=0)
    state = models.CharField(
        "状态", max_length=10, choices=ReturnState.choices, default=ReturnState.WAITING
    )
    due_on = models.DateField("报送截止日期")
    content = models.JSONField("报送内容", default=list, blank=True)
    problems = models.CharField("主要问题", max_length=300, blank=True)
    is_zero = models.BooleanField("零报告", default=False)
    is_late = models.BooleanField("逾期补报", default=False)
    submitted_at = models.DateTimeField("报送时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="报送人"
    )
    back_reason = models.CharField("退回原因", max_length=200, blank=True)
    reminders = models.PositiveSmallIntegerField("催报次数", default=0)
    reminded_on = models.DateField("催报日期", null=True, blank=True)
    inspector = models.ForeignKey(
        CampaignMember,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="检查人",
    )
    second_inspector = models.ForeignKey(
        CampaignMember,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="第二检查人",
    )
    light = models.CharField("判定", max_length=8, choices=Light.choices, blank=True)
    judge_reason = models.CharField("判定依据", max_length=300, blank=True)
    judged_at = models.DateTimeField("判定时间", null=True, blank=True)
    judged_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="判定人"
    )
    conclusion = models.CharField("督查结论", max_length=500, blank=True)
    fed_back_on = models.DateField("结论反馈日期", null=True, blank=True)

    objects = ReturnQuerySet.as_manager()

    class Meta:
        verbose_name = "督查报送"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["campaign", "precedence", "id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "unit"], name="return_once_a_unit"),
            models.CheckConstraint(
                name="return_submitted_by_somebody",
                condition=Q(
                    state="waiting",
                    submitted_at__isnull=True,
                    submitted_by__isnull=True,
                    is_late=False,
                    is_zero=False,
                )
                | Q(
                    state__in=["submitted", "returned"],
                    submitted_at__isnull=False,
                    submitted_by__isnull=False,
                ),
                violation_error_message="报送须有报送人和时间。",
            ),
            models.CheckConstraint(
                name="return_judged_by_somebody_for_a_reason",
                condition=Q(light="", judged_at__isnull=True, judged_by__isnull=True)
                | (
                    Q(light__in=["green", "yellow", "red", "done"])
                    & Q(judged_at__isnull=False, judged_by__isnull=False)
                    & ~Q(judge_reason="")
                ),
                violation_error_message="判定须有判定人、时间和依据。",
            ),
            models.CheckConstraint(
                name="return_reminded_twice_at_most",
                condition=Q(reminders=0, reminded_on__isnull=True)
                | Q(reminders__gte=1, reminders__lte=MOST_REMINDERS, reminded_on__isnull=False),
                violation_error_message="每期催报不超过两次。",
            ),
            models.CheckConstraint(
                name="return_two_different_inspectors",
                condition=Q(second_inspector__isnull=True)
                | (Q(inspector__isnull=False) & ~Q(inspector=F("second_inspector"))),
                violation_error_message="两名检查人须是不同的人员。",
            ),
            models.CheckConstraint(
                name="return_fed_back_with_a_conclusion",
                condition=Q(fed_back_on__isnull=True) | ~Q(conclusion=""),
                violation_error_message="反馈须有督查结论。",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "precedence", "id"], name="return_campaign_order"),
            models.Index(fields=["county", "unit", "campaign"], name="return_county_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.unit}：{self.campaign}"
