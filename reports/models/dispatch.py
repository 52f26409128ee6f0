"""发文: a short 函, 简报 or 通报 that the office writes in the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accountability.access import Action, scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, User

from .document_number import DocumentNumber, NumberKind

if TYPE_CHECKING:
    from reports.documents.content import Form


class DispatchForm(models.TextChoices):
    """The form it is printed in."""

    LETTER = "letter", "函"
    BRIEF = "brief", "简报"
    CIRCULAR = "circular", "通报"


NUMBERED_AS: dict[str, NumberKind] = {
    DispatchForm.LETTER: NumberKind.LETTER_FORM,
    DispatchForm.BRIEF: NumberKind.BRIEF,
    DispatchForm.CIRCULAR: NumberKind.CIRCULAR,
}
PRINTED_AS: dict[str, Form] = {
    DispatchForm.LETTER: "letter",
    DispatchForm.BRIEF: "bulletin",
    DispatchForm.CIRCULAR: "general",
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
    begins with 一、（一）1.（1） is a heading. Once numbered it never changes.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="dispatches", verbose_name="县（区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    form = models.CharField("文种", max_length=10, choices=DispatchForm.choices)
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
