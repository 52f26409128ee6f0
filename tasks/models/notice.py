"""督办文书: 交办单, 催办单, 督办单; numbered, coloured, with two clocks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import (
    County,
    RecordedModel,
    RecordedQuerySet,
    StoredFile,
    Unit,
    User,
)

from .paired import Extendable, extension_whole, somebody_else, together
from .task_item import TaskItem

if TYPE_CHECKING:
    from accountability.access import Scope


class NoticeKind(models.TextChoices):
    """The three papers, each with a series of numbers of its own."""

    ASSIGNMENT = "assignment", "交办单"
    URGING = "urging", "催办单"
    SUPERVISION = "supervision", "督办单"


class NoticeState(models.TextChoices):
    """Transitions: see NOTICE_TRANSITIONS."""

    DRAFT = "draft", "拟稿"
    ISSUED = "issued", "待签收"
    TAKEN = "taken", "办理中"
    ANSWERED = "answered", "待复核"
    RETURNED = "returned", "退回重办"
    RECHECKED = "rechecked", "复核通过"
    STRUCK = "struck", "已销号"
    VOID = "void", "作废"


NOTICE_TRANSITIONS: dict[str, frozenset[str]] = {
    NoticeState.DRAFT: frozenset({NoticeState.ISSUED, NoticeState.VOID}),
    NoticeState.ISSUED: frozenset({NoticeState.TAKEN, NoticeState.VOID}),
    NoticeState.TAKEN: frozenset({NoticeState.ANSWERED, NoticeState.VOID}),
    NoticeState.ANSWERED: frozenset(
        {NoticeState.RETURNED, NoticeState.RECHECKED, NoticeState.VOID}
    ),
    NoticeState.RETURNED: frozenset({NoticeState.ANSWERED, NoticeState.VOID}),
    # What came back in a second look (回头看) is done anew.
    NoticeState.RECHECKED: frozenset({NoticeState.STRUCK, NoticeState.RETURNED}),
    NoticeState.STRUCK: frozenset(),
    NoticeState.VOID: frozenset(),
}
# Out and not finished; in these the unit has something to do.
OPEN_NOTICES = (
    NoticeState.ISSUED,
    NoticeState.TAKEN,
    NoticeState.ANSWERED,
    NoticeState.RETURNED,
    NoticeState.RECHECKED,
)
UNITS_TURN = (NoticeState.ISSUED, NoticeState.TAKEN, NoticeState.RETURNED)


class Colour(models.TextChoices):
    """The colour of a notice. A person raises it; it goes back by being made good alone."""

    YELLOW = "yellow", "黄色"
    ORANGE = "orange", "橙色"
    RED = "red", "红色"
    GREEN = "green", "绿色"


# One made good is yellow before it is green: green is reached from yellow alone.
COLOUR_STEPS: dict[str, frozenset[str]] = {
    Colour.YELLOW: frozenset({Colour.ORANGE, Colour.RED, Colour.GREEN}),
    Colour.ORANGE: frozenset({Colour.RED, Colour.YELLOW}),
    Colour.RED: frozenset({Colour.YELLOW}),
    Colour.GREEN: frozenset(),
}
WARNING_COLOURS = (Colour.YELLOW, Colour.ORANGE, Colour.RED)


class SourceKind(models.TextChoices):
    """What a notice or a finding came from."""

    CAMPAIGN = "campaign", "督查"
    TASK = "task", "任务进展"
    MEETING = "meeting", "会议和领导批示"
    TOUR = "tour", "巡视巡察反馈"
    SUPERIOR = "superior", "上级检查"
    DISCIPLINE = "discipline", "纪检监察建议"
    AUDIT = "audit", "审计"
    PUBLIC = "public", "群众反映"
    ASSESSMENT = "assessment", "年度考核"


def within(scope: Scope, prefix: str = "") -> Q:
    """The condition that a row's unit is one that the scope acts for, is in charge of, inspects."""
    units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
    return Q(**{f"{prefix}unit_id__in": units})


