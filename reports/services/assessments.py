"""考核: open a round, make its teams, draw or assign, count the system scores, go on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from accountability import workdays
from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import ADMINISTRATORS, RoleGrant, User
from accountability.models.dated import holds_on
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import bulk
from accountability.services.audit import change
from reports.assessment import NoTeam, draw
from reports.models import (
    ASSESSMENT_TRANSITIONS,
    Assessment,
    AssessmentState,
    Scheme,
    SchemeState,
    Sheet,
    SheetState,
    Team,
    TeamMember,
)
from reports.selectors.assessment_subjects import bound, candidates
from reports.services.assessment_telling import tell_subjects
from reports.services.schemes import checked, person, state_change
from reports.services.system_scores import count_into

APPEAL_WORKDAYS = 5
BEFORE_SCORES = (AssessmentState.PREPARING, AssessmentState.SELF, AssessmentState.REVIEW)


def open_round(
    *,
    by: Actor,
    scheme: Scheme,
    self_due: date,
    review_due: date,
    keys: Collection[str],
    on: date,
    title: str = "",
) -> Assessment:
    """A round of a published scheme with a sheet for each chosen subject, being prepared."""
    user = person(by)
    if self_due < on:
        raise Invalid(
            "自评截止已经过去，请改为今天或以后的日期。",
            details={"self_due": ["自评截止不能早于今天"]},
        )
    with acting(by=by) as act:
        require(by, Action.ASSESS_EDIT)
        scheme = find(Scheme.objects.visible_to(user).select_for_update(of=("self",)), pk=scheme.pk)
        if scheme.state != SchemeState.PUBLISHED:
            raise WrongState("方案尚未发布或已修订，请用已发布的最新版本建立考核。")
        known = {c.key: c for c in candidates(scheme.county_id, scheme.kind, on=on)}
        if set(keys) - set(known):
            raise Invalid("所选对象有变动，请刷新后重新选择。")
        if not keys:
            raise Invalid("请至少选择一个考核对象。", details={"keys": ["请选择考核对象"]})
        assessment = Assessment(
            county_id=scheme.county_id,
            year=scheme.year,
            kind=scheme.kind,
            occasion=scheme.occasion,
            scheme=scheme,
            title=(title.strip() or usual_title(scheme))[:100],
            self_due=self_due,
            review_due=review_due,
            made_by=user,
        )
        checked(assessment)
        try:
            with transaction.atomic():
                assessment.save()
        except IntegrityError as error:
            raise Conflict("这个方案的考核已经建立，请刷新后打开。") from error
        chosen = [c for key, c in known.items() if key in set(keys)]
        bulk.create(
            [
                Sheet(
                    county_id=scheme.county_id,
                    assessment=assessment,
                    unit_id=c.unit_id,
                    post_id=c.post_id,
                    name=c.name,
                    position=place,
                )
                for place, c in enumerate(chosen)
            ]
        )
        act.record(
            "assessment.open",
            assessment,
            summary=f"建立{assessment}，对象 {len(chosen)} 个，方案为{scheme}",
            units=[c.unit_id for c in chosen if c.unit_id],
        )
    return assessment


def usual_title(scheme: Scheme) -> str:
    """2026年度乡镇年终考核."""
    topic = f"（{scheme.topic}）" if scheme.topic else ""
    return f"{scheme.year}年度{scheme.get_kind_display()}{scheme.get_occasion_display()}{topic}"


def set_team(
    *, by: Actor, assessment: Assessment, team_id: int | None, name: str, user_ids: list[int]
) -> Team:
    """Make a team or change its name and members; who is taken out stays known."""
    name = name.strip()
    if not name:
        raise Invalid("请填写考核组名称。", details={"name": ["请填写考核组名称"]})
    if not user_ids:
        raise Invalid("考核组至少要有一名成员。", details={"user_ids": ["请选择成员"]})
    on = timezone.localdate()
    with acting(by=by) as act:
        now = _locked(by, assessment)
        _must_be_before_scores(now)
        allowed = members_possible(now.county_id, on=on)
        if set(user_ids) - set(allowed):
            raise Invalid("所选成员不能参加考核组，请选择本县在用的业务账号。")
        team = find(now.teams.all(), pk=team_id) if team_id else Team(assessment=now)
        team.name = name[:40]
        checked(team)
        team.save()
        known = {m.user_id: m for m in team.members.all()}
        for user_id in dict.fromkeys([*known, *user_ids]):
            member = known.get(user_id) or TeamMember(team=team, user_id=user_id)
            is_out = user_id not in user_ids
            if member.pk is None or member.is_out != is_out:
                member.is_out = is_out
                checked(member)
                member.save()
        _must_keep_apart(now, on=on)
        act.record(
            "assessment.team",
            now,
            summary=f"{now}{team.name}：" + "、".join(allowed[u] for u in user_ids),
        )
    return team


def members_possible(county_id: int, *, on: date) -> dict[int, str]:
    """Who may sit in a team: accounts in use with a business role, by id. One query."""
    rows = (
        RoleGrant.objects.filter(holds_on(on), user__county_id=county_id, user__is_active=True)
        .exclude(role__in=ADMINISTRATORS)
        .select_related("user__person", "unit")
        .order_by("user__username", "id")
    )
    found: dict[int, str] = {}
    for grant in rows:
        where = f"（{grant.unit}）" if grant.unit else f"（{grant.get_role_display()}）"
        found.setdefault(grant.user_id, f"{grant.user.display_name}{where}")
    return found


def assign(*, by: Actor, assessment: Assessment, teams: Mapping[int, int]) -> int:
    """Give sheets (by id) to teams (by id); how many moved."""
    on = timezone.localdate()
    with acting(by=by) as act:
        now = _locked(by, assessment)
        _must_be_before_scores(now)
        known = {team.pk: team for team in now.teams.all()}
        sheets = [s for s in now.sheets.all() if s.pk in teams]
        if len(sheets) != len(teams) or set(teams.values()) - set(known):
            raise Invalid("考核组或对象有变动，请刷新后重新选择。")
        moved = [s for s in sheets if s.team_id != teams[s.pk]]
        for sheet in moved:
            if sheet.scored_at is not None:
                raise WrongState(f"{sheet.name}已经复评，不能再换考核组。")
            sheet.team = known[teams[sheet.pk]]
        if not moved:
            act.unchanged()
            return 0
        bulk.update(moved, ["team"])
        _must_keep_apart(now, on=on)
        act.record(
            "assessment.assign",
            now,
            summary=f"{now}指定考核组：" + "、".join(f"{s.name}由{s.team}" for s in moved),
            units=[s.unit_id for s in moved if s.unit_id],
        )
    return len(moved)


def draw_teams(*, by: Actor, assessment: Assessment, seed: str) -> Assessment:
    """抽签: every sheet gets a team from the recorded seed; no team gets a member's own unit."""
    on = timezone.localdate()
    seed = seed.strip()[:64]
    if not seed:
        raise Invalid("请填写抽签种子，如现场摇出的一串数字。", details={"seed": ["请填写种子"]})
    with acting(by=by) as act:
        now = _locked(by, assessment)
        if now.state != AssessmentState.PREPARING:
            raise WrongState("自评已经开始，不再重新抽签；个别调整请用“指定”。")
        teams = list(now.teams.prefetch_related("members"))
        sheets = list(now.sheets.select_related("post"))
        if not teams:
            raise Invalid("还没有考核组，请先建立考核组。")
        members = {str(t.pk): _present(t) for t in teams}
        apart = bound(sheets, {u for users in members.values() for u in users}, on=on)
        forbidden = {
            s.key: {t for t, users in members.items() if any((s.pk, u) in apart for u in users)}
            for s in sheets
        }
        try:
            drawn = draw(seed, forbidden, list(members))
        except NoTeam as error:
            name = next(s.name for s in sheets if s.key == error.subject)
            raise Invalid(f"每个考核组都有{name}的人，须回避，请调整考核组成员。") from error
        for sheet in sheets:
            sheet.team_id = int(drawn[sheet.key])
        bulk.update(sheets, ["team"])
        former, now.seed = now.seed, seed
        now.save()
        act.record(
            "assessment.draw",
            now,
            summary=f"{now}抽签确定考核组，种子 {seed}",
            changes=[change("seed", "抽签种子", former, seed)],
        )
    return now


