"""县（区）: the tenant."""

from __future__ import annotations

from django.db import models

from .recorded import RecordedModel


class County(RecordedModel):
    """One county; everything belongs to one. Made at installation."""

    name = models.CharField("名称", max_length=60, unique=True)
    short_name = models.CharField("简称", max_length=20)
    code = models.CharField("代码", max_length=12, unique=True)
    number_prefix = models.CharField("发文机关代字", max_length=20, help_text="如 安政发")
    issuer = models.CharField("发文机关", max_length=80, help_text="如 安和县人民政府")
    support = models.CharField("技术支持", max_length=80, blank=True)
    started_on = models.DateField("启用日期")

    class Meta:
        verbose_name = "县（区）"
        verbose_name_plural = verbose_name
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
