"""文书措辞: what the county's papers say in their fixed places, in versions."""

from __future__ import annotations

from django.db import models

from accountability.models import County, RecordedModel


class WordedPaper(models.TextChoices):
    """Papers whose wording is the county's to change; each has a file in `reports/wording/`."""

    LETTER = "letter", "责任书"
    PROMISE = "promise", "承诺书"
    ENDORSEMENT = "endorsement", "签字背书单"
    DISPATCH = "dispatch", "函、简报、通报"
    ISSUED = "issued", "印发文件"


class Wording(RecordedModel):
    """A county's own wording of one part of a paper. Never changed: a new wording is a new version.

    Made by the office. Without a row the wording shipped with the portal holds (version 0).
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="wordings", verbose_name="县（区）"
    )
    paper = models.CharField("文书", max_length=16, choices=WordedPaper.choices)
    part = models.CharField("部分", max_length=16)
    version = models.PositiveSmallIntegerField("版本")
    text = models.TextField("内容", max_length=8000, blank=True)
    made_at = models.DateTimeField("修改时间", auto_now_add=True)
    made_by = models.CharField("修改人", max_length=60)

    class Meta:
        verbose_name = "文书措辞"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["paper", "part", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "paper", "part", "version"], name="wording_version_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_paper_display()}第 {self.version} 版"
