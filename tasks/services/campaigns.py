"""督查: draft a round's plan, send it for approval, approve, open, conclude, void."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accountability import workdays
from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import Person, Unit, UnitGroup
from accountability.models.dated import holds_on
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import bulk, outbox
from accountability.services.audit import change
from tasks.models import (
    CAMPAIGN_TRANSITIONS,
    PERIODS,
    Campaign,
    CampaignItem,
    CampaignKind,
    CampaignMember,
    CampaignScope,
    CampaignState,
    Return,
    ReturnState,
    TaskItem,
)
from tasks.selectors import campaign_units
from tasks.selectors.unit_people import reporters_of

SHORTEST_DAYS = 5
"""Working days that units have at the least, however late a round opens."""
CHANGED = "方案已由他人修改，请核对现在的内容后再提交。"
WANTED = "请填写原因，写明后再提交。"


@dataclass(frozen=True, slots=True)
class Plan:
    """方案: what the office says of a round. Ids are of the county's own rows."""

    title: str
    content: str
    objects_text: str
    scope: str
    starts_on: date
    due_on: date
    units: Collection[int] = ()
    groups: Collection[int] = ()
    items: Collection[int] = ()
    lead: int | None = None
    team: Collection[int] = field(default=())
    draw_units: int = 0
    draw_inspectors: int = 2


def draft(*, by: Actor, year: int, kind: str, period: int | None, plan: Plan) -> Campaign:
    """A new round with its plan, to be sent for approval.

    Raises `Conflict` where the county has a round of this kind and period.
    """
    with acting(by=by) as act:
        require(by, Action.CAMPAIGN_EDIT)
        if kind not in CampaignKind.values:
            raise Invalid("没有这种督查，请从页面上选择。", details={"kind": ["请选择类型"]})
        if kind == CampaignKind.QUARTERLY:
            raise Invalid(
                "季度督查由计划任务按季立项，不必另建；临时安排的请选择专项督查。",
                details={"kind": ["季度督查由计划任务立项"]},
            )
        if kind not in PERIODS:
            period = None
        assert by.county is not None
        campaign = Campaign(
            county=by.county,
            year=year,
            kind=kind,
            period=period,
            drafted_by=by.user,
        )
        same = Campaign.objects.filter(county=by.county, year=year, kind=kind, period=period)
        if period is not None and same.exists():
            raise Conflict(f"{year}年{campaign.period_name}的督查已经立项，不必重复。")
        _take_over(campaign, plan)
        _save(campaign)
        _write_parts(campaign, plan)
        act.record("campaign.draft", campaign, summary=f"起草{campaign}方案")
    return campaign


def revise(*, by: Actor, campaign_id: int, plan: Plan, version: int) -> Campaign:
    """Change a plan that is not approved yet; whoever changed it last cannot approve it.

    A plan that waits for approval goes back to draft. Raises `Conflict` when
    somebody else changed it since `version`.
    """
    with acting(by=by) as act:
        campaign = _locked(by, campaign_id, Action.CAMPAIGN_EDIT)
        if campaign.state not in (CampaignState.DRAFT, CampaignState.SUBMITTED):
            raise WrongState(
                f"方案{campaign.get_state_display()}，不再修改；需要变动的，请作废后另行立项。"
            )
        if campaign.version != version:
            raise Conflict(CHANGED)
        before = {name: getattr(campaign, name) for name in ("content", "scope", "due_on")}
        _take_over(campaign, plan)
        campaign.state, campaign.drafted_by = CampaignState.DRAFT, by.user
        _save(campaign)
        _write_parts(campaign, plan)
        act.record(
            "campaign.revise",
            campaign,
            summary=f"修改{campaign}方案",
            changes=[
                change(name, label, str(before[name]), str(getattr(campaign, name)))
                for name, label in (
                    ("content", "督查内容"),
                    ("scope", "范围"),
                    ("due_on", "报送截止日期"),
                )
                if before[name] != getattr(campaign, name)
            ],
        )
    return campaign


