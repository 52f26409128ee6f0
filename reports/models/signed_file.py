"""签署文件: a signed or sealed file as the portal noted it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accountability.models import County, RecordedModel, StoredFile


class SignedState(models.TextChoices):
    """What the public page says of a file."""

    VALID = "valid", "有效"
    REPLACED = "replaced", "已被替代"
    VOID = "void", "已失效"


TRANSITIONS: dict[str, frozenset[str]] = {
    SignedState.VALID: frozenset({SignedState.REPLACED, SignedState.VOID}),
    SignedState.REPLACED: frozenset({SignedState.VOID}),
    SignedState.VOID: frozenset(),
}


class SignedFile(RecordedModel):
    """One file with signatures, noted by the service that made it, with its two digests.

    `signers` are the signatures in their order: field, certificate digest,
    name and time. `kind` and `object_id` say what the file belongs to; each
    further signature makes a new row that replaces the former.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    kind = models.CharField("种类", max_length=20)
    object_id = models.BigIntegerField("所属编号")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    sha256 = models.CharField("摘要（SHA-256）", max_length=64)
    sm3 = models.CharField("摘要（SM3）", max_length=64)
    code = models.CharField("验证码", max_length=20)
    fields = models.JSONField("签名位置", default=list)
    signers = models.JSONField("签署人", default=list)
    state = models.CharField(
        "状态", max_length=8, choices=SignedState.choices, default=SignedState.VALID
    )
    replaced_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        verbose_name="替代文件",
    )
    reason = models.CharField("失效原因", max_length=200, blank=True)
    noted_at = models.DateTimeField("存证时间", auto_now_add=True)
    noted_by = models.CharField("存证人", max_length=60)
    ended_at = models.DateTimeField("失效时间", null=True, blank=True)
    ended_by = models.CharField("失效操作人", max_length=60, blank=True)

    class Meta:
        verbose_name = "签署文件"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="signed_file_sha256_unique"),
            models.UniqueConstraint(
                fields=["kind", "object_id"],
                condition=Q(state="valid"),
                name="signed_file_one_valid",
                violation_error_message="该文书已有有效的签署文件。",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(state="valid"),
                name="signed_file_code_unique",
                violation_error_message="验证码已被使用，请重新生成。",
            ),
            models.CheckConstraint(
                name="signed_file_ended_at_with_by",
                condition=Q(state="valid", ended_at__isnull=True, ended_by="")
                | (~Q(state="valid") & Q(ended_at__isnull=False) & ~Q(ended_by="")),
                violation_error_message="失效时间和操作人须同时填写。",
            ),
        ]
        indexes = [models.Index(fields=["code"], name="signed_file_code")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
