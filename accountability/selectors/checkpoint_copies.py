"""存证点报送 as the sending page shows it: one line a recipient."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from ..channels import inspectors
from ..models import CheckpointCopy, DeliveryState


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient: its newest arrival, how many are on their way, what is wrong."""

    key: str
    shown: str
    way: str
    is_current: bool  # stands in the settings today
    last: CheckpointCopy | None
    waiting: int
    unsure: int
    failed: int
    error: str

    @property
    def troubled(self) -> int:
        return self.unsure + self.failed


def lines() -> list[Line]:
    """Every recipient of today, and those of earlier days with something left open."""
    rows = CheckpointCopy.objects.order_by()
    waiting = Q(state__in=[DeliveryState.WAITING, DeliveryState.SENDING])
    counts = {
        found["recipient"]: found
        for found in rows.values("recipient", "shown").annotate(
            waiting=Count("id", filter=waiting),
            unsure=Count("id", filter=Q(state=DeliveryState.UNSURE)),
            failed=Count("id", filter=Q(state=DeliveryState.FAILED)),
        )
    }
    today = {recipient.key: recipient for recipient in inspectors.recipients()}
    keys = [*today, *(k for k, c in counts.items() if k not in today and c["unsure"] + c["failed"])]
    return [_line(key, counts.get(key, {}), today.get(key)) for key in keys]


def _line(key: str, count: dict[str, int], recipient: inspectors.Recipient | None) -> Line:
    rows = CheckpointCopy.objects.filter(recipient=key).order_by("-id")
    open_rows = rows.exclude(state__in=[DeliveryState.SENT, DeliveryState.WITHHELD])
    told = open_rows.exclude(error="").values_list("error", flat=True).first()
    shown = recipient.shown if recipient else str(count["shown"])
    return Line(
        key=key,
        shown=shown,
        way="POST" if "://" in shown else "电子邮件",
        is_current=recipient is not None,
        last=rows.filter(state=DeliveryState.SENT).first(),
        waiting=count.get("waiting", 0),
        unsure=count.get("unsure", 0),
        failed=count.get("failed", 0),
        error=told or "",
    )
