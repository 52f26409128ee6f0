"""问题 and 整改: heard, established, put right, objected to; reminders of both clocks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accountability.door import Actor, acting
from accountability.models import AuditEvent, OutboxMessage, RoleGrant
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.rhythm import Made
from tasks.models import (
    Finding,
    FindingState,
    Objection,
    ObjectionState,
    Rectification,
    RectificationState,
)
from tasks.selectors import rectifications as selector
from tasks.services import (
    findings,
    notice_reminders,
    notice_work,
    objections,
    rectifications,
)
from tasks.services.objections import Against
from tests.tasks.watching import DAY, Desk, at
from tests.world import START, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def reported(desk: Desk) -> Finding:
    """A finding whose result is in."""
    row = desk.standing()
    by = desk("caizheng")
    rectifications.plan(by=by, finding_id=row.pk, measures="逐本补登", responsible="刘芳", now=at())
    rectifications.report(by=by, finding_id=row.pk, text="已补登", reference="登记簿", now=at())
    return row


def test_the_unit_is_heard_before_a_finding_stands(desk: Desk) -> None:
    row = desk.found()
    assert row.number == "2026-001"
    with pytest.raises(NotFound):  # not served yet: nobody of the unit sees it
        findings.reply(by=desk("caizheng"), finding_id=row.pk, is_confirmed=True)
    with pytest.raises(WrongState, match="先送单位确认"):
        findings.establish(by=desk("bangong"), finding_id=row.pk, now=at())
    findings.serve(by=desk("bangong"), finding_id=row.pk, now=at())
    with pytest.raises(Invalid, match="写明理由"):
        findings.reply(by=desk("caizheng"), finding_id=row.pk, is_confirmed=False, now=at())
    findings.reply(
        by=desk("caizheng"), finding_id=row.pk, is_confirmed=False, statement="已有说明", now=at()
    )
    content = findings.Content(
        "票据存根缺号", "1 本缺号未说明。", "办法第九条", date(2026, 12, 10), "campaign"
    )
    findings.revise(by=desk("bangong"), finding_id=row.pk, content=content, now=at())
    row = findings.serve(by=desk("bangong"), finding_id=row.pk, now=at())
    assert (row.is_confirmed, row.statement, row.reply_due_on) == (None, "", date(2026, 11, 16))
    row = findings.reply(by=desk("caizhengju"), finding_id=row.pk, is_confirmed=True, now=at())
    assert row.state == FindingState.STANDING
    made = Rectification.objects.get(finding=row)
    assert (made.due_on, made.state) == (date(2026, 12, 10), RectificationState.ASKED)


def test_what_is_disputed_is_established_by_the_head_with_reasons(desk: Desk) -> None:
    row = desk.found()
    findings.serve(by=desk("bangong"), finding_id=row.pk, now=at())
    findings.reply(
        by=desk("caizheng"), finding_id=row.pk, is_confirmed=False, statement="不实", now=at()
    )
    with pytest.raises(NotAllowed):
        findings.establish(by=desk("bangong"), finding_id=row.pk, decision="属实", now=at())
    with pytest.raises(Invalid):
        findings.establish(by=desk("zhuren"), finding_id=row.pk, now=at())
    row = findings.establish(by=desk("zhuren"), finding_id=row.pk, decision="有原件", now=at())
    assert (row.state, row.is_confirmed, row.decision) == ("standing", False, "有原件")


def test_silence_is_no_consent_and_no_obstacle(desk: Desk) -> None:
    row = desk.found()
    findings.serve(by=desk("bangong"), finding_id=row.pk, now=at())
    with pytest.raises(WrongState, match="答复期限"):
        findings.establish(by=desk("bangong"), finding_id=row.pk, now=at(date(2026, 11, 16)))
    row = findings.establish(by=desk("bangong"), finding_id=row.pk, now=at(date(2026, 11, 17)))
    assert (row.state, row.is_confirmed, row.replied_at) == ("standing", None, None)


def test_from_outside_it_names_its_paper_and_stands_at_once(desk: Desk) -> None:
    for missing in ({"source_text": ""}, {"source_on": None}):
        with pytest.raises(Invalid):
            desk.standing(**missing)
    row = desk.standing()
    assert (row.is_outside, row.state) == (True, FindingState.STANDING)
    assert selector.source_of(row) == "巡视巡察反馈　巡察一组反馈意见　2026-11-01"
    other = desk.found(source_kind="audit", source_text="报告", source_on=DAY)
    with pytest.raises(WrongState, match="不需单位确认"):
        findings.serve(by=desk("bangong"), finding_id=other.pk, now=at())


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"facts": " "}, {"basis": ""}, {"rectify_by": DAY}, {"source_kind": "x"}],
)
def test_a_finding_wants_all_its_parts(desk: Desk, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        desk.found(**wrong)
    assert not Finding.objects.exists()


def test_an_inspector_of_the_county_examines_and_one_of_a_unit_reads(desk: Desk) -> None:
    row = desk.standing()
    assert findings.require_examiner(desk("jiwei"))
    _limit(desk, "jiwei", "县财政局")
    assert Finding.objects.visible_to(desk("jiwei").user).get() == row  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match="只能查看"):
        rectifications.recheck(by=desk("jiwei"), finding_id=row.pk, opinion="好", now=at())


def _limit(desk: Desk, name: str, unit: str) -> None:
    """The inspector's mandate is of one unit and lapses: a dated right to read."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        grant = RoleGrant.objects.get(user=desk.world.users[name])
        grant.unit = desk.world.units[unit]
        grant.valid_from, grant.valid_to = START, date(2030, 1, 1)
        grant.save()


