"""评分: 自评, 考核组评分, 核定. Nobody scores his own unit; no deduction without its ground."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import User
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import bulk
from accountability.services.audit import change
from reports.assessment import Nature, hundredth, shown, total_of
from reports.assessment.points import plain
from reports.assessment.scheme import WITH_POINTS
from reports.models import SHEET_TRANSITIONS, AssessmentState, Score, Sheet, SheetState
from reports.selectors.assessment_content import SO_FAR, entry_of
from reports.selectors.assessment_subjects import bound
from reports.selectors.score_bases import chosen, options
from reports.selectors.sheet_roles import expected, in_team, speaks_for
from reports.services.schemes import checked, person, state_change

CHANGED = "这张评分表刚刚有人保存过，请核对后再保存。"


@dataclass(frozen=True, slots=True)
class Mark:
    """What was entered in one row: points (None: not yet), why, and what it rests on."""

    points: Decimal | None
    reason: str = ""
    bases: Sequence[str] = field(default_factory=tuple)


def self_score(*, by: Actor, sheet: Sheet, marks: Mapping[str, Mark], on: date) -> Sheet:
    """自评 by the subject itself, open until its team has scored it; late is told as late."""
    user = person(by)
    with acting(by=by) as act:
        now = _locked(user, sheet)
        if not speaks_for(user, now):
            raise NotAllowed("自评由被考核单位的联络员或负责人、被考核的干部本人填写。")
        if now.assessment.state not in (AssessmentState.SELF, AssessmentState.REVIEW):
            raise WrongState(f"{now.assessment}不在自评期间，不能再改自评。")
        if now.state not in (SheetState.WAITING, SheetState.SELF):
            raise WrongState("考核组已经评分，自评不再改动；有异议的可在反馈后申请复核。")
        rows = _rows(now)
        wrong: dict[str, list[str]] = {}
        for code, score in rows.items():
            mark = marks.get(code, Mark(None))
            points = expected(score) if mark.points is None else _within(code, score, mark, wrong)
            if points is not None and points != expected(score) and not mark.reason.strip():
                wrong[code] = [f"{code} 自评与{_what(score)}不一致，请填写说明"]
            score.own, score.own_note = points, mark.reason.strip()[:500]
        _refuse(wrong)
        bulk.update(list(rows.values()), ["own", "own_note"])
        if now.state == SheetState.WAITING:
            move(now, SheetState.SELF)
        now.self_at, now.self_by = timezone.now(), user
        checked(now)
        now.save()
        late = "（逾期）" if on > now.assessment.self_due else ""
        act.record(
            "sheet.self",
            now,
            summary=f"{now}自评{late}",
            changes=[change("self_by", "自评", "", user.display_name)],
            units=units_of(now),
        )
    return now


def team_score(
    *,
    by: Actor,
    sheet: Sheet,
    marks: Mapping[str, Mark],
    vetoes: Mapping[str, Mark],
    version: int,
    is_complete: bool,
    on: date,
) -> Sheet:
    """考核组评分 by a member of the sheet's team. `is_complete`: handed on to 核定.

    A row that differs from what is expected of it, and a veto, is refused without
    a reason and what it rests on; then nothing is saved.
    """
    user = person(by)
    with acting(by=by) as act:
        now = _locked(user, sheet)
        must_be_in_team(user, now)
        must_not_be_own(user, now, on=on)
        if now.assessment.state != AssessmentState.REVIEW:
            raise WrongState(f"{now.assessment}不在复评期间，不能评分。")
        if now.state == SheetState.APPROVED:
            raise WrongState(f"{now.name}已经核定，须由核定人退回后才能再改。")
        if now.version != version:
            raise Conflict(CHANGED, details={"version": now.version})
        rows, known = _rows(now), options(now, until=on)
        wrong: dict[str, list[str]] = {}
        changes = []
        for code, score in rows.items():
            mark = marks.get(code, Mark(None))
            points = None if mark.points is None else _within(code, score, mark, wrong)
            bases = chosen(mark.bases, known)
            if points is not None and points != expected(score):
                _want_ground(code, score, mark, bases, wrong)
            if points is None and is_complete and code not in wrong:
                if score.criterion.nature == Nature.SCORE:
                    wrong[code] = [f"{code} 还没有评分"]
                else:
                    points = expected(score)
            if score.team != points:
                changes.append(change(code, str(score.criterion), score.team, points))
            score.team, score.team_reason = points, mark.reason.strip()[:500]
            score.team_bases = bases
        found = _vetoes(now, vetoes, known, wrong)
        _refuse(wrong)
        if found != now.vetoes:
            changes.append(change("vetoes", "一票否决", sorted(now.vetoes), sorted(found)))
        bulk.update(list(rows.values()), ["team", "team_reason", "team_bases"])
        now.vetoes, now.version = found, now.version + 1
        now.total = total_now(now, rows.values())
        before = now.get_state_display()
        if is_complete:
            if now.state != SheetState.SCORED:
                move(now, SheetState.SCORED)
            now.scored_at, now.scored_by = timezone.now(), user
        checked(now)
        now.save()
        act.record(
            "sheet.score",
            now,
            summary=f"{now}复评" + ("" if is_complete else "（暂存）"),
            changes=changes + (state_change(before, "已复评") if is_complete else []),
            units=units_of(now),
        )
    return now


def approve(*, by: Actor, sheet: Sheet, marks: Mapping[str, Mark], version: int, on: date) -> Sheet:
    """核定: the team's points, or others with reason and ground; by somebody else than the team."""
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.ASSESS_DECIDE)
        now = _locked(user, sheet)
        must_not_be_own(user, now, on=on)
        if now.version != version:
            raise Conflict(CHANGED, details={"version": now.version})
        _must_be_ready(user, now)
        rows, known = _rows(now), options(now, until=on)
        wrong: dict[str, list[str]] = {}
        changes = []
        for code, score in rows.items():
            mark = marks.get(code, Mark(None))
            points = score.team if mark.points is None else _within(code, score, mark, wrong)
            bases = chosen(mark.bases, known)
            if points != score.team:
                if code not in wrong:
                    _want_ground(code, score, mark, bases, wrong)
                changes.append(change(code, str(score.criterion), score.team, points))
            score.final, score.final_reason = points, mark.reason.strip()[:500]
            score.final_bases = bases
        _refuse(wrong)
        bulk.update(list(rows.values()), ["final", "final_reason", "final_bases"])
        move(now, SheetState.APPROVED)
        now.approved_at, now.approved_by = timezone.now(), user
        now.version += 1
        now.total = total_now(now, rows.values())
        checked(now)
        now.save()
        act.record(
            "sheet.approve",
            now,
            summary=f"核定{now}" + (f"，调整 {len(changes)} 项" if changes else ""),
            changes=changes + state_change("已复评", "已核定"),
            units=units_of(now),
        )
    return now