class NoticeQuerySet(RecordedQuerySet):
    """Notices by who may see them, and by state and time."""

    def visible_to(self, user: User) -> Self:
        """The office and the county's inspectors see all; others those of their units.

        What was never sent is the office's alone.
        """
        scope = scope_for(user)
        if not scope.may("notice.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_drafts:
            return rows
        rows = rows.filter(issued_at__isnull=False)
        return rows if scope.sees_whole_county else rows.filter(within(scope))

    def open(self) -> Self:
        """Sent and neither struck off nor void."""
        return self.filter(state__in=OPEN_NOTICES)

    def late(self, *, on: date) -> Self:
        """The unit's turn, and its clock has run out."""
        return self.filter(
            Q(state=NoticeState.ISSUED, ack_due_on__lt=on)
            | Q(state__in=UNITS_TURN, answer_due_on__lt=on)
        )


class Notice(RecordedModel, Extendable):
    """One notice to one unit about one thing (一事一单). Drafted and sent by two persons.

    The number is taken when it is sent, so that a draft that is thrown away
    leaves no gap. `ack_days` and `answer_days` are working days; the two due
    days are computed from them when the notice is sent.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("文种", max_length=12, choices=NoticeKind.choices)
    number = models.CharField("编号", max_length=80, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="notices", verbose_name="承办单位")
    item = models.ForeignKey(
        TaskItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name="任务",
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        verbose_name="接续的文书",
    )
    title = models.CharField("事项", max_length=120)
    demand = models.TextField("办理要求", max_length=2000)
    source_kind = models.CharField("来源", max_length=12, choices=SourceKind.choices)
    source_id = models.BigIntegerField("来源编号", null=True, blank=True)
    source_text = models.CharField("来源说明", max_length=200, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=NoticeState.choices, default=NoticeState.DRAFT
    )
    colour = models.CharField("颜色", max_length=8, choices=Colour.choices, default=Colour.YELLOW)
    colour_reason = models.CharField("定色理由", max_length=200, blank=True)
    ack_days = models.PositiveSmallIntegerField("签收时限（工作日）", default=2)
    answer_days = models.PositiveSmallIntegerField("反馈时限（工作日）", default=5)
    ack_due_on = models.DateField("签收期限", null=True, blank=True)
    answer_due_on = models.DateField("反馈期限", null=True, blank=True)
    made_at = models.DateTimeField("拟稿时间", auto_now_add=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="拟稿人")
    issued_at = models.DateTimeField("签发时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签发人"
    )
    taken_at = models.DateTimeField("签收时间", null=True, blank=True)
    taken_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签收人"
    )
    answer = models.TextField("办理情况", max_length=4000, blank=True)
    answer_reference = models.CharField("佐证文号", max_length=200, blank=True)
    answer_file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="佐证文件"
    )
    answered_at = models.DateTimeField("反馈时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="反馈人"
    )
    opinion = models.CharField("复核意见", max_length=500, blank=True)
    returns = models.PositiveSmallIntegerField("退回次数", default=0)
    rechecked_at = models.DateTimeField("复核时间", null=True, blank=True)
    rechecked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    struck_at = models.DateTimeField("销号时间", null=True, blank=True)
    struck_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="销号人"
    )
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    voided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作废人"
    )
    void_reason = models.CharField("作废理由", max_length=200, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "督办文书"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "number"],
                condition=~Q(number=""),
                name="notice_number_once_in_the_county",
                violation_error_message="已有相同编号的文书。",
            ),
            models.CheckConstraint(
                name="notice_sent_with_number_and_clocks",
                condition=Q(
                    issued_at__isnull=True,
                    number="",
                    ack_due_on__isnull=True,
                    answer_due_on__isnull=True,
                )
                | (
                    Q(
                        issued_at__isnull=False,
                        ack_due_on__isnull=False,
                        answer_due_on__isnull=False,
                    )
                    & ~Q(number="")
                ),
                violation_error_message="签发的文书须有编号和两个期限。",
            ),
            models.CheckConstraint(
                name="notice_out_only_when_sent",
                condition=Q(state__in=["draft", "void"]) | Q(issued_at__isnull=False),
                violation_error_message="文书签发后才能办理。",
            ),
            models.CheckConstraint(
                name="notice_green_only_when_struck",
                condition=Q(state="struck", colour="green")
                | (~Q(state="struck") & ~Q(colour="green")),
                violation_error_message="销号的文书为绿色，其余不为绿色。",
            ),
            models.CheckConstraint(
                name="notice_days_within_reason",
                condition=Q(ack_days__gte=1, ack_days__lte=10)
                & Q(answer_days__gte=1, answer_days__lte=90),
                violation_error_message="签收时限为 1 至 10 个工作日，反馈时限 1 至 90 个。",
            ),
            models.CheckConstraint(
                name="notice_void_by_somebody_for_a_reason",
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                & ~Q(state="void")
                | (
                    Q(state="void", voided_at__isnull=False, voided_by__isnull=False)
                    & ~Q(void_reason="")
                ),
                violation_error_message="作废须有作废人、作废时间和理由。",
            ),
            together("notice_issued_at_with_by", "issued_at", "issued_by"),
            together("notice_taken_at_with_by", "taken_at", "taken_by"),
            together("notice_answered_at_with_by", "answered_at", "answered_by"),
            together("notice_rechecked_at_with_by", "rechecked_at", "rechecked_by"),
            together("notice_struck_at_with_by", "struck_at", "struck_by"),
            extension_whole("notice_extension_whole"),
            somebody_else(
                "notice_sent_by_somebody_else",
                "made_by",
                "issued_by",
                "拟稿人不能签发自己拟的文书。",
            ),
            somebody_else(
                "notice_rechecked_by_somebody_else",
                "answered_by",
                "rechecked_by",
                "反馈人不能复核自己的反馈。",
            ),
            somebody_else(
                "notice_struck_by_somebody_else",
                "rechecked_by",
                "struck_by",
                "复核人不能办理销号。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "-year", "-id"], name="notice_county_year"),
            models.Index(fields=["county", "unit", "state"], name="notice_county_unit_state"),
            models.Index(fields=["county", "state", "answer_due_on"], name="notice_county_due"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number or self.get_kind_display()} {self.title}"

    @property
    def due_on(self) -> date | None:
        """The day by which the unit must act next; None when it is not its turn."""
        if self.state == NoticeState.ISSUED:
            return self.ack_due_on
        return self.answer_due_on if self.state in UNITS_TURN else None
