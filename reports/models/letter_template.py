"""责任书范本: the wording of letters, by layer, in versions."""

from __future__ import annotations

from django.db import models

from accountability.models import County, RecordedModel


class LetterLayer(models.TextChoices):
    """Whose duties a wording states; FRAME is what stands around them."""

    FRAME = "frame", "正文框架"
    GROUP = "group", "领导班子"
    FIRST = "first", "第一责任人"
    DUAL = "dual", "一岗双责"
    SECTION = "section", "科室负责人"
    OFFICE = "office", "政府办公室"


class LetterTemplate(RecordedModel):
    """A county's own wording for a layer. Never changed: a new wording is a new version.

    Without a row the wording shipped with the portal holds (version 0).
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="letter_templates", verbose_name="县（区）"
    )
    layer = models.CharField("范本", max_length=8, choices=LetterLayer.choices)
    version = models.PositiveSmallIntegerField("版本")
    text = models.TextField("内容", max_length=8000)
    made_at = models.DateTimeField("修改时间", auto_now_add=True)
    made_by = models.CharField("修改人", max_length=60)

    class Meta:
        verbose_name = "责任书范本"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["layer", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "layer", "version"], name="letter_template_version_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_layer_display()} 第 {self.version} 版"