def test_the_whole_way_of_putting_right(desk: Desk) -> None:
    row = desk.standing()
    by = desk("caizheng")
    with pytest.raises(WrongState, match="先报送整改措施"):
        rectifications.report(by=by, finding_id=row.pk, text="已改", reference="x", now=at())
    plan = {"finding_id": row.pk, "measures": "逐本补登", "responsible": "刘芳"}
    for change in ({"measures": ""}, {"responsible": " "}, {"post_id": 999999}):
        with pytest.raises(Invalid):
            rectifications.plan(by=by, **(plan | change), now=at())
    with pytest.raises(NotAllowed):
        rectifications.plan(by=desk("bangong"), **plan, now=at())
    seat = desk.world.posts["黄志强"]
    assert rectifications.plan(by=by, **plan, post_id=seat.pk, now=at()).post == seat
    told = AuditEvent.objects.count()
    rectifications.plan(by=by, **plan, post_id=seat.pk, now=at())
    assert AuditEvent.objects.count() == told, "the same words again are no change"
    with pytest.raises(Invalid, match="佐证"):
        rectifications.report(by=by, finding_id=row.pk, text="已改", now=at())
    rectifications.report(by=by, finding_id=row.pk, text="已改", reference="登记簿", now=at())
    back = rectifications.return_(
        by=desk("bangong"), finding_id=row.pk, opinion="缺照片", days=2, now=at()
    )
    assert (back.due_on, back.returns) == (date(2026, 11, 11), 1)
    rectifications.report(by=by, finding_id=row.pk, text="已改", reference="照片", now=at())
    checked = rectifications.recheck(by=desk("jiwei"), finding_id=row.pk, opinion="属实", now=at())
    finding = selector.of_year(desk("bangong").user, 2026, {}, on=DAY).get()  # type: ignore[arg-type]
    assert selector.line_of(finding, on=DAY).lamp == "yellow"  # not green yet
    with pytest.raises(NotAllowed, match="复查人不能办理销号"):
        rectifications.strike(by=desk("jiwei"), finding_id=row.pk, now=at())
    struck = rectifications.strike(by=desk("zhuren"), finding_id=row.pk, now=at())
    assert (checked.state, struck.state) == ("rechecked", "struck")
    finding.rectification.refresh_from_db()
    assert selector.line_of(finding, on=DAY).lamp == "green"


