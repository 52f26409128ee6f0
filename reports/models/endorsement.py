"""签字背书: a frozen paper's opinions and signatures, from 承办人 to 主要领导."""

from __future__ import annotations

import hashlib
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from accountability.access import scope_for
from accountability.models import (
    County,
    Post,
    RecordedModel,
    RecordedQuerySet,
    StoredFile,
    User,
)
from tasks.models import Paper

from .check_code import check_code
from .dispatch import Dispatch
from .year_report import YearReport


class EndorsedKind(models.TextChoices):
    """What is endorsed: of a paper its division or breakdown; a dispatch or report as written."""

    DIVISION = "division", "责任分工"
    BREAKDOWN = "breakdown", "任务分解"
    DISPATCH = "dispatch", "发文稿"
    REPORT = "report", "考核报告"


OF_A_PAPER = (EndorsedKind.DIVISION, EndorsedKind.BREAKDOWN)


class EndorsementState(models.TextChoices):
    """Transitions: see ENDORSEMENT_TRANSITIONS."""

    OPEN = "open", "签署中"
    DONE = "done", "已背书"
    RETURNED = "returned", "退回修改"
    VOID = "void", "已失效"


ENDORSEMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    EndorsementState.OPEN: frozenset(
        {EndorsementState.DONE, EndorsementState.RETURNED, EndorsementState.VOID}
    ),
    EndorsementState.DONE: frozenset({EndorsementState.VOID}),
    EndorsementState.RETURNED: frozenset(),
    EndorsementState.VOID: frozenset(),
}
STILL = (EndorsementState.OPEN, EndorsementState.DONE)


class EndorsementLayer(models.IntegerChoices):
    """Who signs, in this order."""

    HANDLER = 1, "承办人"
    SECTION_HEAD = 2, "部门负责人"
    LEADER_IN_CHARGE = 3, "分管领导"
    FIRST_LEADER = 4, "主要领导"


class EndorsementQuerySet(RecordedQuerySet):
    """Endorsements by who may see them."""

    def visible_to(self, user: User) -> Self:
        """Whoever sees the paper, dispatch or report sees who answers for it."""
        papers = Paper.objects.visible_to(user).values("pk")
        dispatches = Dispatch.objects.visible_to(user).values("pk")
        reports = YearReport.objects.visible_to(user).values("pk")
        return self.filter(
            Q(paper_id__in=papers) | Q(dispatch_id__in=dispatches) | Q(report_id__in=reports),
            county_id=scope_for(user).county_id,
        )

    def waiting_for(self, seats: frozenset[int]) -> Self:
        """Open rounds in which it is the turn of one of `seats`."""
        unsigned = EndorsementStep.objects.filter(
            endorsement=OuterRef("pk"), signed_at__isnull=True
        ).order_by("layer")
        return self.filter(state=EndorsementState.OPEN).filter(
            pk__in=self.annotate(turn=Subquery(unsigned.values("post_id")[:1]))
            .filter(turn__in=seats)
            .values("pk")
        )