def approve_all(*, by: Actor, assessment_id: int, on: date) -> tuple[int, list[str]]:
    """核定 every scored sheet of a round as its team scored it; (how many, names left out).

    Left out are one's own unit and what one scored oneself.
    """
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.ASSESS_DECIDE)
        sheets = list(
            Sheet.objects.visible_to(user)
            .filter(assessment_id=assessment_id, state=SheetState.SCORED)
            .filter(assessment__state=AssessmentState.REVIEW)
            .select_related("post", "assessment")
            .select_for_update(of=("self",))
        )
        apart = {pk for pk, _ in bound(sheets, [user.pk], on=on)}
        mine = [s for s in sheets if s.pk not in apart and s.scored_by_id != user.pk]
        left = [s.name for s in sheets if s not in mine]
        scores = list(Score.objects.filter(sheet__in=mine))
        for score in scores:
            score.final, score.final_reason, score.final_bases = score.team, "", []
        bulk.update(scores, ["final", "final_reason", "final_bases"])
        for sheet in mine:
            move(sheet, SheetState.APPROVED)
            sheet.approved_at, sheet.approved_by = timezone.now(), user
            sheet.version += 1
        bulk.update(mine, ["state", "approved_at", "approved_by", "version"])
        if mine:
            act.record(
                "sheet.approve",
                mine[0].assessment,
                summary=f"核定{mine[0].assessment}评分表 {len(mine)} 张，均按考核组评分",
                units=[s.unit_id for s in mine if s.unit_id],
            )
        else:
            act.unchanged()
    return len(mine), left


def send_back(*, by: Actor, sheet: Sheet, reason: str, on: date) -> Sheet:
    """退回复评 before the feedback, with a reason."""
    user, reason = person(by), reason.strip()
    if not reason:
        raise Invalid("请填写退回原因。", details={"reason": ["请填写退回原因"]})
    with acting(by=by, reason=reason) as act:
        require(by, Action.ASSESS_DECIDE)
        now = _locked(user, sheet)
        must_not_be_own(user, now, on=on)
        if now.assessment.state != AssessmentState.REVIEW or now.state != SheetState.APPROVED:
            raise WrongState("只有复评期间已核定的评分表可以退回。")
        move(now, SheetState.SCORED)
        now.approved_at, now.approved_by = None, None
        now.version += 1
        rows = list(_rows(now).values())
        for score in rows:
            score.final, score.final_reason, score.final_bases = None, "", []
        bulk.update(rows, ["final", "final_reason", "final_bases"])
        now.total = total_now(now, rows)
        now.save()
        act.record(
            "sheet.return",
            now,
            summary=f"退回{now}复评：{reason}",
            changes=state_change("已核定", "已复评"),
            units=units_of(now),
        )
    return now


def must_be_in_team(user: User, sheet: Sheet) -> None:
    """Raise `NotAllowed` for who is not in the sheet's team."""
    if not in_team(user, sheet):
        raise NotAllowed(f"{sheet.name}由{sheet.team or '考核组'}评分，本账号不在该组。")


