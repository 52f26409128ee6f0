"""责任书: a letter of responsibility between two posts (M07)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accountability.access import scope_for
from accountability.models import (
    County,
    Person,
    Post,
    RecordedModel,
    RecordedQuerySet,
    StoredFile,
    Tenure,
    Unit,
)
from accountability.models.dated import holds_on
from tasks.models import Paper

from .check_code import check_code

if TYPE_CHECKING:
    from accountability.models import User


class LetterLayer(models.TextChoices):
    """Whose duties a letter states; FRAME is what stands around them."""

    FRAME = "frame", "正文框架"
    GROUP = "group", "领导班子"
    FIRST = "first", "第一责任人"
    DUAL = "dual", "一岗双责"
    SECTION = "section", "科室负责人"
    OFFICE = "office", "政府办公室"


class LetterLevel(models.TextChoices):
    """The step of the cascade at which a letter is signed (domain.md 2.3)."""

    COUNTY = "county", "县级"
    LEADER = "leader", "班子成员"
    UNIT = "unit", "单位"
    SECTION = "section", "科室"


LEVEL_ORDER = [level.value for level in LetterLevel]


class LetterState(models.TextChoices):
    """Transitions: see LETTER_TRANSITIONS."""

    DRAFT = "draft", "草拟"
    REVIEW = "review", "审核"
    RETURNED = "returned", "退回"
    WAIT_A = "wait_a", "待甲方签"
    WAIT_B = "wait_b", "待乙方签"
    EFFECTIVE = "effective", "生效"
    STALE = "stale", "已失效需重签"
    VOID = "void", "作废"
    EXPIRED = "expired", "期满"


LETTER_TRANSITIONS: dict[str, frozenset[str]] = {
    LetterState.DRAFT: frozenset({LetterState.REVIEW, LetterState.VOID}),
    LetterState.REVIEW: frozenset({LetterState.WAIT_A, LetterState.RETURNED, LetterState.VOID}),
    LetterState.RETURNED: frozenset({LetterState.DRAFT, LetterState.VOID}),
    # A scan of both signatures makes a letter effective at once.
    LetterState.WAIT_A: frozenset(
        {LetterState.WAIT_B, LetterState.EFFECTIVE, LetterState.RETURNED, LetterState.VOID}
    ),
    LetterState.WAIT_B: frozenset(
        {LetterState.EFFECTIVE, LetterState.RETURNED, LetterState.STALE, LetterState.VOID}
    ),
    LetterState.EFFECTIVE: frozenset({LetterState.STALE, LetterState.VOID, LetterState.EXPIRED}),
    LetterState.STALE: frozenset(),
    LetterState.VOID: frozenset(),
    LetterState.EXPIRED: frozenset(),
}
# In the office's hands alone: nobody else sees them.
DESK_STATES = frozenset({LetterState.DRAFT, LetterState.REVIEW})
WAITING_STATES = frozenset({LetterState.WAIT_A, LetterState.WAIT_B})
# A party has signed: the text no longer changes.
SIGNED_STATES = frozenset({LetterState.WAIT_B, LetterState.EFFECTIVE})
# Neither ended nor replaced: one for each party and paper.
LIVE_STATES = frozenset(
    {
        LetterState.DRAFT,
        LetterState.REVIEW,
        LetterState.RETURNED,
        LetterState.WAIT_A,
        LetterState.WAIT_B,
        LetterState.EFFECTIVE,
        LetterState.EXPIRED,
    }
)
# The number of a letter that ended stays taken, and is listed as such.
ENDED_STATES = frozenset({LetterState.STALE, LetterState.VOID})


def own_seats(user: User) -> frozenset[int]:
    """The posts that the person himself holds today by tenure, whatever his role.

    Who signs, signs for these alone: what is looked after for another (代管) is none.
    """
    if not user.person_id:
        return frozenset()
    day = timezone.localdate()
    rows = Tenure.objects.filter(holds_on(day), holds_on(day, "post__"), person_id=user.person_id)
    return frozenset(rows.values_list("post_id", flat=True))


class LetterQuerySet(RecordedQuerySet):
    """Letters by who may see them."""

    def visible_to(self, user: User) -> Self:
        """One rule for page, file, list and export (DESIGN decision 6).

        The office sees its county's letters, drafts too; inspectors those of
        their county or mandate that were sent out. Others see what was sent
        out and lies on a seat they hold or look after, on a unit they act for
        or are in charge of; who is the first party sees also what the second
        party has signed with those below him.
        """
        scope = scope_for(user)
        if not scope.may("letter.read") or scope.county_id is None:
            return self.none()
        letters = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return letters
        letters = letters.filter(sent_at__isnull=False).exclude(state__in=DESK_STATES)
        if scope.inspects_whole_county:
            return letters
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        seats = scope.post_ids
        return letters.filter(
            Q(party_a_id__in=seats)
            | Q(party_b_id__in=seats)
            | Q(above_id__in=seats)
            | Q(unit_id__in=units)
        )

    def waiting_for(self, user: User) -> Self:
        """What waits for this person's own signature: a delegation does not carry it."""
        seats = own_seats(user)
        return self.filter(
            Q(state=LetterState.WAIT_A, party_a_id__in=seats)
            | Q(state=LetterState.WAIT_B, party_b_id__in=seats)
        )


