"""公开承诺 and 廉政承诺书: what a post's holder promises, signed and published (M09)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accountability.access import Action, scope_for
from accountability.models import (
    County,
    Person,
    Post,
    RecordedModel,
    RecordedQuerySet,
    StoredFile,
    Unit,
)

from .check_code import check_code
from .document_number import DocumentNumber

if TYPE_CHECKING:
    from accountability.models import User


class PromiseKind(models.TextChoices):
    """For a unit to the public, or for the person himself."""

    PUBLIC = "public", "公开承诺"
    INTEGRITY = "integrity", "廉政承诺书"


class PromiseState(models.TextChoices):
    """Transitions: see PROMISE_TRANSITIONS."""

    DRAFT = "draft", "草拟"
    REVIEW = "review", "待审核"
    RETURNED = "returned", "退回修改"
    APPROVED = "approved", "待签署"
    SIGNED = "signed", "已签署"
    PUBLISHED = "published", "已公开"
    WITHDRAWN = "withdrawn", "已撤下"
    VOID = "void", "作废"


PROMISE_TRANSITIONS: dict[str, frozenset[str]] = {
    PromiseState.DRAFT: frozenset({PromiseState.REVIEW, PromiseState.VOID}),
    PromiseState.REVIEW: frozenset(
        {PromiseState.APPROVED, PromiseState.RETURNED, PromiseState.VOID}
    ),
    PromiseState.RETURNED: frozenset({PromiseState.REVIEW, PromiseState.VOID}),
    PromiseState.APPROVED: frozenset(
        {PromiseState.SIGNED, PromiseState.RETURNED, PromiseState.VOID}
    ),
    PromiseState.SIGNED: frozenset({PromiseState.PUBLISHED, PromiseState.VOID}),
    # What was public is never silently gone: a dated note takes its place.
    PromiseState.PUBLISHED: frozenset({PromiseState.WITHDRAWN}),
    PromiseState.WITHDRAWN: frozenset(),
    PromiseState.VOID: frozenset(),
}
EDITED_STATES = frozenset({PromiseState.DRAFT, PromiseState.RETURNED})
PUBLIC_STATES = frozenset({PromiseState.PUBLISHED, PromiseState.WITHDRAWN})
LIVE_PROMISES = frozenset(PromiseState) - {PromiseState.WITHDRAWN, PromiseState.VOID}


class PromiseQuerySet(RecordedQuerySet):
    """Promises by who may see them, and what is public."""

    def visible_to(self, user: User) -> Self:
        """The office and wide inspectors all; the promiser his own; others what is public.

        Whoever answers for a unit sees its people's as soon as they are submitted.
        """
        scope = scope_for(user)
        if not scope.may(Action.PROMISE_READ):
            return self.none()
        promises = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return promises
        submitted = ~Q(state__in=[*EDITED_STATES, PromiseState.VOID])
        if scope.inspects_whole_county:
            return promises.filter(submitted)
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        return promises.filter(
            Q(state__in=PUBLIC_STATES)
            | Q(person_id=user.person_id, person_id__isnull=False)
            | (Q(unit_id__in=units) & submitted)
        )

    def public(self, county: County) -> Self:
        """What anybody may read, the withdrawn ones as their notes."""
        return self.filter(county=county, state__in=PUBLIC_STATES)


class Promise(RecordedModel):
    """One promise of one post's holder for a year. Made by the office from the county's wording.

    The person rewords `text`; approval freezes it as `content` (JSON) with its
    `digest` and takes a number. `file` is the signed PDF or the scan of a
    promise signed on paper. A published one ends by `withdrawn_note` alone.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="promises", verbose_name="县（区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("种类", max_length=10, choices=PromiseKind.choices)
    post = models.ForeignKey(Post, models.PROTECT, related_name="promises", verbose_name="职务")
    person = models.ForeignKey(
        Person, models.PROTECT, related_name="promises", verbose_name="承诺人"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="promises", verbose_name="单位")
    state = models.CharField(
        "状态", max_length=10, choices=PromiseState.choices, default=PromiseState.DRAFT
    )
    text = models.TextField("承诺内容", max_length=4000)
    version = models.PositiveIntegerField("稿次", default=1)
    number = models.ForeignKey(
        DocumentNumber,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="编号",
    )
    content = models.TextField("冻结文本", blank=True)
    digest = models.CharField("正文摘要（SHA-256）", max_length=64, blank=True)
    reason = models.CharField("退回或作废的原因", max_length=300, blank=True)
    is_paper_signed = models.BooleanField("纸质签署", default=False)
    file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        verbose_name="签署文件",
    )
    made_at = models.DateTimeField("生成时间", auto_now_add=True)
    made_by = models.CharField("生成人", max_length=60)
    approved_at = models.DateTimeField("审核时间", null=True, blank=True)
    approved_by = models.CharField("审核人", max_length=60, blank=True)
    signed_at = models.DateTimeField("签署时间", null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="签署经办人",
    )
    published_at = models.DateTimeField("公开时间", null=True, blank=True)
    published_by = models.CharField("公开经办人", max_length=60, blank=True)
    withdrawn_on = models.DateField("撤下日期", null=True, blank=True)
    withdrawn_note = models.CharField("撤下说明", max_length=200, blank=True)
    withdrawn_by = models.CharField("撤下经办人", max_length=60, blank=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        verbose_name = "承诺书"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "unit__precedence", "post__precedence", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "kind", "post"],
                condition=Q(state__in=sorted(s.value for s in LIVE_PROMISES)),
                name="promise_one_live_for_a_post",
                violation_error_message="该职务已有本年度的承诺书，请先作废或撤下原件。",
            ),
            models.CheckConstraint(
                name="promise_approved_is_frozen",
                condition=Q(approved_at__isnull=True, approved_by="", digest="", content="")
                | (Q(approved_at__isnull=False) & ~Q(approved_by="") & ~Q(digest="")),
                violation_error_message="审核通过的承诺书须有审核人、时间和冻结文本。",
            ),
            models.CheckConstraint(
                name="promise_signed_at_with_by",
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                violation_error_message="签署时间和签署人须同时填写。",
            ),
            models.CheckConstraint(
                name="promise_public_is_signed",
                condition=~Q(state__in=["signed", "published", "withdrawn"])
                | Q(file__isnull=False, signed_at__isnull=False),
                violation_error_message="公开的承诺书须先签署。",
            ),
            models.CheckConstraint(
                name="promise_published_at_with_by",
                condition=Q(published_at__isnull=True, published_by="")
                | (Q(published_at__isnull=False) & ~Q(published_by="")),
                violation_error_message="公开时间和经办人须同时填写。",
            ),
            models.CheckConstraint(
                name="promise_withdrawn_by_a_dated_note",
                condition=(
                    ~Q(state="withdrawn")
                    & Q(withdrawn_on__isnull=True, withdrawn_note="", withdrawn_by="")
                )
                | (
                    Q(state="withdrawn", withdrawn_on__isnull=False)
                    & ~Q(withdrawn_note="")
                    & ~Q(withdrawn_by="")
                ),
                violation_error_message="撤下承诺书须有日期、说明和经办人。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "-year", "state"], name="promise_county_year_state"),
            models.Index(fields=["person", "state"], name="promise_person_state"),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度{self.get_kind_display()} {self.post}"

    @property
    def check_code(self) -> str:
        """The printed code (校验码), made of the text's digest; "" before approval."""
        return check_code(self.digest) if self.digest else ""
