"""What the trail says of rows of the directory: their events, and their last kept version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from ..models import AuditEvent, AuditEventUnit, Unit

# Business acts that touch a unit are not shown to whoever keeps the directory.
PARTS = ("unit.", "group.", "person.", "post.", "tenure.", "portfolio.", "directory.")


def about(*targets: Any, unit: Unit | None = None, most: int | None = None) -> Any:
    """The directory's events of `targets`, and those that touched `unit`; no order yet.

    `most` looks no further back than so many events that touched the unit.
    """
    parts = Q()
    for part in PARTS:
        parts |= Q(action__startswith=part)
    whose = Q(pk__in=[])
    for row in targets:
        whose |= Q(target_type=row._meta.label_lower, target_id=row.pk)
    if unit is not None:
        touched = AuditEventUnit.objects.filter(unit=unit).order_by("-event_id").values("event_id")
        whose |= Q(pk__in=touched[:most] if most else touched.order_by())
    return AuditEvent.objects.filter(parts & whose)


@dataclass(frozen=True, slots=True)
class Kept:
    """The last kept version of a row that came by import, without an event of its own."""

    at: datetime
    who: str
    did: str


def last_kept(row: Any) -> Kept | None:
    """Who wrote the row's last version and when; one query."""
    version = row.history.select_related("history_user__person").order_by("-history_id").first()
    if version is None:
        return None
    who = version.history_user.display_name if version.history_user else "系统"
    return Kept(version.history_date, who, "批量导入" if version.history_type == "+" else "变更")