def start_self(*, by: Actor, assessment: Assessment, on: date) -> Assessment:
    """开始自评: everything is in place, the system scores are counted, subjects may begin."""
    user = person(by) if by.user else by.on_behalf_of
    with acting(by=by) as act:
        now = _locked(by, assessment)
        if now.state != AssessmentState.PREPARING:
            raise WrongState(f"{now}已经开始，请刷新后查看。")
        without = [s.name for s in now.sheets.filter(team__isnull=True)]
        if without:
            raise WrongState(f"{_some(without)}还没有考核组，请先抽签或指定。")
        empty = [t.name for t in now.teams.prefetch_related("members") if not _present(t)]
        if empty:
            raise WrongState(f"{_some(empty)}没有成员，请先确定成员。")
        _must_keep_apart(now, on=on)
        now.opened_at, now.opened_by, now.counted_on = timezone.now(), user, on
        move(now, AssessmentState.SELF)
        checked(now)
        now.save()
        count_into(now, on=on)
        tell_subjects(
            act,
            now,
            on=on,
            rule="assessment_self",
            title=f"请完成自评，截至 {now.self_due}（含当日）",
        )
        act.record(
            "assessment.self",
            now,
            summary=f"{now}开始自评，系统分截至 {on}",
            changes=state_change("筹备", "自评"),
        )
    return now


