"""Constraints that several models share: an act's time stands with its hand."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


def together(name: str, *fields: str) -> models.CheckConstraint:
    """All of `fields` are set, or none: when something was done, and by whom."""
    none, every = Q(), Q()
    for field in fields:
        none &= Q(**{f"{field}__isnull": True})
        every &= Q(**{f"{field}__isnull": False})
    return models.CheckConstraint(
        name=name, condition=none | every, violation_error_message="办理时间和办理人须同时填写。"
    )


def somebody_else(name: str, one: str, other: str, told: str) -> models.CheckConstraint:
    """The two acts were not done by the same account; `told` says which."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{one}__isnull": True})
        | Q(**{f"{other}__isnull": True})
        | ~Q(**{one: F(other)}),
        violation_error_message=told,
    )


class Extendable(models.Model):
    """Something with a deadline whose extension may be asked for before it passes (延期)."""

    extension_until = models.DateField("申请延至", null=True, blank=True)
    extension_reason = models.CharField("延期理由", max_length=300, blank=True)
    extension_asked_at = models.DateTimeField("申请延期时间", null=True, blank=True)
    extension_asked_by = models.ForeignKey(
        "accountability.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="申请延期人",
    )
    extensions = models.PositiveSmallIntegerField("已延期次数", default=0)

    class Meta:
        abstract = True


def extension_whole(name: str) -> models.CheckConstraint:
    """A request for an extension has its day, its reason, its time and its hand."""
    return models.CheckConstraint(
        name=name,
        condition=Q(
            extension_until__isnull=True,
            extension_asked_at__isnull=True,
            extension_asked_by__isnull=True,
            extension_reason="",
        )
        | (
            Q(
                extension_until__isnull=False,
                extension_asked_at__isnull=False,
                extension_asked_by__isnull=False,
            )
            & ~Q(extension_reason="")
        ),
        violation_error_message="延期申请须有延至日期、理由、申请人和时间。",
    )
