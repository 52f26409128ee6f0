"""变更附页: a numbered page added to a signed letter, which needs no new signature."""

from __future__ import annotations

from django.db import models

from accountability.models import RecordedModel
from tasks.models import TaskItem

from .letter import Letter


class LetterAnnex(RecordedModel):
    """An approved extension, or a slip of the pen put right, in a letter that is signed.

    Made by the portal when the change is saved; `basis` is the reason the
    office gave (调整依据). `values` is what the letter prints of the task from
    now on: due, heading, text.
    """

    year_path = "letter"

    letter = models.ForeignKey(
        Letter, models.PROTECT, related_name="annexes", verbose_name="责任书"
    )
    serial = models.PositiveSmallIntegerField("附页号")
    item = models.ForeignKey(TaskItem, models.PROTECT, related_name="+", verbose_name="任务")
    text = models.CharField("变更内容", max_length=500)
    values = models.JSONField("现值", default=dict)
    basis = models.CharField("变更依据", max_length=300)
    made_at = models.DateTimeField("生成时间", auto_now_add=True)
    made_by = models.CharField("办理人", max_length=60)

    class Meta:
        verbose_name = "变更附页"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["letter", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "serial"], name="letter_annex_serial_unique")
        ]

    def __str__(self) -> str:
        return f"{self.letter.number} 附页{self.serial}"
