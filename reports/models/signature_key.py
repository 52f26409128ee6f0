"""签名备案: the key a person signs with, and its certificate."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accountability.models import County, DoorModel, StoredFile
from accountability.models.recorded import kept_history


class KeyState(models.TextChoices):
    """Whether a key signs."""

    ACTIVE = "active", "可用"
    LOCKED = "locked", "已锁定"
    RETIRED = "retired", "已停用"


TRANSITIONS: dict[str, frozenset[str]] = {
    KeyState.ACTIVE: frozenset({KeyState.LOCKED, KeyState.RETIRED}),
    KeyState.LOCKED: frozenset({KeyState.RETIRED}),  # forgotten = enrolled anew
    KeyState.RETIRED: frozenset(),
}


class SignatureKey(DoorModel):
    """One enrolment of a person's signing key, made by the person alone. Never deleted.

    `packed` is the PKCS#12 that only the person's PIN opens, sealed once more
    by the field key outside the database; it stands in no image and no
    history, and is emptied when the key is retired. Signatures made before
    `ended_at` stay good.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="signature_keys",
        verbose_name="账号",
    )
    post = models.CharField("备案时职务", max_length=130, blank=True)
    certificate = models.TextField("证书")
    certificate_sha256 = models.CharField("证书摘要", max_length=64)
    serial = models.CharField("证书序列号", max_length=50)
    packed = models.TextField("密钥", blank=True)
    picture = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="手写签名图片",
    )
    state = models.CharField(
        "状态", max_length=8, choices=KeyState.choices, default=KeyState.ACTIVE
    )
    failures = models.PositiveSmallIntegerField("连续输错次数", default=0)
    valid_from = models.DateTimeField("证书生效时间")
    valid_to = models.DateTimeField("证书到期时间")
    enrolled_at = models.DateTimeField("备案时间", auto_now_add=True)
    enrolled_by = models.CharField("备案人", max_length=60)
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)
    ended_by = models.CharField("停用人", max_length=60, blank=True)

    history = kept_history(excluded_fields=["packed"])

    class Meta:
        verbose_name = "签名备案"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate_sha256"], name="signature_key_certificate_unique"
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=~Q(state="retired"),
                name="signature_key_one_in_use",
                violation_error_message="本人已有签名备案，请先停用原备案。",
            ),
            models.CheckConstraint(
                name="signature_key_ended_at_with_by",
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                violation_error_message="停用时间和停用人须同时填写。",
            ),
            models.CheckConstraint(
                name="signature_key_retired_keeps_no_key",
                condition=Q(state="retired", packed="", ended_at__isnull=False)
                | (~Q(state="retired") & ~Q(packed="") & Q(ended_at__isnull=True)),
                violation_error_message="停用的签名不再保存密钥。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} 签名备案"

    @property
    def place(self) -> str:
        """What the sealed key is bound to: its own certificate."""
        return f"signature_key:{self.certificate_sha256}"

    @property
    def has_run_out(self) -> bool:
        """Whether the certificate's term is over."""
        return timezone.now() >= self.valid_to
