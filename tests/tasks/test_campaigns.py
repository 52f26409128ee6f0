"""督查: the schedule makes each quarter once; plans are approved by another; rounds run and end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accountability.door import Actor, acting
from accountability.models import AuditEvent, OutboxMessage, User
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from tasks.models import Assignment, Campaign, CampaignState, ItemSlot, Return
from tasks.services import campaigns, grants, unit_returns
from tests.task_factory import make_tasks
from tests.tasks.rounds import (
    OPENS,
    YEAR,
    actor,
    by_schedule,
    of,
    plan,
    reported,
    running,
    start_county_in,
)
from tests.world import World

pytestmark = pytest.mark.django_db
TOWNS = {"柳河镇", "石桥镇", "长岭乡"}


def approve(world: World, campaign: Campaign, *, on: date = OPENS) -> Campaign:
    return campaigns.approve(by=actor(world, "zhuren"), campaign_id=campaign.pk, on=on)


# --- the schedule -----------------------------------------------------------------
def test_a_year_has_four_rounds_each_made_once(world: World) -> None:
    start_county_in(world, date(YEAR, 1, 1))
    made = [by_schedule(world, date(YEAR, month, 28)) for month in range(1, 13)]
    assert [m.created for m in made] == [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    assert made[-1].existing == 3
    again = by_schedule(world, date(YEAR, 12, 28))
    assert (again.created, again.existing) == (0, 4)
    rows = Campaign.objects.filter(county=world.county)
    assert sorted(rows.values_list("year", "period")) == [(YEAR, n) for n in (1, 2, 3, 4)]


def test_an_outage_over_the_turn_of_the_year_is_caught_up(world: World) -> None:
    start_county_in(world, date(YEAR, 5, 1))
    made = by_schedule(world, date(YEAR + 1, 4, 2))
    assert made.created == 4
    assert sorted(Campaign.objects.values_list("year", "period")) == [
        (YEAR, 2), (YEAR, 3), (YEAR, 4), (YEAR + 1, 1),
    ]  # fmt: skip


def test_the_first_plan_waits_and_the_others_follow_it(world: World) -> None:
    make_tasks(world, 3, year=YEAR)
    start_county_in(world, date(YEAR, 1, 1))
    by_schedule(world, OPENS)
    first = Campaign.objects.get()
    assert (first.state, first.drafted_by_id) == (CampaignState.SUBMITTED, None)
    assert OutboxMessage.objects.filter(rule="campaign.approve").count() == 1
    assert not Return.objects.exists()
    approve(world, first)
    first.refresh_from_db()
    assert first.state == CampaignState.RUNNING
    assert set(Return.objects.values_list("unit__name", flat=True)) == {"县财政局", *TOWNS}
    by_schedule(world, date(YEAR, 6, 25))
    second = Campaign.objects.get(period=2)
    assert (second.state, second.follows_id) == (CampaignState.RUNNING, first.pk)
    assert second.returns.count() == 4
    told = OutboxMessage.objects.filter(rule="campaign.open", about_id=second.pk)
    assert set(told.values_list("person__name", flat=True)) == {"刘芳", "黄志强", "吴霞"}


def test_quarters_that_waited_open_once_the_plan_is_approved(world: World) -> None:
    make_tasks(world, 1, year=YEAR)
    start_county_in(world, date(YEAR, 1, 1))
    by_schedule(world, date(YEAR, 6, 30))
    first, second = Campaign.objects.order_by("period")
    assert {first.state, second.state} == {CampaignState.SUBMITTED}
    approve(world, first, on=date(YEAR, 7, 1))
    by_schedule(world, date(YEAR, 7, 2))
    second.refresh_from_db()
    assert second.state == CampaignState.RUNNING


def test_a_round_that_opens_late_leaves_five_working_days(world: World) -> None:
    make_tasks(world, 1, year=YEAR)
    campaign = running(world, on=OPENS)
    assert campaign.due_on == date(YEAR, 4, 15)
    by_schedule(world, date(YEAR, 9, 1))
    late = Campaign.objects.get(period=2)
    assert late.due_on == date(YEAR, 9, 8)
    assert late.returns.get(unit__name="县财政局").due_on == late.due_on


def test_a_unit_that_comes_to_carry_a_task_is_taken_in(world: World) -> None:
    made = make_tasks(world, 2, year=YEAR)
    campaign = running(world)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        slot = ItemSlot.objects.get(item=made.items[0], kind="lead_unit")
        unit = world.units["县审计局"]
        Assignment(item=made.items[0], slot=slot, unit=unit, valid_from=OPENS).save()
        grants.sync(made.items)
    by_schedule(world, OPENS + timedelta(days=3))
    assert of(campaign, "县审计局").state == "waiting"
    by_schedule(world, OPENS + timedelta(days=4))
    assert campaign.returns.count() == 5
    assert AuditEvent.objects.filter(action="campaign.newcomers").count() == 1


def test_a_voided_quarter_is_not_made_again(world: World) -> None:
    campaign = running(world)
    campaigns.void(by=actor(world, "zhuren"), campaign_id=campaign.pk, reason="改为专项督查")
    assert by_schedule(world, OPENS + timedelta(days=1)).created == 0
    assert Campaign.objects.count() == 1


# --- the plan ---------------------------------------------------------------------
def draft(world: World, **changed: object) -> Campaign:
    return campaigns.draft(
        by=actor(world, "bangong"), year=YEAR, kind="special", period=None,
        plan=plan(lead=world.persons["罗文涛"].pk, **changed),
    )  # fmt: skip


def test_a_plan_is_approved_by_another_than_its_drafter(world: World) -> None:
    row = campaigns.draft(
        by=actor(world, "zhuren"), year=YEAR, kind="special", period=None,
        plan=plan(lead=world.persons["罗文涛"].pk),
    )  # fmt: skip
    campaigns.submit(by=actor(world, "bangong"), campaign_id=row.pk)
    with pytest.raises(NotAllowed, match="其他负责人"):
        approve(world, row)
    with pytest.raises(NotAllowed):
        campaigns.approve(by=actor(world, "bangong"), campaign_id=row.pk, on=OPENS)
    row.refresh_from_db()
    campaigns.revise(
        by=actor(world, "bangong"), campaign_id=row.pk, version=row.version,
        plan=plan(lead=world.persons["罗文涛"].pk),
    )  # fmt: skip
    campaigns.submit(by=actor(world, "bangong"), campaign_id=row.pk)
    assert approve(world, row).state == CampaignState.RUNNING


def test_a_plan_wants_its_parts(world: World) -> None:
    by = actor(world, "bangong")
    row = campaigns.draft(by=by, year=YEAR, kind="special", period=None, plan=plan())
    with pytest.raises(Invalid, match="组长"):
        campaigns.submit(by=by, campaign_id=row.pk)
    for changed, told in (
        ({"scope": "chosen"}, "选择督查的单位"),
        ({"scope": "drawn"}, "抽取几个单位"),
        ({"due_on": OPENS - timedelta(days=1)}, "不能早于"),
        ({"content": " "}, "空"),
        ({"items": [10**9]}, "任务"),
        ({"units": [10**9], "scope": "chosen"}, "停用"),
    ):
        with pytest.raises(Invalid, match=told):
            draft(world, **changed)
    with pytest.raises(Invalid, match="计划任务"):
        campaigns.draft(by=by, year=YEAR, kind="quarterly", period=1, plan=plan())
    with pytest.raises(Conflict):
        campaigns.revise(by=by, campaign_id=row.pk, version=row.version + 1, plan=plan())
    assert Campaign.objects.count() == 1


def test_a_half_year_has_one_round(world: World) -> None:
    by, lead = actor(world, "bangong"), world.persons["罗文涛"].pk
    campaigns.draft(by=by, year=YEAR, kind="half_yearly", period=1, plan=plan(lead=lead))
    with pytest.raises(Conflict, match="已经立项"):
        campaigns.draft(by=by, year=YEAR, kind="half_yearly", period=1, plan=plan(lead=lead))


def test_a_plan_that_is_sent_back_goes_on_from_draft(world: World) -> None:
    row = draft(world)
    campaigns.submit(by=actor(world, "bangong"), campaign_id=row.pk)
    with pytest.raises(Invalid, match="原因"):
        campaigns.send_back(by=actor(world, "zhuren"), campaign_id=row.pk, reason=" ")
    campaigns.send_back(by=actor(world, "zhuren"), campaign_id=row.pk, reason="范围过宽")
    row.refresh_from_db()
    assert (row.state, row.reason) == (CampaignState.DRAFT, "范围过宽")
    with pytest.raises(WrongState):
        approve(world, row)


def test_a_round_of_chosen_groups_and_tasks(world: World) -> None:
    made = make_tasks(world, 3, year=YEAR)
    row = draft(
        world, scope="chosen", groups=[world.groups["各乡镇"].pk],
        units=[world.units["县审计局"].pk], items=[made.items[0].pk],
        starts_on=OPENS + timedelta(days=5),
    )  # fmt: skip
    campaigns.submit(by=actor(world, "bangong"), campaign_id=row.pk)
    assert approve(world, row).state == CampaignState.APPROVED  # its day has not come
    by_schedule(world, OPENS + timedelta(days=5))
    row.refresh_from_db()
    assert row.state == CampaignState.RUNNING
    assert set(row.returns.values_list("unit__name", flat=True)) == {"县审计局", *TOWNS}


# --- the end ----------------------------------------------------------------------
def test_a_round_ends_with_feedback_to_every_unit(world: World) -> None:
    made = make_tasks(world, 2, year=YEAR)
    campaign = running(world)
    reported(world, made.items, "县财政局")
    unit_returns.confirm(
        by=actor(world, "caizheng"), return_id=of(campaign, "县财政局").pk, on=OPENS,
        problems="台账不全",
    )  # fmt: skip
    clerk = actor(world, "bangong")
    with pytest.raises(WrongState, match="尚未截止"):
        campaigns.conclude(by=clerk, campaign_id=campaign.pk, on=campaign.due_on)
    assert of(campaign, "县财政局").fed_back_on is None
    end = campaign.due_on + timedelta(days=1)
    campaigns.conclude(by=clerk, campaign_id=campaign.pk, on=end)
    row = of(campaign, "县财政局")
    assert row.conclusion == "按期报送。存在问题：台账不全。"
    assert of(campaign, "柳河镇").conclusion == "未报送。"
    assert {r.fed_back_on for r in campaign.returns.all()} == {end}
    assert OutboxMessage.objects.filter(rule="campaign.conclusion").count() == 3
    with pytest.raises(WrongState):
        campaigns.void(by=actor(world, "zhuren"), campaign_id=campaign.pk, reason="x")


# --- who sees ---------------------------------------------------------------------
def test_who_sees_a_round(world: World) -> None:
    make_tasks(world, 1, year=YEAR)
    row = draft(world, scope="chosen", units=[world.units["县财政局"].pk])

    def seen_by() -> set[str]:
        return {
            name
            for name, user in world.users.items()
            if Campaign.objects.visible_to(User.objects.get(pk=user.pk)).exists()
        }

    assert seen_by() == {"bangong", "zhuren"}
    campaigns.submit(by=actor(world, "bangong"), campaign_id=row.pk)
    approve(world, row)
    # The unit, its leader in charge, the inspectors, and nobody of another unit.
    assert seen_by() == {"bangong", "zhuren", "caizheng", "caizhengju", "fuxianzhang", "jiwei"}
    with pytest.raises(NotFound):
        unit_returns.confirm(by=actor(world, "liuhe"), return_id=of(row, "县财政局").pk, on=OPENS)
