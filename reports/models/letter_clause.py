"""单位具体责任: what a letter says of its own party alone."""

from __future__ import annotations

from django.db import models

from accountability.models import RecordedModel

from .letter import Letter


class LetterClause(RecordedModel):
    """One clause that the office wrote for one letter; made and reworded by the office."""

    year_path = "letter"

    letter = models.ForeignKey(
        Letter, models.PROTECT, related_name="clauses", verbose_name="责任书"
    )
    position = models.PositiveSmallIntegerField("次序")
    text = models.CharField("内容", max_length=500)
    is_dropped = models.BooleanField("删去", default=False)

    class Meta:
        verbose_name = "单位具体责任"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["letter", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "position"], name="letter_clause_position_unique"
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]