def submit(*, by: Actor, campaign_id: int) -> Campaign:
    """Send a plan to the office head. It names content, objects, scope and a team with its head."""
    with acting(by=by) as act:
        campaign = _locked(by, campaign_id, Action.CAMPAIGN_EDIT)
        team = campaign_units.members_of(campaign)
        if campaign.kind != CampaignKind.QUARTERLY and not any(m.is_lead for m in team):
            raise Invalid("督查实行组长负责制，请先在方案中确定组长。")
        if campaign.scope == CampaignScope.DRAWN and len(team) < campaign.draw_inspectors:
            raise Invalid(f"每个单位要抽 {campaign.draw_inspectors} 名检查人，请增加督查组成员。")
        _move(act, campaign, CampaignState.SUBMITTED, "campaign.submit", f"送审{campaign}方案")
    return campaign


def send_back(*, by: Actor, campaign_id: int, reason: str) -> Campaign:
    """The office head returns a plan with what is to be changed."""
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        campaign = _locked(by, campaign_id, Action.CAMPAIGN_APPROVE)
        if not reason:
            raise Invalid(WANTED, details={"reason": ["请填写退回原因"]})
        campaign.reason = reason[:200]
        summary = f"退回{campaign}方案：{reason}"
        _move(act, campaign, CampaignState.DRAFT, "campaign.send_back", summary)
    return campaign


def approve(*, by: Actor, campaign_id: int, on: date) -> Campaign:
    """Approve a plan; a round whose day has come and that needs no draw opens with it.

    Raises `NotAllowed` for who drafted it.
    """
    with acting(by=by) as act:
        campaign = _locked(by, campaign_id, Action.CAMPAIGN_APPROVE)
        if by.user is None:
            raise NotAllowed("方案须由政府办负责人登录批准。")
        if campaign.drafted_by_id == by.user.pk:
            raise NotAllowed("方案由本账号起草或修改，须由其他负责人批准。")
        campaign.approved_at, campaign.approved_by = timezone.now(), by.user
        campaign.reason = ""
        _move(act, campaign, CampaignState.APPROVED, "campaign.approve", f"批准{campaign}方案")
        if campaign.scope != CampaignScope.DRAWN and campaign.starts_on <= on:
            open_round(act, campaign, on=on)
    return campaign


def open_(*, by: Actor, campaign_id: int, on: date) -> Campaign:
    """Open an approved round before its day, or where the schedule has not come by yet."""
    with acting(by=by) as act:
        campaign = _locked(by, campaign_id, Action.CAMPAIGN_EDIT)
        if campaign.scope == CampaignScope.DRAWN:
            raise WrongState("这次督查的单位由随机抽取产生，请先抽取。")
        open_round(act, campaign, on=on)
    return campaign


def open_round(act: Act, campaign: Campaign, *, on: date, units: list[Unit] | None = None) -> None:
    """Open a round: a return for each unit, its people told. The campaign's row is locked.

    A round that opens late (after an outage, a late approval) leaves units at
    least five working days.
    """
    found = list(campaign_units.pool(campaign, on=on)) if units is None else units
    calendar = workdays.of(campaign.county_id)
    due = calendar.roll(max(campaign.due_on, calendar.add(on, SHORTEST_DAYS)))
    before, campaign.due_on = campaign.due_on, due
    campaign.opened_on = on
    _state(campaign, CampaignState.RUNNING)
    _save(campaign)
    _add_returns(act, campaign, found, on=on)
    act.record(
        "campaign.open",
        campaign,
        summary=f"启动{campaign}，{len(found)} 个单位，{due:%Y-%m-%d} 前报送",
        changes=[change("due_on", "报送截止日期", f"{before}", f"{due}")] if due != before else [],
        units=found,
    )


def add_newcomers(act: Act, campaign: Campaign, *, on: date) -> int:
    """Returns for units that came to carry tasks after the round opened; how many."""
    found = campaign_units.pool(campaign, on=on).exclude(campaign_returns__campaign=campaign)
    units = list(found)
    if units:
        _add_returns(act, campaign, units, on=on)
        names = "、".join(unit.name for unit in units)
        act.record(
            "campaign.newcomers",
            campaign,
            summary=f"{campaign}增加 {len(units)} 个单位：{names}"[:500],
            units=units,
        )
    return len(units)


