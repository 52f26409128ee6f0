"""任务: one numbered item of a paper, its slots, who holds them, its milestones."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accountability.access import scope_for
from accountability.models import (
    County,
    Post,
    RecordedModel,
    RecordedQuerySet,
    Unit,
    UnitGroup,
)
from accountability.models.dated import Dated, ends_after_start, holds_on
from tasks.lights import BY_HAND
from tasks.outline.model import STANDARD_NAMES, SlotKind

from .paper import Paper, PaperSection
from .rights import TaskItemGroupPermission

if TYPE_CHECKING:
    from accountability.models import User

SLOT_KIND_CHOICES = [(kind.value, STANDARD_NAMES[kind]) for kind in SlotKind]


class TaskState(models.TextChoices):
    """Transitions: see TASK_TRANSITIONS."""

    DRAFT = "draft", "草稿"
    ISSUED = "issued", "已下发"
    DONE = "done", "办结"
    VOID = "void", "作废"


TASK_TRANSITIONS: dict[str, frozenset[str]] = {
    TaskState.DRAFT: frozenset({TaskState.ISSUED, TaskState.VOID}),
    TaskState.ISSUED: frozenset({TaskState.DONE, TaskState.VOID}),
    TaskState.DONE: frozenset({TaskState.ISSUED}),
    TaskState.VOID: frozenset(),
}


class TaskItemQuerySet(RecordedQuerySet):
    """Tasks by who may see them, and by state and time."""

    def visible_to(self, user: User, *, year: int | None = None, item: int | None = None) -> Self:
        """One rule for list, detail, search, export and history (DESIGN decision 6).

        The office and inspectors see their county (drafts: the office alone);
        others see what is handed out and granted today to the group of a seat
        they hold, a unit they act for, are in charge of or inspect. `year` and
        `item` narrow the question where the asker knows them.
        """
        scope = scope_for(user)
        if not scope.may("task.read") or scope.county_id is None:
            return self.none()
        tasks = self.filter(county_id=scope.county_id)
        if year is not None:
            tasks = tasks.filter(year=year)
        if item is not None:
            tasks = tasks.filter(pk=item)
        if scope.sees_drafts:
            return tasks
        # What became void before it was handed out was never anybody else's.
        tasks = tasks.filter(issued_at__isnull=False)
        if scope.sees_whole_county:
            return tasks
        grants = TaskItemGroupPermission.objects.of_scope(scope)
        if year is not None:
            grants = grants.filter(year=year)
        if item is not None:
            grants = grants.filter(content_object_id=item)
        return tasks.filter(pk__in=grants.values("content_object_id"))

    def open(self) -> Self:
        """Handed out and not finished."""
        return self.filter(state=TaskState.ISSUED)

    def overdue(self, *, on: date) -> Self:
        """Open, with a deadline before `on`."""
        return self.open().filter(due_on__lt=on)

    def in_year(self, year: int) -> Self:
        return self.filter(year=year)

    def top(self) -> Self:
        """Items of the paper itself, without the sub-items they were split into."""
        return self.filter(parent__isnull=True)


class TaskItem(RecordedModel):
    """One numbered item (任务). Made by confirming an import, or by splitting an item.

    `number` is the path label (三（二）1); `order` the position in the paper.
    `version` counts changes of the item's own fields, for the version check.
    """

    year_path = ""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="tasks", verbose_name="县（区）"
    )
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="items", verbose_name="实施意见")
    section = models.ForeignKey(
        PaperSection,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name="章节",
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sub_items",
        db_index=False,  # nearly all are null: a whole index misleads the planner
        verbose_name="上级任务",
    )
    year = models.PositiveSmallIntegerField("年度")
    order = models.PositiveIntegerField("次序")
    number = models.CharField("编号", max_length=60)
    heading = models.CharField("任务", max_length=200)
    text = models.TextField("原文", blank=True)
    category = models.CharField("类别", max_length=60, blank=True)
    measure = models.CharField("完成标准", max_length=300, blank=True)
    due_on = models.DateField("完成时限", null=True, blank=True)
    due_text = models.CharField("时限依据", max_length=80, blank=True)
    state = models.CharField(
        "状态", max_length=8, choices=TaskState.choices, default=TaskState.DRAFT
    )
    version = models.PositiveIntegerField("版本", default=1)
    place = models.JSONField("原文位置", default=dict, blank=True)
    issued_at = models.DateTimeField("下发时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="下发人",
    )
    # A light that a person set (判定灯色); it stands until it is taken back.
    set_light = models.CharField(
        "判定灯色", max_length=6, blank=True, choices=[(x.value, x.word) for x in BY_HAND]
    )
    set_light_why = models.CharField("判定依据", max_length=200, blank=True)
    light_set_at = models.DateTimeField("判定时间", null=True, blank=True)
    light_set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="判定人",
    )
    heading_pinyin = models.TextField("拼音检索", blank=True, editable=False)
    heading_initials = models.TextField("拼音首字母检索", blank=True, editable=False)

    objects = TaskItemQuerySet.as_manager()

    class Meta:
        verbose_name = "任务"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-year", "paper", "order"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "order"], name="task_item_order_unique"),
            models.CheckConstraint(
                name="task_item_issued_at_with_by",
                condition=Q(issued_at__isnull=True, issued_by__isnull=True)
                | Q(issued_at__isnull=False, issued_by__isnull=False),
                violation_error_message="下发时间和下发人须同时填写。",
            ),
            models.CheckConstraint(
                name="task_item_issued_has_time",
                condition=~Q(state__in=["issued", "done"]) | Q(issued_at__isnull=False),
                violation_error_message="已下发的任务须有下发时间。",
            ),
            models.CheckConstraint(
                name="task_item_light_set_by_somebody_for_a_reason",
                condition=Q(
                    set_light="",
                    set_light_why="",
                    light_set_at__isnull=True,
                    light_set_by__isnull=True,
                )
                | (
                    Q(light_set_at__isnull=False, light_set_by__isnull=False)
                    & ~Q(set_light="")
                    & ~Q(set_light_why="")
                ),
                violation_error_message="判定灯色须有依据、判定人和时间。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["county", "-year", "paper", "order"], name="task_item_county_order"
            ),
            # Not partial: SQLite uses no partial index for a bound parameter.
            models.Index(fields=["county", "state", "due_on"], name="task_item_state_due"),
            models.Index(
                fields=["parent"], condition=Q(parent__isnull=False), name="task_item_parent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.heading}"


class ItemSlot(RecordedModel):
    """A slot (责任槽位) that an item wants. `label` is the paper's own word.

    Two slots of one kind (责任单位 and 配合单位) have `ordinal` 0 and 1. `fill`
    is the place in the source where a filled paper writes the values
    ({"anchor", "start", "end"}); empty for a slot added by hand.
    `version` counts changes of the slot's values, for the version check.
    """

    year_path = "item"

    item = models.ForeignKey(TaskItem, models.PROTECT, related_name="slots", verbose_name="任务")
    kind = models.CharField("槽位", max_length=20, choices=SLOT_KIND_CHOICES)
    ordinal = models.PositiveSmallIntegerField("序", default=0)
    label = models.CharField("原文用词", max_length=20)
    position = models.PositiveSmallIntegerField("次序", default=0)
    is_by_hand = models.BooleanField("手工增加", default=False)
    is_dropped = models.BooleanField("不再需要", default=False)
    fill = models.JSONField("填写位置", default=dict, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = "责任槽位"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["item", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "kind", "ordinal"],
                name="item_slot_unique",
                violation_error_message="该任务已有此槽位。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item.number} {self.label}"


class AssignmentQuerySet(RecordedQuerySet):
    """Who holds what, by day."""

    def on(self, day: date) -> Self:
        return self.filter(holds_on(day))


class Assignment(RecordedModel, Dated):
    """A holder of a slot, from–to: exactly one of post, unit, group.

    In 责任领导 and 责任人员 a group means the first responsible post of each
    member unit. Never deleted: taking a holder out ends the row.
    """

    year_path = "item"

    item = models.ForeignKey(
        TaskItem, models.PROTECT, related_name="assignments", verbose_name="任务"
    )
    slot = models.ForeignKey(
        ItemSlot, models.PROTECT, related_name="assignments", verbose_name="槽位"
    )
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name="职务",
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name="单位",
    )
    group = models.ForeignKey(
        UnitGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name="单位集合",
    )
    position = models.PositiveSmallIntegerField("次序", default=0)
    basis = models.CharField("来源", max_length=40, blank=True, help_text="如 采纳建议、沿用上年")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "责任落实"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["slot", "position", "id"]
        constraints = [
            ends_after_start("assignment_ends_after_start"),
            models.CheckConstraint(
                name="assignment_has_exactly_one_holder",
                condition=(Q(post__isnull=False) & Q(unit__isnull=True) & Q(group__isnull=True))
                | (Q(post__isnull=True) & Q(unit__isnull=False) & Q(group__isnull=True))
                | (Q(post__isnull=True) & Q(unit__isnull=True) & Q(group__isnull=False)),
                violation_error_message="一处责任只能填职务、单位、单位集合之一。",
            ),
            # Three, because SQLite knows no "nulls not distinct".
            *(
                models.UniqueConstraint(
                    fields=["slot", holder],
                    condition=Q(valid_to__isnull=True, **{f"{holder}__isnull": False}),
                    name=f"assignment_{holder}_unique_while_open",
                    violation_error_message="该责任已填写，不必重复。",
                )
                for holder in ("post", "unit", "group")
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "item"], name="assignment_unit_item"),
            models.Index(fields=["post", "item"], name="assignment_post_item"),
            models.Index(fields=["group", "item"], name="assignment_group_item"),
        ]

    def __str__(self) -> str:
        return f"{self.slot}：{self.holder}"

    @property
    def holder(self) -> Post | Unit | UnitGroup:
        """The one that is set."""
        found = self.post or self.unit or self.group
        assert found is not None
        return found


class Milestone(RecordedModel):
    """A step of an item with its date (倒排工期)."""

    year_path = "item"

    item = models.ForeignKey(
        TaskItem, models.PROTECT, related_name="milestones", verbose_name="任务"
    )
    position = models.PositiveSmallIntegerField("次序", default=0)
    text = models.CharField("内容", max_length=200)
    due_on = models.DateField("时间")
    is_dropped = models.BooleanField("取消", default=False)

    class Meta:
        verbose_name = "节点"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["item", "due_on", "position"]
        indexes = [models.Index(fields=["due_on"], name="milestone_due")]

    def __str__(self) -> str:
        return f"{self.due_on} {self.text}"
