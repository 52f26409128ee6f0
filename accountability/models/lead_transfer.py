"""线索移送 (000 三（七）3): that a lead was handed over, received, and what came of it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from .county import County
from .recorded import RecordedModel, RecordedQuerySet
from .unit import Unit
from .user import User


class TransferState(models.TextChoices):
    """Where a transfer stands."""

    HANDED = "handed", "已移送"
    RECEIVED = "received", "已签收"
    ANSWERED = "answered", "已反馈"
    WITHDRAWN = "withdrawn", "已撤回"


TRANSFER_TRANSITIONS: dict[str, tuple[str, ...]] = {
    TransferState.HANDED: (TransferState.RECEIVED, TransferState.WITHDRAWN),
    TransferState.RECEIVED: (TransferState.ANSWERED,),
    TransferState.ANSWERED: (),
    TransferState.WITHDRAWN: (),
}


class TransferResult(models.TextChoices):
    """What came of it, as a code; the papers tell the rest."""

    CASE = "case", "立案"
    INQUIRY = "inquiry", "谈话函询"
    SHELVED = "shelved", "暂存待查"
    CLOSED = "closed", "予以了结"
    PASSED = "passed", "转有关机关"
    RETURNED = "returned", "不属管辖，退回"


class LeadTransferQuerySet(RecordedQuerySet):
    """Transfers by who may see them."""

    def visible_to(self, user: User) -> Self:
        """The two sides' hands alone, wherever else a unit may be looked into."""
        from ..access import Action, scope_for

        scope = scope_for(user)
        if not scope.may(Action.LEAD):
            return self.none()
        sides = sides_of(user)
        return self.filter(Q(from_unit__in=sides) | Q(to_unit__in=sides), county_id=scope.county_id)


class LeadTransfer(RecordedModel):
    """One lead handed from a unit to another: number, dates, the two, a result code.

    There is no field for what the lead says nor for who gave it (security.md 5.1).
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县（区）")
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("序号")
    from_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="leads_handed", verbose_name="移送单位"
    )
    to_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="leads_taken", verbose_name="接收单位"
    )
    handed_on = models.DateField("移送日期")
    state = models.CharField(
        "状态", max_length=10, choices=TransferState.choices, default=TransferState.HANDED
    )
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    received_at = models.DateTimeField("签收时间", null=True, blank=True)
    received_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签收人"
    )
    result = models.CharField("办理结果", max_length=10, choices=TransferResult.choices, blank=True)
    answered_at = models.DateTimeField("反馈时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="反馈人"
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )

    objects = LeadTransferQuerySet.as_manager()

    class Meta:
        verbose_name = "线索移送"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "serial"],
                name="lead_transfer_number_unique_in_year",
                violation_error_message="编号已被使用，请重新提交。",
            ),
            models.CheckConstraint(
                name="lead_transfer_between_two_units",
                condition=~Q(from_unit=F("to_unit")),
                violation_error_message="移送单位和接收单位须是两个单位。",
            ),
            models.CheckConstraint(
                name="lead_transfer_received_by_somebody",
                condition=Q(
                    received_at__isnull=True,
                    received_by__isnull=True,
                    state__in=["handed", "withdrawn"],
                )
                | Q(
                    received_at__isnull=False,
                    received_by__isnull=False,
                    state__in=["received", "answered"],
                ),
                violation_error_message="签收须有签收人和时间。",
            ),
            models.CheckConstraint(
                name="lead_transfer_answered_with_a_result",
                condition=(
                    Q(answered_at__isnull=True, answered_by__isnull=True, result="")
                    & ~Q(state="answered")
                )
                | (
                    Q(answered_at__isnull=False, answered_by__isnull=False, state="answered")
                    & ~Q(result="")
                ),
                violation_error_message="反馈须有结果、反馈人和时间。",
            ),
            models.CheckConstraint(
                name="lead_transfer_withdrawn_by_somebody",
                condition=(
                    Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True) & ~Q(state="withdrawn")
                )
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, state="withdrawn"),
                violation_error_message="撤回须有经办人和时间。",
            ),
        ]
        indexes = [
            models.Index(fields=["county", "from_unit"], name="lead_transfer_county_from"),
            models.Index(fields=["county", "to_unit"], name="lead_transfer_county_to"),
        ]

    def __str__(self) -> str:
        return f"线索移送 {self.number}"

    @property
    def number(self) -> str:
        """The register's own number."""
        return f"{self.year}-{self.serial:03d}"


def sides_of(user: User) -> models.QuerySet[Unit]:
    """The units for which `user` hands over and receives.

    Their heads by an own grant (no deputy: a delegation carries no leads), and of the
    纪检监察 organs the inspectors whose mandate is the whole county.
    """
    from ..access import scope_for
    from .dated import holds_on
    from .unit import UnitKind
    from .user import Role, RoleGrant

    scope = scope_for(user)
    headed = RoleGrant.objects.filter(holds_on(scope.day), user=user, role=Role.UNIT_HEAD)
    side = Q(pk__in=headed.values("unit_id"))
    if scope.inspects_whole_county:
        side |= Q(kind=UnitKind.SUPERVISION)
    units: models.QuerySet[Unit] = Unit.objects.filter(
        side, holds_on(scope.day), county_id=scope.county_id
    )
    return units
