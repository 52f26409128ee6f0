"""Which events an inspector looks at first (监督关注点): computed when they are written."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.utils import timezone

from ..models.audit_event import Concern, Outcome

WORKING_HOURS = (time(7, 30), time(20, 0))
SLOT_FIELDS = frozenset(
    {"responsible_leader", "responsible_person", "lead_unit", "responsible_unit"}
)
RIGHTS_ACTIONS = ("role.", "account.")
RETURNING = frozenset({"return", "send_back"})
DEADLINES = frozenset({"due_on", "answer_due_on", "ack_due_on", "rectify_by"})
LIGHTS = frozenset({"set_light", "light", "colour"})
# Where the changes are points, by the criterion's code, beside the state and the vetoes.
SCORING = frozenset({"sheet.score", "sheet.approve", "appeal.decide", "publication.correct"})


def classify(action: str, changes: list[dict[str, Any]], outcome: str) -> str:
    """The concern of an event, "" for none: the weightiest where several apply."""
    if action == "login.denied":
        return Concern.LOGIN_REFUSED
    if outcome == Outcome.DENIED:
        return Concern.DENIED
    if action.startswith(RIGHTS_ACTIONS):
        return Concern.RIGHTS_CHANGED
    if action == "evidence.export":
        return Concern.EVIDENCE_EXPORTED
    if action.rpartition(".")[2] in RETURNING:
        return Concern.RETURNED
    if action in SCORING and any(is_scored_anew(change) for change in changes):
        return Concern.SCORE_CHANGED
    for change in changes:
        if change["field"] in DEADLINES and is_later(change["before"], change["after"]):
            return Concern.DEADLINE_DELAYED
    for change in changes:
        # Filling an empty slot is the office's daily work; taking somebody out is not.
        # The grid names a slot by kind and ordinal, as lead_unit-0.
        if change["field"].partition("-")[0] in SLOT_FIELDS and change["before"]:
            return Concern.RESPONSIBLE_CHANGED
    # The first judgement is the round's work; another instead of it is not.
    if any(is_replaced(change) for change in changes if change["field"] in LIGHTS):
        return Concern.LIGHT_CHANGED
    return ""


def is_replaced(change: dict[str, Any]) -> bool:
    """Something stood there, and something else does now."""
    return bool(change["before"]) and change["after"] != change["before"]


def is_scored_anew(change: dict[str, Any]) -> bool:
    """Other points in the place of given ones, or a veto put in or taken out."""
    if change["field"] == "vetoes":
        return bool(change["after"] != change["before"])
    return change["field"] != "state" and is_replaced(change)


def is_later(before: str, after: str) -> bool:
    """A deadline put off, or taken away: both are ISO dates or empty."""
    return bool(before) and (not after or after > before)


def is_odd_hour(at: datetime) -> bool:
    """Outside the office's hours, or at a weekend, in the county's time."""
    local = timezone.localtime(at)
    start, end = WORKING_HOURS
    return local.weekday() >= 5 or not (start <= local.time() < end)
