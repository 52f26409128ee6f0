"""报送: a unit confirms its return; the office sends back, reminds, judges."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import User
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from accountability.services import bulk, outbox
from accountability.services.audit import Note, change
from tasks.models import (
    JUDGED_LIGHTS,
    MOST_REMINDERS,
    OPENED_STATES,
    RETURN_TRANSITIONS,
    CampaignMember,
    CampaignState,
    Light,
    Return,
    ReturnState,
)
from tasks.selectors import campaign_units
from tasks.selectors.return_lines import lines_of
from tasks.selectors.unit_people import reporters_of
from tasks.services.campaigns import locked_for

MOST_JUDGED = 500
OWN_UNIT = "不能检查、判定本单位，请由其他单位的督查组成员办理。"


def confirm(
    *, by: Actor, return_id: int, on: date, is_zero: bool = False, problems: str = ""
) -> Return:
    """The unit confirms what it reported, or that there is nothing to report (零报告).

    What it said is frozen as it stands. After the deadline, and after the
    round, the form stays open and the return is marked 逾期补报.
    """
    with acting(by=by) as act:
        row = locked_return(by, return_id, Action.RETURN_CONFIRM)
        user = _person(by)
        if row.unit_id not in scope_for(user).unit_ids:
            raise NotAllowed("报送须由本单位联络员或主要负责人确认。")
        _check(row, ReturnState.SUBMITTED)
        lines = lines_of(row.campaign, [row.unit_id], on=on)[row.unit_id]
        said = [line for line in lines if line.is_reported]
        if is_zero and (full := [line for line in said if not line.is_zero]):
            raise Invalid(f"本期已填报 {len(full)} 项进展，不能零报告，请确认报送。")
        if not is_zero and not said:
            raise Invalid("本期还没有填报进展，请先在工作台填报；没有进展的，请点“零报告”。")
        before, is_first = row.get_state_display(), row.state == ReturnState.WAITING
        row.state, row.is_zero, row.problems = ReturnState.SUBMITTED, is_zero, problems.strip()
        row.content = [line.frozen() for line in lines]
        row.submitted_at, row.submitted_by, row.back_reason = timezone.now(), user, ""
        if is_first:
            row.is_late = on > row.due_on
        _save(row)
        told = "零报告" if is_zero else f"报送 {len(said)}/{len(lines)} 项"
        act.record(
            "return.confirm",
            row,
            summary=f"{row.unit}在{row.campaign}中{told}" + ("（逾期补报）" if row.is_late else ""),
            changes=[change("state", "状态", before, row.get_state_display())],
            units=[row.unit],
        )
    return row


def send_back(*, by: Actor, return_id: int, reason: str, on: date) -> Return:
    """The office asks a unit to complete its return, with what is missing."""
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        row = locked_return(by, return_id, Action.CAMPAIGN_EDIT)
        _check(row, ReturnState.RETURNED)
        if row.campaign.state != CampaignState.RUNNING:
            raise WrongState("督查结论已经反馈，不再退回补正。")
        if not reason:
            raise Invalid("请填写要补正的内容。", details={"reason": ["请填写要补正的内容"]})
        row.state, row.back_reason = ReturnState.RETURNED, reason[:200]
        _save(row)
        act.record(
            "return.send_back",
            row,
            summary=f"退回{row.unit}在{row.campaign}中的报送：{reason}",
            changes=[change("state", "状态", "已报送", "退回补正")],
            units=[row.unit],
        )
        outbox.tell(
            act,
            people=reporters_of([row.unit_id], on=on),
            rule="return.send_back",
            on=on,
            title=f"{row.campaign}：报送退回补正",
            text=reason,
            link=reverse("unit_return", args=[row.pk]),
            about=row,
            county=row.county_id,
        )
    return row


def remind(*, by: Actor, campaign_id: int, return_ids: Collection[int], on: date) -> int:
    """催报 the chosen units that still owe their return; how many were reminded.

    Each at most twice a round and once a day; the others among the chosen are
    passed over. Raises `WrongState` when nobody is left to remind.
    """
    with acting(by=by) as act:
        campaign = locked_for(by, campaign_id, Action.CAMPAIGN_EDIT)
        if campaign.state != CampaignState.RUNNING:
            raise WrongState("督查不在进行中，不能催报。")
        rows = list(
            Return.objects.filter(campaign=campaign, pk__in=return_ids)
            .missing()
            .filter(Q(reminded_on__isnull=True) | Q(reminded_on__lt=on))
            .filter(reminders__lt=MOST_REMINDERS)
            .select_for_update(of=("self",))
            .select_related("unit")
            .order_by("precedence", "id")
        )
        if not rows:
            raise WrongState(
                f"所选单位都已报送、今天已催报或已催报 {MOST_REMINDERS} 次，不再催报。"
            )
        notes = []
        for row in rows:
            row.reminders, row.reminded_on = row.reminders + 1, on
            told = f"第 {row.reminders} 次催报{row.unit}报送{campaign}"
            notes.append(Note("return.remind", row, told, units=[row.unit]))
        bulk.update(rows, ["reminders", "reminded_on"])
        act.record_many(notes)
        for turn in range(1, MOST_REMINDERS + 1):
            units = [row.unit_id for row in rows if row.reminders == turn]
            outbox.tell(
                act,
                people=reporters_of(units, on=on),
                rule=f"campaign.remind:{turn}",
                on=on,
                title=f"催报：{campaign}",
                text=f"报送截止日期为{campaign.due_on.month}月{campaign.due_on.day}日，请及时确认报送。",
                link=reverse("campaign", args=[campaign.pk]),
                about=campaign,
                county=campaign.county_id,
            )
    return len(rows)


def judge(
    *, by: Actor, campaign_id: int, return_ids: Collection[int], light: str, reason: str, on: date
) -> list[Return]:
    """判定: a person says what some units' part in a round amounts to, and why.

    The office or a member of the round's team; nobody of the own unit.
    """
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        campaign = locked_for(by, campaign_id, Action.CAMPAIGN_READ)
        user = _person(by)
        on_team = user.person_id and CampaignMember.objects.filter(
            campaign=campaign, person_id=user.person_id
        )
        if not scope_for(user).may(Action.CAMPAIGN_EDIT) and not (on_team and on_team.exists()):
            raise NotAllowed("判定由政府办或本次督查组成员办理。")
        if campaign.state != CampaignState.RUNNING:
            raise WrongState("督查不在进行中，不能判定；结论已反馈的，可由单位提出异议后复核。")
        if light not in JUDGED_LIGHTS:
            raise Invalid("请选择判定。", details={"light": ["请选择判定"]})
        if not reason:
            raise Invalid("请填写判定依据。", details={"reason": ["请填写判定依据"]})
        if not 1 <= len(return_ids) <= MOST_JUDGED:
            raise Invalid(f"请选择一至 {MOST_JUDGED} 个单位。")
        rows = list(
            Return.objects.filter(campaign=campaign, pk__in=return_ids)
            .select_for_update(of=("self",))
            .select_related("unit")
            .order_by("precedence", "id")
        )
        if len(rows) != len(set(return_ids)):
            raise NotFound
        own = own_units_of(user, on=on)
        if mine := [row.unit.name for row in rows if row.unit_id in own]:
            raise NotAllowed(f"{'、'.join(mine)}：{OWN_UNIT}")
        notes = []
        for row in rows:
            before = row.get_light_display() if row.light else ""
            row.light, row.judge_reason = light, reason[:300]
            row.judged_at, row.judged_by = timezone.now(), user
            label = str(Light(light).label)
            told = f"{campaign}：{row.unit}判定为{label}，{reason}"
            changes = [change("light", "判定", before, label)]
            notes.append(Note("return.judge", row, told, changes=changes, units=[row.unit]))
        bulk.update(rows, ["light", "judge_reason", "judged_at", "judged_by"])
        act.record_many(notes)
    return rows


def own_units_of(user: User, *, on: date) -> frozenset[int]:
    """The units that a person sits in on `on`, with those above, and acts for by role."""
    acted_for = scope_for(user).unit_ids
    if user.person_id is None:
        return acted_for
    return acted_for | campaign_units.own_units([user.person_id], on=on)[user.person_id]


def locked_return(by: Actor, return_id: int, action: Action) -> Return:
    """A return of an opened round, locked, if `by` may see it and do this; 404 before 403."""
    rows = Return.objects.select_for_update(of=("self",)).select_related("campaign", "unit")
    user = by.user or by.on_behalf_of
    visible = rows.visible_to(user) if user else rows.filter(campaign__state__in=OPENED_STATES)
    row: Return = find(visible, pk=return_id)
    require(by, action)
    return row


def _check(row: Return, state: str) -> None:
    if state not in RETURN_TRANSITIONS[row.state]:
        raise WrongState(f"{row.unit}{row.get_state_display()}，不能这样办理，请刷新后查看。")


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("这项办理须由本人登录。")
    return by.user


def _save(row: Return) -> None:
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    row.save()
