"""督办文书: what may happen to a notice, by whom, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from accountability.door import acting
from accountability.models import AuditEvent, OutboxMessage
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from accountability.selectors import object_trail
from reports.models import DocumentNumber
from reports.services import numbers
from tasks.models import COLOUR_STEPS, Colour, Notice, NoticeState
from tasks.selectors import notices as selector
from tasks.services import notice_work, notices
from tasks.services.attached_files import Attached
from tests.task_factory import make_tasks
from tests.tasks.progress.desk import docx, pdf
from tests.tasks.watching import DAY, Desk, at
from tests.world import World

pytestmark = pytest.mark.django_db
PDF = Attached("核对表.pdf", pdf())


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def now_of(row: Notice) -> Notice:
    fresh: Notice = Notice.objects.get(pk=row.pk)
    return fresh


def test_a_draft_has_no_number_and_a_sent_one_the_next(desk: Desk) -> None:
    drafts = desk.draft("县财政局", "县审计局", "柳河镇")
    assert [row.number for row in drafts] == ["", "", ""]
    thrown = notices.void(by=desk("bangong"), notice_id=drafts[1].pk, reason="重复", now=at())
    assert thrown.state == NoticeState.VOID
    sent = notices.issue(by=desk("zhuren"), notice_ids=[drafts[0].pk, drafts[2].pk], now=at())
    # A draft that was thrown away leaves no gap.
    assert [row.number for row in sent] == ["试政督〔2026〕1号", "试政督〔2026〕2号"]
    assert desk.sent(kind="urging")[0].number == "试政催〔2026〕1号"
    assert desk.sent(kind="assignment")[0].number == "试政交〔2026〕1号"
    assert {row.ack_due_on for row in sent} == {date(2026, 11, 11)}
    assert {row.answer_due_on for row in sent} == {date(2026, 11, 16)}
    assert AuditEvent.objects.filter(action="notice.issue").count() == 4
    told = OutboxMessage.objects.filter(rule="notice.issued", about_id=sent[0].pk)
    assert {m.person.name for m in told} == {"刘芳", "黄志强"}


def test_a_void_number_is_listed_and_never_given_again(desk: Desk) -> None:
    first = desk.sent()[0]
    with pytest.raises(NotAllowed):
        notices.void(by=desk("bangong"), notice_id=first.pk, reason="发错单位", now=at())
    taken = DocumentNumber.objects.get(text=first.number)
    with pytest.raises(WrongState, match="先到“督办文书”作废"):
        numbers.void(by=desk("zhuren"), number_id=taken.pk, reason="不用")
    with pytest.raises(Invalid):
        notices.void(by=desk("zhuren"), notice_id=first.pk, reason=" ", now=at())
    notices.void(by=desk("zhuren"), notice_id=first.pk, reason="发错单位", now=at())
    taken.refresh_from_db()
    assert (taken.is_void, taken.void_reason) == (True, "发错单位")
    assert desk.sent()[0].number == "试政督〔2026〕2号"


def test_who_drafted_does_not_send_and_all_are_sent_or_none(desk: Desk) -> None:
    theirs = desk.draft()[0]
    with pytest.raises(NotAllowed):  # the clerk may not send at all
        notices.issue(by=desk("bangong"), notice_ids=[theirs.pk], now=at())
    own = notices.draft(
        by=desk("zhuren"),
        content=notices.Content("urging", "催报", "请报送。", "task"),
        unit_ids=[desk.world.units["柳河镇"].pk],
        now=at(),
    )[0]
    with pytest.raises(NotAllowed, match="拟稿人不能签发"):
        notices.issue(by=desk("zhuren"), notice_ids=[theirs.pk, own.pk], now=at())
    assert now_of(theirs).state == NoticeState.DRAFT
    assert not DocumentNumber.objects.exists()
    for wanted, refusal in (([], Invalid), ([own.pk + 9], NotFound)):
        with pytest.raises(refusal):
            notices.issue(by=desk("zhuren"), notice_ids=wanted, now=at())


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "}, {"demand": ""}, {"kind": "x"}, {"colour": "green"}, {"colour": "red"},
        {"ack_days": 0}, {"answer_days": 91},
    ],
)  # fmt: skip
def test_a_draft_wants_all_its_parts(desk: Desk, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        desk.draft(**wrong)
    assert not Notice.objects.exists()


def test_a_draft_wants_units_of_today_and_a_task_in_sight(desk: Desk) -> None:
    content = notices.Content("urging", "催报", "请报送。", "task")
    for units in ([], [0], list(range(1, 103))):
        with pytest.raises(Invalid):
            notices.draft(by=desk("bangong"), content=content, unit_ids=units, now=at())
    with pytest.raises(NotFound):
        desk.draft(item_id=987654)
    with pytest.raises(NotAllowed):
        notices.draft(by=desk("caizheng"), content=content, unit_ids=[1], now=at())
    item = make_tasks(desk.world, 1).items[0]
    assert desk.draft(item_id=item.pk)[0].item == item


def test_a_draft_may_be_reworded_until_it_is_sent(desk: Desk) -> None:
    row = desk.draft()[0]
    content = notices.Content("assignment", "核对票据", "逐本核对。", "audit", answer_days=1)
    changed = notices.revise(by=desk("bangong"), notice_id=row.pk, content=content)
    assert changed.get_kind_display() == "交办单"
    with pytest.raises(Invalid, match="短于签收时限"):
        notices.issue(by=desk("zhuren"), notice_ids=[row.pk], now=at())
    sent = desk.sent()[0]
    with pytest.raises(Invalid, match="签发后不再改动"):
        notices.revise(by=desk("bangong"), notice_id=sent.pk, content=content)


def test_the_whole_way_red_goes_yellow_before_green(desk: Desk) -> None:
    row = desk.sent()[0]
    with pytest.raises(WrongState, match="先签收"):
        notice_work.answer(by=desk("caizheng"), notice_id=row.pk, text="已办", now=at())
    with pytest.raises(NotFound):  # not his unit's
        notice_work.take(by=desk("liuhe"), notice_id=row.pk, now=at())
    with pytest.raises(NotAllowed):  # sees it, acts for no unit
        notice_work.take(by=desk("bangong"), notice_id=row.pk, now=at())
    notice_work.take(by=desk("caizheng"), notice_id=row.pk, now=at(date(2026, 11, 12)))
    late = AuditEvent.objects.get(action="notice.take")
    assert "逾期" in late.summary
    with pytest.raises(Invalid, match="填写定色理由"):
        notice_work.recolour(by=desk("bangong"), notice_id=row.pk, colour="red", reason="")
    notice_work.recolour(by=desk("bangong"), notice_id=row.pk, colour="red", reason="签收逾期")
    for colour in ("yellow", "green", "orange"):
        with pytest.raises(Invalid):
            notice_work.recolour(by=desk("bangong"), notice_id=row.pk, colour=colour, reason="转好")
    notice_work.answer(
        by=desk("caizheng"), notice_id=row.pk, text="已核对", reference="核对表", attached=PDF,
        now=at(date(2026, 11, 13)),
    )  # fmt: skip
    with pytest.raises(Invalid):
        notice_work.recheck(by=desk("bangong"), notice_id=row.pk, opinion="", now=at())
    row = notice_work.recheck(by=desk("bangong"), notice_id=row.pk, opinion="属实", now=at())
    assert row.colour == Colour.YELLOW
    with pytest.raises(NotAllowed):
        notice_work.strike(by=desk("bangong"), notice_id=row.pk, now=at())
    row = notice_work.strike(by=desk("zhuren"), notice_id=row.pk, now=at())
    assert (row.state, row.colour) == (NoticeState.STRUCK, Colour.GREEN)
    with pytest.raises(WrongState):
        notices.void(by=desk("zhuren"), notice_id=row.pk, reason="x", now=at())
    assert row.answer_file is not None
    assert "已核对" in str(AuditEvent.objects.get(action="notice.answer").changes)


def test_green_is_reached_from_yellow_alone() -> None:
    assert {c for c, steps in COLOUR_STEPS.items() if Colour.GREEN in steps} == {Colour.YELLOW}


def test_who_rechecked_does_not_strike_off(desk: Desk) -> None:
    row = desk.sent()[0]
    notice_work.take(by=desk("caizheng"), notice_id=row.pk, now=at())
    notice_work.answer(by=desk("caizheng"), notice_id=row.pk, text="已办", now=at())
    notice_work.recheck(by=desk("zhuren"), notice_id=row.pk, opinion="属实", now=at())
    with pytest.raises(NotAllowed, match="复核人不能办理销号"):
        notice_work.strike(by=desk("zhuren"), notice_id=row.pk, now=at())
    fresh = now_of(row)
    fresh.struck_at, fresh.struck_by = at(), desk.world.users["zhuren"]
    fresh.state, fresh.colour = NoticeState.STRUCK, Colour.GREEN
    with acting(by=desk("zhuren")) as act:
        act.unchanged()
        with pytest.raises(IntegrityError), transaction.atomic():
            fresh.save()


def test_returned_it_has_a_new_clock_and_is_answered_again(desk: Desk) -> None:
    row = desk.sent()[0]
    notice_work.take(by=desk("caizheng"), notice_id=row.pk, now=at())
    notice_work.answer(by=desk("caizheng"), notice_id=row.pk, text="在办", now=at())
    for opinion, days in (("", 3), ("无结果", 0), ("无结果", 91)):
        with pytest.raises(Invalid):
            notice_work.return_(
                by=desk("bangong"), notice_id=row.pk, opinion=opinion, days=days, now=at()
            )
    row = notice_work.return_(
        by=desk("bangong"), notice_id=row.pk, opinion="无结果", days=3, now=at()
    )
    assert (row.answer_due_on, row.returns) == (date(2026, 11, 12), 1)
    notice_work.answer(by=desk("caizhengju"), notice_id=row.pk, text="已办结", now=at())
    row = notice_work.recheck(by=desk("bangong"), notice_id=row.pk, opinion="属实", now=at())
    # What came back in a second look is done anew.
    row = notice_work.return_(by=desk("zhuren"), notice_id=row.pk, opinion="反弹", now=at())
    assert (row.state, row.rechecked_by, row.returns) == (NoticeState.RETURNED, None, 2)


def test_an_extension_is_asked_for_in_time_and_decided_by_the_head(desk: Desk) -> None:
    row = desk.sent()[0]
    ask = {"notice_id": row.pk, "until": date(2026, 11, 20), "reason": "资料待补"}
    with pytest.raises(WrongState):
        notice_work.ask_extension(by=desk("caizheng"), **ask, now=at())
    notice_work.take(by=desk("caizheng"), notice_id=row.pk, now=at())
    for change, refusal in (
        ({"until": date(2026, 11, 16)}, Invalid), ({"reason": " "}, Invalid),
        ({"now": at(date(2026, 11, 17))}, WrongState),
    ):  # fmt: skip
        with pytest.raises(refusal):
            notice_work.ask_extension(by=desk("caizheng"), **({"now": at()} | ask | change))
    notice_work.ask_extension(by=desk("caizheng"), **ask, now=at())
    with pytest.raises(WrongState, match="已有一份"):
        notice_work.ask_extension(by=desk("caizheng"), **ask, now=at())
    with pytest.raises(Invalid, match="不同意"):
        notice_work.decide_extension(
            by=desk("zhuren"), notice_id=row.pk, is_granted=False, now=at()
        )
    with pytest.raises(NotAllowed):
        notice_work.decide_extension(by=desk("bangong"), notice_id=row.pk, is_granted=True)
    row = notice_work.decide_extension(
        by=desk("zhuren"), notice_id=row.pk, is_granted=True, now=at()
    )
    assert (row.answer_due_on, row.extension_until, row.extensions) == (ask["until"], None, 1)
    with pytest.raises(WrongState):
        notice_work.decide_extension(by=desk("zhuren"), notice_id=row.pk, is_granted=True)


@pytest.mark.parametrize(
    "file",
    [
        Attached("表.exe", b"MZ"), Attached("表.pdf", b"MZ"), Attached("表", b"%PDF-"),
        Attached("大.pdf", b"%PDF-" + b"x" * (20 * 1024 * 1024)),
        Attached("坏.pdf", b"%PDF-1.7 x"), Attached("带标志.docx", docx("秘" + "密★5年\n方案")),
    ],
    ids=["ending", "content", "nameless", "size", "broken", "marked"],
)  # fmt: skip
def test_evidence_is_told_by_its_content(desk: Desk, file: Attached) -> None:
    row = desk.sent()[0]
    notice_work.take(by=desk("caizheng"), notice_id=row.pk, now=at())
    with pytest.raises(Invalid, match=file.name):
        notice_work.answer(
            by=desk("caizheng"), notice_id=row.pk, text="已办", attached=file, now=at()
        )
    assert now_of(row).state == NoticeState.TAKEN


def test_without_its_event_nothing_is_changed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = desk.sent()[0]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accountability.services.audit.record", broken)
    with pytest.raises(RuntimeError):
        notice_work.take(by=desk("caizheng"), notice_id=row.pk, now=at())
    assert now_of(row).state == NoticeState.ISSUED


def test_who_sees_a_notice(desk: Desk) -> None:
    draft, mine, town = desk.draft()[0], desk.sent()[0], desk.sent("柳河镇")[0]
    seen = {
        name: set(
            Notice.objects.visible_to(desk(name).user).values_list("pk", flat=True)  # type: ignore[arg-type]
        )
        for name in ("bangong", "caizheng", "liuhe", "fuxianzhang", "jiwei", "xitong")
    }
    assert seen == {
        "bangong": {draft.pk, mine.pk, town.pk}, "caizheng": {mine.pk}, "liuhe": {town.pk},
        "fuxianzhang": {mine.pk}, "jiwei": {mine.pk, town.pk}, "xitong": set(),
    }  # fmt: skip
    user = desk("jiwei").user
    assert user is not None
    page = object_trail.page(user, "notice", mine.pk)
    assert [e.event.action for e in page["entries"]] == ["notice.issue", "notice.draft"]


def test_counts_of_units_are_by_period_and_one_query(
    desk: Desk, django_assert_num_queries: object
) -> None:
    world = desk.world
    desk.sent("县财政局", "柳河镇")
    red = desk.sent(colour="red", colour_reason="久拖不办")[0]
    void = desk.sent("柳河镇")[0]
    notices.void(by=desk("zhuren"), notice_id=void.pk, reason="发错", now=at())
    on, later = date(2026, 11, 12), date(2026, 12, 31)
    notice_work.take(by=desk("caizheng"), notice_id=red.pk, now=at())
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = selector.of_units(world.county.pk, since=DAY, until=DAY, on=on)
    money, town = world.units["县财政局"].pk, world.units["柳河镇"].pk
    assert found[money] == selector.UnitNotices(sent=2, open=2, late=1, red=1)
    assert found[town] == selector.UnitNotices(sent=1, open=1, late=1)
    assert selector.of_units(world.county.pk, since=on, until=later, on=on) == {}
    only = selector.of_units(world.county.pk, since=DAY, until=DAY, on=on, kind="urging")
    assert only == {}


def test_lights_get_the_gravest_colour_and_boards_the_states(desk: Desk) -> None:
    world = desk.world
    item = make_tasks(world, 1).items[0]
    for colour in ("yellow", "red", "orange"):
        desk.sent(item_id=item.pk, colour=colour, colour_reason="理由", source_kind="campaign",
                  source_id=7)  # fmt: skip
    assert selector.open_of_tasks(world.county.pk, [item.pk]) == {item.pk: "red"}
    assert selector.states_of_source(world.county.pk, "campaign", 7) == {"issued": 3}
