"""校验并下发: what is complete is handed out, the paper follows its last task."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import jobs
from tasks.models import Assignment, Paper, PaperState, TaskItem, TaskState
from tasks.services import issue
from tasks.services.slots import CellChange, Changes, fill
from tests.papers import key_of, make_paper
from tests.world import World

from .test_slots import actor, slot


@pytest.mark.django_db
def test_complete_tasks_go_out_and_the_others_stay(world: World) -> None:
    paper = make_paper(world, items=5, filled=3)
    done = issue.issue(by=actor(world, "bangong"), paper=paper)
    assert (done.items, done.left) == (3, 2)
    paper.refresh_from_db()
    assert (paper.state, paper.number) == (PaperState.PART_ISSUED, "")
    issued = TaskItem.objects.filter(paper=paper, state=TaskState.ISSUED)
    assert issued.count() == 3
    assert {i.issued_by for i in issued} == {world.users["bangong"]}
    events = AuditEvent.objects.filter(action="task.issue")
    assert events.count() == 3
    assert set(events[0].units.values_list("name", flat=True)) >= {"县财政局", "柳河镇"}
    assert AuditEvent.objects.get(action="paper.part_issue").target_id == paper.pk


@pytest.mark.django_db
def test_with_its_last_task_the_paper_gets_its_number(world: World) -> None:
    first = make_paper(world, items=1, filled=1, title="甲")
    second = make_paper(world, items=2, filled=2, title="乙")
    by = actor(world, "zhuren")
    issue.issue(by=by, paper=first)
    done = issue.issue(by=by, paper=second)
    first.refresh_from_db()
    assert first.number == "试政发〔2026〕1号"
    assert (done.paper.state, done.paper.number) == (PaperState.ISSUED, "试政发〔2026〕2号")
    assert done.paper.issued_by == world.users["zhuren"]
    event = AuditEvent.objects.filter(action="paper.issue").latest("id")
    assert "试政发〔2026〕2号" in event.summary
    with pytest.raises(WrongState, match="没有可以下发的任务"):
        issue.issue(by=by, paper=second)


@pytest.mark.django_db
def test_a_number_of_ones_own_is_checked(world: World) -> None:
    by = actor(world, "bangong")
    paper = make_paper(world, items=1, filled=1, title="甲")
    with pytest.raises(Invalid, match="格式不对"):
        issue.issue(by=by, paper=paper, number="三号文")
    issue.issue(by=by, paper=paper, number="试政发[2026] 8号")
    other = make_paper(world, items=1, filled=1, title="乙")
    with pytest.raises(Invalid, match="已用于另一份意见"):
        issue.issue(by=by, paper=other, number="试政发〔2026〕8号")
    other.refresh_from_db()
    assert other.state == PaperState.DRAFT
    assert TaskItem.objects.get(paper=other).state == TaskState.DRAFT


@pytest.mark.django_db
def test_the_default_deadline_is_made_true(world: World) -> None:
    paper = make_paper(world, items=2, filled=2)
    first, second = TaskItem.objects.filter(paper=paper).order_by("order")
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        second.due_text = "长期坚持"
        second.save()
    issue.issue(by=actor(world, "bangong"), paper=paper)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.due_on, first.due_text) == (date(2026, 12, 31), "年度默认")
    assert (second.due_on, second.due_text) == (None, "长期坚持")
    event = AuditEvent.objects.filter(action="task.issue", target_id=first.pk).get()
    assert event.changes[1]["after"] == "2026-12-31（默认）"


@pytest.mark.django_db
def test_named_tasks_must_be_complete(world: World) -> None:
    paper = make_paper(world, items=3, filled=2)
    items = list(TaskItem.objects.filter(paper=paper).order_by("order"))
    by = actor(world, "bangong")
    with pytest.raises(Invalid, match="还有责任领导、"):
        issue.issue(by=by, paper=paper, items=[items[0].pk, items[2].pk])
    assert issue.issue(by=by, paper=paper, items=[items[1].pk]).items == 1
    with pytest.raises(Conflict, match="重新校验"):
        issue.issue(by=by, paper=paper, expected=2)


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["caizheng", "xianzhang", "jiwei", "shenji"])
def test_only_the_office_issues(world: World, username: str) -> None:
    paper = make_paper(world, items=1, filled=1)
    with pytest.raises(NotAllowed):
        issue.issue(by=actor(world, username), paper=paper)
    with pytest.raises(NotAllowed, match="本人"):
        issue.issue(by=Actor.system("test"), paper=paper)
    assert TaskItem.objects.get().state == TaskState.DRAFT


@pytest.mark.django_db
def test_when_the_event_fails_nothing_is_handed_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = make_paper(world, items=1, filled=1)

    def broken(**_: object) -> None:
        raise RuntimeError("no event today")

    monkeypatch.setattr("accountability.services.audit.record", broken)
    with pytest.raises(RuntimeError):
        issue.issue(by=actor(world, "bangong"), paper=paper)
    paper.refresh_from_db()
    assert paper.state == PaperState.DRAFT
    assert TaskItem.objects.get().state == TaskState.DRAFT


@pytest.mark.django_db
def test_the_filled_paper_is_asked_for_where_its_work_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(jobs, "registered_kinds", lambda: frozenset({issue.FILLED_PAPER}))
    monkeypatch.setattr(jobs, "ask", lambda **values: asked.append(values))
    paper = make_paper(world, items=1, filled=1)
    issue.issue(by=actor(world, "bangong"), paper=paper)
    assert asked[0]["parameters"] == {"paper_id": paper.pk}


@pytest.mark.django_db
def test_the_doubtful_is_said_and_does_not_hinder(world: World) -> None:
    paper = make_paper(world, items=1, filled=1)
    by = actor(world, "bangong")
    lead, units = slot(paper, 0, "lead_unit"), slot(paper, 0, "responsible_unit")
    leader = slot(paper, 0, "responsible_leader")
    cwj, sjj = key_of(world, "县财政局"), key_of(world, "县审计局")
    fill(
        by=by,
        paper=paper,
        changes=Changes(
            [
                CellChange(lead.pk, (cwj, sjj), 1),
                CellChange(units.pk, (sjj,), 1),
                CellChange(leader.pk, (key_of(world, "李明华"),), 1),
            ]
        ),
    )
    item = TaskItem.objects.get()
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item.due_on = timezone.localdate() - timedelta(days=1)
        item.save()
        unit = world.units["县审计局"]
        unit.valid_to, unit.successor = timezone.localdate(), world.units["县数据中心"]
        unit.save()
    found = issue.check(paper)
    said = "；".join(found.complete[0].warnings)
    assert "牵头单位有 2 个，请确认是否联合牵头" in said
    assert "县审计局同时是牵头单位和责任单位" in said
    assert "县财政局由周建平分管，与责任领导不一致" in said
    assert "县审计局已撤并，现为县数据中心" in said
    assert re.search(r"完成时限 \d{4}-\d\d-\d\d 早于今天", said)


@pytest.mark.django_db
def test_an_empty_slot_is_what_is_empty_today(world: World) -> None:
    paper = make_paper(world, items=1, filled=1)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        row = Assignment.objects.filter(slot__kind="lead_unit").get()
        row.valid_to = timezone.localdate()
        row.save()
    found = issue.check(paper)
    assert [c.missing_labels for c in found.incomplete] == ["牵头单位"]
    assert Paper.objects.get().state == PaperState.DRAFT


@pytest.mark.django_db
def test_statements_of_check_and_issue_do_not_grow(world: World) -> None:
    by = actor(world, "bangong")
    counts = []
    for items, title in ((3, "甲"), (40, "乙")):
        paper = make_paper(world, items=items, filled=items, title=title, year=2026)
        with CaptureQueriesContext(connection) as checked:
            issue.check(paper)
        with CaptureQueriesContext(connection) as issued:
            issue.issue(by=by, paper=paper)
        counts.append((len(checked), len(issued)))
    (checked_few, issued_few), (checked_many, issued_many) = counts
    assert checked_many == checked_few
    assert issued_many <= issued_few
