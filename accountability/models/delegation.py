"""代管: a seat's work is looked after by somebody else for some days."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from .county import County
from .dated import Dated, ends_after_start
from .person import Person, Post
from .recorded import RecordedModel
from .user import User

MOST_DAYS = 30


class Delegation(RecordedModel, Dated):
    """The holder of `post` hands its work to `delegate`, from–to, at most 30 days.

    Made by the security administrator on an order (`order_number`). It widens
    what the delegate sees and may work on, by the seat's own tasks, units and
    portfolio; it never carries the right to sign, and is never passed on:
    only who holds the seat by tenure can delegate it.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="delegations", verbose_name="县（区）"
    )
    post = models.ForeignKey(
        Post, models.PROTECT, related_name="delegations", verbose_name="代管职务"
    )
    delegator = models.ForeignKey(
        Person, models.PROTECT, related_name="delegations_given", verbose_name="原任职人"
    )
    delegate = models.ForeignKey(
        Person, models.PROTECT, related_name="delegations_held", verbose_name="代管人"
    )
    order_number = models.CharField("依据文号", max_length=60)
    reason = models.CharField("事由", max_length=200)
    made_at = models.DateTimeField("登记时间", auto_now_add=True)
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = "代管"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-valid_from", "-id"]
        constraints = [
            ends_after_start("delegation_ends_after_start"),
            models.CheckConstraint(
                name="delegation_has_an_end",
                condition=Q(valid_to__isnull=False),
                violation_error_message="代管须填写截止日期。",
            ),
            models.CheckConstraint(
                name="delegation_not_to_oneself",
                condition=~Q(delegator=F("delegate")),
                violation_error_message="代管人不能是原任职人本人。",
            ),
            models.CheckConstraint(
                name="delegation_names_its_order",
                condition=~Q(order_number=""),
                violation_error_message="请填写代管依据文号。",
            ),
        ]
        indexes = [models.Index(fields=["delegate", "valid_to"], name="delegation_delegate")]

    def __str__(self) -> str:
        return f"{self.delegate} 代 {self.delegator} {self.post}"
