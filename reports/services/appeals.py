"""复核: a subject objects to a score within the set time; somebody without a part in it decides."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services.audit import change
from reports.models import (
    APPEAL_TRANSITIONS,
    Appeal,
    AppealState,
    AssessmentState,
    Score,
    Sheet,
)
from reports.selectors.score_bases import options
from reports.selectors.sheet_roles import speaks_for
from reports.services.assessment_telling import tell_subjects
from reports.services.assessments import locked
from reports.services.schemes import checked, person
from reports.services.scoring import (
    Mark,
    ground_of,
    must_not_be_own,
    total_now,
    units_of,
)


def make(*, by: Actor, sheet: Sheet, code: str, text: str, on: date) -> Appeal:
    """申请复核 of one score by its subject, from the feedback to the set day."""
    user, text = person(by), text.strip()
    with acting(by=by) as act:
        assessment = locked(by, sheet.assessment_id)
        now: Sheet = find(Sheet.objects.visible_to(user).select_related("post"), pk=sheet.pk)
        if not speaks_for(user, now):
            raise NotAllowed("复核由被考核单位的联络员或负责人、被考核的干部本人申请。")
        if not text:
            raise Invalid("请填写复核理由。", details={"text": ["请填写复核理由"]})
        if assessment.state != AssessmentState.FEEDBACK or assessment.appeal_due is None:
            raise WrongState("不在反馈期间，不能申请复核。")
        if on > assessment.appeal_due:
            raise WrongState(f"复核申请已于 {assessment.appeal_due} 截止，可向考核办公室说明。")
        score: Score = find(
            Score.objects.filter(sheet=now, final__isnull=False).select_related("criterion"),
            criterion__code=code,
        )
        if score.appeals.filter(state=AppealState.OPEN).exists():
            raise Conflict(f"{score.criterion}已有复核申请，请等待复核意见。")
        appeal = Appeal(
            county_id=now.county_id,
            sheet=now,
            score=score,
            text=text[:500],
            before=score.final,
            asked_by=user,
        )
        checked(appeal)
        appeal.save()
        act.record(
            "appeal.make",
            now,
            summary=f"{now.name}申请复核“{score.criterion}”：{text}",
            units=units_of(now),
        )
    return appeal


def decide(*, by: Actor, appeal: Appeal, mark: Mark, decision: str, on: date) -> Appeal:
    """复核意见: the score stands (`mark` without points), or changes with its ground.

    Not by the subject, nor by who scored or approved the sheet.
    """
    user, decision = person(by), decision.strip()
    if not decision:
        raise Invalid("请填写复核意见。", details={"decision": ["请填写复核意见"]})
    with acting(by=by, reason=decision) as act:
        require(by, Action.ASSESS_DECIDE)
        now: Appeal = find(
            Appeal.objects.visible_to(user)
            .select_related("sheet__assessment__scheme", "sheet__post", "score__criterion")
            .select_for_update(of=("self",)),
            pk=appeal.pk,
        )
        sheet, score = now.sheet, now.score
        locked(by, sheet.assessment_id)
        must_not_be_own(user, sheet, on=on)
        if user.pk in (now.asked_by_id, sheet.scored_by_id, sheet.approved_by_id):
            raise NotAllowed("复核须由没有参与该评分表自评、复评、核定的人办理。")
        code = score.criterion.code
        if mark.points is None or mark.points == score.final:
            to = AppealState.UPHELD
            now.after = score.final
        else:
            to = AppealState.CHANGED
            known = options(sheet, until=on)
            points, bases = ground_of(code, score, Mark(mark.points, decision, mark.bases), known)
            score.final, score.final_bases = points, bases
            score.final_reason = f"复核：{decision}"[:500]
            score.save()
            now.after = points
            rows = Score.objects.filter(sheet=sheet).select_related("criterion")
            sheet.total = total_now(sheet, rows)
            sheet.save()
        if to not in APPEAL_TRANSITIONS[now.state]:
            raise WrongState("这项复核已经办理，请刷新后查看。")
        now.state, now.decision = to, decision[:500]
        now.decided_at, now.decided_by = timezone.now(), user
        checked(now)
        now.save()
        tell_subjects(
            act,
            sheet.assessment,
            on=on,
            rule=f"assessment_appeal_{now.pk}",
            title=f"“{score.criterion}”的复核意见：{now.get_state_display()}",
            sheets=[sheet],
        )
        act.record(
            "appeal.decide",
            sheet,
            summary=f"复核{sheet.name}“{score.criterion}”，{now.get_state_display()}：{decision}",
            changes=[change(code, str(score.criterion), now.before, now.after)],
            units=units_of(sheet),
        )
    return now
