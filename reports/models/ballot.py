"""测评: an anonymous vote of a group about a unit or a person (M29), and its two tellers' task."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q

from accountability.access import scope_for
from accountability.models import (
    County,
    Duty,
    Post,
    RecordedModel,
    RecordedQuerySet,
    Unit,
    User,
)
from reports.assessment.ballots import SMALLEST_ALLOWED, Form, Option

from .scheme import Criterion
from .score import Sheet, leads_the_county


class BallotState(models.TextChoices):
    """Transitions: see BALLOT_TRANSITIONS."""

    PREPARING = "preparing", "筹备"
    OPEN = "open", "投票"
    CLOSED = "closed", "已计票"
    VOID = "void", "作废"


BALLOT_TRANSITIONS: dict[str, frozenset[str]] = {
    BallotState.PREPARING: frozenset({BallotState.OPEN, BallotState.VOID}),
    BallotState.OPEN: frozenset({BallotState.CLOSED, BallotState.VOID}),
    BallotState.CLOSED: frozenset(),
    BallotState.VOID: frozenset(),
}


class BallotWay(models.TextChoices):
    """How votes come in; never both at once, or one person could vote twice unseen."""

    CODE = "code", "凭投票码在网页投票"
    PAPER = "paper", "纸质票，两人计票"


class BallotQuerySet(RecordedQuerySet):
    """Ballots by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The office its county's; tellers theirs; from the closing on also who is concerned.

        Concerned are the subject itself, who is in charge of it, inspectors within
        their mandate. County inspectors and the first responsible leader watch from the
        opening on: they see who came, never how anybody voted.
        """
        scope = scope_for(user)
        if not scope.may("assess.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return rows
        begun = ~Q(opened_at=None)
        counts = Q(pk__in=Teller.objects.filter(user_id=user.pk).order_by().values("ballot_id"))
        if scope.inspects_whole_county or leads_the_county(scope):
            return rows.filter(begun | counts)
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        concerned = (
            Q(unit_id__in=units)
            | Q(post_id__in=scope.post_ids)
            | Q(post__unit_id__in=scope.portfolio_unit_ids | scope.inspected_unit_ids)
        )
        ended = begun & ~Q(closed_at=None)
        return rows.filter(ended & concerned | counts)


class Ballot(RecordedModel):
    """One vote of one group (参评人员) about one subject. Prepared by the office.

    `options` are {"name", "weight"}: points of 100 as text, None where it is not scored.
    `weight` is this group's share where several groups vote for the same criterion of
    the same sheet. `issued` is how many slips went out. Counts, `score` and `digest`
    (of the sealed set, the one row of the ledger that speaks of the votes) are set at
    the closing; where the group is too small only `returned` is. No column of this row
    changes while people vote.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("名称", max_length=100)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="被测评单位"
    )
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="被测评职务"
    )
    subject = models.CharField("测评对象", max_length=120)
    group = models.CharField("参评人员", max_length=60)
    weight = models.DecimalField("权重", max_digits=5, decimal_places=2, default=Decimal(100))
    sheet = models.ForeignKey(
        Sheet, models.PROTECT, null=True, blank=True, related_name="ballots", verbose_name="评分表"
    )
    criterion = models.ForeignKey(
        Criterion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="考核指标"
    )
    duty = models.ForeignKey(
        Duty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="履责事项"
    )
    way = models.CharField(
        "投票方式", max_length=5, choices=BallotWay.choices, default=BallotWay.CODE
    )
    aspects = models.JSONField("测评项目", default=list)
    options = models.JSONField("选项", default=list)
    smallest = models.PositiveSmallIntegerField("最少人数", default=SMALLEST_ALLOWED)
    state = models.CharField(
        "状态", max_length=10, choices=BallotState.choices, default=BallotState.PREPARING
    )
    issued = models.PositiveIntegerField("发出票数", default=0)
    returned = models.PositiveIntegerField("收回票数", null=True, blank=True)
    valid = models.PositiveIntegerField("有效票", null=True, blank=True)
    spoiled = models.PositiveIntegerField("无效票", null=True, blank=True)
    abstained = models.PositiveIntegerField("弃权票", null=True, blank=True)
    score = models.DecimalField("得分", max_digits=5, decimal_places=2, null=True, blank=True)
    digest = models.CharField("票据摘要", max_length=64, blank=True)
    void_reason = models.CharField("作废原因", max_length=300, blank=True)
    made_at = models.DateTimeField("建立时间", auto_now_add=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="准备人")
    opened_at = models.DateTimeField("开始投票时间", null=True, blank=True)
    opened_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="开始投票经办人"
    )
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="结束经办人"
    )

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = "测评"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-id"]
        constraints = [
            models.CheckConstraint(
                name="ballot_of_a_unit_or_a_post",
                condition=Q(unit__isnull=False, post__isnull=True)
                | Q(unit__isnull=True, post__isnull=False),
                violation_error_message="测评对象须是单位或职务之一。",
            ),
            models.CheckConstraint(
                name="ballot_sheet_with_criterion",
                condition=Q(sheet__isnull=True, criterion__isnull=True)
                | Q(sheet__isnull=False, criterion__isnull=False),
                violation_error_message="计入考核的测评须同时指明评分表和指标。",
            ),
            models.CheckConstraint(
                name="ballot_smallest_group",
                condition=Q(smallest__gte=SMALLEST_ALLOWED),
                violation_error_message=f"最少人数不能少于 {SMALLEST_ALLOWED} 人。",
            ),
            models.CheckConstraint(
                name="ballot_weight_over_nothing",
                condition=Q(weight__gt=0),
                violation_error_message="权重须大于 0。",
            ),
            *(
                models.CheckConstraint(
                    name=f"ballot_{step}_at_with_by",
                    condition=Q(**{f"{step}_at__isnull": True, f"{step}_by__isnull": True})
                    | Q(**{f"{step}_at__isnull": False, f"{step}_by__isnull": False}),
                    violation_error_message="测评的每一步须有时间和经办人。",
                )
                for step in ("opened", "closed")
            ),
            models.CheckConstraint(
                name="ballot_ended_has_time",
                condition=Q(state__in=["preparing", "open"], closed_at__isnull=True)
                | Q(state__in=["closed", "void"], closed_at__isnull=False),
                violation_error_message="结束的测评须有结束时间。",
            ),
            models.CheckConstraint(
                name="ballot_void_has_reason",
                condition=Q(state="void") & ~Q(void_reason="")
                | ~Q(state="void") & Q(void_reason=""),
                violation_error_message="作废须写明原因。",
            ),
            models.CheckConstraint(
                name="ballot_counted_not_over_issued",
                condition=~Q(state="closed") | Q(returned__lte=F("issued")) & ~Q(digest=""),
                violation_error_message="收回票多于发出票的测评作废，不能计票。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "-year", "-id"], name="ballot_county_order"),
            models.Index(fields=["sheet", "criterion"], name="ballot_sheet_criterion"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def form(self) -> Form:
        """What it asks, as the count takes it."""
        return Form(
            tuple(self.aspects),
            tuple(
                Option(o["name"], None if o["weight"] is None else Decimal(o["weight"]))
                for o in self.options
            ),
        )

    @property
    def is_shown(self) -> bool:
        """Whether there is a result that may be shown."""
        return self.state == BallotState.CLOSED and self.valid is not None


class Teller(RecordedModel):
    """One of the two who count the papers of a ballot (计票人). Never who prepared it."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="tellers", verbose_name="测评")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="计票人")

    class Meta:
        verbose_name = "计票人"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["ballot", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ballot", "user"],
                name="teller_once",
                violation_error_message="两名计票人须是不同的人。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ballot}：{self.user}"
