"""报进展: draft, hand in, zero, late, confirm, review; every refusal says what to do."""

from __future__ import annotations

from datetime import date
from unittest.mock import patch

import pytest

from accountability.models import AuditEvent, OutboxMessage, Role
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from tasks.models import Progress, ProgressState, TaskItem
from tasks.periods import Period
from tasks.selectors import progress as selector
from tasks.selectors.home_progress import quarter
from tasks.selectors.progress_review import following, one, queue
from tasks.selectors.reporters import reporters
from tasks.selectors.text_changes import changes
from tasks.services import progress, progress_review, progress_settings
from tasks.services.progress import Entry
from tests.task_factory import make_tasks
from tests.tasks.progress.desk import APRIL, Q1, account, actor, place, submitted
from tests.world import World

pytestmark = pytest.mark.django_db
LATE = date(2026, 4, 16)


@pytest.fixture
def items(world: World) -> list[TaskItem]:
    return make_tasks(world, 3, due=date(2026, 12, 31)).items


def approve(world: World, row: Progress, who: str = "bangong") -> Progress:
    return progress_review.approve(by=actor(world, who), progress_id=row.pk, version=row.version)


def give_back(
    world: World, row: Progress, who: str = "bangong", reason: str = "缺附件"
) -> Progress:
    return progress_review.return_(
        by=actor(world, who), progress_id=row.pk, version=row.version, reason=reason, on=APRIL
    )


def confirming(world: World) -> None:
    progress_settings.choose(
        by=actor(world, "bangong"), county=world.county, head_confirms=True, report_days=15,
        soon_days=5,
    )  # fmt: skip


def test_a_quarter_from_draft_to_approval(world: World, items: list[TaskItem]) -> None:
    by, where = actor(world, "caizheng"), place(world, items[0])
    row = progress.save(by=by, place=where, entry=Entry("草稿"), version=0, on=APRIL)
    assert (row.state, row.version, row.part) == ("draft", 1, "lead")
    row = progress.submit(by=by, place=where, entry=Entry("已压减一成", 40), version=1, on=APRIL)
    assert (row.state, row.is_late, row.version) == ("submitted", False, 2)
    assert queue(world.users["bangong"]).get() == row
    row = give_back(world, row)
    assert row.opinion == "缺附件"
    told = OutboxMessage.objects.get()
    assert told.person_id == world.users["caizheng"].person_id
    assert "请修改重报" in told.title
    row = progress.submit(by=by, place=where, entry=Entry("已压减一成二", 45), version=3, on=LATE)
    assert not row.is_late, "in time at first, it does not become late by the return"
    with_what, stretches = selector.compared(row)
    assert with_what == "退回时的版本"
    assert [(s.kind, s.text) for s in stretches] == [("same", "已压减一成"), ("new", "二")]
    row = approve(world, row)
    assert row.state == "approved"
    assert row.reviewed_by == world.users["bangong"]
    said = list(
        AuditEvent.objects.filter(target_type="tasks.progress").values_list("action", flat=True)
    )
    assert sorted(said) == sorted(
        ["progress.save", "progress.submit", "progress.return", "progress.submit",
         "progress.approve"]
    )  # fmt: skip


def test_zero_takes_one_step_and_lateness_is_marked(world: World, items: list[TaskItem]) -> None:
    by = actor(world, "caizheng")
    row = progress.report_zero(by=by, place=place(world, items[0]), version=0, on=APRIL)
    assert (row.state, row.is_zero, row.text) == ("submitted", True, progress.ZERO)
    late = progress.report_zero(by=by, place=place(world, items[1]), version=0, on=LATE)
    assert late.is_late
    assert late.state_label == "待审核（逾期补报）"


def test_a_zero_keeps_the_share_reached_before(world: World, items: list[TaskItem]) -> None:
    submitted(world, items[0], percent=60)
    row = progress.report_zero(
        by=actor(world, "caizheng"), place=place(world, items[0], period=Q1.next), version=0,
        on=date(2026, 7, 2),
    )  # fmt: skip
    assert row.percent == 60


def test_the_same_post_again_changes_nothing_more(world: World, items: list[TaskItem]) -> None:
    by, where, entry = actor(world, "caizheng"), place(world, items[0]), Entry("一句")
    first = progress.submit(by=by, place=where, entry=entry, version=0, on=APRIL, token="t1")
    again = progress.submit(by=by, place=where, entry=entry, version=0, on=APRIL, token="t1")
    assert (again.pk, again.version) == (first.pk, first.version)
    assert AuditEvent.objects.filter(action="progress.submit").count() == 1
    unchanged = progress.save(by=by, place=place(world, items[1]), entry=entry, version=0, on=APRIL)
    same = progress.save(
        by=by, place=place(world, items[1]), entry=entry, version=unchanged.version, on=APRIL
    )
    assert same.version == unchanged.version


