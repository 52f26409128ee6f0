"""评分表: a subject's sheet of a round, its scores in columns, and its appeals (复核)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from accountability.access import Scope, scope_for
from accountability.models import County, Layer, Post, RecordedModel, RecordedQuerySet, Unit, User

from .assessment import Assessment, AssessmentState, Team
from .scheme import Criterion


class SheetState(models.TextChoices):
    """Transitions: see SHEET_TRANSITIONS."""

    WAITING = "waiting", "待自评"
    SELF = "self", "已自评"
    SCORED = "scored", "已复评"
    APPROVED = "approved", "已核定"


SHEET_TRANSITIONS: dict[str, frozenset[str]] = {
    # A subject that does not score itself is scored all the same, and it is told so.
    SheetState.WAITING: frozenset({SheetState.SELF, SheetState.SCORED}),
    SheetState.SELF: frozenset({SheetState.SCORED}),
    SheetState.SCORED: frozenset({SheetState.APPROVED}),
    # Sent back to the team before the feedback.
    SheetState.APPROVED: frozenset({SheetState.SCORED}),
}


def leads_the_county(scope: Scope) -> bool:
    """Whether the scope holds the county's own first responsible seat (第一责任人)."""
    return scope.may("assess.decide") and (
        Post.objects.filter(
            pk__in=scope.own_post_ids, is_leadership=True, layer=Layer.FIRST_RESPONSIBLE
        ).exists()
    )


class SheetQuerySet(RecordedQuerySet):
    """Sheets by who may see them."""

    def visible_to(self, user: User) -> Self:
        """One rule for page, export and appeals.

        The office sees its county's; inspectors those of their mandate; others
        those of the units they act for or are in charge of, of the seats they
        hold, and of the teams they are in. The county's first responsible leader
        sees all: he decides what concerns the office. Before a round opens, the office alone.
        """
        scope = scope_for(user)
        if not scope.may("assess.read") or scope.county_id is None:
            return self.none()
        sheets = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return sheets
        sheets = sheets.filter(assessment__opened_at__isnull=False)
        if scope.inspects_whole_county or leads_the_county(scope):
            return sheets
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        mine = Team.objects.filter(members__user_id=user.pk, members__is_out=False)
        return sheets.filter(
            Q(unit_id__in=units)
            | Q(post_id__in=scope.post_ids)
            | Q(post__unit_id__in=scope.portfolio_unit_ids | scope.inspected_unit_ids)
            | Q(team_id__in=mine.values("pk"))
        )


class Sheet(RecordedModel):
    """One subject of a round: a unit (its 领导班子 too), or a seat.

    `vetoes` are the codes established, with reason and bases by code. `total`
    is kept for lists: as far as it is scored, then as published; `rank` and `grade`
    as published.
    `version` counts saves of the team's column: two at one sheet get a 409.
    """

    year_path = "assessment"

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="sheets", verbose_name="考核"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="职务"
    )
    name = models.CharField("考核对象", max_length=120)
    position = models.PositiveIntegerField("次序")
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="sheets", verbose_name="考核组"
    )
    state = models.CharField(
        "状态", max_length=10, choices=SheetState.choices, default=SheetState.WAITING
    )
    vetoes = models.JSONField("一票否决", default=dict, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    self_at = models.DateTimeField("自评时间", null=True, blank=True)
    self_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="自评人"
    )
    scored_at = models.DateTimeField("复评时间", null=True, blank=True)
    scored_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复评人"
    )
    approved_at = models.DateTimeField("核定时间", null=True, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核定人"
    )
    total = models.DecimalField("得分", max_digits=6, decimal_places=2, null=True, blank=True)
    rank = models.PositiveSmallIntegerField("名次", null=True, blank=True)
    grade = models.CharField("考核等次", max_length=20, blank=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = "评分表"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["assessment", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "unit"],
                condition=Q(unit__isnull=False),
                name="sheet_unit_once",
                violation_error_message="该单位已在本次考核中。",
            ),
            models.UniqueConstraint(
                fields=["assessment", "post"],
                condition=Q(post__isnull=False),
                name="sheet_post_once",
                violation_error_message="该职务已在本次考核中。",
            ),
            models.CheckConstraint(
                name="sheet_of_a_unit_or_a_post",
                condition=Q(unit__isnull=False, post__isnull=True)
                | Q(unit__isnull=True, post__isnull=False),
                violation_error_message="评分表的对象须是单位或职务之一。",
            ),
            *(
                models.CheckConstraint(
                    name=f"sheet_{step}_at_with_by",
                    condition=Q(**{f"{step}_at__isnull": True, f"{step}_by__isnull": True})
                    | Q(**{f"{step}_at__isnull": False, f"{step}_by__isnull": False}),
                    violation_error_message="评分须有时间和经办人。",
                )
                for step in ("self", "scored", "approved")
            ),
            models.CheckConstraint(
                name="sheet_approved_by_another",
                condition=Q(approved_by__isnull=True)
                | Q(scored_by__isnull=False) & ~Q(approved_by=F("scored_by")),
                violation_error_message="核定须由复评人以外的人办理。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "unit"], name="sheet_county_unit"),
            models.Index(fields=["county", "post"], name="sheet_county_post"),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} {self.name}"

    @property
    def key(self) -> str:
        """The subject in the frozen package: u12 or p7."""
        return f"u{self.unit_id}" if self.unit_id else f"p{self.post_id}"

    @property
    def is_fed_back(self) -> bool:
        """Whether the subject may see its points and deductions by now."""
        return self.assessment.state in (AssessmentState.FEEDBACK, AssessmentState.PUBLISHED)


