"""考核: a round per county, year, kind and occasion; its teams; what was published of it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, User

from .scheme import Occasion, Scheme, SubjectKind


class AssessmentState(models.TextChoices):
    """Transitions: see ASSESSMENT_TRANSITIONS."""

    PREPARING = "preparing", "筹备"
    SELF = "self", "自评"
    REVIEW = "review", "复评"
    FEEDBACK = "feedback", "反馈"
    PUBLISHED = "published", "已公布"
    VOID = "void", "作废"


ASSESSMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    AssessmentState.PREPARING: frozenset({AssessmentState.SELF, AssessmentState.VOID}),
    AssessmentState.SELF: frozenset({AssessmentState.REVIEW, AssessmentState.VOID}),
    AssessmentState.REVIEW: frozenset({AssessmentState.FEEDBACK, AssessmentState.VOID}),
    AssessmentState.FEEDBACK: frozenset({AssessmentState.PUBLISHED}),
    AssessmentState.PUBLISHED: frozenset(),
    AssessmentState.VOID: frozenset(),
}


class AssessmentQuerySet(RecordedQuerySet):
    """Rounds by who may see them."""

    def visible_to(self, user: User) -> Self:
        """All of one's county once it is open; what is being prepared is the office's."""
        scope = scope_for(user)
        if not scope.may("assess.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return rows
        return rows.filter(opened_at__isnull=False)


class Assessment(RecordedModel):
    """One round. Opened by the office from a published scheme.

    `seed` is what teams were drawn with: the same seed over the same teams and
    units gives the same draw, so that anybody can repeat it. `counted_on` is
    the day whose state the system scores tell of.
    """

    year_path = ""

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("考核对象", max_length=12, choices=SubjectKind.choices)
    occasion = models.CharField("考核类型", max_length=8, choices=Occasion.choices)
    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="assessments", verbose_name="考核方案"
    )
    title = models.CharField("名称", max_length=100)
    state = models.CharField(
        "状态", max_length=10, choices=AssessmentState.choices, default=AssessmentState.PREPARING
    )
    self_due = models.DateField("自评截止")
    review_due = models.DateField("复评截止")
    appeal_due = models.DateField("复核申请截止", null=True, blank=True)
    counted_on = models.DateField("系统分截至", null=True, blank=True)
    seed = models.CharField("抽签种子", max_length=64, blank=True)
    made_at = models.DateTimeField("建立时间", auto_now_add=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="建立人")
    opened_at = models.DateTimeField("开始自评时间", null=True, blank=True)
    opened_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="开始自评经办人"
    )

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = "考核"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "kind", "occasion", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "scheme"],
                condition=~Q(state="void"),
                name="assessment_one_of_a_scheme",
                violation_error_message="这个方案的考核已经建立，请直接打开。",
            ),
            models.CheckConstraint(
                name="assessment_opened_at_with_by",
                condition=Q(opened_at__isnull=True, opened_by__isnull=True)
                | Q(opened_at__isnull=False, opened_by__isnull=False),
                violation_error_message="开始自评须有时间和经办人。",
            ),
            models.CheckConstraint(
                name="assessment_dates_in_order",
                condition=Q(review_due__gte=F("self_due")),
                violation_error_message="复评截止不能早于自评截止，请改正日期。",
            ),
        ]
        indexes = [models.Index(fields=["county", "-year", "kind"], name="assessment_county_order")]

    def __str__(self) -> str:
        return self.title


class Team(RecordedModel):
    """A team (考核组) of a round; its sheets are drawn or assigned."""

    year_path = "assessment"

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="teams", verbose_name="考核"
    )
    name = models.CharField("名称", max_length=40)

    class Meta:
        verbose_name = "考核组"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["assessment", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "name"],
                name="team_name_once",
                violation_error_message="已有同名考核组，请改用其他名称。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(RecordedModel):
    """An account in a team; taken out by `is_out`, so that who scored stays known."""

    year_path = "team__assessment"

    team = models.ForeignKey(Team, models.PROTECT, related_name="members", verbose_name="考核组")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="成员")
    is_out = models.BooleanField("已退出", default=False)

    class Meta:
        verbose_name = "考核组成员"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["team", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "user"],
                name="team_member_once",
                violation_error_message="该成员已在组内。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team}：{self.user}"


class PublicationState(models.TextChoices):
    """Transitions: see PUBLICATION_TRANSITIONS."""

    PROPOSED = "proposed", "待审定"
    PUBLISHED = "published", "已公布"
    REPLACED = "replaced", "已更正"
    REFUSED = "refused", "未同意"


PUBLICATION_TRANSITIONS: dict[str, frozenset[str]] = {
    PublicationState.PROPOSED: frozenset({PublicationState.PUBLISHED, PublicationState.REFUSED}),
    PublicationState.PUBLISHED: frozenset({PublicationState.REPLACED}),
    PublicationState.REPLACED: frozenset(),
    PublicationState.REFUSED: frozenset(),
}


class PublicationQuerySet(RecordedQuerySet):
    """Results by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The whole content: for the office, the leaders who decide, the county's inspectors.

        Everybody else sees the results on the round's page, and his own sheet.
        """
        scope = scope_for(user)
        if not scope.may("assess.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(assessment__county_id=scope.county_id)
        if scope.sees_drafts or scope.may("assess.decide"):
            return rows
        if not scope.inspects_whole_county:
            return self.none()
        return rows.filter(state__in=[PublicationState.PUBLISHED, PublicationState.REPLACED])


class Publication(RecordedModel):
    """The results of a round, frozen: version 1 publishes them, each later one corrects them.

    `content` is the core's package: scheme, every score, every result; `digest`
    its SHA-256. `changes` are the scores that a correction changes, with reason
    and bases. Proposed by one person, approved by another.
    """

    year_path = "assessment"

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="publications", verbose_name="考核"
    )
    version = models.PositiveSmallIntegerField("版本")
    state = models.CharField(
        "状态",
        max_length=10,
        choices=PublicationState.choices,
        default=PublicationState.PROPOSED,
    )
    content = models.TextField("冻结内容")
    digest = models.CharField("摘要", max_length=64)
    changes = models.JSONField("更正", default=list, blank=True)
    reason = models.CharField("说明", max_length=300, blank=True)
    proposed_at = models.DateTimeField("提请时间", auto_now_add=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提请人")
    decided_at = models.DateTimeField("审定时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审定人"
    )
    decision = models.CharField("审定意见", max_length=300, blank=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = "考核结果"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["assessment", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "version"], name="publication_version_once"
            ),
            models.UniqueConstraint(
                fields=["assessment"],
                condition=Q(state="published"),
                name="publication_one_that_counts",
                violation_error_message="已有公布的结果，请按更正办理。",
            ),
            models.UniqueConstraint(
                fields=["assessment"],
                condition=Q(state="proposed"),
                name="publication_one_waiting",
                violation_error_message="已有一份结果待审定，请先审定。",
            ),
            models.CheckConstraint(
                name="publication_decided_by_another",
                condition=Q(state="proposed", decided_at__isnull=True, decided_by__isnull=True)
                | (
                    ~Q(state="proposed")
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                ),
                violation_error_message="结果须由提请人以外的人审定。",
            ),
            models.CheckConstraint(
                name="publication_correction_has_reason",
                condition=Q(version=1) | ~Q(reason=""),
                violation_error_message="更正须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment}结果第 {self.version} 版"
