"""Dated truth (DESIGN decision 5): rows that hold from a day, and maybe to a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q

VALID_TO_LABEL = "失效日期"


def holds_on(day: date, prefix: str = "") -> Q:
    """The condition that a dated row holds on `day`: from inclusive, to exclusive."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": day})
    )


class Dated(models.Model):
    """Holds from `valid_from` (inclusive) to `valid_to` (exclusive; empty: until further)."""

    valid_from = models.DateField("生效日期")
    valid_to = models.DateField(VALID_TO_LABEL, null=True, blank=True)

    class Meta:
        abstract = True

    def holds_on(self, day: date) -> bool:
        """Whether this row holds on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def ends_after_start(name: str) -> Any:
    """The constraint that a dated row does not end before it begins."""
    return models.CheckConstraint(
        name=name,
        condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
        violation_error_message="失效日期不能早于生效日期，请改正日期。",
    )
