"""Duties: made once, put on record, completed by their papers, waived, returned, checked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accountability import virus_scan
from accountability.door import Actor, acting
from accountability.models import AuditEvent, Duty, DutyFile, DutyRule, Unit
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import duties, duty_files
from tests.tasks.progress.desk import docx, pdf
from tests.world import World

from .conftest import Rules, actor, at, make

pytestmark = pytest.mark.django_db
JUNE = date(2026, 6, 10)
MEETING = {
    "place": "二楼会议室", "chair": "曾立", "present": "曾立、吴霞",
    "topics": "分析形势", "decisions": "开展自查",
}  # fmt: skip
LIFE = {"place": "二楼会议室", "chair": "曾立", "present": "全体", "topic": "对照检查"}
FOUR = ["会议基本情况", "会议记录", "解决的问题", "整改措施"]


def record(world: World, duty: Duty, who: str = "liuhe", **values: Any) -> Duty:
    given: dict[str, Any] = {"held_on": date(2026, 5, 6), "given": MEETING, "now": at(JUNE)}
    given |= values
    duty.refresh_from_db()
    return duties.record(
        by=actor(world, who), duty_id=duty.pk, **{"revision": duty.revision, **given}
    )


def hand_in(world: World, duty: Duty, label: str, day: date = JUNE) -> DutyFile:
    return duty_files.add(
        by=actor(world, "liuhe"), duty_id=duty.pk, label=label, now=at(day), reference="柳字1号"
    )


def one(world: World, unit: str = "柳河镇") -> Duty:
    return Duty.objects.get(unit=world.units[unit], period="2026H1")


def test_each_is_made_once_whatever_is_run(started: World, rule: Rules) -> None:
    rule(per_year=2)
    assert make(started, date(2026, 1, 1)) == (3, 0)
    assert make(started, date(2026, 1, 1)) == (0, 3)
    assert make(started, date(2026, 9, 1)) == (3, 3)  # the second half, missed for two months
    assert {d.period for d in Duty.objects.all()} == {"2026H1", "2026H2"}
    assert AuditEvent.objects.filter(action="duty.make").count() == 2


def test_the_database_refuses_a_second(started: World, rule: Rules) -> None:
    rule()
    make(started, date(2026, 1, 1))
    twin = one(started)
    twin.pk = None

    def save() -> None:
        with transaction.atomic(), acting(by=Actor.system("test")) as act:
            act.unchanged()
            twin.save()

    with pytest.raises(IntegrityError):
        save()


def test_the_rules_of_a_new_year_are_carried_over(started: World, rule: Rules) -> None:
    rule(per_year=1, due_month=1, due_day=31, is_about_former=True)
    assert make(started, date(2026, 12, 31))[0] == 3
    assert make(started, date(2027, 1, 1)) == (3, 3)
    assert DutyRule.objects.filter(year=2027).count() == 1
    assert Duty.objects.filter(year=2027, due_on=date(2027, 1, 31)).count() == 3


def test_what_fell_due_before_the_county_started_is_not_asked_for(
    started: World, rule: Rules
) -> None:
    rule(per_year=4, due_month=3, due_day=31)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        started.county.started_on = date(2026, 5, 1)
        started.county.save()
    make(started, date(2026, 5, 1))
    assert {d.period for d in Duty.objects.all()} == {"2026Q2"}


def test_a_unit_founded_later_owes_from_the_next_period_on(started: World, rule: Rules) -> None:
    rule()
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        Unit(county=started.county, name="新设镇", kind="town", valid_from=date(2026, 3, 1)).save()
    make(started, date(2026, 12, 1))
    assert [d.period for d in Duty.objects.filter(unit__name="新设镇")] == ["2026H2"]


@pytest.mark.parametrize(
    ("roll", "due"),
    [("none", date(2026, 1, 31)), ("later", date(2026, 2, 2)), ("earlier", date(2026, 1, 30))],
)
def test_a_deadline_on_a_saturday_rolls_as_the_rule_has_it(
    started: World, rule: Rules, roll: str, due: date
) -> None:
    rule(per_year=1, due_month=1, due_day=31, roll=roll)
    make(started, date(2026, 1, 1))
    assert {d.due_on for d in Duty.objects.all()} == {due}


def test_a_meeting_put_on_record_is_done_on_its_day(started: World, rule: Rules) -> None:
    rule()
    make(started, date(2026, 1, 1))
    done = record(started, one(started))
    assert (done.state, done.done_on, done.is_late) == ("done", date(2026, 5, 6), False)
    late = record(
        started,
        one(started, "石桥镇"),
        "bangong",
        held_on=date(2026, 7, 2),
        now=at(date(2026, 7, 3)),
    )
    assert (late.state, late.is_late) == ("done", True)
    event = AuditEvent.objects.filter(action="duty.record").earliest("id")
    assert {c["label"] for c in event.changes} >= {"议定事项", "开展日期"}


def test_who_may_put_on_record(started: World, rule: Rules) -> None:
    rule()
    make(started, date(2026, 1, 1))
    with pytest.raises(NotFound):
        record(started, one(started, "石桥镇"), "liuhe")
    with pytest.raises(NotAllowed, match="责任单位"):
        record(started, one(started), "jiwei")
    assert not Duty.objects.exclude(state="open").exists()
    with pytest.raises(NotAllowed):
        duties.record(
            by=Actor.system("worker", county=started.county), duty_id=one(started).pk,
            held_on=JUNE, given=MEETING, revision=1, now=at(JUNE),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"held_on": None}, "held_on"),
        ({"held_on": date(2026, 6, 11)}, "held_on"),
        ({"held_on": date(2025, 12, 31)}, "held_on"),
        ({"given": {**MEETING, "decisions": ""}}, "decisions"),
        ({"given": {**MEETING, "topics": "身份证 11010519491231002X"}}, "topics"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    started: World, rule: Rules, values: dict[str, Any], field: str
) -> None:
    rule()
    make(started, date(2026, 1, 1))
    with pytest.raises(Invalid) as refused:
        record(started, one(started), **values)
    assert field in refused.value.details
    assert one(started).record == {}


def test_two_at_once_and_the_second_is_told(started: World, rule: Rules) -> None:
    rule()
    make(started, date(2026, 1, 1))
    record(started, one(started))
    with pytest.raises(Conflict):
        record(started, one(started), revision=1)


def test_a_life_meeting_is_done_with_its_four_papers(started: World, rule: Rules) -> None:
    rule("life_meeting", hand_in=FOUR, hand_in_days=7)
    make(started, date(2026, 1, 1))
    duty = record(started, one(started), given=LIFE, held_on=date(2026, 6, 8))
    assert (duty.state, duty.follow_due_on) == ("held", date(2026, 6, 15))
    papers = [hand_in(started, duty, label) for label in FOUR[:3]]
    duty.refresh_from_db()
    assert duties.missing(duty) == ["整改措施"]
    hand_in(started, duty, "整改措施", date(2026, 6, 16))
    duty.refresh_from_db()
    assert (duty.state, duty.done_on, duty.is_late) == ("done", date(2026, 6, 16), True)
    with pytest.raises(WrongState, match="已经报送"):
        hand_in(started, duty, "整改措施")
    duty_files.take_back(
        by=actor(started, "liuhe"), file_id=papers[0].pk, reason="传错了", now=at(JUNE)
    )
    duty.refresh_from_db()
    assert (duty.state, duty.done_on) == ("held", None)
    with pytest.raises(WrongState, match="已经撤回"):
        duty_files.take_back(
            by=actor(started, "liuhe"), file_id=papers[0].pk, reason="再撤", now=at(JUNE)
        )


def test_the_four_points_are_the_inspectors(started: World, rule: Rules) -> None:
    rule("life_meeting")
    make(started, date(2026, 1, 1))
    duty = one(started)
    answers = dict.fromkeys(("listed", "remarks", "signs"), "yes") | {"former": "no"}
    by = actor(started, "jiwei")
    with pytest.raises(WrongState, match="登记后"):
        duties.check(by=by, duty_id=duty.pk, answers=answers, note="", now=at(JUNE))
    record(started, duty, given=LIFE)
    with pytest.raises(Invalid):
        duties.check(by=by, duty_id=duty.pk, answers={"listed": "yes"}, note="", now=at(JUNE))
    with pytest.raises(NotAllowed):
        duties.check(
            by=actor(started, "bangong"), duty_id=duty.pk, answers=answers, note="", now=at(JUNE)
        )
    before = one(started).record
    done = duties.check(by=by, duty_id=duty.pk, answers=answers, note="未整改两项", now=at(JUNE))
    assert done.check_answers["former"] == "no"
    assert one(started).record == before


def test_the_office_waives_restores_and_returns(started: World, rule: Rules) -> None:
    rule()
    make(started, date(2026, 1, 1))
    duty, office = one(started), actor(started, "bangong")
    with pytest.raises(NotAllowed):
        duties.waive(by=actor(started, "liuhe"), duty_id=duty.pk, reason="忙", now=at(JUNE))
    with pytest.raises(Invalid, match="理由"):
        duties.waive(by=office, duty_id=duty.pk, reason=" ", now=at(JUNE))
    duties.waive(by=office, duty_id=duty.pk, reason="机构撤并", now=at(JUNE))
    with pytest.raises(WrongState, match="免除"):
        record(started, duty)
    with pytest.raises(WrongState):
        duties.waive(by=office, duty_id=duty.pk, reason="再来", now=at(JUNE))
    assert duties.restore(by=office, duty_id=duty.pk, reason="撤并暂缓").state == "open"
    record(started, duty)
    back = duties.return_(by=office, duty_id=duty.pk, reason="没有写议题结果")
    assert (back.state, back.done_on) == ("open", None)
    assert record(started, duty).return_reason == ""


def test_a_paper_is_known_by_its_content(started: World, rule: Rules) -> None:
    rule()
    make(started, date(2026, 1, 1))
    duty, by = one(started), actor(started, "liuhe")
    row = duty_files.add(
        by=by, duty_id=duty.pk, label="", now=at(JUNE), name="会议/纪要.PDF", data=pdf()
    )
    assert row.file is not None
    assert row.file.name == "纪要.pdf"
    assert AuditEvent.objects.get(action="duty.file_add").changes[0]["after"].count("SHA-256") == 1
    for wrong in (
        {"name": "a.pdf", "data": b"MZ\x90"},
        {"name": "纪要.exe", "data": pdf()},
        {"name": "坏.pdf", "data": b"%PDF-1.7 x"},
        {"name": "方案.docx", "data": docx("密级：" + "机" + "密")},
        {"name": "机" + "密方案.pdf", "data": pdf()},
        {"name": "a.pdf", "data": b""},
        {"name": "a.pdf", "data": b"%PDF-1.7", "reference": "纪要"},
        {"reference": ""},
        {"reference": "联系 13800138000"},
        {"label": "不存在的材料", "reference": "纪要"},
    ):
        with pytest.raises(Invalid):
            duty_files.add(
                by=by,
                duty_id=duty.pk,
                now=at(JUNE),
                **{"label": "", **wrong},  # type: ignore[arg-type]
            )
    assert DutyFile.objects.count() == 1


def test_a_paper_is_shown_to_the_scanner_and_a_mark_is_not_repeated(
    started: World, rule: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule()
    make(started, date(2026, 1, 1))
    duty, by = one(started), actor(started, "liuhe")

    def send(name: str) -> None:
        duty_files.add(by=by, duty_id=duty.pk, label="", now=at(JUNE), name=name, data=pdf())

    with pytest.raises(Invalid, match="所选文件：发现密级标志") as refused:
        send("机" + "密方案.pdf")
    assert "方案.pdf" not in str(refused.value)

    def infected(data: bytes) -> None:
        raise virus_scan.Infected("Eicar")

    monkeypatch.setattr("accountability.uploads.scan", infected)
    with pytest.raises(Invalid, match="发现病毒（Eicar）"):
        send("纪要.pdf")
    assert not DutyFile.objects.exists()


def test_units_heard_are_of_the_kind_that_the_rule_hears(started: World, rule: Rules) -> None:
    rule("hearing", unit_kinds=[], unit=started.units["县政府"], hears_kinds=["gov_department"])
    make(started, date(2026, 1, 1))
    duty = one(started, "县政府")
    given = {"place": "常务会议室", "chair": "陈志远", "summary": "听取汇报"}
    town, bureau = started.units["柳河镇"].pk, started.units["县财政局"].pk
    with pytest.raises(Invalid, match="列表"):
        record(started, duty, "xianzhang", given={**given, "heard": [town]})
    done = record(started, duty, "xianzhang", given={**given, "heard": [bureau]})
    assert done.record["heard"] == [bureau]