def recount(*, by: Actor, assessment: Assessment, on: date) -> Assessment:
    """重算系统分 as of `on`, for sheets that no team has scored yet."""
    with acting(by=by) as act:
        now = _locked(by, assessment)
        if now.state not in (AssessmentState.SELF, AssessmentState.REVIEW):
            raise WrongState("只有自评和复评期间可以重算系统分。")
        count = count_into(now, on=on)
        before, now.counted_on = now.counted_on, on
        now.save()
        act.record(
            "assessment.count",
            now,
            summary=f"{now}重算系统分，截至 {on}，{count} 项有变化",
            changes=[change("counted_on", "系统分截至", before, on)],
        )
    return now


def start_review(*, by: Actor, assessment: Assessment, on: date) -> Assessment:
    """开始复评: teams begin; a subject that has not scored itself may still do so (逾期补报)."""
    with acting(by=by) as act:
        now = _locked(by, assessment)
        waiting = now.sheets.filter(state=SheetState.WAITING).count()
        if waiting and on <= now.self_due:
            raise WrongState(f"自评截止为 {now.self_due}，还有 {waiting} 个对象没有自评。")
        move(now, AssessmentState.REVIEW)
        now.save()
        told = f"，{waiting} 个对象逾期未自评" if waiting else ""
        act.record(
            "assessment.review",
            now,
            summary=f"{now}开始复评{told}",
            changes=state_change("自评", "复评"),
        )
    return now


def feed_back(*, by: Actor, assessment: Assessment, on: date) -> Assessment:
    """反馈: every subject sees its points and deductions, and may appeal for some working days."""
    with acting(by=by) as act:
        now = _locked(by, assessment)
        open_ones = [s.name for s in now.sheets.exclude(state=SheetState.APPROVED)]
        if open_ones:
            raise WrongState(f"{_some(open_ones)}还没有核定，请核定后再反馈。")
        move(now, AssessmentState.FEEDBACK)
        now.appeal_due = workdays.add(now.county_id, on, APPEAL_WORKDAYS)
        now.save()
        tell_subjects(
            act,
            now,
            on=on,
            rule="assessment_feedback",
            title=f"考核得分已反馈，有异议的可以申请复核，截至 {now.appeal_due}（含当日）",
        )
        act.record(
            "assessment.feedback",
            now,
            summary=f"{now}反馈得分，复核申请截至 {now.appeal_due}（含当日）",
            changes=state_change("复评", "反馈"),
        )
    return now


def void(*, by: Actor, assessment: Assessment, reason: str) -> Assessment:
    """作废 a round before its feedback; it stays listed with its reason in the trail."""
    reason = reason.strip()
    if not reason:
        raise Invalid("请填写作废原因。", details={"reason": ["请填写作废原因"]})
    with acting(by=by, reason=reason) as act:
        now = _locked(by, assessment)
        before = now.get_state_display()
        move(now, AssessmentState.VOID)
        now.save()
        act.record(
            "assessment.void",
            now,
            summary=f"作废{now}：{reason}",
            changes=state_change(before, "作废"),
        )
    return now


def locked(by: Actor, assessment_id: int) -> Assessment:
    """The round as the actor may see it, locked."""
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("考核事项须由本人登录办理。")
    rows = Assessment.objects.visible_to(user).select_related("scheme", "county")
    found: Assessment = find(rows.select_for_update(of=("self",)), pk=assessment_id)
    return found


def _locked(by: Actor, assessment: Assessment) -> Assessment:
    require(by, Action.ASSESS_EDIT)
    return locked(by, assessment.pk)


def move(assessment: Assessment, to: AssessmentState) -> None:
    """One step of the transition table, or `WrongState`."""
    if to not in ASSESSMENT_TRANSITIONS[assessment.state]:
        raise WrongState(
            f"{assessment}现在是“{assessment.get_state_display()}”，"
            f"不能改为“{to.label}”，请刷新后查看。"
        )
    assessment.state = to


def _must_be_before_scores(assessment: Assessment) -> None:
    if assessment.state not in BEFORE_SCORES:
        raise WrongState("得分已经反馈，考核组不再变动。")


def _present(team: Team) -> set[int]:
    return {m.user_id for m in team.members.all() if not m.is_out}


def _must_keep_apart(assessment: Assessment, *, on: date) -> None:
    """回避: no team has the unit or the seat of one of its members."""
    sheets = list(assessment.sheets.filter(team__isnull=False).select_related("post"))
    teams = {t.pk: _present(t) for t in assessment.teams.prefetch_related("members")}
    apart = bound(sheets, {u for users in teams.values() for u in users}, on=on)
    wrong = [
        (sheet.name, user)
        for sheet in sheets
        for user in teams[sheet.team_id or 0]
        if (sheet.pk, user) in apart
    ]
    if wrong:
        name, user_id = wrong[0]
        who = User.objects.select_related("person").get(pk=user_id).display_name
        raise Invalid(f"{who}是{name}的人，须回避，请换一个考核组或调整成员。")


def _some(names: list[str]) -> str:
    more = f"等 {len(names)} 个" if len(names) > 3 else ""
    return "、".join(names[:3]) + more
