"""The approvals of one county to hold 工作秘密."""

from __future__ import annotations

from dataclasses import dataclass

from ..models import County, ModuleSwitch, SwitchState

MOST = 20


@dataclass(frozen=True, slots=True)
class Approvals:
    """The one asked for or on, and the last ones before it."""

    current: ModuleSwitch | None
    past: list[ModuleSwitch]


def approvals(county: County) -> Approvals:
    """In one query."""
    rows = list(
        ModuleSwitch.objects.filter(county=county)
        .select_related("asked_by__person", "decided_by__person", "ended_by__person")
        .order_by("-id")[: MOST + 1]
    )
    current = next((r for r in rows if r.state in (SwitchState.ASKED, SwitchState.ON)), None)
    return Approvals(current, [r for r in rows if r is not current][:MOST])
