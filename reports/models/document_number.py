"""文号: numbers of what the county sends out, by kind and year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, User

if TYPE_CHECKING:
    from accountability.access import Scope

YEAR, ORDINAL, PADDED = "{年}", "{号}", "{三位号}"
_PLACE = re.compile(r"\{[^}]*\}?|\}")


class NumberKind(models.TextChoices):
    """What is numbered; each kind counts by itself in each year."""

    NOTICE = "notice", "通知"
    CIRCULAR = "circular", "通报"
    LETTER_FORM = "letter_form", "函"
    BRIEF = "brief", "简报"
    REPORT = "report", "报告"
    RESPONSIBILITY = "responsibility", "责任书"
    ASSIGNMENT = "assignment", "交办单"
    URGING = "urging", "催办单"
    SUPERVISION = "supervision", "督办单"
    PROMISE = "promise", "承诺书"


_BY_ISSUER = {
    NumberKind.NOTICE: "发",
    NumberKind.CIRCULAR: "通",
    NumberKind.LETTER_FORM: "函",
    NumberKind.REPORT: "报",
    NumberKind.ASSIGNMENT: "交",
    NumberKind.URGING: "催",
    NumberKind.SUPERVISION: "督",
}
_BY_KIND = {
    NumberKind.BRIEF: f"〔{YEAR}〕第{ORDINAL}期",
    NumberKind.RESPONSIBILITY: f"〔{YEAR}〕责-{PADDED}",
    NumberKind.PROMISE: f"〔{YEAR}〕诺-{PADDED}",
}


def usual_pattern(kind: str, county: County) -> str:
    """How a number of `kind` is written until the office says otherwise: 安政函〔{年}〕{号}号."""
    if written := _BY_KIND.get(NumberKind(kind)):
        return written
    mark = county.number_prefix.removesuffix("发") + _BY_ISSUER[NumberKind(kind)]
    return f"{mark}〔{YEAR}〕{ORDINAL}号"


def check_pattern(pattern: str) -> None:
    """`ValidationError` unless `pattern` names the year once and the ordinal once, nothing else."""
    places = _PLACE.findall(pattern)
    if sorted(places) not in (sorted([YEAR, ORDINAL]), sorted([YEAR, PADDED])):
        raise ValidationError(
            f"文号格式须写明 {YEAR} 和 {ORDINAL}（或 {PADDED}）各一次，不能有其他花括号。"
        )


class NumberQuerySet(RecordedQuerySet):
    """Series and numbers by who keeps them."""

    def visible_to(self, user: User) -> Self:
        """All of one's own county for the office, which numbers its papers."""
        scope: Scope = scope_for(user)
        return self.filter(county_id=scope.county_id) if scope.may("form.manage") else self.none()


class NumberSeries(RecordedModel):
    """How one kind's numbers of a year are written; made with the first of them.

    Its row is the lock under which the next number is taken.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    kind = models.CharField("文种", max_length=16, choices=NumberKind.choices)
    year = models.PositiveSmallIntegerField("年度")
    pattern = models.CharField("文号格式", max_length=60, validators=[check_pattern])

    objects = NumberQuerySet.as_manager()

    class Meta:
        verbose_name = "文号序列"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "kind", "year"], name="number_series_county_kind_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.year} 年{self.get_kind_display()}文号"

    def written(self, ordinal: int) -> str:
        """The number as it is printed: 安政函〔2026〕12号, 〔2026〕责-012."""
        return (
            self.pattern.replace(YEAR, str(self.year))
            .replace(ORDINAL, str(ordinal))
            .replace(PADDED, f"{ordinal:03d}")
        )


class DocumentNumber(RecordedModel):
    """One number of a series, taken for one paper. Never deleted, never given again.

    Made by `services.numbers.take` in the transaction that makes the paper, so
    that a paper that is not made leaves no gap. `for_type` and `for_id` name
    the paper's row where it had one by then. A void number stays, with its reason.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    series = models.ForeignKey(
        NumberSeries, models.PROTECT, related_name="numbers", verbose_name="文号序列"
    )
    ordinal = models.PositiveIntegerField("顺序号")
    text = models.CharField("文号", max_length=80)
    for_type = models.CharField("文书类别", max_length=60, blank=True)
    for_id = models.BigIntegerField("文书编号", null=True, blank=True)
    for_label = models.CharField("文书", max_length=200)
    taken_at = models.DateTimeField("编号时间", auto_now_add=True)
    taken_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="编号人"
    )
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    voided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作废人"
    )
    void_reason = models.CharField("作废理由", max_length=200, blank=True)

    objects = NumberQuerySet.as_manager()

    class Meta:
        verbose_name = "文号"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["series", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "ordinal"], name="document_number_once_in_its_series"
            ),
            models.UniqueConstraint(
                fields=["county", "text"],
                name="document_number_text_once_in_the_county",
                violation_error_message="已有相同的文号，请调整文号格式。",
            ),
            models.CheckConstraint(
                name="document_number_from_one",
                condition=Q(ordinal__gte=1),
                violation_error_message="顺序号从 1 开始。",
            ),
            models.CheckConstraint(
                name="document_number_void_by_somebody_for_a_reason",
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                violation_error_message="作废文号须有作废人、作废时间和理由。",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None
