"""落实责任: many cells in one request, versions, tokens, refusals, the trail."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from tasks.models import Assignment, ItemSlot, Paper, TaskItem, TaskState
from tasks.services.slots import ADOPTED, PASTED, CellChange, Changes, DueChange, fill
from tests.papers import key_of, make_paper
from tests.world import World


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def slot(paper: Paper, number: int, kind: str) -> ItemSlot:
    """The slot of the n-th task."""
    item = TaskItem.objects.filter(paper=paper).order_by("order")[number]
    return ItemSlot.objects.get(item=item, kind=kind, ordinal=0)


def held(row: ItemSlot) -> list[str]:
    open_rows = Assignment.objects.on(timezone.localdate()).filter(slot=row).order_by("position")
    return [str(a.holder) for a in open_rows]


@pytest.fixture
def paper(world: World) -> Paper:
    return make_paper(world, items=5)


@pytest.mark.django_db
def test_values_are_dated_ended_and_put_back(world: World, paper: Paper) -> None:
    by = actor(world, "bangong")
    units = slot(paper, 0, "responsible_unit")
    first = (key_of(world, "县财政局"), key_of(world, "各乡镇"))
    answer = fill(by=by, paper=paper, changes=Changes([CellChange(units.pk, first, 1)]))
    assert answer["cells"] == {str(units.pk): 2}
    assert held(units) == ["县财政局", "各乡镇"]
    second = (key_of(world, "各乡镇"), key_of(world, "县审计局"))
    fill(by=by, paper=paper, changes=Changes([CellChange(units.pk, second, 2)]))
    assert held(units) == ["各乡镇", "县审计局"]
    ended = Assignment.objects.get(slot=units, unit=world.units["县财政局"])
    assert ended.valid_to == timezone.localdate()
    fill(by=by, paper=paper, changes=Changes([CellChange(units.pk, first, 3)]))
    assert held(units) == ["县财政局", "各乡镇"]
    assert Assignment.objects.filter(slot=units, unit=world.units["县财政局"]).count() == 2
    units.refresh_from_db()
    assert units.version == 4
    assert units.history.count() == 4


@pytest.mark.django_db
def test_the_event_tells_names_basis_and_units(world: World, paper: Paper) -> None:
    person, lead = slot(paper, 1, "responsible_person"), slot(paper, 1, "lead_unit")
    fill(
        by=actor(world, "bangong"),
        paper=paper,
        changes=Changes(
            [
                CellChange(person.pk, (key_of(world, "黄志强"),), 1, ADOPTED),
                CellChange(lead.pk, (key_of(world, "县审计局"),), 1, ADOPTED),
            ]
        ),
    )
    event = AuditEvent.objects.get(action="slot.fill")
    assert event.summary.startswith("采纳建议 二（一）2")
    assert [c["after"] for c in event.changes] == ["黄志强（县财政局局长）", "县审计局"]
    assert [c["before"] for c in event.changes] == ["", ""]
    assert set(event.units.values_list("name", flat=True)) == {"县财政局", "县审计局"}
    assert set(Assignment.objects.values_list("basis", flat=True)) == {ADOPTED}
    assert event.target_id == person.item_id


@pytest.mark.django_db
def test_a_group_touches_all_its_members(world: World, paper: Paper) -> None:
    units = slot(paper, 0, "responsible_unit")
    change = CellChange(units.pk, (key_of(world, "各乡镇"),), 1, PASTED)
    fill(by=actor(world, "bangong"), paper=paper, changes=Changes([change]))
    event = AuditEvent.objects.get(action="slot.fill")
    assert set(event.units.values_list("name", flat=True)) == {"柳河镇", "石桥镇", "长岭乡"}
    assert "粘贴" in event.summary


@pytest.mark.django_db
def test_a_stale_version_saves_nothing_and_tells_both_values(world: World, paper: Paper) -> None:
    lead, other = slot(paper, 0, "lead_unit"), slot(paper, 1, "lead_unit")
    theirs, mine = key_of(world, "县审计局"), key_of(world, "县财政局")
    fill(
        by=actor(world, "zhuren"), paper=paper, changes=Changes([CellChange(lead.pk, (theirs,), 1)])
    )
    both = [CellChange(lead.pk, (mine,), 1), CellChange(other.pk, (mine,), 1)]
    with pytest.raises(Conflict) as caught:
        fill(by=actor(world, "bangong"), paper=paper, changes=Changes(both))
    told: dict[str, Any] = caught.value.details["cells"][str(lead.pk)]
    assert (told["mine"], told["theirs"], told["version"]) == ([mine], [theirs], 2)
    assert (told["who"], told["theirs_text"]) == ("韩书琴", "县审计局")
    assert ":" in told["when"]
    assert str(other.pk) not in caught.value.details["cells"]
    assert held(lead) == ["县审计局"]
    assert held(other) == []


@pytest.mark.django_db
def test_the_same_value_is_no_conflict_whatever_the_version(world: World, paper: Paper) -> None:
    lead = slot(paper, 0, "lead_unit")
    change = CellChange(lead.pk, (key_of(world, "县审计局"),), 1)
    fill(by=actor(world, "zhuren"), paper=paper, changes=Changes([change]))
    answer = fill(by=actor(world, "bangong"), paper=paper, changes=Changes([change]))
    assert answer["cells"] == {str(lead.pk): 2}
    assert AuditEvent.objects.filter(action="slot.fill").count() == 1


@pytest.mark.django_db
def test_the_same_token_changes_nothing_more(world: World, paper: Paper) -> None:
    lead = slot(paper, 0, "lead_unit")
    by = actor(world, "bangong")
    changes = Changes([CellChange(lead.pk, (key_of(world, "县审计局"),), 1)], token="abc")
    first = fill(by=by, paper=paper, changes=changes)
    later = CellChange(lead.pk, (key_of(world, "县财政局"),), 2)
    fill(by=by, paper=paper, changes=Changes([later]))
    assert fill(by=by, paper=paper, changes=changes) == first
    assert held(lead) == ["县财政局"]
    assert AuditEvent.objects.filter(action="slot.fill").count() == 2


@pytest.mark.django_db
def test_a_deadline_is_saved_and_its_conflict_told(world: World, paper: Paper) -> None:
    item = TaskItem.objects.filter(paper=paper).first()
    by = actor(world, "bangong")
    answer = fill(
        by=by, paper=paper, changes=Changes(dues=[DueChange(item.pk, date(2026, 12, 20), 1)])
    )
    assert answer["items"] == {str(item.pk): 2}
    event = AuditEvent.objects.get(action="slot.fill")
    assert event.changes[0]["after"] == "2026-12-20"
    with pytest.raises(Conflict) as caught:
        fill(by=by, paper=paper, changes=Changes(dues=[DueChange(item.pk, date(2026, 11, 1), 1)]))
    assert caught.value.details["dues"][str(item.pk)]["theirs"] == "2026-12-20"
    with pytest.raises(Invalid, match="年份"):
        fill(by=by, paper=paper, changes=Changes(dues=[DueChange(item.pk, date(2062, 1, 1), 2)]))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("lead_unit", "u999999"),
        ("lead_unit", "周建平"),
        ("responsible_leader", "县财政局"),
        ("lead_unit", "x; drop"),
    ],
)
def test_a_value_that_does_not_fit_saves_nothing(
    world: World, paper: Paper, kind: str, value: str
) -> None:
    row, good = slot(paper, 0, kind), slot(paper, 1, "lead_unit")
    known = {**world.units, **world.posts}
    key = key_of(world, value) if value in known else value
    changes = Changes(
        [CellChange(row.pk, (key,), 1), CellChange(good.pk, (key_of(world, "县财政局"),), 1)]
    )
    with pytest.raises(Invalid) as caught:
        fill(by=actor(world, "bangong"), paper=paper, changes=changes)
    assert list(caught.value.details["cells"]) == [str(row.pk)]
    assert Assignment.objects.count() == 0


@pytest.mark.django_db
def test_a_slot_of_another_paper_is_refused(world: World, paper: Paper) -> None:
    other = make_paper(world, items=1, year=2025)
    row = slot(other, 0, "lead_unit")
    with pytest.raises(Invalid, match="刷新"):
        fill(
            by=actor(world, "bangong"),
            paper=paper,
            changes=Changes([CellChange(row.pk, (key_of(world, "县财政局"),), 1)]),
        )


@pytest.mark.django_db
def test_a_unit_merged_away_may_stay_but_not_be_put_in(world: World) -> None:
    paper = make_paper(world, items=2, filled=1)
    gone = world.units["县财政局"]
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        gone.valid_to = timezone.localdate()
        gone.save()
    lead, other = slot(paper, 0, "lead_unit"), slot(paper, 1, "lead_unit")
    by, key = actor(world, "bangong"), key_of(world, "县财政局")
    both = (key, key_of(world, "县审计局"))
    fill(by=by, paper=paper, changes=Changes([CellChange(lead.pk, both, 1)]))
    with pytest.raises(Invalid, match="已撤并"):
        fill(by=by, paper=paper, changes=Changes([CellChange(other.pk, (key,), 1)]))


@pytest.mark.django_db
def test_issued_may_be_changed_and_says_so_done_may_not(world: World, paper: Paper) -> None:
    by, lead = actor(world, "bangong"), slot(paper, 0, "lead_unit")
    item = lead.item

    def move(state: str) -> None:
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            item.state, item.issued_at, item.issued_by = (
                state,
                timezone.now(),
                world.users["bangong"],
            )
            item.save()

    move(TaskState.ISSUED)
    change = CellChange(lead.pk, (key_of(world, "县审计局"),), 1)
    fill(by=by, paper=paper, changes=Changes([change]))
    assert AuditEvent.objects.get(action="slot.fill").summary.endswith("（任务已下发）")
    move(TaskState.DONE)
    with pytest.raises(WrongState, match="办结"):
        fill(by=by, paper=paper, changes=Changes([CellChange(lead.pk, (), 2)]))


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["caizheng", "caizhengju", "xianzhang", "jiwei", "xitong"])
def test_only_the_office_fills(world: World, paper: Paper, username: str) -> None:
    lead = slot(paper, 0, "lead_unit")
    with pytest.raises(NotAllowed):
        fill(
            by=actor(world, username),
            paper=paper,
            changes=Changes([CellChange(lead.pk, (key_of(world, "县财政局"),), 1)]),
        )
    assert Assignment.objects.count() == 0


@pytest.mark.django_db
def test_when_the_event_fails_nothing_is_saved(
    world: World, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("no event today")

    monkeypatch.setattr("accountability.services.audit.record_many", broken)
    lead = slot(paper, 0, "lead_unit")
    with pytest.raises(RuntimeError):
        fill(
            by=actor(world, "bangong"),
            paper=paper,
            changes=Changes([CellChange(lead.pk, (key_of(world, "县财政局"),), 1)], token="t"),
        )
    assert Assignment.objects.count() == 0
    assert ItemSlot.objects.get(pk=lead.pk).version == 1


@pytest.mark.django_db
def test_statements_do_not_grow_with_the_cells(world: World) -> None:
    paper = make_paper(world, items=20)
    by, key = actor(world, "bangong"), key_of(world, "县财政局")
    slots = list(ItemSlot.objects.filter(item__paper=paper, kind__contains="unit").order_by("pk"))

    def statements(rows: list[ItemSlot]) -> int:
        changes = Changes([CellChange(r.pk, (key,), 1) for r in rows])
        with CaptureQueriesContext(connection) as captured:
            fill(by=by, paper=paper, changes=changes)
        return len(captured)

    few, many = statements(slots[:2]), statements(slots[2:])
    assert many <= few
    assert many < 35


@pytest.mark.django_db
def test_bulk_rows_leave_their_history(world: World, paper: Paper) -> None:
    lead = slot(paper, 0, "lead_unit")
    fill(
        by=actor(world, "bangong"),
        paper=paper,
        changes=Changes([CellChange(lead.pk, (key_of(world, "县财政局"),), 1)]),
    )
    row = Assignment.objects.get()
    assert row.history.get().history_user == world.users["bangong"]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told(world: World) -> None:
    """Both saw version 1; whoever comes second under the lock gets the conflict."""
    paper = make_paper(world, items=2)
    lead = slot(paper, 0, "lead_unit")
    together, told = threading.Barrier(2), []

    def save(username: str, name: str) -> None:
        change = CellChange(lead.pk, (key_of(world, name),), 1)
        by = actor(world, username)
        together.wait(timeout=10)
        try:
            fill(by=by, paper=paper, changes=Changes([change]))
        except Conflict as conflict:
            told.append(conflict.details["cells"][str(lead.pk)]["theirs_text"])
        finally:
            connection.close()

    threads = [
        threading.Thread(target=save, args=pair)
        for pair in (("bangong", "县财政局"), ("zhuren", "县审计局"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert told == held(lead)
    assert len(told) == 1
    assert AuditEvent.objects.filter(action="slot.fill").count() == 1
