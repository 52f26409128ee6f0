"""文件: bytes kept once, found by their digest."""

from __future__ import annotations

from django.db import models

from .county import County
from .recorded import RecordedModel


def stored_path(instance: StoredFile, _filename: str) -> str:
    """Named by digest alone; the uploaded name is data, never a path."""
    return f"{instance.sha256[:2]}/{instance.sha256}"


class StoredFile(RecordedModel):
    """A file as it came or was made; its bytes never change, its name is only data."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="files", verbose_name="县（区）"
    )
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=120)
    size = models.PositiveBigIntegerField("大小")
    sha256 = models.CharField("摘要（SHA-256）", max_length=64, db_index=True)
    content = models.FileField("内容", upload_to=stored_path, max_length=120)
    stored_at = models.DateTimeField("存入时间", auto_now_add=True)
    stored_by = models.CharField("存入人", max_length=60)

    class Meta:
        verbose_name = "文件"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
