"""口令记录 and 设置码: what an account was and may be opened with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .recorded import DoorModel, kept_history
from .user import User


class PasswordHistory(DoorModel):
    """The hash of a password that an account had; the last five may not come again."""

    user = models.ForeignKey(
        User, models.PROTECT, related_name="former_passwords", verbose_name="账号"
    )
    encoded = models.CharField("摘要", max_length=128)
    set_at = models.DateTimeField("设置时间", auto_now_add=True)

    class Meta:
        verbose_name = "口令记录"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%Y-%m-%d}"


class SetupPurpose(models.TextChoices):
    """What a setup code opens."""

    PASSWORD = "password", "设置密码"
    FACTOR = "factor", "重新登记动态码"


class SetupCode(DoorModel):
    """A one-time code (设置码), shown once to who made it, valid 24 hours.

    Only its digest is kept; 80 random bits need no slow hash. A new code of
    the same purpose ends the former one.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="setup_codes", verbose_name="账号")
    purpose = models.CharField("用途", max_length=8, choices=SetupPurpose.choices)
    digest = models.CharField("摘要", max_length=64)
    made_at = models.DateTimeField("发出时间", auto_now_add=True)
    made_by = models.CharField("发出人", max_length=60)
    expires_at = models.DateTimeField("有效至")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)
    ended_at = models.DateTimeField("作废时间", null=True, blank=True)

    history = kept_history(excluded_fields=["digest"])

    class Meta:
        verbose_name = "设置码"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "purpose"],
                condition=Q(used_at__isnull=True, ended_at__isnull=True),
                name="setup_code_one_open",
                violation_error_message="该账号已有未使用的设置码。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_purpose_display()}"
