"""保存回执: what a save answered, so that the same save sent again changes nothing more."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SaveReceipt(models.Model):
    """The answer to one save, under the token that its sender gave it.

    A page that lost the answer on the way sends the same token again and is
    told the same. A receipt is a memory of the connection, not a record: it is
    no part of the trail.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    token = models.CharField("令牌", max_length=64)
    answer = models.JSONField("回执", default=dict)
    made_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "保存回执"
        verbose_name_plural = verbose_name
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "token"], name="save_receipt_token_unique")
        ]

    def __str__(self) -> str:
        return self.token
