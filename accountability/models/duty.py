"""履责事项: a recurring duty of one subject in one period, with its record and papers."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from .county import County
from .duty_rule import DutyKind, DutyRule
from .person import Layer, Post
from .recorded import RecordedModel, RecordedQuerySet
from .stored_file import StoredFile
from .unit import Unit
from .user import User


class DutyState(models.TextChoices):
    """Transitions: see DUTY_TRANSITIONS."""

    OPEN = "open", "待办"
    HELD = "held", "材料未齐"
    DONE = "done", "已完成"
    WAIVED = "waived", "已免除"


DUTY_TRANSITIONS: dict[str, frozenset[str]] = {
    DutyState.OPEN: frozenset({DutyState.HELD, DutyState.DONE, DutyState.WAIVED}),
    DutyState.HELD: frozenset({DutyState.DONE, DutyState.OPEN, DutyState.WAIVED}),
    DutyState.DONE: frozenset({DutyState.OPEN, DutyState.HELD}),
    DutyState.WAIVED: frozenset({DutyState.OPEN}),
}
OWED = (DutyState.OPEN, DutyState.HELD)
ANSWERING = (Layer.FIRST_RESPONSIBLE, Layer.DUAL_DUTY)


class DutyQuerySet(RecordedQuerySet):
    """Duties by who may see them and how they stand on a day."""

    def visible_to(self, user: User) -> Self:
        """The office and wide inspectors: the county's; others: their units' and seats'.

        A leader reads those of the units in charge too, an inspector with a
        limited mandate those of the inspected units.
        """
        from ..access.scope import scope_for

        scope = scope_for(user)
        if not scope.may("duty.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_whole_county:
            return rows
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        return rows.filter(
            Q(unit_id__in=units)
            | Q(unit_id__in=answered_units(scope.post_ids))
            | Q(post_id__in=scope.post_ids)
            | Q(post_id__in=Post.objects.filter(unit_id__in=units).order_by().values("pk"))
        )

    def owed(self) -> Self:
        """What still has to be done or handed in."""
        return self.filter(state__in=OWED)

    def overdue(self, *, on: date) -> Self:
        """Owed and past the day on which the next step was due."""
        return self.owed().filter(
            Q(state=DutyState.OPEN, due_on__lt=on)
            | Q(state=DutyState.HELD, follow_due_on__lt=on)
            | Q(state=DutyState.HELD, follow_due_on__isnull=True, due_on__lt=on)
        )


def answered_units(post_ids: frozenset[int]) -> models.QuerySet[Post, int]:
    """The units for which these seats answer as 第一责任人 or 一岗双责."""
    rows = Post.objects.filter(pk__in=post_ids, layer__in=ANSWERING).order_by()
    return rows.values_list("unit_id", flat=True)


class Duty(RecordedModel):
    """What one unit or seat owes by one rule in one period; made by the rhythm, exactly once.

    `period` is the key of the period within the year (2026, 2026H1, 2026Q3, 2026M05).
    `record` is the record in the form of its kind (accountability.duty_content);
    `follow_due_on` the day by which the papers are due once it was held. `check`
    is the discipline inspectors' look at a 民主生活会. Late work stays possible:
    it is done and shows as 逾期补报.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="duties", verbose_name="县（区）"
    )
    rule = models.ForeignKey(
        DutyRule, models.PROTECT, related_name="duties", verbose_name="履责规则"
    )
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("种类", max_length=16, choices=DutyKind.choices)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="duties", verbose_name="责任单位"
    )
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="duties", verbose_name="责任职务"
    )
    period = models.CharField("期", max_length=8)
    period_start = models.DateField("期始")
    period_end = models.DateField("期末")
    due_on = models.DateField("时限")
    state = models.CharField(
        "状态", max_length=8, choices=DutyState.choices, default=DutyState.OPEN
    )
    held_on = models.DateField("开展日期", null=True, blank=True)
    follow_due_on = models.DateField("材料时限", null=True, blank=True)
    record = models.JSONField("记录", default=dict, blank=True)
    recorded_at = models.DateTimeField("记录时间", null=True, blank=True)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="记录人"
    )
    done_on = models.DateField("完成日期", null=True, blank=True)
    waived_at = models.DateTimeField("免除时间", null=True, blank=True)
    waived_by = models.CharField("免除人", max_length=60, blank=True)
    waive_reason = models.CharField("免除理由", max_length=200, blank=True)
    return_reason = models.CharField("退回意见", max_length=200, blank=True)
    check_answers = models.JSONField("监督检查", default=dict, blank=True)
    checked_at = models.DateTimeField("检查时间", null=True, blank=True)
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="检查人"
    )
    reminders = models.PositiveSmallIntegerField("已提醒次数", default=0)
    revision = models.PositiveIntegerField("版本", default=1)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = "履责事项"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="duty_is_of_a_unit_or_a_post",
                condition=Q(unit__isnull=False, post__isnull=True)
                | Q(unit__isnull=True, post__isnull=False),
                violation_error_message="履责事项属于一个单位或一个职务。",
            ),
            # Two, because SQLite knows no "nulls not distinct".
            models.UniqueConstraint(
                fields=["rule", "period", "unit"],
                condition=Q(unit__isnull=False),
                name="duty_once_a_period_of_a_unit",
                violation_error_message="该单位本期已有这一事项。",
            ),
            models.UniqueConstraint(
                fields=["rule", "period", "post"],
                condition=Q(post__isnull=False),
                name="duty_once_a_period_of_a_post",
                violation_error_message="该职务本期已有这一事项。",
            ),
            models.CheckConstraint(
                name="duty_recorded_by_somebody",
                condition=Q(recorded_at__isnull=True, recorded_by__isnull=True)
                | Q(recorded_at__isnull=False, recorded_by__isnull=False),
                violation_error_message="记录须有记录人和时间。",
            ),
            models.CheckConstraint(
                name="duty_checked_by_somebody",
                condition=Q(checked_at__isnull=True, checked_by__isnull=True)
                | Q(checked_at__isnull=False, checked_by__isnull=False),
                violation_error_message="检查须有检查人和时间。",
            ),
            models.CheckConstraint(
                name="duty_waived_by_somebody_for_a_reason",
                condition=(Q(waived_at__isnull=True, waived_by="") & ~Q(state="waived"))
                | (
                    Q(waived_at__isnull=False, state="waived")
                    & ~Q(waived_by="")
                    & ~Q(waive_reason="")
                ),
                violation_error_message="免除须有经办人、时间和理由。",
            ),
            models.CheckConstraint(
                name="duty_done_on_a_day",
                condition=Q(state="done", done_on__isnull=False)
                | (~Q(state="done") & Q(done_on__isnull=True)),
                violation_error_message="完成的事项须有完成日期。",
            ),
            models.CheckConstraint(
                name="duty_two_reminders_at_most",
                condition=Q(reminders__lte=2),
                violation_error_message="每期至多提醒两次。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "year", "due_on", "id"], name="duty_county_due"),
            models.Index(fields=["county", "state", "due_on"], name="duty_county_state"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_name}{self.title}"

    @property
    def subject_name(self) -> str:
        """The unit or the seat that owes it."""
        return str(self.unit or self.post)

    @property
    def subject_unit_id(self) -> int:
        """The unit that owes it, or whose seat does."""
        if self.unit_id is not None:
            return self.unit_id
        assert self.post is not None
        return self.post.unit_id

    @property
    def period_label(self) -> str:
        """一季度, 上半年, 5月; 2026年 for a whole year."""
        from ..duty_periods import label_of

        return label_of(self.period)

    @property
    def title(self) -> str:
        """What is owed, with its period where the year has several."""
        from ..duty_periods import named

        return named(self.rule.title, self.period)

    @property
    def next_due(self) -> date:
        """The day by which the next step is due: holding it, then handing in its papers."""
        if self.state == DutyState.HELD and self.follow_due_on:
            return self.follow_due_on
        return self.due_on

    @property
    def is_late(self) -> bool:
        """逾期补报: held after its deadline, or its papers handed in after theirs."""
        if self.held_on is not None and self.held_on > self.due_on:
            return True
        if self.done_on is None:
            return False
        return self.follow_due_on is not None and self.done_on > self.follow_due_on

    def is_overdue(self, on: date) -> bool:
        """Whether its next step is owed and past its day."""
        return self.state in OWED and self.next_due < on


class DutyFileQuerySet(RecordedQuerySet):
    """Papers of duties by who may see the duty."""

    def visible_to(self, user: User) -> Self:
        """Whoever sees the duty sees what was handed in with it."""
        return self.filter(duty__in=Duty.objects.visible_to(user).order_by().values("pk"))


class DutyFile(RecordedModel):
    """One paper of a duty: a file, or the reference to one kept elsewhere (文号、会议).

    `label` names what was to be handed in (报送材料), or is empty for other evidence.
    Taken back with a reason, never deleted.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    duty = models.ForeignKey(Duty, models.PROTECT, related_name="files", verbose_name="履责事项")
    label = models.CharField("报送材料", max_length=60, blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="文件"
    )
    reference = models.CharField("引用", max_length=200, blank=True)
    added_at = models.DateTimeField("添加时间", auto_now_add=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="添加人")
    voided_at = models.DateTimeField("撤回时间", null=True, blank=True)
    voided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )
    void_reason = models.CharField("撤回理由", max_length=200, blank=True)

    objects = DutyFileQuerySet.as_manager()

    class Meta:
        verbose_name = "履责材料"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["duty", "id"]
        constraints = [
            models.CheckConstraint(
                name="duty_file_is_a_file_or_a_reference",
                condition=(Q(file__isnull=False) & Q(reference=""))
                | (Q(file__isnull=True) & ~Q(reference="")),
                violation_error_message="材料是一个文件，或者一条引用。",
            ),
            models.CheckConstraint(
                name="duty_file_voided_by_somebody_for_a_reason",
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                violation_error_message="撤回须有经办人、时间和理由。",
            ),
        ]

    def __str__(self) -> str:
        return self.file.name if self.file else self.reference
