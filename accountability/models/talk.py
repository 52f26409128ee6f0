"""廉政谈话: who talked with whom on which day, and no more than that."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from .county import County
from .person import Person, Post
from .recorded import RecordedModel, RecordedQuerySet
from .user import User


class TalkGroup(models.TextChoices):
    """The three groups with each of whom a leader talks at least once a year."""

    MEMBER = "member", "班子成员"
    LOWER = "lower", "下级党政主要负责人"
    PORTFOLIO = "portfolio", "分管联系部门主要负责人"


class TalkTopic(models.TextChoices):
    """What it was about, as a class: the content stays on paper."""

    DUTY = "duty", "履行主体责任"
    INTEGRITY = "integrity", "廉洁自律"
    STYLE = "style", "作风建设"
    PLACE = "place", "任职和岗位风险"
    OTHER = "other", "其他"


class TalkQuerySet(RecordedQuerySet):
    """Talks by who may see them."""

    def visible_to(self, user: User) -> Self:
        """Those concerned alone: talker, talked-to, who put it on record, wide inspectors."""
        from ..access.scope import scope_for

        scope = scope_for(user)
        if not scope.may("duty.read") or scope.county_id is None:
            return self.none()
        rows = self.filter(county_id=scope.county_id)
        if scope.inspects_whole_county:
            return rows
        concerned = Q(recorded_by=user)
        if user.person_id:
            concerned |= Q(talker_id=user.person_id) | Q(talked_id=user.person_id)
        return rows.filter(concerned)

    def standing(self) -> Self:
        """Those that were not voided."""
        return self.filter(voided_at__isnull=True)


class Talk(RecordedModel):
    """One talk: day, both parties with their seats, the class of its topic.

    Put on record by the talker or by the office for him. The content stays on paper:
    `note` is short and is scanned for numbers of persons (security.md 5.1).
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    group = models.CharField("谈话对象类别", max_length=10, choices=TalkGroup.choices)
    talker_post = models.ForeignKey(
        Post, models.PROTECT, related_name="+", verbose_name="谈话人职务"
    )
    talker = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="谈话人")
    talked_post = models.ForeignKey(
        Post, models.PROTECT, related_name="+", verbose_name="谈话对象职务"
    )
    talked = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="谈话对象")
    topic = models.CharField("谈话主题", max_length=10, choices=TalkTopic.choices)
    held_on = models.DateField("谈话日期")
    note = models.CharField("备注", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    voided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作废人"
    )
    void_reason = models.CharField("作废理由", max_length=200, blank=True)

    objects = TalkQuerySet.as_manager()

    class Meta:
        verbose_name = "廉政谈话"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-held_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "talker_post", "talked_post", "held_on"],
                condition=Q(voided_at__isnull=True),
                name="talk_once_a_day_of_two_seats",
                violation_error_message="当日与该对象的谈话已经登记。",
            ),
            models.CheckConstraint(
                name="talk_is_between_two_seats",
                condition=~Q(talker_post=F("talked_post")) & ~Q(talker=F("talked")),
                violation_error_message="谈话人和谈话对象须是两个人。",
            ),
            models.CheckConstraint(
                name="talk_voided_by_somebody_for_a_reason",
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                violation_error_message="作废须有经办人、时间和理由。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "year", "talker_post"], name="talk_county_talker")
        ]

    def __str__(self) -> str:
        return f"{self.talker}与{self.talked}的廉政谈话（{self.held_on:%Y-%m-%d}）"
