"""结果运用: what was made of a published result, subject by subject; and what became findings."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, Talk, User
from tasks.models import Finding
from tasks.models.paired import together

from .assessment import Publication
from .scheme import Criterion
from .score import Sheet, leads_the_county


class UseKind(models.TextChoices):
    """What a result is used for (mechanism M30)."""

    COMMEND = "commend", "表彰"
    TALK = "talk", "约谈末位"
    APPOINT = "appoint", "选拔任用参考"
    CIRCULATE = "circulate", "通报批评"
    WITHHOLD = "withhold", "取消评优"


class UseState(models.TextChoices):
    """Transitions: see USE_TRANSITIONS."""

    RECORDED = "recorded", "已登记"
    DECLINED = "declined", "不采纳"
    VOID = "void", "作废"


USE_TRANSITIONS: dict[str, frozenset[str]] = {
    UseState.RECORDED: frozenset({UseState.VOID}),
    UseState.DECLINED: frozenset({UseState.VOID}),
    UseState.VOID: frozenset(),
}


class ResultUseQuerySet(RecordedQuerySet):
    """Uses by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The office all; inspectors by mandate, leaders by portfolio, a subject its own.

        A team that scored a sheet learns nothing of what became of it.
        """
        scope = scope_for(user)
        if not scope.may("assess.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_whole_county or leads_the_county(scope):
            return rows
        led = scope.portfolio_unit_ids | scope.inspected_unit_ids
        return rows.filter(
            Q(sheet__unit_id__in=scope.unit_ids | led)
            | Q(sheet__post_id__in=scope.post_ids)
            | Q(sheet__post__unit_id__in=led)
        )


class ResultUse(RecordedModel):
    """One use of one subject's published result, or a proposal that was not followed.

    `result` is the result that it rests on, in words, from the version `publication`:
    a later correction leaves it as it was. A talk is linked where one is on record;
    what was said in it stands neither here nor there.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("考核年度")
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="uses", verbose_name="考核对象")
    publication = models.ForeignKey(
        Publication, models.PROTECT, related_name="+", verbose_name="考核结果"
    )
    result = models.CharField("所依据的结果", max_length=80)
    kind = models.CharField("运用方式", max_length=10, choices=UseKind.choices)
    state = models.CharField(
        "状态", max_length=8, choices=UseState.choices, default=UseState.RECORDED
    )
    basis = models.CharField("依据（文号）", max_length=100, blank=True)
    organ = models.CharField("决定或办理机关", max_length=60, blank=True)
    used_on = models.DateField("运用日期", null=True, blank=True)
    note = models.CharField("内容", max_length=200, blank=True)
    talk = models.ForeignKey(
        Talk, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="谈话登记"
    )
    reason = models.CharField("不采纳或作废理由", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    voided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作废人"
    )

    objects = ResultUseQuerySet.as_manager()

    class Meta:
        verbose_name = "结果运用"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "kind", "basis"],
                condition=Q(state="recorded"),
                name="result_use_once_by_a_basis",
                violation_error_message="按同一依据的这项运用已经登记。",
            ),
            models.UniqueConstraint(
                fields=["sheet", "kind"],
                condition=Q(state="declined"),
                name="result_use_declined_once",
                violation_error_message="这项建议已有不采纳的登记。",
            ),
            models.CheckConstraint(
                name="result_use_recorded_with_its_basis",
                condition=~Q(state="recorded")
                | (~Q(basis="") & ~Q(organ="") & Q(used_on__isnull=False)),
                violation_error_message="登记结果运用须有依据、机关和日期。",
            ),
            models.CheckConstraint(
                name="result_use_ends_for_a_reason",
                condition=(Q(state="recorded") & Q(reason=""))
                | (~Q(state="recorded") & ~Q(reason="")),
                violation_error_message="不采纳和作废须写明理由。",
            ),
            models.CheckConstraint(
                name="result_use_talk_keeps_no_content",
                condition=~Q(kind="talk") | Q(note=""),
                violation_error_message="约谈只登记日期和依据，谈话内容不录入系统。",
            ),
            models.CheckConstraint(
                name="result_use_talk_of_a_talk_alone",
                condition=Q(talk__isnull=True) | Q(kind="talk"),
                violation_error_message="只有约谈可以关联谈话登记。",
            ),
            models.CheckConstraint(
                name="result_use_void_by_somebody",
                condition=Q(state="void", voided_at__isnull=False)
                | (~Q(state="void") & Q(voided_at__isnull=True)),
                violation_error_message="作废须有作废人和时间。",
            ),
            together("result_use_voided_at_with_by", "voided_at", "voided_by"),
        ]
        indexes = [models.Index(fields=["county", "year", "-id"], name="result_use_county_year")]

    def __str__(self) -> str:
        return f"{self.sheet.name}{self.get_kind_display()}"


class SheetFindingQuerySet(RecordedQuerySet):
    """Links by who may see the finding."""

    def visible_to(self, user: User) -> Self:
        return self.filter(finding_id__in=Finding.objects.visible_to(user).values("pk"))


class SheetFinding(RecordedModel):
    """A deduction of a published sheet that became a finding, to be put right (反馈整改)."""

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="findings", verbose_name="评分表")
    criterion = models.ForeignKey(
        Criterion, models.PROTECT, related_name="+", verbose_name="考核指标"
    )
    finding = models.OneToOneField(
        Finding, models.PROTECT, related_name="deduction", verbose_name="问题"
    )

    objects = SheetFindingQuerySet.as_manager()

    class Meta:
        verbose_name = "反馈整改"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["sheet", "id"]

    def __str__(self) -> str:
        return f"{self.sheet} {self.criterion} 整改"
