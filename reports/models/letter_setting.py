"""责任书设置: down to which level a county signs letters, or keeps lists instead."""

from __future__ import annotations

from django.db import models

from accountability.models import County, RecordedModel

from .letter import LetterLevel


class LetterForm(models.TextChoices):
    """Letters, or lists in their place (domain.md 2.4: 不能动辄签责任状)."""

    LETTER = "letter", "签订责任书"
    LIST = "list", "以责任清单代替责任书"


class LetterSetting(RecordedModel):
    """One county's choice. Without a row: letters, down to the units, none for 科室."""

    county = models.OneToOneField(
        County, models.PROTECT, related_name="letter_setting", verbose_name="县（区）"
    )
    lowest = models.CharField(
        "签到哪一级", max_length=8, choices=LetterLevel.choices, default=LetterLevel.UNIT
    )
    form = models.CharField(
        "责任落实方式", max_length=8, choices=LetterForm.choices, default=LetterForm.LETTER
    )

    class Meta:
        verbose_name = "责任书设置"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.county}：{self.get_form_display()}"
