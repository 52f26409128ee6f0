"""导入草稿: an uploaded paper between reading and 确认导入."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from accountability.access import scope_for
from accountability.models import County

if TYPE_CHECKING:
    from accountability.models import User


class ImportDraftQuerySet(models.QuerySet["ImportDraft"]):
    """Drafts by whose desk they lie on."""

    def visible_to(self, user: User) -> Self:
        """A draft is its maker's, while the maker may import papers of the county."""
        scope = scope_for(user)
        if not scope.may("paper.import"):
            return self.none()
        return self.filter(county_id=scope.county_id, made_by_id=scope.user_id)

    def without_data(self) -> Self:
        """For pages that need no bytes."""
        return self.defer("data")


class ImportDraft(models.Model):
    """A paper that is being looked at. Nothing of it is a task before it is confirmed.

    A draft is its maker's desk, not a record: it is not part of the trail and
    is thrown away when confirmed or after a week. The bytes lie beside it.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("文件名", max_length=200)
    data = models.BinaryField("内容")
    sha256 = models.CharField("摘要（SHA-256）", max_length=64)
    reading = models.JSONField("读出的正文", default=dict)
    findings = models.JSONField("识别结果", default=dict)
    corrections = models.JSONField("更正", default=dict)
    version = models.PositiveIntegerField("版本", default=1)

    objects = ImportDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "导入草稿"
        verbose_name_plural = verbose_name
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