def test_two_writers_are_told_both_versions(world: World, items: list[TaskItem]) -> None:
    by, where = actor(world, "caizheng"), place(world, items[0])
    progress.save(by=by, place=where, entry=Entry("先写的"), version=0, on=APRIL)
    with pytest.raises(Conflict) as caught:
        progress.save(
            by=actor(world, "caizhengju"), place=where, entry=Entry("后写的"), version=0, on=APRIL
        )
    assert caught.value.status == 409
    assert caught.value.details["theirs"]["text"] == "先写的"
    assert caught.value.details["mine"]["text"] == "后写的"
    assert Progress.objects.get().text == "先写的"


def test_who_may_not_report(world: World, items: list[TaskItem]) -> None:
    entry = Entry("x")
    for who, unit, refusal in (
        ("liuhe", "县财政局", NotAllowed),  # another unit's
        ("bangong", "县财政局", NotAllowed),  # the office reports for nobody
        ("jiwei", "县财政局", NotAllowed),
    ):
        with pytest.raises(refusal):
            progress.save(
                by=actor(world, who), place=place(world, items[0], unit), entry=entry, version=0,
                on=APRIL,
            )  # fmt: skip
    account(world, "shenjiju", Role.LIAISON, "县审计局")
    with pytest.raises(NotFound):  # the task is not laid on it at all
        progress.save(
            by=actor(world, "shenjiju"), place=place(world, items[0], "县审计局"), entry=entry,
            version=0, on=APRIL,
        )  # fmt: skip
    assert not Progress.objects.exists()


def test_what_cannot_be_reported(world: World, items: list[TaskItem]) -> None:
    by, where = actor(world, "caizheng"), place(world, items[0])
    bad: list[tuple[Entry, int, Period]] = [
        (Entry(""), 0, Q1),
        (Entry("x", 101), 0, Q1),
        (Entry("x" * 4001), 0, Q1),
        (Entry("x", milestone_id=10**9), 0, Q1),
        (Entry("x", evidence=[10**9]), 0, Q1),
        (Entry("x"), 0, Period(2026, 2)),  # not begun on that day: refused below
        (Entry("x"), 0, Period(2025, 4)),
    ]
    for entry, version, period in bad:
        day = date(2026, 3, 31) if period == Period(2026, 2) else APRIL
        with pytest.raises(Invalid):
            progress.submit(
                by=by, place=place(world, items[0], period=period), entry=entry, version=version,
                on=day,
            )  # fmt: skip
    assert not Progress.objects.exists()
    row = submitted(world, items[0])
    with pytest.raises(WrongState):
        progress.save(by=by, place=where, entry=Entry("改"), version=row.version, on=APRIL)


def test_nobody_reviews_twice_or_his_own(world: World, items: list[TaskItem]) -> None:
    row = submitted(world, items[0])
    seen = row.version
    approve(world, row)
    for act in (approve, give_back):
        row.version = seen
        with pytest.raises(Conflict) as caught:
            act(world, row, "zhuren")
        assert caught.value.status == 409
    # One person with two hats: the liaison officer's person gets a role in the office.
    account(world, "liangmian", Role.OFFICE_CLERK, "县政府办公室", person="刘芳")
    own = submitted(world, items[1])
    with pytest.raises(NotAllowed):
        approve(world, own, "liangmian")
    with pytest.raises(NotAllowed):
        give_back(world, own, "liangmian")
    with pytest.raises(Invalid):
        give_back(world, own, reason="  ")
    with pytest.raises(NotAllowed):
        approve(world, own, "caizhengju")
    assert Progress.objects.get(pk=own.pk).state == ProgressState.SUBMITTED


def test_the_head_confirms_where_the_county_wants_it(world: World, items: list[TaskItem]) -> None:
    confirming(world)
    row = submitted(world, items[0])
    assert not queue(world.users["bangong"]).exists()
    with pytest.raises(WrongState):
        approve(world, row)
    for who in ("caizheng", "liuhe", "bangong"):
        with pytest.raises((NotAllowed, NotFound)):
            progress.confirm(by=actor(world, who), progress_id=row.pk, version=row.version)
    row = progress.confirm(by=actor(world, "caizhengju"), progress_id=row.pk, version=row.version)
    assert queue(world.users["bangong"]).get() == row
    assert approve(world, row).state == "approved"
    own = submitted(world, items[1], who="caizhengju")
    with pytest.raises(NotAllowed):
        progress.confirm(by=actor(world, "caizhengju"), progress_id=own.pk, version=own.version)
    sent_back = submitted(world, items[2])
    assert give_back(world, sent_back, "caizhengju", "数字不对").state == "returned"


