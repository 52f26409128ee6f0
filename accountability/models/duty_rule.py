"""履责事项的规则: a duty that comes round, as data that the office changes without code."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from .county import County
from .person import Layer
from .recorded import RecordedModel, RecordedQuerySet
from .unit import Unit, UnitGroup, UnitKind
from .user import User

THINGS = range(1, 11)


class DutyKind(models.TextChoices):
    """What is done; each kind has a form made for its record."""

    MEETING = "meeting", "专题会议"
    HEARING = "hearing", "听取汇报"
    REPORT = "report", "书面报告"
    LIFE_MEETING = "life_meeting", "民主生活会"
    ACCOUNT = "account", "述责述廉"
    TALK = "talk", "廉政谈话"
    STUDY = "study", "学习教育"
    VISIT = "visit", "来信来访"
    OTHER = "other", "其他履责"


class DutySubject(models.TextChoices):
    """Who owes the duty: a unit as a whole, or the holder of a seat."""

    UNIT = "unit", "单位"
    POST = "post", "职务"


class DutyRhythm(models.IntegerChoices):
    """How often, as periods a year."""

    YEAR = 1, "每年一次"
    HALF = 2, "每半年一次"
    QUARTER = 4, "每季度一次"
    TWO_MONTHS = 6, "每两个月一次"
    MONTH = 12, "每月一次"


class DutyRoll(models.TextChoices):
    """Where a deadline goes that falls on a day off."""

    NONE = "none", "不顺延"
    LATER = "later", "顺延到下一个工作日"
    EARLIER = "earlier", "提前到上一个工作日"


class DutyRuleQuerySet(RecordedQuerySet):
    """Rules by who may read them."""

    def visible_to(self, user: User) -> Self:
        """Whoever reads duties reads the county's rules: they say why something is asked for."""
        from ..access.scope import scope_for

        scope = scope_for(user)
        if not scope.may("duty.read") or scope.county_id is None:
            return self.none()
        return self.filter(county_id=scope.county_id)


class DutyRule(RecordedModel):
    """One recurring duty of one year: who, what, how often, due when, on which clause it rests.

    Made from the shipped rules, from the former year's, or by the office. Changed
    for a reason, switched off, never deleted. `due_month` and `due_day` count from
    the beginning of the period: month 1, day 31 of a yearly duty is 31 January;
    day 31 of a shorter month is its last. `unit_kinds`, `group` and `unit` narrow
    the subjects and hold together; `layers` are those of a seat. `thing` is the place
    among the ten things of the first responsible person (第一责任人任务清单, M05).
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="duty_rules", verbose_name="县（区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    code = models.SlugField("代码", max_length=40, db_index=False)
    kind = models.CharField("种类", max_length=16, choices=DutyKind.choices)
    title = models.CharField("事项", max_length=60)
    text = models.CharField("要求", max_length=500)
    basis_paper = models.CharField("依据文件", max_length=100)
    basis_clause = models.CharField("依据条款", max_length=60)
    per_year = models.PositiveSmallIntegerField("频次", choices=DutyRhythm.choices)
    due_month = models.PositiveSmallIntegerField("期内第几个月")
    due_day = models.PositiveSmallIntegerField("该月第几日")
    roll = models.CharField(
        "遇休息日", max_length=8, choices=DutyRoll.choices, default=DutyRoll.NONE
    )
    is_about_former = models.BooleanField("报告上一期情况", default=False)
    subject = models.CharField("责任主体", max_length=6, choices=DutySubject.choices)
    unit_kinds = models.JSONField("单位类别", default=list, blank=True)
    group = models.ForeignKey(
        UnitGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="单位集合",
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="指定单位"
    )
    layers = models.JSONField("责任层级", default=list, blank=True)
    leaders_only = models.BooleanField("限县领导", default=False)
    hears_kinds = models.JSONField("听取哪类单位", default=list, blank=True)
    hand_in = models.JSONField("报送材料", default=list, blank=True)
    hand_in_days = models.PositiveSmallIntegerField("开展后几日内报送", null=True, blank=True)
    send_to = models.JSONField("报送对象", default=list, blank=True)
    first_reminder = models.PositiveSmallIntegerField("第一次提醒（到期前几日）", default=15)
    second_reminder = models.PositiveSmallIntegerField("第二次提醒（到期前几日）", default=3)
    thing = models.PositiveSmallIntegerField("第一责任人清单第几件", null=True, blank=True)
    precedence = models.PositiveSmallIntegerField("排序", default=0)
    is_on = models.BooleanField("启用", default=True)
    revision = models.PositiveIntegerField("版本", default=1)

    objects = DutyRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "履责规则"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["year", "precedence", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "code"],
                name="duty_rule_code_once_a_year",
                violation_error_message="本年度已有这条规则。",
            ),
            models.CheckConstraint(
                name="duty_rule_known_rhythm",
                condition=Q(per_year__in=DutyRhythm.values),
                violation_error_message="频次须是每年、每半年、每季度、每两个月或每月。",
            ),
            models.CheckConstraint(
                name="duty_rule_due_within_a_year_of_its_period",
                condition=Q(due_month__gte=1, due_month__lte=13, due_day__gte=1, due_day__lte=31),
                violation_error_message="到期月须在 1 至 13 之间，到期日须在 1 至 31 之间。",
            ),
            models.CheckConstraint(
                name="duty_rule_second_reminder_after_the_first",
                condition=Q(first_reminder__gt=F("second_reminder")) | Q(second_reminder=0),
                violation_error_message="第二次提醒须比第一次更接近到期日；填 0 为不提醒。",
            ),
            models.CheckConstraint(
                name="duty_rule_one_of_ten_things",
                condition=Q(thing__isnull=True) | Q(thing__gte=1, thing__lte=10),
                violation_error_message="第一责任人清单只有第 1 至 10 件。",
            ),
            models.CheckConstraint(
                name="duty_rule_talk_is_of_a_seat",
                condition=~Q(kind="talk") | Q(subject="post"),
                violation_error_message="廉政谈话的责任主体须是职务。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度{self.title}"

    @property
    def basis(self) -> str:
        """《…》第几条, as pages and papers cite it."""
        return f"{self.basis_paper} {self.basis_clause}".strip()

    @property
    def who(self) -> str:
        """Whom the rule concerns, in words."""
        kinds = "、".join(str(UnitKind(kind).label) for kind in self.unit_kinds)
        where = str(self.unit or self.group or kinds or "全县各单位")
        if self.group and kinds and not self.unit:
            where = f"{self.group}中的{kinds}"
        if self.subject == DutySubject.UNIT:
            return where
        layers = "、".join(str(Layer(layer).label) for layer in self.layers)
        return f"{'县领导' if self.leaders_only else where}{layers}"