def must_not_be_own(user: User, sheet: Sheet, *, on: date) -> None:
    """回避: raise `NotAllowed` where the sheet is of the person's own unit or seat."""
    if bound([sheet], [user.pk], on=on):
        raise NotAllowed(f"{sheet.name}是本人所在单位或本人职务，须回避，由他人评定。")


def move(sheet: Sheet, to: SheetState) -> None:
    """One step of the transition table, or `WrongState`."""
    if to not in SHEET_TRANSITIONS[sheet.state]:
        raise WrongState(f"{sheet.name}{sheet.get_state_display()}，请刷新后查看。")
    sheet.state = to


def total_now(sheet: Sheet, rows: Iterable[Score]) -> Decimal:
    """The sheet's total as far as it is scored, for lists."""
    entry = entry_of(sheet, list(rows), column=SO_FAR)
    return total_of(sheet.assessment.scheme.core(), entry).total


def ground_of(
    code: str, score: Score, mark: Mark, known: dict[str, Any]
) -> tuple[Decimal, list[dict[str, Any]]]:
    """Points and bases of one changed score, judged; `Invalid` names what is missing."""
    wrong: dict[str, list[str]] = {}
    points = None if mark.points is None else _within(code, score, mark, wrong)
    if points is None and not wrong:
        wrong[code] = [f"请填写 {code} 的得分"]
    bases = chosen(mark.bases, known)
    if not wrong:
        _want_ground(code, score, mark, bases, wrong)
    _refuse(wrong)
    assert points is not None
    return points, bases


def _locked(user: User, sheet: Sheet) -> Sheet:
    rows = Sheet.objects.visible_to(user).select_related(
        "assessment__scheme", "team", "post", "unit"
    )
    found: Sheet = find(rows.select_for_update(of=("self",)), pk=sheet.pk)
    return found


def _must_be_ready(user: User, sheet: Sheet) -> None:
    if sheet.assessment.state != AssessmentState.REVIEW or sheet.state != SheetState.SCORED:
        raise WrongState(f"{sheet.name}{sheet.get_state_display()}，复评完成后才能核定。")
    if sheet.scored_by_id == user.pk:
        raise NotAllowed(f"{sheet.name}由本人复评，须由他人核定。")


def _rows(sheet: Sheet) -> dict[str, Score]:
    """The sheet's scores by code."""
    rows = Score.objects.filter(sheet=sheet, criterion__nature__in=sorted(WITH_POINTS))
    return {s.criterion.code: s for s in rows.select_related("criterion").order_by(
        "criterion__position"
    )}  # fmt: skip


def _within(code: str, score: Score, mark: Mark, wrong: dict[str, list[str]]) -> Decimal | None:
    assert mark.points is not None
    points, most = mark.points, score.criterion.points
    if not points.is_finite() or not 0 <= points <= most or points != hundredth(points):
        wrong[code] = [f"{code} 的得分应在 0 到 {plain(most)} 之间，最多两位小数"]
        return None
    return hundredth(points)


def _want_ground(
    code: str,
    score: Score,
    mark: Mark,
    bases: list[dict[str, Any]],
    wrong: dict[str, list[str]],
) -> None:
    missing = []
    if not mark.reason.strip():
        missing.append("原因")
    if not bases:
        missing.append("依据（任务、责任书等事项，或文件名称和文号）")
    if missing:
        wrong[code] = [
            f"{code} 与{_what(score)} {shown(expected(score))} 不一致，请填写{'和'.join(missing)}"
        ]


def _what(score: Score) -> str:
    if score.system is not None:
        return "系统分"
    return "满分" if score.criterion.nature == Nature.SCORE else "零分"


def _vetoes(
    sheet: Sheet,
    vetoes: Mapping[str, Mark],
    known: dict[str, Any],
    wrong: dict[str, list[str]],
) -> dict[str, Any]:
    codes = set(
        sheet.assessment.scheme.criteria.filter(nature=Nature.VETO).values_list("code", flat=True)
    )
    found = {}
    for code, mark in vetoes.items():
        bases = chosen(mark.bases, known)
        if code not in codes:
            wrong[code] = [f"方案中没有 {code} 这一项，请刷新后再填"]
        elif not mark.reason.strip() or not bases:
            wrong[code] = [f"认定 {code} 一票否决须写明理由和依据"]
        else:
            found[code] = {"reason": mark.reason.strip()[:500], "bases": bases}
    return found


def _refuse(wrong: dict[str, list[str]]) -> None:
    if wrong:
        sentences = [sentence for of_row in wrong.values() for sentence in of_row]
        told = "；".join(sentences[:3]) + ("等" if len(sentences) > 3 else "")
        raise Invalid(f"未保存：{told}。", details=wrong)


def units_of(sheet: Sheet) -> list[int]:
    """The units that an act on this sheet touches."""
    unit = sheet.unit_id or (sheet.post.unit_id if sheet.post else None)
    return [unit] if unit else []