class Letter(RecordedModel):
    """One letter of responsibility of a year. Made from a paper's tasks that are handed out.

    `content` is the canonical text (JSON) that PDF and docx are both made of,
    `digest` its SHA-256; `revision` counts how often it was made anew before
    anybody signed. `person_a` and `person_b` are who held the posts when the
    text was frozen. `above` is the post over `party_a` in the cascade.
    `number` and `serial` are those of the `DocumentNumber` taken for it.
    `file` is the PDF with the signatures it has so far, or the scan of a
    letter signed on paper.
    """

    year_path = ""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="letters", verbose_name="县（区）"
    )
    paper = models.ForeignKey(
        Paper, models.PROTECT, related_name="letters", verbose_name="实施意见"
    )
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("顺序号")
    number = models.CharField("编号", max_length=80)
    level = models.CharField("层级", max_length=8, choices=LetterLevel.choices)
    layer = models.CharField("责任层级", max_length=20, choices=LetterLayer.choices)
    party_a = models.ForeignKey(
        Post, models.PROTECT, related_name="letters_given", verbose_name="甲方职务"
    )
    party_b = models.ForeignKey(
        Post, models.PROTECT, related_name="letters_taken", verbose_name="乙方职务"
    )
    person_a = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="甲方"
    )
    person_b = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="乙方"
    )
    above = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上一级职务"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="letters", verbose_name="责任单位"
    )
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name="所替代的责任书",
    )
    state = models.CharField(
        "状态", max_length=10, choices=LetterState.choices, default=LetterState.DRAFT
    )
    basis = models.CharField("签订依据（文号）", max_length=120)
    title = models.CharField("标题", max_length=120)
    content = models.TextField("正文")
    digest = models.CharField("正文摘要（SHA-256）", max_length=64)
    revision = models.PositiveIntegerField("稿次", default=1)
    reason = models.CharField("退回、失效或作废的原因", max_length=300, blank=True)
    is_changed = models.BooleanField("有变更", default=False)
    is_paper_signed = models.BooleanField("纸质签署", default=False)
    file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="letters",
        verbose_name="签署文件",
    )
    reminders = models.PositiveSmallIntegerField("催签次数", default=0)
    made_at = models.DateTimeField("生成时间", auto_now_add=True)
    made_by = models.CharField("生成人", max_length=60)
    sent_at = models.DateTimeField("送签时间", null=True, blank=True)
    sent_by = models.CharField("送签人", max_length=60, blank=True)
    signed_a_at = models.DateTimeField("甲方签署时间", null=True, blank=True)
    signed_a_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="甲方签署人",
    )
    signed_b_at = models.DateTimeField("乙方签署时间", null=True, blank=True)
    signed_b_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="乙方签署人",
    )

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = "责任书"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "serial"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "serial"], name="letter_serial_unique"
            ),
            models.UniqueConstraint(
                fields=["paper", "level", "party_b"],
                condition=Q(state__in=sorted(s.value for s in LIVE_STATES)),
                name="letter_one_live_for_a_post",
                violation_error_message="该职务已有本年度的责任书，请先作废原件再生成。",
            ),
            models.CheckConstraint(
                name="letter_between_two_posts",
                condition=~Q(party_a=models.F("party_b")),
                violation_error_message="甲方和乙方不能是同一职务。",
            ),
            models.CheckConstraint(
                name="letter_sent_at_with_by",
                condition=Q(sent_at__isnull=True, sent_by="")
                | (Q(sent_at__isnull=False) & ~Q(sent_by="")),
                violation_error_message="送签时间和送签人须同时填写。",
            ),
            *(
                models.CheckConstraint(
                    name=f"letter_signed_{side}_at_with_by",
                    condition=Q(**{f"signed_{side}_at__isnull": True, f"signed_{side}_by": None})
                    | Q(
                        **{
                            f"signed_{side}_at__isnull": False,
                            f"signed_{side}_by__isnull": False,
                        }
                    ),
                    violation_error_message="签署时间和签署人须同时填写。",
                )
                for side in ("a", "b")
            ),
            models.CheckConstraint(
                name="letter_effective_is_signed",
                condition=~Q(state__in=["effective", "expired"]) | Q(file__isnull=False),
                violation_error_message="生效的责任书须有签署文件。",
            ),
            models.CheckConstraint(
                name="letter_reminded_twice_at_most",
                condition=Q(reminders__lte=2),
                violation_error_message="一份责任书最多催签两次。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "-year", "serial"], name="letter_county_order"),
            models.Index(fields=["party_a", "state"], name="letter_party_a_state"),
            models.Index(fields=["party_b", "state"], name="letter_party_b_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def check_code(self) -> str:
        """The printed code (校验码), made of the text's digest."""
        return check_code(self.digest)
