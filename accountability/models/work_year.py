"""工作日历: what a county's office entered for a year, over the announced arrangement."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from .county import County
from .recorded import RecordedModel
from .unit import DirectoryQuerySet

FIRST_YEAR, LAST_YEAR = 2000, 2099


class WorkYear(RecordedModel):
    """One year's 放假调休 as the office entered it, made at the first entry of that year.

    `days` maps an ISO date of the year to [is it a working day, its name]; a
    day that is not there is as the shipped calendar has it. A year that the
    shipped calendar does not know is announced (已公布) from when the office
    says so and names the notice that it rests on.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="work_years", verbose_name="县（区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    days = models.JSONField("调整的日期", default=dict, blank=True)
    is_announced = models.BooleanField("放假安排已公布", default=False)
    basis = models.CharField("依据", max_length=120, blank=True, help_text="放假安排通知的文号")

    objects = DirectoryQuerySet.as_manager()

    class Meta:
        verbose_name = "工作日历"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["county", "year"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year"],
                name="work_year_unique_in_county",
                violation_error_message="该年度的工作日历已经登记，请刷新后再改。",
            ),
            models.CheckConstraint(
                name="work_year_announced_names_its_basis",
                condition=Q(is_announced=False) | ~Q(basis=""),
                violation_error_message="请填写放假安排通知的文号。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年工作日历"

    def clean(self) -> None:
        """Every key is a day of this year; every value says whether one works, and why."""
        super().clean()
        for key, value in self.days.items():
            try:
                day = date.fromisoformat(key)
            except ValueError:
                raise ValidationError({"days": f"“{key}”不是日期，请改正。"}) from None
            if day.year != self.year:
                raise ValidationError({"days": f"{key} 不在 {self.year} 年内，请改正。"})
            if not (len(value) == 2 and isinstance(value[0], bool) and isinstance(value[1], str)):
                raise ValidationError({"days": f"{key} 须注明上班或放假，请改正。"})
