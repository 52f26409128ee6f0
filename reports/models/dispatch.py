"""发文: a short 函, 简报, 通报, 通知 or 报告 that the office writes in the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accountability.access import Action, scope_for
from accountability.models import County, Duty, RecordedModel, RecordedQuerySet, User

from .document_number import DocumentNumber, NumberKind

if TYPE_CHECKING:
    from reports.documents.content import Form


class DispatchForm(models.TextChoices):
    """The form it is printed in."""

    LETTER = "letter", "函"
    BRIEF = "brief", "简报"
    CIRCULAR = "circular", "通报"
    NOTICE = "notice", "通知"
    REPORT = "report", "报告"


class DraftKind(models.TextChoices):
    """What was drafted from the year's data (mechanisms M13 to M15, M32)."""

    PLAN = "plan", "年初工作安排"
    MID = "mid", "年中检查情况"
    SUMMARY = "summary", "年底工作总结"
    MAIN = "main", "主体责任年度报告（双报告）"
    WATCH = "watch", "监督责任年度报告（双报告）"
    SUPERIOR = "superior", "向上级政府报告"


NUMBERED_AS: dict[str, NumberKind] = {
    DispatchForm.LETTER: NumberKind.LETTER_FORM,
    DispatchForm.BRIEF: NumberKind.BRIEF,
    DispatchForm.CIRCULAR: NumberKind.CIRCULAR,
    DispatchForm.NOTICE: NumberKind.NOTICE,
    DispatchForm.REPORT: NumberKind.REPORT,
}
PRINTED_AS: dict[str, Form] = {
    DispatchForm.LETTER: "letter",
    DispatchForm.BRIEF: "bulletin",
    DispatchForm.CIRCULAR: "general",
    DispatchForm.NOTICE: "general",
    DispatchForm.REPORT: "general",
}


class DispatchState(models.TextChoices):
    """Transitions: see DISPATCH_TRANSITIONS. How its endorsement stands is the endorsement's."""

    DRAFT = "draft", "拟稿"
    ISSUED = "issued", "已印发"
    VOID = "void", "作废"


DISPATCH_TRANSITIONS: dict[str, frozenset[str]] = {
    DispatchState.DRAFT: frozenset({DispatchState.ISSUED, DispatchState.VOID}),
    DispatchState.ISSUED: frozenset(),
    DispatchState.VOID: frozenset(),
}


class DispatchQuerySet(RecordedQuerySet):
    """Dispatches by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The office all; wide inspectors what went out; others what was sent to their own seat."""
        scope = scope_for(user)
        if not scope.may(Action.DISPATCH_READ):
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return rows
        from .endorsement import EndorsementStep  # which knows this module

        steps = EndorsementStep.objects.filter(post_id__in=scope.own_post_ids)
        signed = Q(pk__in=steps.values("endorsement__dispatch_id"))
        if scope.inspects_whole_county:
            return rows.filter(Q(state=DispatchState.ISSUED) | signed)
        return rows.filter(signed)


class Dispatch(RecordedModel):
    """One paper that the office writes, has endorsed, numbers and prints.

    `body` is typed as officials type it, one paragraph a line; a line that
    begins with 一、（一）1.（1） is a heading. Once numbered it never changes. One that
    was drafted from data says as what (`drafted`) and of which year; `duty` is the
    report that it is handed in for.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="dispatches", verbose_name="县（区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    form = models.CharField("文种", max_length=10, choices=DispatchForm.choices)
    drafted = models.CharField("从数据起草", max_length=10, choices=DraftKind.choices, blank=True)
    about_year = models.PositiveSmallIntegerField("所报告的年度", null=True, blank=True)
    duty = models.ForeignKey(
        Duty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="履责事项"
    )
    state = models.CharField(
        "状态", max_length=8, choices=DispatchState.choices, default=DispatchState.DRAFT
    )
    mark = models.CharField("版头", max_length=60)
    title = models.CharField("标题", max_length=120)
    addressee = models.CharField("主送", max_length=300, blank=True)
    body = models.TextField("正文", max_length=20_000)
    attachments = models.TextField("附件", max_length=1000, blank=True)
    copies_to = models.CharField("抄送", max_length=300, blank=True)
    signature = models.CharField("署名", max_length=60)
    version = models.PositiveIntegerField("稿次", default=1)
    number = models.ForeignKey(
        DocumentNumber,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="文号",
    )
    made_at = models.DateTimeField("拟稿时间", auto_now_add=True)
    made_by = models.CharField("拟稿人", max_length=60)
    dated = models.DateField("成文日期", null=True, blank=True)
    issued_at = models.DateTimeField("印发时间", null=True, blank=True)
    issued_by = models.CharField("印发人", max_length=60, blank=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        verbose_name = "发文"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-id"]
        constraints = [
            models.CheckConstraint(
                name="dispatch_issued_with_number_and_date",
                condition=(
                    ~Q(state="issued")
                    & Q(number__isnull=True, dated__isnull=True)
                    & Q(issued_at__isnull=True, issued_by="")
                )
                | (
                    Q(state="issued", number__isnull=False, dated__isnull=False)
                    & Q(issued_at__isnull=False)
                    & ~Q(issued_by="")
                ),
                violation_error_message="印发须有文号、成文日期、印发人和时间。",
            ),
            models.CheckConstraint(
                name="dispatch_drafted_of_a_year",
                condition=Q(drafted="", about_year__isnull=True, duty__isnull=True)
                | (~Q(drafted="") & Q(about_year__isnull=False)),
                violation_error_message="从数据起草的文稿须写明所报告的年度。",
            ),
            models.UniqueConstraint(
                fields=["county", "drafted", "about_year"],
                condition=Q(state="draft") & ~Q(drafted=""),
                name="dispatch_one_draft_of_a_kind",
                violation_error_message="这一年度已有同类文稿正在起草，请直接修改。",
            ),
            models.UniqueConstraint(
                fields=["duty"],
                condition=~Q(state="void") & Q(duty__isnull=False),
                name="dispatch_one_of_a_duty",
                violation_error_message="这项履责事项已有文稿，请直接打开。",
            ),
            models.CheckConstraint(
                name="dispatch_void_for_a_reason",
                condition=(Q(state="void") & ~Q(void_reason=""))
                | (~Q(state="void") & Q(void_reason="")),
                violation_error_message="作废须写明原因。",
            ),
        ]
        indexes = [models.Index(fields=["county", "-year", "-id"], name="dispatch_county_year")]

    def __str__(self) -> str:
        return f"{self.get_form_display()}《{self.title}》"

    @property
    def attachment_names(self) -> tuple[str, ...]:
        """One attachment a line."""
        return tuple(line for line in self.attachments.splitlines() if line.strip())
