"""报送: confirmed by the unit, reminded twice, judged by another, inspectors drawn."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accountability.door import Actor, acting
from accountability.models import AuditEvent, OutboxMessage
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from tasks.draw import algorithm
from tasks.models import Campaign, CampaignMember, Return, ReturnState
from tasks.services import campaign_draw, campaigns, inspectors, unit_returns
from tasks.services import conclusion_objections as objecting
from tests.task_factory import MadePaper, make_tasks
from tests.tasks.rounds import OPENS, YEAR, actor, of, plan, reported, running
from tests.world import World

pytestmark = pytest.mark.django_db
UNIT = "县财政局"


@pytest.fixture
def made(world: World) -> MadePaper:
    return make_tasks(world, 3, year=YEAR)


@pytest.fixture
def campaign(world: World, made: MadePaper) -> Campaign:
    return running(world)


def confirm(world: World, campaign: Campaign, on: date = OPENS, **given: object) -> Return:
    return unit_returns.confirm(
        by=actor(world, "caizheng"), return_id=of(campaign, UNIT).pk, on=on,
        **given,  # type: ignore[arg-type]
    )  # fmt: skip


# --- confirming ---------------------------------------------------------------------
def test_a_unit_confirms_what_it_reported_and_it_is_frozen(
    world: World, campaign: Campaign, made: MadePaper
) -> None:
    reported(world, made.items[:2], UNIT)
    row = confirm(world, campaign, problems="台账不全")
    assert (row.state, row.is_late, row.is_zero) == (ReturnState.SUBMITTED, False, False)
    assert [line["text"] for line in row.content] == ["已完成第一阶段工作。"] * 2 + [""]
    assert [line["share"] for line in row.content] == ["40%", "40%", ""]
    reported(world, made.items[2:], UNIT)
    assert of(campaign, UNIT).content == row.content
    with pytest.raises(WrongState):
        confirm(world, campaign)


def test_nothing_reported_is_no_return_and_something_no_zero(
    world: World, campaign: Campaign, made: MadePaper
) -> None:
    with pytest.raises(Invalid, match="还没有填报"):
        confirm(world, campaign)
    reported(world, made.items[:1], UNIT)
    with pytest.raises(Invalid, match="不能零报告"):
        confirm(world, campaign, is_zero=True)
    assert of(campaign, UNIT).state == ReturnState.WAITING


def test_a_zero_return_takes_one_act(world: World, campaign: Campaign) -> None:
    row = confirm(world, campaign, is_zero=True)
    assert row.is_zero
    assert AuditEvent.objects.get(action="return.confirm").summary.endswith("零报告")


def test_late_is_late_for_good_and_stays_open_after_the_round(
    world: World, campaign: Campaign
) -> None:
    after = campaign.due_on + timedelta(days=1)
    campaigns.conclude(by=actor(world, "bangong"), campaign_id=campaign.pk, on=after)
    row = confirm(world, campaign, on=after, is_zero=True)
    assert row.is_late


def test_on_the_last_day_it_is_not_late(world: World, campaign: Campaign) -> None:
    assert not confirm(world, campaign, on=campaign.due_on, is_zero=True).is_late


def test_what_comes_again_in_time_or_late_keeps_its_first_mark(
    world: World, campaign: Campaign
) -> None:
    row = confirm(world, campaign, is_zero=True)
    clerk = actor(world, "bangong")
    with pytest.raises(Invalid):
        unit_returns.send_back(by=clerk, return_id=row.pk, reason="", on=OPENS)
    unit_returns.send_back(by=clerk, return_id=row.pk, reason="请补充第二项", on=OPENS)
    assert OutboxMessage.objects.filter(rule="return.send_back").count() == 2
    again = confirm(world, campaign, on=campaign.due_on + timedelta(days=9), is_zero=True)
    assert (again.is_late, again.back_reason) == (False, "")


def test_nobody_else_confirms(world: World, campaign: Campaign) -> None:
    pk = of(campaign, UNIT).pk
    with pytest.raises(NotFound):
        unit_returns.confirm(by=actor(world, "liuhe"), return_id=pk, on=OPENS, is_zero=True)
    for name in ("bangong", "fuxianzhang", "jiwei"):
        with pytest.raises(NotAllowed):
            unit_returns.confirm(by=actor(world, name), return_id=pk, on=OPENS, is_zero=True)


# --- reminders --------------------------------------------------------------------
def test_a_unit_is_reminded_twice_at_most_and_once_a_day(world: World, campaign: Campaign) -> None:
    clerk, ids = actor(world, "bangong"), [r.pk for r in campaign.returns.all()]

    def remind(day: int) -> int:
        return unit_returns.remind(
            by=clerk, campaign_id=campaign.pk, return_ids=ids, on=OPENS + timedelta(days=day)
        )

    confirm(world, campaign, is_zero=True)
    assert remind(0) == 3
    with pytest.raises(WrongState, match="不再催报"):
        remind(0)
    assert remind(1) == 3
    with pytest.raises(WrongState):
        remind(2)
    assert set(campaign.returns.values_list("reminders", flat=True)) == {0, 2}
    told = OutboxMessage.objects.filter(rule__startswith="campaign.remind")
    assert sorted(told.values_list("rule", "person__name")) == [
        ("campaign.remind:1", "吴霞"), ("campaign.remind:2", "吴霞"),
    ]  # fmt: skip
    row = of(campaign, "柳河镇")
    row.reminders = 3
    with pytest.raises(IntegrityError), acting(by=Actor.system("test")), transaction.atomic():
        row.save()


# --- judging ----------------------------------------------------------------------
def judge(world: World, who: str, campaign: Campaign, unit: str, **given: str) -> list[Return]:
    return unit_returns.judge(
        by=actor(world, who), campaign_id=campaign.pk, return_ids=[of(campaign, unit).pk],
        **{"light": "red", "reason": "进度滞后", **given}, on=OPENS,
    )  # fmt: skip


def join(world: World, campaign: Campaign, *people: str) -> list[CampaignMember]:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        made = []
        for name in people:
            member = CampaignMember(campaign=campaign, person=world.persons[name])
            member.save()
            made.append(member)
    return made


def test_the_office_judges_with_a_reason(world: World, campaign: Campaign) -> None:
    assert [r.light for r in judge(world, "bangong", campaign, UNIT)] == ["red"]
    for wrong in ({"reason": " "}, {"light": "idle"}, {"light": "x"}):
        with pytest.raises(Invalid):
            judge(world, "bangong", campaign, UNIT, **wrong)
    event = AuditEvent.objects.get(action="return.judge")
    assert event.changes[0]["after"] == "逾期"


def test_a_member_of_the_team_judges_and_no_other_inspector(
    world: World, campaign: Campaign
) -> None:
    with pytest.raises(NotAllowed, match="督查组成员"):
        judge(world, "jiwei", campaign, UNIT)
    join(world, campaign, "罗文涛")
    assert judge(world, "jiwei", campaign, UNIT, light="yellow")[0].light == "yellow"
    with pytest.raises(NotAllowed):
        judge(world, "caizheng", campaign, UNIT)


def test_nobody_judges_or_inspects_the_own_unit(world: World, campaign: Campaign) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        Return(
            county=world.county, campaign=campaign, unit=world.units["县政府办公室"],
            due_on=campaign.due_on,
        ).save()  # fmt: skip
    with pytest.raises(NotAllowed, match="不能检查、判定本单位"):
        judge(world, "bangong", campaign, "县政府办公室")
    head, staff, other = join(world, campaign, "黄志强", "刘芳", "罗文涛")
    by, pk = actor(world, "bangong"), of(campaign, UNIT).pk
    for who in (head, staff):
        with pytest.raises(Invalid, match="不能检查本单位"):
            inspectors.assign(
                by=by, return_id=pk, inspector_id=other.pk, second_id=who.pk, on=OPENS
            )
    with pytest.raises(Invalid, match="不同的人员"):
        inspectors.assign(by=by, return_id=pk, inspector_id=other.pk, second_id=other.pk, on=OPENS)
    row = inspectors.assign(by=by, return_id=pk, inspector_id=other.pk, second_id=None, on=OPENS)
    assert row.inspector_id == other.pk


# --- the draw ---------------------------------------------------------------------
def drawn_round(world: World, *, take: int = 2, each: int = 2) -> Campaign:
    team = [world.persons[n].pk for n in ("黄志强", "曾立", "解放", "许静")]
    row = campaigns.draft(
        by=actor(world, "bangong"), year=YEAR, kind="special", period=None,
        plan=plan(scope="drawn", groups=[world.groups["各乡镇"].pk], draw_units=take,
                  draw_inspectors=each, lead=world.persons["罗文涛"].pk, team=team),
    )  # fmt: skip
    campaigns.submit(by=actor(world, "bangong"), campaign_id=row.pk)
    return campaigns.approve(by=actor(world, "zhuren"), campaign_id=row.pk, on=OPENS)


def test_a_draw_is_made_once_and_anybody_repeats_it(world: World) -> None:
    row, by = drawn_round(world), actor(world, "bangong")
    with pytest.raises(WrongState, match="请先抽取"):
        campaigns.open_(by=by, campaign_id=row.pk, on=OPENS)
    row = campaign_draw.draw(by=by, campaign_id=row.pk, on=OPENS)
    with pytest.raises(WrongState, match="不能重抽"):
        campaign_draw.draw(by=by, campaign_id=row.pk, on=OPENS)
    record = json.loads(json.dumps(row.draw))
    assert algorithm.repeat(record) == algorithm.recorded(record)
    drawn = {
        f"u{r.unit_id}": {f"p{r.inspector.person_id}", f"p{r.second_inspector.person_id}"}
        for r in row.returns.select_related("inspector", "second_inspector")
    }
    assert drawn == {unit: set(them) for unit, them in algorithm.recorded(record)}
    own = {"曾立": "柳河镇", "解放": "石桥镇"}
    for person, unit in own.items():
        key = f"u{world.units[unit].pk}"
        assert f"p{world.persons[person].pk}" not in drawn.get(key, set())
    out = io.StringIO()
    call_command("repeat_draw", row.pk, stdout=out)
    assert out.getvalue().endswith("与抽取记录一致\n")
    member = CampaignMember.objects.filter(campaign=row).earliest("id")
    pk = row.returns.earliest("id").pk
    with pytest.raises(WrongState, match="随机抽取产生"):
        inspectors.assign(by=by, return_id=pk, inspector_id=member.pk, second_id=None, on=OPENS)


def test_a_record_that_was_tampered_with_is_told(world: World, campaign: Campaign) -> None:
    row = campaign_draw.draw(
        by=actor(world, "bangong"), campaign_id=drawn_round(world).pk, on=OPENS
    )
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        row.draw["seed"] = "00"
        row.draw["drawn"] = row.draw["drawn"][::-1]
        row.save()
    with pytest.raises(SystemExit):
        call_command("repeat_draw", row.pk, stdout=io.StringIO())
    with pytest.raises(CommandError):
        call_command("repeat_draw", campaign.pk)


def test_too_few_to_draw_from_change_nothing(world: World) -> None:
    row = drawn_round(world, take=9)
    with pytest.raises(Invalid, match="只有 3 个单位"):
        campaign_draw.draw(by=actor(world, "bangong"), campaign_id=row.pk, on=OPENS)
    row.refresh_from_db()
    assert (row.state, row.draw) == ("approved", {})


# --- objections -------------------------------------------------------------------
def at(day: date) -> datetime:
    return datetime.combine(day, time(10), tzinfo=UTC)


def concluded(world: World, campaign: Campaign) -> Return:
    """Judged by the clerk, fed back by the clerk on the day after the deadline."""
    judge(world, "bangong", campaign, UNIT)
    end = campaign.due_on + timedelta(days=1)
    campaigns.conclude(by=actor(world, "bangong"), campaign_id=campaign.pk, on=end)
    return of(campaign, UNIT)


@pytest.mark.parametrize(
    ("outcome", "light", "told"),
    [("upheld", "red", "未报送。"), ("changed", "red", "经复核变更"), ("revoked", "", "撤销")],
)
def test_a_conclusion_is_objected_to_and_decided_by_another(
    world: World, campaign: Campaign, outcome: str, light: str, told: str
) -> None:
    by = actor(world, "caizheng")
    with pytest.raises(WrongState, match="还没有反馈"):
        objecting.raise_(by=by, return_id=of(campaign, UNIT).pk, grounds="已按期报送")
    row = concluded(world, campaign)
    last = at(campaign.due_on + timedelta(days=31))
    objecting.raise_(by=by, return_id=row.pk, grounds="已按期报送", now=last)
    with pytest.raises(Conflict):
        objecting.raise_(by=by, return_id=row.pk, grounds="再次提出", now=last)
    with pytest.raises(NotAllowed):
        objecting.decide(
            by=actor(world, "bangong"), return_id=row.pk, outcome=outcome, decision="维持"
        )
    objecting.decide(
        by=actor(world, "zhuren"), return_id=row.pk, outcome=outcome, decision="核对台账", now=last
    )
    row.refresh_from_db()
    assert (row.light, told in row.conclusion) == (light, True)


def test_after_thirty_days_nobody_objects_and_never_for_another_unit(
    world: World, campaign: Campaign
) -> None:
    row = concluded(world, campaign)
    late = at(campaign.due_on + timedelta(days=32))
    with pytest.raises(WrongState, match="30 日"):
        objecting.raise_(by=actor(world, "caizheng"), return_id=row.pk, grounds="x", now=late)
    with pytest.raises(NotFound):
        objecting.raise_(by=actor(world, "liuhe"), return_id=row.pk, grounds="x")
    with pytest.raises(WrongState, match="没有对督查结论提出异议"):
        objecting.decide(
            by=actor(world, "zhuren"), return_id=row.pk, outcome="upheld", decision="x"
        )