def conclude(*, by: Actor, campaign_id: int, on: date) -> Campaign:
    """End a round: each unit is given its conclusion, and 30 days to object to it.

    Not before the deadline while units still may report in time. 逾期补报 stays
    open afterwards.
    """
    with acting(by=by) as act:
        campaign = _locked(by, campaign_id, Action.CAMPAIGN_EDIT)
        if by.user is None:
            raise NotAllowed("督查结论须由政府办人员登录反馈。")
        _check(campaign, CampaignState.CONCLUDED)
        rows = list(
            Return.objects.filter(campaign=campaign)
            .with_light(on=on, soon=on)
            .select_related("unit")
            .order_by("precedence", "id")
        )
        if on <= campaign.due_on and any(r.state != ReturnState.SUBMITTED for r in rows):
            raise WrongState("报送尚未截止，还有单位没有报送，截止后再反馈结论。")
        for row in rows:
            row.conclusion, row.fed_back_on = conclusion_of(row), on
        bulk.update(rows, ["conclusion", "fed_back_on"])
        campaign.concluded_at, campaign.concluded_by = timezone.now(), by.user
        _move(
            act,
            campaign,
            CampaignState.CONCLUDED,
            "campaign.conclude",
            f"向 {len(rows)} 个单位反馈{campaign}结论",
        )
        last = on + timedelta(days=30)
        outbox.tell(
            act,
            people=reporters_of([r.unit_id for r in rows], on=on),
            rule="campaign.conclusion",
            on=on,
            title=f"{campaign}结论已反馈",
            text=f"对结论有异议的，请在{last.month}月{last.day}日前提出。",
            link=reverse("campaign", args=[campaign.pk]),
            about=campaign,
            county=campaign.county_id,
        )
    return campaign


def conclusion_of(row: Return) -> str:
    """What a unit is told of its part: how it reported, and how it was judged."""
    if row.state == ReturnState.WAITING:
        told = "未报送"
    elif row.state == ReturnState.RETURNED:
        told = "已报送，退回补正后未再报送"
    else:
        told = "逾期补报" if row.is_late else ("按期零报告" if row.is_zero else "按期报送")
    text = f"{told}。"
    if row.light:
        text += f"判定为{row.get_light_display()}：{row.judge_reason}。"
    if row.problems:
        text += f"存在问题：{row.problems}。"
    return text.replace("。。", "。")[:500]


def void(*, by: Actor, campaign_id: int, reason: str) -> Campaign:
    """Give a round up; it stays listed with its reason, and its period is not made again."""
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        campaign = _locked(by, campaign_id, Action.CAMPAIGN_APPROVE)
        if not reason:
            raise Invalid(WANTED, details={"reason": ["请填写作废原因"]})
        campaign.reason = reason[:200]
        _move(act, campaign, CampaignState.VOID, "campaign.void", f"作废{campaign}：{reason}")
    return campaign


# --- parts ------------------------------------------------------------------------
def _take_over(campaign: Campaign, plan: Plan) -> None:
    for name in ("title", "content", "objects_text", "scope", "starts_on", "due_on"):
        value = getattr(plan, name)
        setattr(campaign, name, value.strip() if isinstance(value, str) else value)
    if plan.scope == CampaignScope.CHOSEN and not (plan.units or plan.groups):
        raise Invalid("请选择督查的单位或单位集合。", details={"units": ["请选择单位或单位集合"]})
    if plan.scope == CampaignScope.DRAWN and not 1 <= plan.draw_units <= 1000:
        raise Invalid("请填写要抽取几个单位。", details={"draw_units": ["请填写 1 至 1000"]})
    if plan.scope == CampaignScope.DRAWN and not 1 <= plan.draw_inspectors <= 2:
        raise Invalid(
            "每个单位的检查人为一至两名。", details={"draw_inspectors": ["请填写 1 或 2"]}
        )
    campaign.draw_units = plan.draw_units if plan.scope == CampaignScope.DRAWN else 0
    campaign.draw_inspectors = plan.draw_inspectors
    is_open = plan.scope == CampaignScope.HOLDERS
    campaign.chosen = {
        "units": [] if is_open else _own(Unit, plan.units, campaign, plan.starts_on),
        "groups": [] if is_open else _own(UnitGroup, plan.groups, campaign, plan.starts_on),
    }
    campaign.version += 1


def _own(
    model: type[Unit] | type[UnitGroup], ids: Collection[int], campaign: Campaign, on: date
) -> list[int]:
    rows = model.objects.filter(holds_on(on), county_id=campaign.county_id, pk__in=ids)
    found = sorted(rows.values_list("pk", flat=True))
    if len(found) != len(set(ids)):
        raise Invalid("所选单位或单位集合已停用，请重新选择。", details={"units": ["请重新选择"]})
    return found


