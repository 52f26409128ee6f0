"""督查通报: a numbered paper drafted from the data of supervision rounds, then frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet, StoredFile, User
from tasks.models import Campaign

from .document_number import DocumentNumber

if TYPE_CHECKING:
    from accountability.access import Scope


class BulletinKind(models.TextChoices):
    """What time a bulletin tells of."""

    ROUND = "round", "单次督查"
    HALF_YEAR = "half_year", "半年"
    YEAR = "year", "全年"


class BulletinLayout(models.TextChoices):
    """The form in which it goes out."""

    CIRCULAR = "circular", "通报"
    BRIEF = "brief", "简报"


class BulletinState(models.TextChoices):
    """Transitions: see BULLETIN_TRANSITIONS."""

    DRAFT = "draft", "草拟"
    SUBMITTED = "submitted", "待批准"
    ISSUED = "issued", "已印发"
    VOID = "void", "作废"


BULLETIN_TRANSITIONS: dict[str, frozenset[str]] = {
    BulletinState.DRAFT: frozenset({BulletinState.SUBMITTED, BulletinState.VOID}),
    BulletinState.SUBMITTED: frozenset(
        {BulletinState.DRAFT, BulletinState.ISSUED, BulletinState.VOID}
    ),
    BulletinState.ISSUED: frozenset(),
    BulletinState.VOID: frozenset(),
}


class BulletinQuerySet(RecordedQuerySet):
    """Bulletins by who may see them."""

    def visible_to(self, user: User) -> Self:
        """Drafts are the office's; what is issued is read by all of the county (通报)."""
        scope: Scope = scope_for(user)
        if not scope.may("bulletin.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        return rows if scope.sees_drafts else rows.filter(state=BulletinState.ISSUED)


class Bulletin(RecordedModel):
    """One bulletin. Drafted by the office from `data`, issued by another person.

    `data` is what was read of the rounds when it was drafted; every figure of
    the drafted text can be computed from it again. `period` is the half-year
    (1, 2), 0 otherwise. Once issued, `content` is the canonical text from which
    both files are made and `digest` its SHA-256; nothing of it changes any more.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("范围", max_length=10, choices=BulletinKind.choices)
    period = models.PositiveSmallIntegerField("半年", default=0)
    campaign = models.ForeignKey(
        Campaign,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bulletins",
        verbose_name="督查",
    )
    layout = models.CharField("文种", max_length=10, choices=BulletinLayout.choices)
    title = models.CharField("标题", max_length=120)
    body = models.TextField("正文", max_length=20000)
    data = models.JSONField("数据")
    state = models.CharField(
        "状态", max_length=10, choices=BulletinState.choices, default=BulletinState.DRAFT
    )
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="拟稿人")
    reason = models.CharField("退回或作废原因", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    issued_at = models.DateTimeField("印发时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批准人"
    )
    number = models.OneToOneField(
        DocumentNumber,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bulletin",
        verbose_name="文号",
    )
    content = models.TextField("冻结文本", blank=True)
    digest = models.CharField("摘要", max_length=64, blank=True)
    pdf = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF 文件"
    )
    docx = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="Word 文件",
    )

    objects = BulletinQuerySet.as_manager()

    class Meta:
        verbose_name = "督查通报"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-id"]
        constraints = [
            models.CheckConstraint(
                name="bulletin_of_a_round_or_a_time",
                condition=Q(kind="round", campaign__isnull=False, period=0)
                | Q(kind="half_year", campaign__isnull=True, period__gte=1, period__lte=2)
                | Q(kind="year", campaign__isnull=True, period=0),
                violation_error_message="通报须对应一次督查、一个半年或一个年度。",
            ),
            # Two, because SQLite knows no "nulls not distinct".
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(campaign__isnull=False) & ~Q(state="void"),
                name="bulletin_one_of_a_round",
                violation_error_message="这次督查已有通报，请在原稿上修改。",
            ),
            models.UniqueConstraint(
                fields=["county", "year", "kind", "period"],
                condition=Q(campaign__isnull=True) & ~Q(state="void"),
                name="bulletin_one_of_a_time",
                violation_error_message="这一时段已有通报，请在原稿上修改。",
            ),
            models.CheckConstraint(
                name="bulletin_issued_whole_by_somebody_else",
                condition=Q(
                    state="issued",
                    issued_at__isnull=False,
                    issued_by__isnull=False,
                    number__isnull=False,
                )
                & ~Q(digest="")
                & ~Q(issued_by=F("drafted_by"))
                | ~Q(state="issued")
                & Q(
                    issued_at__isnull=True,
                    issued_by__isnull=True,
                    number__isnull=True,
                    digest="",
                    pdf__isnull=True,
                    docx__isnull=True,
                ),
                violation_error_message="印发须有文号，并由拟稿人以外的人员批准。",
            ),
            models.CheckConstraint(
                name="bulletin_void_for_a_reason",
                condition=~Q(state="void") | ~Q(reason=""),
                violation_error_message="作废须写明原因。",
            ),
        ]
        indexes = [models.Index(fields=["county", "-year", "-id"], name="bulletin_county_year")]

    def __str__(self) -> str:
        return self.title
