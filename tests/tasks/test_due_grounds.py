"""The deadline of a task that is handed out is moved on a stated ground, by whichever form."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.door import acting
from accountability.models import AuditEvent, Concern
from accountability.refusals import Invalid
from tasks.models import ItemSlot, TaskItem
from tasks.services import grants, slots, split
from tests.accountability.entering import actor
from tests.task_factory import make_tasks
from tests.world import World

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]
LATER = date(2026, 12, 20)


def now(item: TaskItem) -> TaskItem:
    return TaskItem.objects.get(pk=item.pk)


def test_the_grid_asks_for_the_ground_of_a_handed_out_task(world: World) -> None:
    made = make_tasks(world, 2, due=date(2026, 6, 30))
    item, other = made.items
    by = actor(world, "bangong")
    move = slots.DueChange(item.pk, LATER, 1)
    slot = ItemSlot.objects.get(item=other, kind="lead_unit")
    cell = slots.CellChange(slot.pk, (f"u{world.units['县审计局'].pk}",), 1)
    with pytest.raises(Invalid, match="调整完成时限请填写依据") as caught:
        slots.fill(by=by, paper=made.paper, changes=slots.Changes([cell], [move]))
    assert set(caught.value.details["dues"]) == {str(item.pk)}
    assert caught.value.details["reason"]
    assert now(item).due_on != LATER
    assert not AuditEvent.objects.filter(action="slot.fill").exists(), "all or nothing"
    with pytest.raises(Invalid):
        slots.fill(by=by, paper=made.paper, changes=slots.Changes(dues=[move], reason="  "))
    slots.fill(by=by, paper=made.paper, changes=slots.Changes(dues=[move], reason="纪要18号"))
    event = AuditEvent.objects.get(action="slot.fill")
    assert (event.reason, event.concern) == ("纪要18号", Concern.DEADLINE_DELAYED)
    assert now(item).due_on == LATER


def test_what_is_not_moved_or_not_handed_out_needs_none(world: World) -> None:
    by = actor(world, "bangong")
    issued = make_tasks(world, 1, year=2027, due=LATER)
    same = slots.DueChange(issued.items[0].pk, LATER, 1)
    slots.fill(by=by, paper=issued.paper, changes=slots.Changes(dues=[same]))
    draft = make_tasks(world, 1, state="draft")
    move = slots.DueChange(draft.items[0].pk, LATER, 1)
    slots.fill(by=by, paper=draft.paper, changes=slots.Changes(dues=[move]))
    assert now(draft.items[0]).due_on == LATER


def test_the_script_and_the_plain_form_carry_it(signed_in: Sign, world: World) -> None:
    made = make_tasks(world, 1)
    item, client = made.items[0], signed_in("bangong")
    url = reverse("assign_slots", args=[2026])

    def save(**more: str) -> Any:
        body = {"dues": {str(item.pk): {"due": "2026-12-20", "version": 1}}, **more}
        return client.post(
            url, json.dumps(body), content_type="application/json",
            headers={"Accept": "application/json"},
        )  # fmt: skip

    refused = save()
    assert refused.status_code == 422
    assert refused.json()["details"]["dues"] == {str(item.pk): "请填写调整依据"}
    assert save(reason="会议纪要").status_code == 200
    form = reverse("task_slots", args=[item.pk])
    assert "任务已下发，调整时限须填写" in client.get(form).content.decode()
    fields: dict[str, Any] = {"item_version": 2, "due": "2026-12-25"}
    for slot in ItemSlot.objects.filter(item=item):
        field = client.get(form).context["form"]
        fields[f"slot_{slot.pk}"] = field[f"slot_{slot.pk}"].initial
        fields[f"version_{slot.pk}"] = slot.version
    refused = client.post(form, fields)
    assert refused.status_code == 422
    assert "请填写依据" in refused.content.decode()
    assert client.post(form, {**fields, "reason": "第二次会议"}).status_code == 302
    assert AuditEvent.objects.latest("id").reason == "第二次会议"


def test_a_part_of_a_handed_out_task_too(signed_in: Sign, world: World) -> None:
    parent = make_tasks(world, 1).items[0]
    by = actor(world, "bangong")
    part = split.add(by=by, item=parent, sub=split.SubItem(heading="自查", due_on=date(2026, 9, 1)))
    with acting(by=by) as act:
        act.unchanged()
        part.state, part.issued_at, part.issued_by = "issued", timezone.now(), by.user
        part.save()
        grants.sync([part])
    client, url = signed_in("bangong"), reverse("task_sub_item", args=[part.pk])
    fields = {"heading": "自查", "due_on": "2026-12-20", "measure": "", "milestones": "",
              "version": part.version}  # fmt: skip
    refused = client.post(url, fields)
    assert refused.status_code == 422
    assert "请填写调整依据" in refused.content.decode()
    assert client.post(url, {**fields, "reason": "会议"}).status_code == 302
    assert now(part).due_on == LATER