def _write_parts(campaign: Campaign, plan: Plan) -> None:
    """The plan's tasks and team as rows: what stays is left, what is no longer wanted goes."""
    wanted = set(plan.items)
    known = TaskItem.objects.filter(
        county_id=campaign.county_id, year=campaign.year, pk__in=wanted, issued_at__isnull=False
    )
    if known.count() != len(wanted):
        raise Invalid("所选任务不在本年度已下发的任务中，请重新选择。")
    old_items = {row.item_id: row for row in CampaignItem.objects.filter(campaign=campaign)}
    bulk.delete([row for pk, row in old_items.items() if pk not in wanted])
    bulk.create(
        [CampaignItem(campaign=campaign, item_id=pk) for pk in sorted(wanted - set(old_items))]
    )
    people = dict.fromkeys([*([plan.lead] if plan.lead else []), *plan.team])
    here = Person.objects.filter(county_id=campaign.county_id, retired_on__isnull=True)
    if here.filter(pk__in=people).count() != len(people):
        raise Invalid("督查组成员中有人已离任，请重新选择。", details={"team": ["请重新选择"]})
    bulk.delete(list(CampaignMember.objects.filter(campaign=campaign)))
    bulk.create(
        [CampaignMember(campaign=campaign, person_id=pk, is_lead=pk == plan.lead) for pk in people]
    )


def _add_returns(act: Act, campaign: Campaign, units: list[Unit], *, on: date) -> None:
    bulk.create(
        [
            Return(
                county_id=campaign.county_id,
                campaign=campaign,
                unit=unit,
                precedence=unit.precedence,
                due_on=campaign.due_on,
            )
            for unit in units
        ]
    )
    outbox.tell(
        act,
        people=reporters_of([unit.pk for unit in units], on=on),
        rule="campaign.open",
        on=on,
        title=f"{campaign}已启动",
        text=f"请在{campaign.due_on.month}月{campaign.due_on.day}日前确认报送，没有进展的可零报告。",
        link=reverse("campaign", args=[campaign.pk]),
        about=campaign,
        county=campaign.county_id,
    )


def _locked(by: Actor, campaign_id: int, action: Action) -> Campaign:
    """The round, locked, if `by` may see it and do this; 404 before 403."""
    rows = Campaign.objects.select_for_update(of=("self",))
    user = by.user or by.on_behalf_of
    campaign: Campaign = find(rows.visible_to(user) if user else rows, pk=campaign_id)
    require(by, action)
    return campaign


def locked_for(by: Actor, campaign_id: int, action: Action) -> Campaign:
    """For the services that work on a round beside this one."""
    return _locked(by, campaign_id, action)


def _check(campaign: Campaign, state: str) -> None:
    if state not in CAMPAIGN_TRANSITIONS[campaign.state]:
        raise WrongState(f"{campaign}{campaign.get_state_display()}，不能这样办理，请刷新后查看。")


def _state(campaign: Campaign, state: str) -> None:
    _check(campaign, state)
    campaign.state = state


def _move(act: Act, campaign: Campaign, state: str, action: str, summary: str) -> None:
    before = campaign.get_state_display()
    _state(campaign, state)
    _save(campaign)
    act.record(
        action,
        campaign,
        summary=summary,
        changes=[change("state", "状态", before, campaign.get_state_display())],
    )


def _save(campaign: Campaign) -> None:
    try:
        campaign.full_clean(validate_unique=False)
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    campaign.save()


Step = Callable[[Actor, int, str, date], Campaign]

STEPS: dict[str, Step] = {
    "submit": lambda by, pk, reason, on: submit(by=by, campaign_id=pk),
    "send_back": lambda by, pk, reason, on: send_back(by=by, campaign_id=pk, reason=reason),
    "approve": lambda by, pk, reason, on: approve(by=by, campaign_id=pk, on=on),
    "open": lambda by, pk, reason, on: open_(by=by, campaign_id=pk, on=on),
    "conclude": lambda by, pk, reason, on: conclude(by=by, campaign_id=pk, on=on),
    "void": lambda by, pk, reason, on: void(by=by, campaign_id=pk, reason=reason),
}
"""The steps that a page's button may ask for by name."""
