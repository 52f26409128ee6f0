"""责任追究和谈话函询: the module that may hold 工作秘密, off until a county was approved for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .county import County
from .recorded import RecordedModel
from .user import User


class SwitchState(models.TextChoices):
    """Where an approval stands: only `ON` opens the module."""

    ASKED = "asked", "待确认"
    ON = "on", "已启用"
    DECLINED = "declined", "未启用"
    OFF = "off", "已停用"


SWITCH_TRANSITIONS: dict[str, tuple[str, ...]] = {
    SwitchState.ASKED: (SwitchState.ON, SwitchState.DECLINED),
    SwitchState.ON: (SwitchState.OFF,),
    SwitchState.DECLINED: (),
    SwitchState.OFF: (),
}


class ModuleSwitch(RecordedModel):
    """One approval to hold 工作秘密 in one county, by which the module is open or was open.

    Asked for by 系统管理员, confirmed or declined by 安全管理员, ended by either with a
    reason; a county has one that is asked for or on. The approval itself stays on paper:
    number, organ and date are kept (DESIGN 13).
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="module_switches", verbose_name="县（区）"
    )
    approval_number = models.CharField("批准文号", max_length=60)
    approval_organ = models.CharField("批准机关", max_length=80)
    approved_on = models.DateField("批准日期")
    state = models.CharField(
        "状态", max_length=10, choices=SwitchState.choices, default=SwitchState.ASKED
    )
    asked_at = models.DateTimeField("申请时间")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申请人")
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人"
    )
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="停用人"
    )
    reason = models.CharField("不予启用或停用的理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "责任追究和谈话函询的启用"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county"],
                condition=Q(state__in=["asked", "on"]),
                name="module_switch_one_in_force",
                violation_error_message="本县已有待确认或已启用的批准文件，请刷新后再办理。",
            ),
            models.CheckConstraint(
                name="module_switch_has_an_approval",
                condition=~Q(approval_number="") & ~Q(approval_organ=""),
                violation_error_message="请填写批准文号和批准机关。",
            ),
            models.CheckConstraint(
                name="module_switch_decided_by_a_second_hand",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, state="asked")
                | (
                    Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(state="asked")
                    & ~Q(decided_by=models.F("asked_by"))
                ),
                violation_error_message="申请人和确认人须是两个人。",
            ),
            models.CheckConstraint(
                name="module_switch_ended_by_somebody",
                condition=(Q(ended_at__isnull=True, ended_by__isnull=True) & ~Q(state="off"))
                | Q(ended_at__isnull=False, ended_by__isnull=False, state="off"),
                violation_error_message="停用须有经办人和时间。",
            ),
            models.CheckConstraint(
                name="module_switch_shut_for_a_reason",
                condition=Q(state__in=["asked", "on"], reason="")
                | (Q(state__in=["declined", "off"]) & ~Q(reason="")),
                violation_error_message="不予启用或停用须写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"责任追究和谈话函询（{self.approval_number}）"
