"""权力事项: one power of a list with its risk and what is done against it."""

from __future__ import annotations

from django.db import models

from accountability.models import RecordedModel

from .power_list import PowerList


class RiskLevel(models.TextChoices):
    """廉政风险等级."""

    HIGH = "high", "高"
    MIDDLE = "middle", "中"
    LOW = "low", "低"


class PowerItem(RecordedModel):
    """One row of a list as it was imported; it never changes, the next version has its own."""

    power_list = models.ForeignKey(
        PowerList, models.PROTECT, related_name="items", verbose_name="权力清单"
    )
    position = models.PositiveSmallIntegerField("序号")
    name = models.CharField("权力事项", max_length=200)
    category = models.CharField("权力类别", max_length=40, blank=True)
    basis = models.CharField("行使依据", max_length=400, blank=True)
    holder = models.CharField("责任岗位", max_length=100)
    risk = models.CharField("廉政风险点", max_length=400)
    level = models.CharField("风险等级", max_length=8, choices=RiskLevel.choices)
    measures = models.CharField("防控措施", max_length=800)

    class Meta:
        verbose_name = "权力事项"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["power_list", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["power_list", "position"], name="power_item_position_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name[:40]