def test_an_event_that_fails_takes_the_report_with_it(world: World, items: list[TaskItem]) -> None:
    with (
        patch("accountability.services.audit.record", side_effect=RuntimeError),
        pytest.raises(RuntimeError),
    ):
        submitted(world, items[0])
    assert not Progress.objects.exists()
    assert not Progress.history.exists()


def test_who_reads_what(world: World, items: list[TaskItem]) -> None:
    mine = submitted(world, items[0])
    towns = submitted(world, items[0], who="liuhe", unit="柳河镇", text="本镇已公开")
    draft = progress.save(
        by=actor(world, "liuhe"), place=place(world, items[1], "柳河镇"), entry=Entry("草"),
        version=0, on=APRIL,
    )  # fmt: skip
    sees = {
        who: set(Progress.objects.visible_to(world.users[who]))
        for who in ("caizheng", "liuhe", "bangong", "fuxianzhang", "jiwei", "xitong")
    }
    assert sees["caizheng"] == {mine, towns}, "who leads reads what the others report"
    assert sees["liuhe"] == {towns, draft}, "a draft is its unit's own"
    assert sees["bangong"] == sees["jiwei"] == sees["fuxianzhang"] == {mine, towns}
    assert sees["xitong"] == set()
    assert [p.text for p in one(world.users["bangong"], mine, on=APRIL)["others"]] == ["本镇已公开"]


def test_reporters_are_the_units_of_two_slots_with_groups_expanded(
    world: World, items: list[TaskItem]
) -> None:
    parts = reporters([items[0].pk], on=APRIL)[items[0].pk]
    names = {pk: name for name, unit in world.units.items() if (pk := unit.pk)}
    assert {names[pk]: part.value for pk, part in parts.items()} == {
        "县财政局": "lead", "柳河镇": "responsible", "石桥镇": "responsible",
        "长岭乡": "responsible",
    }  # fmt: skip


def test_latest_gives_each_units_newest_up_to_a_quarter(
    world: World, items: list[TaskItem]
) -> None:
    first = submitted(world, items[0])
    second = submitted(world, items[0], period=Q1.next, text="二季度", on=date(2026, 7, 1))
    unit, key = world.units["县财政局"], (items[0].pk, world.units["县财政局"].pk)
    ids = [item.pk for item in items]
    assert selector.latest(ids) == {key: second}
    assert selector.latest(ids, [unit.pk], Q1) == {key: first}
    assert selector.latest(ids, [world.units["柳河镇"].pk]) == {}
    assert selector.reported(ids, Q1, units=[unit.pk]) == {key: first}
    assert selector.reported(ids, Q1, units=[world.units["柳河镇"].pk]) == {}


def test_the_queue_goes_round_in_the_order_of_arrival(world: World, items: list[TaskItem]) -> None:
    rows = [submitted(world, item) for item in items]
    user = world.users["bangong"]
    assert [following(user, row) for row in rows] == [rows[1], rows[2], rows[0]]
    approve(world, rows[0])
    assert following(user, rows[2]) == rows[1]


def test_the_workbench_shows_what_is_owed_and_what_was_said(
    world: World, items: list[TaskItem]
) -> None:
    """Handed out today: owed for the quarter of today; late ones of the year are named."""
    today = items[0].issued_at
    assert today is not None
    on = today.date()
    found = quarter(world.users["caizheng"], on=on)
    assert found is not None
    assert found.period in (Period.of(on), Period.of(on).previous)
    if items[0].year == on.year:
        assert [line.part for line in found.lines] == ["牵头单位"] * 3
        assert found.todo == 3
        assert {line.state for line in found.lines} == {"未报"}
    assert quarter(world.users["xianzhang"], on=on) is None


@pytest.mark.nodb
def test_differences_keep_numbers_whole() -> None:
    found = changes("压减 6.2%，共 12 家", "压减 8.5%，共 12 家")
    assert [(s.kind, s.text) for s in found] == [
        ("same", "压减 "), ("gone", "6.2%"), ("new", "8.5%"), ("same", "，共 12 家"),
    ]  # fmt: skip
    assert changes("", "") == []
