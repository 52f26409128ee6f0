"""公布: results frozen by one person, approved by another; corrected by a new version only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import User
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import bulk
from accountability.services.audit import change
from accountability.trail import checkpoints
from reports.assessment import recompute, shown
from reports.models import (
    PUBLICATION_TRANSITIONS,
    Appeal,
    AppealState,
    Assessment,
    AssessmentState,
    Publication,
    PublicationState,
    Score,
    Sheet,
)
from reports.selectors.assessment_content import content_of, frozen
from reports.selectors.score_bases import options
from reports.services.assessment_telling import tell_subjects
from reports.services.assessments import locked, move
from reports.services.schemes import checked, person
from reports.services.scoring import Mark, ground_of, must_not_be_own


def propose(*, by: Actor, assessment: Assessment, on: date) -> Publication:
    """提请公布: the approved scores as they stand, once the time for appeals has passed."""
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.ASSESS_EDIT)
        now = locked(by, assessment.pk)
        if now.state != AssessmentState.FEEDBACK or now.appeal_due is None:
            raise WrongState(f"{now}现在是“{now.get_state_display()}”，反馈之后才能提请公布。")
        if on <= now.appeal_due:
            raise WrongState(f"复核申请期到 {now.appeal_due}，期满后才能提请公布。")
        waiting = Appeal.objects.filter(sheet__assessment=now, state=AppealState.OPEN).count()
        if waiting:
            raise WrongState(f"还有 {waiting} 项复核申请没有办理，请办理后再提请公布。")
        _must_not_wait(now)
        row = _proposed(now, user, reason="", changes=[], instead=None)
        act.record("publication.propose", now, summary=f"提请公布{row}，摘要 {row.digest[:16]}")
    return row


def correct(
    *, by: Actor, sheet: Sheet, marks: Mapping[str, Mark], reason: str, on: date
) -> Publication:
    """提请更正 of published scores of one sheet: a new version, for another person to approve."""
    user, reason = person(by), reason.strip()
    if not reason:
        raise Invalid("请填写更正原因。", details={"reason": ["请填写更正原因"]})
    with acting(by=by, reason=reason) as act:
        require(by, Action.ASSESS_EDIT)
        now = locked(by, sheet.assessment_id)
        if now.state != AssessmentState.PUBLISHED:
            raise WrongState("结果尚未公布，不用更正，请在评分或复核中办理。")
        found: Sheet = find(
            Sheet.objects.visible_to(user).select_related("assessment", "post"), pk=sheet.pk
        )
        must_not_be_own(user, found, on=on)
        _must_not_wait(now)
        known = options(found, until=on)
        rows = {
            s.criterion.code: s
            for s in Score.objects.filter(sheet=found).select_related("criterion")
        }
        changes: list[dict[str, Any]] = []
        instead: dict[int, tuple[Decimal, str, list[dict[str, Any]]]] = {}
        for code, mark in marks.items():
            score = rows.get(code)
            if score is None:
                raise Invalid(f"方案中没有 {code} 这一项，请刷新后再填。")
            if mark.points is None or mark.points == score.final:
                continue
            points, bases = ground_of(code, score, mark, known)
            instead[score.pk] = (points, mark.reason.strip()[:500], bases)
            changes.append(
                {
                    "score": score.pk,
                    "subject": found.name,
                    "criterion": str(score.criterion),
                    "before": shown(score.final),
                    "after": shown(points),
                    "reason": mark.reason.strip()[:500],
                    "bases": bases,
                }
            )
        if not changes:
            raise Invalid("没有改动任何得分，不用更正。")
        row = _proposed(now, user, reason=reason[:300], changes=changes, instead=instead)
        act.record(
            "publication.correct",
            now,
            summary=f"提请更正{found.name}的得分（第 {row.version} 版）：{reason}",
            changes=[change("score", c["criterion"], c["before"], c["after"]) for c in changes],
            units=[found.unit_id] if found.unit_id else [],
        )
    return row


def decide(
    *, by: Actor, publication: Publication, is_approved: bool, decision: str, digest: str, on: date
) -> Publication:
    """审定 by somebody else than who proposed it; `digest` is of what the person was shown."""
    user, decision = person(by), decision.strip()
    if not is_approved and not decision:
        raise Invalid("不同意的须填写意见。", details={"decision": ["请填写意见"]})
    with acting(by=by, reason=decision) as act:
        require(by, Action.ASSESS_DECIDE)
        row: Publication = find(
            Publication.objects.visible_to(user).select_for_update(of=("self",)), pk=publication.pk
        )
        assessment = locked(by, row.assessment_id)
        if row.proposed_by_id == user.pk:
            raise NotAllowed("结果由本人提请，须由他人审定。")
        if digest != row.digest:
            raise Conflict("页面上的结果不是提请的结果，请刷新后重新核对。")
        _turn(row, PublicationState.PUBLISHED if is_approved else PublicationState.REFUSED)
        row.decided_at, row.decided_by = timezone.now(), user
        row.decision = decision[:300]
        if is_approved:
            former = assessment.publications.filter(state=PublicationState.PUBLISHED).first()
            if former is not None:
                _turn(former, PublicationState.REPLACED)
                former.save()
            _take_effect(row, assessment)
            if assessment.state == AssessmentState.FEEDBACK:
                move(assessment, AssessmentState.PUBLISHED)
                assessment.save()
            tell_subjects(
                act,
                assessment,
                on=on,
                rule=f"assessment_result_{row.version}",
                title="考核结果已更正" if row.changes else "考核结果已公布",
            )
            checkpoints.write_on_commit(cause="考核结果")
        checked(row)
        row.save()
        told = "公布" if is_approved else "不同意公布"
        act.record(
            "publication.decide",
            assessment,
            summary=f"{told}{row}" + (f"：{decision}" if decision else ""),
            changes=[change("state", "结果", "待审定", row.get_state_display())],
        )
    return row


def _take_effect(row: Publication, assessment: Assessment) -> None:
    """Write what a correction changes, see that the rows are what was frozen, copy the results."""
    by_id = {c["score"]: c for c in row.changes}
    scores = list(Score.objects.filter(pk__in=by_id, sheet__assessment=assessment))
    for score in scores:
        told = by_id[score.pk]
        score.final, score.final_reason = Decimal(told["after"]), told["reason"]
        score.final_bases = told["bases"]
    bulk.update(scores, ["final", "final_reason", "final_bases"])
    content = content_of(assessment)
    if frozen(assessment, content, version=row.version)[1] != row.digest:
        raise Conflict("提请之后得分又有变动，请不同意这一版，由提请人重新提请。")
    results, wrong = recompute(row.content)
    if wrong:
        raise Conflict("校核不一致，不能公布：" + "；".join(wrong[:3]))
    by_key = {result.key: result for result in results}
    sheets = list(assessment.sheets.all())
    for sheet in sheets:
        result = by_key[sheet.key]
        assert result.graded is not None
        sheet.total, sheet.rank, sheet.grade = (
            result.total, result.graded.rank, result.graded.grade,
        )  # fmt: skip
    bulk.update(sheets, ["total", "rank", "grade"])


def _proposed(
    assessment: Assessment,
    user: User,
    *,
    reason: str,
    changes: list[dict[str, Any]],
    instead: Mapping[int, tuple[Decimal, str, list[dict[str, Any]]]] | None,
) -> Publication:
    last = assessment.publications.aggregate(last=Max("version"))["last"] or 0
    # What was refused leaves its number; the first that is published may be the third.
    row = Publication(
        assessment=assessment,
        version=last + 1,
        reason=reason or ("" if last == 0 else "重新提请"),
        changes=changes,
        proposed_by=user,
    )
    content = content_of(assessment, instead=instead)
    row.content, row.digest = frozen(assessment, content, version=row.version)
    checked(row)
    row.save()
    return row


def _must_not_wait(assessment: Assessment) -> None:
    if assessment.publications.filter(state=PublicationState.PROPOSED).exists():
        raise WrongState("已有一份结果待审定，请先审定。")


def _turn(row: Publication, to: PublicationState) -> None:
    if to not in PUBLICATION_TRANSITIONS[row.state]:
        raise WrongState(f"{row}{row.get_state_display()}，请刷新后查看。")
    row.state = to
