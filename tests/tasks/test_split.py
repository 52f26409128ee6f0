"""拆分任务: sub-tasks, their slots and milestones, refusals, conflict, void."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from tasks.models import Assignment, ItemSlot, Milestone, Paper, TaskItem, TaskState
from tasks.services import issue, split
from tests.papers import key_of, make_paper
from tests.world import World

from .test_slots import actor


@pytest.fixture
def parent(world: World) -> TaskItem:
    paper = make_paper(world, items=3, filled=3)
    item = TaskItem.objects.filter(paper=paper).order_by("order").first()
    assert item is not None
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item.due_on = date(2026, 12, 31)
        item.save()
    return item


def sub(world: World) -> split.SubItem:
    return split.SubItem(
        heading="建立会议台账",
        due_on=date(2026, 12, 1),
        measure="台账覆盖全部会议",
        milestones=[(date(2026, 11, 25), "完成初稿"), (date(2026, 11, 30), "征求意见")],
        holders={"responsible_unit": [key_of(world, "县财政局"), key_of(world, "各乡镇")]},
    )


@pytest.mark.django_db
def test_a_sub_task_has_its_own_number_place_slots_and_steps(
    world: World, parent: TaskItem
) -> None:
    by = actor(world, "bangong")
    one = split.add(by=by, item=parent, sub=sub(world))
    two = split.add(by=by, item=parent, sub=replace(sub(world), holders={}))
    assert (one.number, two.number) == (f"{parent.number}-1", f"{parent.number}-2")
    assert (one.order, two.order) == (parent.order + 1, parent.order + 2)
    assert [m.text for m in one.milestones.all()] == ["完成初稿", "征求意见"]
    assert Assignment.objects.filter(item=one).count() == 2
    assert ItemSlot.objects.filter(item=two).count() == 0
    event = AuditEvent.objects.filter(action="task.split").earliest("id")
    assert set(event.units.values_list("name", flat=True)) >= {"县财政局", "石桥镇"}
    done = issue.issue(by=by, paper=parent.paper)
    assert done.items == 5


@pytest.mark.django_db
def test_wrong_input_makes_nothing(world: World, parent: TaskItem) -> None:
    by = actor(world, "bangong")
    for bad, words in (
        ({"heading": " "}, "任务内容"),
        ({"due_on": date(2027, 1, 1)}, "时限晚于上级任务"),
        ({"milestones": [(date(2026, 12, 20), "太晚")]}, "晚于完成时限"),
        ({"holders": {"lead_unit": ["u99999"]}}, "请另选"),
    ):
        with pytest.raises(Invalid, match=words):
            split.add(by=by, item=parent, sub=replace(sub(world), **bad))
    with pytest.raises(NotAllowed):
        split.add(by=actor(world, "caizheng"), item=parent, sub=sub(world))
    assert TaskItem.objects.filter(parent=parent).count() == 0
    assert Milestone.objects.count() == 0
    made = split.add(by=by, item=parent, sub=sub(world))
    with pytest.raises(WrongState, match="不能再拆分"):
        split.add(by=by, item=made, sub=sub(world))


@pytest.mark.django_db
def test_edit_keeps_what_stays_and_drops_what_went(world: World, parent: TaskItem) -> None:
    by = actor(world, "bangong")
    made = split.add(by=by, item=parent, sub=sub(world))
    changed = replace(
        sub(world),
        heading="建立会议清单",
        milestones=[(date(2026, 11, 25), "完成初稿"), (date(2026, 12, 1), "定稿")],
        holders={
            "responsible_unit": [key_of(world, "各乡镇")],
            "lead_unit": [key_of(world, "县审计局")],
        },
    )
    split.edit(by=by, item=made, sub=changed, version=1)
    made.refresh_from_db()
    assert (made.heading, made.version) == ("建立会议清单", 2)
    assert list(made.milestones.filter(is_dropped=False).values_list("text", flat=True)) == [
        "完成初稿",
        "定稿",
    ]
    assert made.milestones.filter(is_dropped=True).count() == 1
    open_rows = Assignment.objects.filter(item=made, valid_to=None)
    assert {str(a.holder) for a in open_rows} == {"各乡镇", "县审计局"}
    with pytest.raises(Conflict) as caught:
        split.edit(by=by, item=made, sub=changed, version=1)
    assert caught.value.details["theirs"]["heading"] == "建立会议清单"


@pytest.mark.django_db
def test_void_wants_a_reason_and_keeps_the_number(world: World, parent: TaskItem) -> None:
    by = actor(world, "bangong")
    made = split.add(by=by, item=parent, sub=sub(world))
    with pytest.raises(Invalid, match="理由"):
        split.void(by=by, item=made, reason=" ")
    with pytest.raises(WrongState):
        split.void(by=by, item=parent, reason="不是拆分的")
    split.void(by=by, item=made, reason="并入下一项")
    made.refresh_from_db()
    assert made.state == TaskState.VOID
    event = AuditEvent.objects.get(action="task.void")
    assert event.reason == "并入下一项"
    with pytest.raises(WrongState):
        split.void(by=by, item=made, reason="再来一次")
    assert split.add(by=by, item=parent, sub=sub(world)).number.endswith("-2")


@pytest.mark.django_db
def test_without_room_a_sub_task_goes_to_the_papers_end(world: World, parent: TaskItem) -> None:
    paper: Paper = parent.paper
    following = TaskItem.objects.filter(paper=paper, order__gt=parent.order).earliest("order")
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        following.order = parent.order + 1
        following.save()
    made = split.add(by=actor(world, "bangong"), item=parent, sub=sub(world))
    assert made.order == 31


@pytest.mark.django_db
def test_the_pages(signed_in: Callable[[str], Client], world: World, parent: TaskItem) -> None:
    client = signed_in("bangong")
    url = reverse("task_split", args=[parent.pk])
    form = {
        "heading": "建立会议台账",
        "due_on": "2026-12-01",
        "milestones": "2026年11月25日 完成初稿",
        "responsible_unit": "财政局、各乡镇",
    }
    assert client.post(url, {**form, "responsible_unit": "没有的局"}).status_code == 422
    assert client.post(url, {**form, "milestones": "先做完"}).status_code == 422
    assert client.post(url, form).status_code == 302
    made = TaskItem.objects.get(parent=parent)
    assert Assignment.objects.filter(item=made).count() == 2
    page = client.get(url).content.decode()
    assert "2026-11-25 完成初稿" in page
    edit = reverse("task_sub_item", args=[made.pk])
    assert "财政局、各乡镇" in client.get(edit).content.decode()
    answer = client.post(edit, {**form, "heading": "建立台账", "version": 1})
    assert answer.status_code == 302
    assert client.post(edit, {**form, "version": 1}).status_code == 409
    client.post(reverse("task_sub_void", args=[made.pk]), {"reason": "重复"})
    made.refresh_from_db()
    assert (made.heading, made.state) == ("建立台账", TaskState.VOID)
    for username in ("caizheng", "jiwei"):
        assert signed_in(username).get(url).status_code == 403