def test_the_deadline_is_extended_by_who_may_decide(desk: Desk) -> None:
    row = desk.standing()
    ask = {"finding_id": row.pk, "until": date(2026, 12, 25), "reason": "设备待到货"}
    rectifications.ask_extension(by=desk("caizheng"), **ask, now=at())
    with pytest.raises(NotAllowed):
        rectifications.decide_extension(by=desk("bangong"), finding_id=row.pk, is_granted=True)
    refused = rectifications.decide_extension(
        by=desk("zhuren"), finding_id=row.pk, is_granted=False, reason="可先租用", now=at()
    )
    assert (refused.due_on, refused.extension_until) == (date(2026, 12, 10), None)
    rectifications.ask_extension(by=desk("caizheng"), **ask, now=at())
    granted = rectifications.decide_extension(
        by=desk("zhuren"), finding_id=row.pk, is_granted=True, now=at()
    )
    assert (granted.due_on, granted.extensions) == (date(2026, 12, 25), 1)
    with pytest.raises(WrongState, match="期限已过"):
        rectifications.ask_extension(
            by=desk("caizheng"), **(ask | {"until": date(2027, 1, 9)}), now=at(date(2026, 12, 26))
        )


def test_an_objection_is_in_time_once_and_decided_by_somebody_else(desk: Desk) -> None:
    row = desk.standing()
    late = at(DAY + timedelta(days=31))
    with pytest.raises(WrongState, match="30 日内"):
        objections.to_finding(by=desk("caizheng"), finding_id=row.pk, grounds="不实", now=late)
    last = at(DAY + timedelta(days=30))
    made = objections.to_finding(by=desk("caizheng"), finding_id=row.pk, grounds="不实", now=last)
    assert made.due_on == DAY + timedelta(days=60)
    with pytest.raises(Conflict):
        objections.to_finding(by=desk("caizheng"), finding_id=row.pk, grounds="不实", now=last)
    decide = {"objection_id": made.pk, "outcome": "changed", "decision": "部分属实"}
    with pytest.raises(NotAllowed):
        objections.decide(by=desk("bangong"), **decide, now=last)
    with pytest.raises(Invalid, match="变更后的事实"):
        objections.decide(by=desk("zhuren"), **decide, now=last)
    with pytest.raises(Invalid):
        objections.decide(by=desk("zhuren"), **(decide | {"outcome": "x"}), now=last)
    done = objections.decide(by=desk("zhuren"), **decide, facts="1 本缺号。", now=last)
    row.refresh_from_db()
    assert (done.state, row.facts) == (ObjectionState.CHANGED, "1 本缺号。")
    with pytest.raises(WrongState):
        objections.decide(by=desk("zhuren"), **decide, facts="x", now=last)


def test_who_established_it_stands_aside(desk: Desk) -> None:
    row = desk.found()
    findings.serve(by=desk("zhuren"), finding_id=row.pk, now=at())
    findings.reply(by=desk("caizheng"), finding_id=row.pk, is_confirmed=True, now=at())
    made = objections.to_finding(by=desk("caizheng"), finding_id=row.pk, grounds="x", now=at())
    decide = {"objection_id": made.pk, "outcome": "revoked", "decision": "证据不足"}
    with pytest.raises(NotAllowed, match="回避"):
        objections.decide(by=desk("zhuren"), **decide, now=at())
    objections.decide(by=desk("jiwei"), **decide, now=at())
    row.refresh_from_db()
    assert row.state == FindingState.WITHDRAWN
    assert Rectification.objects.get(finding=row).state == RectificationState.VOID


