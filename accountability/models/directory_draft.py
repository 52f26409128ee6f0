"""名册导入草稿: an uploaded workbook between preview and 确认导入."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from .county import County

if TYPE_CHECKING:
    from .user import User


class DirectoryDraftQuerySet(models.QuerySet["DirectoryDraft"]):
    """A draft is seen by its maker alone."""

    def visible_to(self, user: User) -> Self:
        return self.filter(made_by=user, county_id=user.county_id)


class DirectoryDraft(models.Model):
    """A workbook that is being looked at. Nothing of it is stored before it is confirmed.

    It is its maker's desk, not a record: no part of the trail, thrown away
    when confirmed or after a week. Its digest is in the event of the import.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    name = models.CharField("文件名", max_length=200)
    data = models.BinaryField("内容")
    sha256 = models.CharField("摘要（SHA-256）", max_length=64)

    objects = DirectoryDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "名册导入草稿"
        verbose_name_plural = verbose_name
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
