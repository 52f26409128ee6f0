"""动态码: the second factor of an account (TOTP, RFC 6238)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .recorded import DoorModel, kept_history
from .user import User


class SecondFactor(DoorModel):
    """One enrolment of an account's authenticator. Never deleted: a new one ends the old.

    `secret` is sealed by `accountability.field_crypto` and appears in no image
    and no history. A row is made only by the first right code.
    `last_step` is the latest time step (30 s) used: each code works once.
    """

    user = models.ForeignKey(
        User, models.PROTECT, related_name="second_factors", verbose_name="账号"
    )
    secret = models.CharField("密钥", max_length=200)
    made_at = models.DateTimeField("登记时间", auto_now_add=True)
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)
    ended_by = models.CharField("停用人", max_length=60, blank=True)
    ended_with = models.CharField("在场人", max_length=60, blank=True)
    needs_code = models.BooleanField("重新登记须凭设置码", default=False)
    last_step = models.BigIntegerField("最近使用的时间步", default=-1)
    drift = models.SmallIntegerField("时钟偏差", default=0)
    failures = models.PositiveSmallIntegerField("连续未通过次数", default=0)
    locked_until = models.DateTimeField("暂停至", null=True, blank=True)

    history = kept_history(excluded_fields=["secret"])

    class Meta:
        verbose_name = "动态码"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ended_at__isnull=True),
                name="second_factor_one_in_use",
                violation_error_message="该账号已启用动态码。",
            ),
            models.CheckConstraint(
                name="second_factor_ended_at_with_by",
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                violation_error_message="停用时间和停用人须同时填写。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} 动态码"

    @property
    def place(self) -> str:
        """What the sealed secret is bound to."""
        return f"second_factor:{self.user_id}"
