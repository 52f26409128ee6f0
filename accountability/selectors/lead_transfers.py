"""The register of 线索移送 as its two sides see it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from ..models import LeadTransfer, TransferState, Unit, User
from ..models.dated import holds_on
from ..models.lead_transfer import sides_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One transfer and what the person may do with it now."""

    row: LeadTransfer
    may_receive: bool
    may_answer: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Register:
    """One page, newest first; the units to send from and to."""

    lines: list[Line]
    next_before: int | None
    senders: list[Unit]
    receivers: list[Unit]


def register(user: User, *, before: int | None) -> Register:
    """A bounded number of queries."""
    senders = list(sides_of(user).order_by("precedence", "id"))
    own = {unit.pk for unit in senders}
    rows = LeadTransfer.objects.visible_to(user)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(
        rows.select_related(
            "from_unit", "to_unit", "received_by__person", "answered_by__person"
        ).order_by("-id")[: PAGE + 1]
    )
    units = Unit.objects.filter(holds_on(timezone.localdate()), county_id=user.county_id)
    lines = [
        Line(
            row,
            may_receive=row.state == TransferState.HANDED and row.to_unit_id in own,
            may_answer=row.state == TransferState.RECEIVED and row.to_unit_id in own,
            may_withdraw=row.state == TransferState.HANDED and row.from_unit_id in own,
        )
        for row in found[:PAGE]
    ]
    return Register(
        lines,
        found[PAGE - 1].pk if len(found) > PAGE else None,
        senders,
        list(units.order_by("precedence", "id")) if senders else [],
    )