class Endorsement(RecordedModel):
    """One round of endorsing a kind of a paper, a dispatch or a report: frozen text and digest.

    Made by the office. A later change of the content is seen by the digest: the
    round counts no longer, and a new one asks everybody again. `file` is the
    签字背书单 with the signatures it has so far.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    paper = models.ForeignKey(
        Paper,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="endorsements",
        verbose_name="实施意见",
    )
    dispatch = models.ForeignKey(
        Dispatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="endorsements",
        verbose_name="发文",
    )
    report = models.ForeignKey(
        YearReport,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="endorsements",
        verbose_name="考核报告",
    )
    kind = models.CharField("背书内容", max_length=12, choices=EndorsedKind.choices)
    round = models.PositiveSmallIntegerField("轮次")
    state = models.CharField(
        "状态", max_length=10, choices=EndorsementState.choices, default=EndorsementState.OPEN
    )
    content = models.TextField("冻结文本")
    digest = models.CharField("摘要", max_length=64)
    file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="签字背书单",
    )
    asked_at = models.DateTimeField("送签时间", auto_now_add=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="送签人")
    ended_at = models.DateTimeField("失效时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="失效经办人"
    )
    end_reason = models.CharField("失效原因", max_length=200, blank=True)

    objects = EndorsementQuerySet.as_manager()

    class Meta:
        verbose_name = "签字背书"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "kind", "round"], name="endorsement_round_once"
            ),
            models.UniqueConstraint(
                fields=["dispatch", "round"], name="endorsement_round_of_a_dispatch_once"
            ),
            models.UniqueConstraint(
                fields=["dispatch"],
                condition=Q(state__in=["open", "done"], dispatch__isnull=False),
                name="endorsement_one_of_a_dispatch_that_counts",
                violation_error_message="该文稿已有签署中或有效的背书。",
            ),
            models.UniqueConstraint(
                fields=["report", "round"], name="endorsement_round_of_a_report_once"
            ),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(state__in=["open", "done"], report__isnull=False),
                name="endorsement_one_of_a_report_that_counts",
                violation_error_message="该报告已有签署中或有效的背书。",
            ),
            models.CheckConstraint(
                name="endorsement_of_a_paper_a_dispatch_or_a_report",
                condition=Q(
                    paper__isnull=False,
                    dispatch__isnull=True,
                    report__isnull=True,
                    kind__in=["division", "breakdown"],
                )
                | Q(
                    paper__isnull=True,
                    dispatch__isnull=False,
                    report__isnull=True,
                    kind="dispatch",
                )
                | Q(paper__isnull=True, dispatch__isnull=True, report__isnull=False, kind="report"),
                violation_error_message="背书须对应一份实施意见、一份文稿或一份报告。",
            ),
            models.UniqueConstraint(
                fields=["paper", "kind"],
                condition=Q(state__in=["open", "done"]),
                name="endorsement_one_that_counts",
                violation_error_message="该内容已有签署中或有效的背书。",
            ),
            models.CheckConstraint(
                name="endorsement_ended_by_somebody_for_a_reason",
                condition=Q(
                    state__in=["open", "done"],
                    ended_at__isnull=True,
                    ended_by__isnull=True,
                    end_reason="",
                )
                | (
                    Q(
                        state__in=["returned", "void"],
                        ended_at__isnull=False,
                        ended_by__isnull=False,
                    )
                    & ~Q(end_reason="")
                ),
                violation_error_message="退回或失效的背书须有经办人、时间和原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}{self.get_kind_display()}背书第 {self.round} 轮"

    @property
    def subject(self) -> Paper | Dispatch | YearReport:
        """The paper, the dispatch or the report."""
        found = self.paper or self.dispatch or self.report
        assert found is not None
        return found

    @property
    def signed_layers(self) -> str:
        """2/4: how many of its steps (prefetched) are signed."""
        steps = list(self.steps.all())
        return f"{sum(step.signed_at is not None for step in steps)}/{len(steps)}"

    @property
    def check_code(self) -> str:
        """The code printed on the 签字背书单; of this round alone, for texts may come back."""
        told = f"endorsement:{self.pk}:{self.digest}"
        return check_code(hashlib.sha256(told.encode()).hexdigest())


class EndorsementStep(RecordedModel):
    """One seat's place in a round; once signed, the opinion and who signed it."""

    endorsement = models.ForeignKey(
        Endorsement, models.PROTECT, related_name="steps", verbose_name="签字背书"
    )
    layer = models.PositiveSmallIntegerField("层级", choices=EndorsementLayer.choices)
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name="签署职务")
    opinion = models.CharField("意见", max_length=500, blank=True)
    signed_at = models.DateTimeField("签署时间", null=True, blank=True)
    signed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签署人"
    )
    certificate = models.CharField("签名证书摘要", max_length=64, blank=True)

    class Meta:
        verbose_name = "背书签署"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["endorsement", "layer"]
        constraints = [
            models.UniqueConstraint(
                fields=["endorsement", "layer"], name="endorsement_step_layer_once"
            ),
            models.CheckConstraint(
                name="endorsement_step_signed_by_somebody_with_an_opinion",
                condition=Q(signed_at__isnull=True, signed_by__isnull=True, opinion="")
                | (Q(signed_at__isnull=False, signed_by__isnull=False) & ~Q(opinion="")),
                violation_error_message="签署须有签署人、时间和意见。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_layer_display()} {self.post}"
