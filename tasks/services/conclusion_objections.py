"""异议 to a round's conclusion: how it is found, and what the decision does to the return.

Raising and deciding, with their thirty days and the 回避 of who made the
conclusion, are `objections`' own.
"""

from __future__ import annotations

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Act, Actor
from accountability.models import User
from accountability.services.audit import change
from tasks.models import Objection, ObjectionState, Return
from tasks.services import objections
from tasks.services.objections import Against

KIND = "conclusion"


def found(user: User, return_id: int, unit_id: int) -> Against | None:
    """The conclusion that was fed back to a unit; None before it was, or out of sight.

    Made by whoever judged the unit, else by whoever fed the round's conclusions back.
    """
    row = (
        Return.objects.visible_to(user)
        .filter(pk=return_id, unit_id=unit_id, fed_back_on__isnull=False)
        .select_related("campaign__concluded_by", "judged_by")
        .first()
    )
    if row is None:
        return None
    maker = row.judged_by or row.campaign.concluded_by
    return Against(f"{row.campaign}结论", row.fed_back_on, maker)


def follow(act: Act, objection: Objection) -> None:
    """变更 is written into the conclusion; 撤销 takes the judgement back too."""
    if objection.state == ObjectionState.UPHELD:
        return
    row: Return = (
        Return.objects.select_for_update(of=("self",))
        .select_related("campaign", "unit")
        .get(pk=objection.subject_id)
    )
    before = row.conclusion
    if objection.state == ObjectionState.REVOKED:
        row.light, row.judge_reason, row.judged_at, row.judged_by = "", "", None, None
        row.conclusion = f"原结论经复核撤销：{objection.decision}"[:500]
    else:
        row.conclusion = f"{before}经复核变更：{objection.decision}"[-500:]
    row.full_clean(validate_unique=False)
    row.save()
    act.record(
        "return.conclusion",
        row,
        summary=f"按复核决定{objection.get_state_display()}{row.unit}在{row.campaign}中的结论",
        changes=[change("conclusion", "督查结论", before, row.conclusion)],
        units=[row.unit],
    )


def raise_(*, by: Actor, row: Return, grounds: str) -> Objection:
    """The unit objects to what was fed back to it."""
    require(by, Action.RETURN_CONFIRM)
    return objections.to_subject(
        by=by, kind=KIND, subject_id=row.pk, unit_id=row.unit_id, grounds=grounds
    )


def of(row: Return) -> Objection | None:
    """The objection to a return's conclusion, if there is one."""
    rows = Objection.objects.filter(subject_kind=KIND, subject_id=row.pk)
    found_one: Objection | None = rows.select_related("raised_by__person", "decided_by__person").first()
    return found_one
