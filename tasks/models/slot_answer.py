"""分工确认: what a 责任领导 says to the duty that was laid on his seat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import County, RecordedModel, RecordedQuerySet

from .paired import somebody_else
from .task_item import Assignment

if TYPE_CHECKING:
    from accountability.models import User


class AnswerState(models.TextChoices):
    """Transitions: see ANSWER_TRANSITIONS."""

    UNANSWERED = "unanswered", "未答复"
    CONFIRMED = "confirmed", "已确认"
    OBJECTED = "objected", "有异议"
    ACCEPTED = "accepted", "异议已采纳"
    DECLINED = "declined", "异议未采纳"


# Before anything is said there is no row; a late word is taken as well.
ANSWER_TRANSITIONS: dict[str, frozenset[str]] = {
    AnswerState.UNANSWERED: frozenset({AnswerState.CONFIRMED, AnswerState.OBJECTED}),
    AnswerState.CONFIRMED: frozenset(),
    AnswerState.OBJECTED: frozenset({AnswerState.ACCEPTED, AnswerState.DECLINED}),
    AnswerState.ACCEPTED: frozenset(),
    AnswerState.DECLINED: frozenset(),
}


class SlotAnswerQuerySet(RecordedQuerySet):
    """Answers by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The office and the county's inspectors see all, a leader those of his own seats."""
        scope = scope_for(user)
        if not scope.may("slot.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.sees_whole_county:
            return rows
        return rows.filter(assignment__post_id__in=scope.own_post_ids)


class SlotAnswer(RecordedModel):
    """The answer to one holding of a slot: confirmed, objected to, or none in time.

    `due_on` is the last of the five working days; `lapsed_on` the day on which
    the schedule found no answer, and stays whatever is said after it.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    assignment = models.OneToOneField(
        Assignment, models.PROTECT, related_name="answer", verbose_name="责任落实"
    )
    due_on = models.DateField("答复期限")
    state = models.CharField("答复", max_length=10, choices=AnswerState.choices)
    lapsed_on = models.DateField("逾期未答复", null=True, blank=True)
    grounds = models.CharField("异议理由", max_length=500, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="答复人",
    )
    decision = models.CharField("处理意见", max_length=500, blank=True)
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )

    objects = SlotAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = "分工确认"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="slot_answer_answered_by_somebody",
                condition=Q(
                    state="unanswered",
                    answered_at__isnull=True,
                    answered_by__isnull=True,
                    lapsed_on__isnull=False,
                )
                | (
                    ~Q(state="unanswered") & Q(answered_at__isnull=False, answered_by__isnull=False)
                ),
                violation_error_message="未答复的须记逾期日期，已答复的须有答复人和时间。",
            ),
            models.CheckConstraint(
                name="slot_answer_objection_has_grounds",
                condition=Q(state__in=["unanswered", "confirmed"], grounds="")
                | (Q(state__in=["objected", "accepted", "declined"]) & ~Q(grounds="")),
                violation_error_message="提出异议须写明理由。",
            ),
            models.CheckConstraint(
                name="slot_answer_decided_by_somebody_with_words",
                condition=Q(
                    state__in=["unanswered", "confirmed", "objected"],
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    decision="",
                )
                | (
                    Q(
                        state__in=["accepted", "declined"],
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                    )
                    & ~Q(decision="")
                ),
                violation_error_message="对异议的处理须有意见、处理人和时间。",
            ),
            somebody_else(
                "slot_answer_decided_by_somebody_else",
                "answered_by",
                "decided_by",
                "提出异议的人不能处理自己的异议。",
            ),
        ]
        indexes = [models.Index(fields=["county", "state"], name="slot_answer_county_state")]

    def __str__(self) -> str:
        return f"{self.assignment.slot}的{self._meta.verbose_name}"