def test_a_conclusion_is_objected_to_through_its_own_part(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[str] = []
    maker = desk.world.users["bangong"]
    kinds = {
        "conclusion": (
            lambda user, pk, unit: Against("三季度督查结论", DAY, maker) if pk == 7 else None,
            lambda act, row: followed.append(row.state),
        )
    }
    monkeypatch.setattr(objections, "_kinds", kinds)
    unit = desk.world.units["县财政局"].pk
    given = {"kind": "conclusion", "unit_id": unit, "grounds": "扣分有误", "now": at()}
    with pytest.raises(NotFound):
        objections.to_subject(by=desk("caizheng"), subject_id=8, **given)
    with pytest.raises(NotAllowed):
        objections.to_subject(by=desk("liuhe"), subject_id=7, **given)
    row = objections.to_subject(by=desk("caizheng"), subject_id=7, **given)
    with pytest.raises(Conflict):
        objections.to_subject(by=desk("caizheng"), subject_id=7, **given)
    objections.decide(
        by=desk("zhuren"), objection_id=row.pk, outcome="upheld", decision="维持", now=at()
    )
    assert followed == ["upheld"]
    assert not Objection.objects.visible_to(desk("liuhe").user).exists()  # type: ignore[arg-type]


def test_a_finding_that_stands_is_withdrawn_by_who_may_decide(desk: Desk) -> None:
    row = reported(desk)
    with pytest.raises(NotAllowed):
        findings.withdraw(by=desk("bangong"), finding_id=row.pk, reason="重复", now=at())
    findings.withdraw(by=desk("zhuren"), finding_id=row.pk, reason="重复", now=at())
    assert Rectification.objects.get(finding=row).state == RectificationState.VOID


def test_reminders_come_twice_and_never_again(desk: Desk) -> None:
    county = desk.world.county
    notice = desk.sent()[0]
    desk.standing(rectify_by=date(2026, 11, 16))
    by = Actor.system("command", county=county)

    def run(day: date) -> tuple[Made, Made]:
        return (
            notice_reminders.remind_notices(county, day, by),
            notice_reminders.remind_rectifications(county, day, by),
        )

    assert run(DAY) == (Made(0, 0), Made(0, 0))
    assert run(date(2026, 11, 10))[0] == Made(1, 0)  # the working day before 签收 is due
    assert run(date(2026, 11, 11))[0] == Made(0, 1)
    assert run(date(2026, 11, 12))[0] == Made(1, 0)
    notice_work.take(by=desk("caizheng"), notice_id=notice.pk, now=at(date(2026, 11, 12)))
    assert run(date(2026, 11, 13)) == (Made(1, 0), Made(1, 0))  # Friday before Monday
    assert run(date(2026, 11, 20)) == (Made(1, 0), Made(1, 0))
    for day in range(21, 29):
        assert run(date(2026, 11, day)) == (Made(0, 1), Made(0, 1))
    keys = list(OutboxMessage.objects.filter(person__name="刘芳").values_list("rule", flat=True))
    assert len(keys) == len(set(keys))
    assert sorted(k for k in keys if "reminder" in k) == [
        "notice.reminder:answer:0:late", "notice.reminder:answer:0:soon",
        "notice.reminder:take:late", "notice.reminder:take:soon",
        "rectification.reminder:report:0:late", "rectification.reminder:report:0:soon",
    ]  # fmt: skip


def test_past_the_deadline_the_second_reminder_alone_is_sent(desk: Desk) -> None:
    desk.sent()
    by = Actor.system("command", county=desk.world.county)
    for _ in range(2):
        notice_reminders.remind_notices(desk.world.county, date(2026, 12, 1), by)
    rules = OutboxMessage.objects.filter(rule__startswith="notice.reminder")
    assert set(rules.values_list("rule", flat=True)) == {"notice.reminder:take:late"}


def test_counts_of_units_are_one_query(desk: Desk, django_assert_num_queries: object) -> None:
    row = reported(desk)
    desk.standing("柳河镇")
    desk.found()  # a draft counts nowhere
    rectifications.recheck(by=desk("bangong"), finding_id=row.pk, opinion="好", now=at())
    rectifications.strike(by=desk("zhuren"), finding_id=row.pk, now=at())
    late = date(2026, 12, 11)
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = selector.of_units(desk.world.county.pk, since=DAY, until=DAY, on=late)
    money, town = desk.world.units["县财政局"].pk, desk.world.units["柳河镇"].pk
    assert found[money] == selector.UnitFindings(found=1, outside=1, struck=1)
    assert found[town] == selector.UnitFindings(found=1, outside=1, open=1, late=1)
    assert (found[money].share_struck, found[town].share_struck) == (100, 0)
    assert selector.states_of_source(desk.world.county.pk, "campaign", 1) == {}
