"""异议 to a round's conclusion: how it is found, and what the decision does to the return.

Raising and deciding, with their thirty days and the 回避 of who made the
conclusion, are `objections`' own.
"""

from __future__ import annotations

from datetime import datetime

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor
from accountability.models import User
from accountability.refusals import WrongState
from accountability.services.audit import change
from accountability.year_guard import carried_over
from tasks.models import Objection, ObjectionState, Return
from tasks.services import objections
from tasks.services.acts import person
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
    with carried_over(act):
        row.save()
    act.record(
        "return.conclusion",
        row,
        summary=f"按复核决定{objection.get_state_display()}{row.unit}在{row.campaign}中的结论",
        changes=[change("conclusion", "督查结论", before, row.conclusion)],
        units=[row.unit],
    )


def raise_(*, by: Actor, return_id: int, grounds: str, now: datetime | None = None) -> Objection:
    """The unit objects to what was fed back to it."""
    row = _seen(by, return_id)
    require(by, Action.RETURN_CONFIRM)
    if row.fed_back_on is None:
        raise WrongState("督查结论还没有反馈，反馈后才能提出异议。")
    return objections.to_subject(
        by=by, kind=KIND, subject_id=row.pk, unit_id=row.unit_id, grounds=grounds, now=now
    )


def decide(
    *, by: Actor, return_id: int, outcome: str, decision: str, now: datetime | None = None
) -> Objection:
    """Decide on the objection to a return's conclusion (维持, 变更, 撤销)."""
    row = _seen(by, return_id)
    require(by, Action.FINDING_DECIDE)
    held = of(row)
    if held is None:
        raise WrongState("本单位没有对督查结论提出异议，不必复核。")
    return objections.decide(
        by=by, objection_id=held.pk, outcome=outcome, decision=decision, now=now
    )


def of(row: Return) -> Objection | None:
    """The objection to a return's conclusion, if there is one."""
    rows = Objection.objects.filter(
        county_id=row.county_id, subject_kind=KIND, subject_id=row.pk
    ).select_related("raised_by__person", "decided_by__person")
    held: Objection | None = rows.first()
    return held


def _seen(by: Actor, return_id: int) -> Return:
    row: Return = find(Return.objects.visible_to(person(by)), pk=return_id)
    return row