class Score(RecordedModel):
    """One criterion of one sheet, in its columns: 自评, 系统, 考核组, 核定.

    `counted` is what the rule counted, frozen with the figure. A reason stands
    with what it rests on (`_bases`: kind, id and label of a task, a letter, a
    document …).
    """

    year_path = "sheet__assessment"

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="scores", verbose_name="评分表")
    criterion = models.ForeignKey(
        Criterion, models.PROTECT, related_name="+", verbose_name="考核指标"
    )
    system = models.DecimalField("系统分", max_digits=6, decimal_places=2, null=True, blank=True)
    counted = models.JSONField("计分依据", default=dict, blank=True)
    own = models.DecimalField("自评分", max_digits=6, decimal_places=2, null=True, blank=True)
    own_note = models.CharField("自评说明", max_length=500, blank=True)
    team = models.DecimalField("考核组评分", max_digits=6, decimal_places=2, null=True, blank=True)
    team_reason = models.CharField("扣分说明", max_length=500, blank=True)
    team_bases = models.JSONField("评分依据", default=list, blank=True)
    final = models.DecimalField("核定分", max_digits=6, decimal_places=2, null=True, blank=True)
    final_reason = models.CharField("核定说明", max_length=500, blank=True)
    final_bases = models.JSONField("核定依据", default=list, blank=True)

    class Meta:
        verbose_name = "得分"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["sheet", "criterion__position"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "criterion"], name="score_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} {self.criterion}"


class AppealState(models.TextChoices):
    """Transitions: see APPEAL_TRANSITIONS."""

    OPEN = "open", "待复核"
    UPHELD = "upheld", "维持原分"
    CHANGED = "changed", "已调整"


APPEAL_TRANSITIONS: dict[str, frozenset[str]] = {
    AppealState.OPEN: frozenset({AppealState.UPHELD, AppealState.CHANGED}),
    AppealState.UPHELD: frozenset(),
    AppealState.CHANGED: frozenset(),
}


class AppealQuerySet(RecordedQuerySet):
    """Appeals by who may see the sheet."""

    def visible_to(self, user: User) -> Self:
        return self.filter(sheet_id__in=Sheet.objects.visible_to(user).values("pk"))


class Appeal(RecordedModel):
    """复核: a subject's objection to one score, decided by somebody who had no part in it."""

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="appeals", verbose_name="评分表")
    score = models.ForeignKey(Score, models.PROTECT, related_name="appeals", verbose_name="得分")
    text = models.CharField("复核理由", max_length=500)
    state = models.CharField(
        "状态", max_length=8, choices=AppealState.choices, default=AppealState.OPEN
    )
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申请人")
    decided_at = models.DateTimeField("复核时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    decision = models.CharField("复核意见", max_length=500, blank=True)
    before = models.DecimalField("原分", max_digits=6, decimal_places=2)
    after = models.DecimalField("复核后", max_digits=6, decimal_places=2, null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = "复核申请"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["sheet", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["score"],
                condition=Q(state="open"),
                name="appeal_one_open_of_a_score",
                violation_error_message="这一项已有复核申请，请等待复核意见。",
            ),
            models.CheckConstraint(
                name="appeal_decided_by_another_for_a_reason",
                condition=Q(
                    state="open", decided_at__isnull=True, decided_by__isnull=True, decision=""
                )
                | (
                    ~Q(state="open")
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(decision="")
                    & ~Q(decided_by=F("asked_by"))
                ),
                violation_error_message="复核须由申请人以外的人办理，并写明意见。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}复核"
