"""责任书事项: which tasks a letter prints."""

from __future__ import annotations

from django.db import models

from accountability.models import RecordedModel
from tasks.models import TaskItem

from .letter import Letter


class LetterItem(RecordedModel):
    """One task printed in a letter, and as what the second party stands in it."""

    year_path = "letter"

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="items", verbose_name="责任书")
    item = models.ForeignKey(
        TaskItem, models.PROTECT, related_name="letter_items", verbose_name="任务"
    )
    position = models.PositiveIntegerField("次序")
    part = models.CharField("承担", max_length=60)

    class Meta:
        verbose_name = "责任书事项"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["letter", "position"]
        constraints = [models.UniqueConstraint(fields=["letter", "item"], name="letter_item_once")]

    def __str__(self) -> str:
        return f"{self.letter.number} {self.item}"
