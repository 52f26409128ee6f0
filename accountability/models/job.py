"""后台任务: the database is the queue of record (DESIGN decision 3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .county import County
from .stored_file import StoredFile

# Longer than any pause between attempts. What a row promises for later than this was
# written by a clock that has been set back since, and is not waited for.
FURTHEST = timedelta(minutes=15)


class JobState(models.TextChoices):
    """Transitions: see TRANSITIONS."""

    WAITING = "waiting", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未能完成"


TRANSITIONS: dict[str, frozenset[str]] = {
    JobState.WAITING: frozenset({JobState.RUNNING}),
    JobState.RUNNING: frozenset({JobState.DONE, JobState.FAILED, JobState.WAITING}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset({JobState.WAITING}),
}


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs that a worker may claim."""

    def claimable(self, *, now: datetime) -> Self:
        """Waiting and due, or running with a lease that ran out.

        Also what stands further off than any pause or lease of ours: see `FURTHEST`.
        """
        leased = timedelta(seconds=settings.JOB_LEASE_SECONDS) + FURTHEST
        return self.filter(
            Q(state=JobState.WAITING, run_after__lte=now)
            | Q(state=JobState.WAITING, run_after__gt=now + FURTHEST)
            | Q(state=JobState.RUNNING, lease_until__lt=now)
            | Q(state=JobState.RUNNING, lease_until__gt=now + leased)
        )


class Job(models.Model):
    """One piece of background work, made in the same transaction as its cause.

    `key` makes it unique: the same work asked for twice is one row. Lease and
    progress are the worker's; they are not part of the trail.
    """

    county = models.ForeignKey(
        County, models.PROTECT, null=True, blank=True, related_name="jobs", verbose_name="县（区）"
    )
    kind = models.CharField("种类", max_length=60)
    key = models.CharField("唯一键", max_length=200, unique=True)
    title = models.CharField("名称", max_length=200)
    parameters = models.JSONField("参数", default=dict, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name="发起人",
    )
    asked_at = models.DateTimeField("发起时间", auto_now_add=True)
    state = models.CharField(
        "状态", max_length=8, choices=JobState.choices, default=JobState.WAITING
    )
    run_after = models.DateTimeField("最早执行时间")
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    lease_until = models.DateTimeField("租约至", null=True, blank=True)
    lease_by = models.CharField("执行者", max_length=80, blank=True)
    progress = models.PositiveSmallIntegerField("进度（百分比）", default=0)
    progress_text = models.CharField("进度说明", max_length=120, blank=True)
    result = models.JSONField("结果", default=dict, blank=True)
    result_file = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name="结果文件",
    )
    error = models.CharField("未能完成的原因", max_length=300, blank=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "后台任务"
        verbose_name_plural = verbose_name
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["run_after", "id"],
                condition=Q(state__in=["waiting", "running"]),
                name="job_open_order",
            )
        ]

    def __str__(self) -> str:
        return self.title
