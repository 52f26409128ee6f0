"""任务分解's page: who sees what, constant queries, chapters, the plain forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from tasks.models import Assignment, SaveReceipt, TaskItem
from tasks.outline.model import SlotKind
from tasks.selectors import grid as grids
from tasks.services import issue, slots
from tests.papers import key_of, make_paper
from tests.world import World, build

from .test_slots import actor, held, slot

SignIn = Callable[[str], Client]
JSON = {"Accept": "application/json"}


def save(client: Client, body: dict[str, Any], year: int = 2026) -> Any:
    return client.post(
        reverse("assign_slots", args=[year]),
        json.dumps(body),
        content_type="application/json",
        headers=JSON,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "page", "write"),
    [
        ("bangong", 200, 200),
        ("zhuren", 200, 200),
        ("caizheng", 200, 403),
        ("caizhengju", 200, 403),
        ("xianzhang", 200, 403),
        ("jiwei", 200, 403),
        ("xitong", 403, 403),
        ("anquan", 403, 403),
        ("shenji", 403, 403),
    ],
)
def test_roles(signed_in: SignIn, world: World, username: str, page: int, write: int) -> None:
    paper = make_paper(world, items=5, filled=4)
    issue.issue(by=actor(world, "bangong"), paper=paper)
    client = signed_in(username)
    assert client.get(reverse("assign", args=[2026])).status_code == page
    assert client.get(reverse("assign_latest")).status_code == (302 if page == 200 else 403)
    item = slot(paper, 4, "lead_unit").item_id
    for method, route, args in (
        ("post", "assign_issue", [2026]),
        ("post", "assign_carry_over", [2026]),
        ("get", "assign_suggestions", [2026]),
        ("get", "task_slots", [item]),
    ):
        answer = getattr(client, method)(reverse(route, args=args))
        allowed = {200, 302, 409} if write == 200 else {403}
        assert answer.status_code in allowed, route
    assert save(client, {"cells": {}}).status_code == write


@pytest.mark.django_db
def test_readers_see_what_lies_on_them_and_no_more(signed_in: SignIn, world: World) -> None:
    paper = make_paper(world, items=5, filled=3)
    mine = slot(paper, 3, "responsible_unit")
    by = actor(world, "bangong")
    row = {k: slot(paper, 3, k) for k in SlotKind}
    changes = [
        slots.CellChange(row[SlotKind.RESPONSIBLE_LEADER].pk, (key_of(world, "李明华"),), 1),
        slots.CellChange(row[SlotKind.RESPONSIBLE_PERSON].pk, (key_of(world, "单明"),), 1),
        slots.CellChange(row[SlotKind.LEAD_UNIT].pk, (key_of(world, "县住房和城乡建设局"),), 1),
        slots.CellChange(mine.pk, (key_of(world, "石桥镇"),), 1),
    ]
    slots.fill(by=by, paper=paper, changes=slots.Changes(changes))
    issue.issue(by=by, paper=paper)

    def seen(username: str) -> set[str]:
        page = signed_in(username).get(reverse("assign", args=[2026])).content.decode()
        rows = TaskItem.objects.filter(paper=paper)
        return {i.number for i in rows if f'data-task="{i.pk}"' in page}

    assert seen("caizheng") == {"二（一）1", "二（一）2", "二（一）3"}
    assert seen("liuhe") == {"二（一）1", "二（一）2", "二（一）3"}
    assert seen("jiwei") == {"二（一）1", "二（一）2", "二（一）3", "二（一）4"}
    assert len(seen("bangong")) == 5
    hidden = mine.item_id
    assert signed_in("caizheng").get(reverse("task_changes", args=[hidden])).status_code == 404
    page = signed_in("caizheng").get(reverse("assign", args=[2026])).content.decode()
    assert "grid-payload" not in page
    assert "编辑" not in page


@pytest.mark.django_db
def test_a_draft_is_the_offices_alone(signed_in: SignIn, world: World) -> None:
    make_paper(world, items=2, filled=2)
    page = signed_in("caizheng").get(reverse("assign", args=[2026]))
    assert "2026年度还没有实施意见" in page.content.decode()
    assert save(signed_in("caizheng"), {"cells": {}}).status_code == 403
    assert "二（一）1" in signed_in("bangong").get(reverse("assign", args=[2026])).content.decode()


@pytest.mark.django_db
def test_another_county_sees_nothing(signed_in: SignIn, world: World) -> None:
    paper = make_paper(world, items=2)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        other = build(name="邻县", code="990099", suffix="-2")
    client = Client()
    client.force_login(other.users["bangong"])
    assert "还没有实施意见" in client.get(reverse("assign", args=[2026])).content.decode()
    item = TaskItem.objects.filter(paper=paper).first()
    assert item is not None
    for route in ("task_slots", "task_split", "task_changes"):
        assert client.get(reverse(route, args=[item.pk])).status_code == 404
    assert save(client, {"cells": {}}).status_code == 404


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_tasks(signed_in: SignIn, world: World) -> None:
    user = world.users["bangong"]
    counts = []
    for items, year in ((20, 2024), (120, 2025)):
        paper = make_paper(world, items=items, filled=items // 2, year=year)
        with CaptureQueriesContext(connection) as captured:
            whole = grids.grid(user, paper, on=timezone.localdate())
        assert (whole.items, len(whole.rows)) == (items, items)
        counts.append(len(captured))
    assert counts[1] <= counts[0] <= 18


@pytest.mark.django_db
def test_the_counts_are_those_of_the_rows(world: World) -> None:
    paper = make_paper(world, items=20, filled=6)
    whole = grids.grid(world.users["bangong"], paper, on=timezone.localdate())
    assert (whole.slots, whole.missing_items, whole.missing_slots) == (79, 14, 56)
    assert sum(r.missing for r in whole.rows) == 56
    assert [(h.done, h.total) for h in whole.toc if h.depth == 0] == [(0, 0), (6, 20)]
    assert [c.label for c in whole.columns] == ["责任领导", "责任人员", "牵头单位", "责任单位"]
    assert whole.rows[2].cells[1] is None
    assert len(json.dumps(whole.payload, ensure_ascii=False)) < 60_000


@pytest.mark.django_db
def test_a_second_slot_of_a_kind_has_its_own_column(world: World) -> None:
    paper = make_paper(world, items=2, extra_slots=[(SlotKind.RESPONSIBLE_UNIT, "配合单位")])
    whole = grids.grid(world.users["bangong"], paper, on=timezone.localdate())
    assert [c.key for c in whole.columns][-1] == "responsible_unit-1"
    assert whole.columns[-1].label == "配合单位"


@pytest.mark.django_db
def test_above_two_hundred_rows_one_part_a_page(signed_in: SignIn, world: World) -> None:
    paper = make_paper(world, items=205)
    whole = grids.grid(world.users["bangong"], paper, on=timezone.localdate())
    assert [p.total for p in whole.parts] == [200, 5]
    assert len(whole.rows) == 200
    assert whole.payload["rest"] == {"items": 5, "missItems": 5, "miss": 20}
    url, second = reverse("assign", args=[2026]), whole.parts[1].key
    page = signed_in("bangong").get(url, {"part": second}).content.decode()
    assert page.count("<tr data-task=") == 5
    assert '还有 <b id="missN">205</b> 项未落实' in page
    assert f"?part={whole.parts[0].key}#g-" in page
    assert signed_in("bangong").get(url, {"part": "x"}).content.decode().count("<tr data-t") == 200


@pytest.mark.django_db
def test_saving_as_the_script_does(signed_in: SignIn, world: World) -> None:
    paper = make_paper(world, items=3)
    client, lead = signed_in("bangong"), slot(paper, 0, "lead_unit")
    cell = {"values": [key_of(world, "县财政局")], "version": 1, "basis": "粘贴"}
    due = {"due": "2026-12-01", "version": 1}
    body = {"token": "k1", "cells": {str(lead.pk): cell}, "dues": {str(lead.item_id): due}}
    answer = save(client, body)
    assert answer.status_code == 200
    assert answer.json()["cells"] == {str(lead.pk): 2}
    assert save(client, body).json()["cells"] == {str(lead.pk): 2}
    assert AuditEvent.objects.filter(action="slot.fill").count() == 1
    assert SaveReceipt.objects.count() == 1
    stale = {"cells": {str(lead.pk): {**cell, "values": [key_of(world, "县审计局")]}}}
    conflict = save(client, stale)
    assert conflict.status_code == 409
    assert conflict.json()["details"]["cells"][str(lead.pk)]["who"] == "张敏"
    for bad in ({"cells": {"x": 1}}, {"cells": []}, {"dues": {"1": {"due": "12月"}}}, [1]):
        assert save(client, bad).status_code == 422  # type: ignore[arg-type]
    assert held(lead) == ["县财政局"]


@pytest.mark.django_db
def test_the_plain_form(signed_in: SignIn, world: World) -> None:
    paper = make_paper(world, items=3)
    client, lead = signed_in("bangong"), slot(paper, 0, "lead_unit")
    url = reverse("task_slots", args=[lead.item_id])
    page = client.get(url).content.decode()
    assert "县财政局由周建平分管" in page
    fields = {"item_version": 1, "due": "2026-12-20"}
    values = ["周建平", "县财政局局长", "财政局", "审计局、各乡镇"]
    kinds = list(SlotKind)
    for kind, value in zip(kinds, values, strict=True):
        row = slot(paper, 0, kind)
        fields |= {f"slot_{row.pk}": value, f"version_{row.pk}": row.version}  # type: ignore[dict-item]
    bad = client.post(url, {**fields, f"slot_{lead.pk}": "没有的局"})
    assert bad.status_code == 422
    assert "牵头单位“没有的局”不在名录中" in bad.content.decode()
    assert Assignment.objects.count() == 0
    assert client.post(url, fields).status_code == 302
    assert held(slot(paper, 0, "responsible_unit")) == ["县审计局", "各乡镇"]
    assert held(slot(paper, 0, "responsible_person")) == ["县财政局局长"]
    stale = client.post(url, {**fields, f"slot_{lead.pk}": "审计局"})
    assert stale.status_code == 409
    assert "张敏" in stale.content.decode()
    assert held(lead) == ["县财政局"]


@pytest.mark.django_db
def test_the_plain_pages_of_issue_and_carry_over(signed_in: SignIn, world: World) -> None:
    make_paper(world, items=3, filled=3, year=2025)
    paper = make_paper(world, items=3, filled=1)
    client = signed_in("bangong")
    answer = client.post(reverse("assign_carry_over", args=[2026]), follow=True)
    assert "沿用上年 7 格" in answer.content.decode()
    page = client.get(reverse("assign_issue", args=[2026])).content.decode()
    assert "下发全部 3 项" in page
    assert "试政发〔2026〕1号" in page
    said = client.get(reverse("assign_issue", args=[2026]), headers=JSON).json()
    assert (said["complete"], said["incomplete"]) == (3, [])
    wrong = {"expected": "2"}
    assert client.post(reverse("assign_issue", args=[2026]), wrong).status_code == 409
    done = client.post(
        reverse("assign_issue", args=[2026]),
        {"expected": "3", "number": "试政发〔2026〕5号"},
        follow=True,
    )
    assert "文号 试政发〔2026〕5号" in done.content.decode()
    paper.refresh_from_db()
    assert paper.state == "issued"
    adopted = client.get(reverse("assign_suggestions", args=[2026])).content.decode()
    assert "已采纳建议 0 个" in adopted


@pytest.mark.django_db
def test_years(signed_in: SignIn, world: World) -> None:
    make_paper(world, items=1, year=2025)
    client = signed_in("bangong")
    assert client.get(reverse("assign_latest"))["Location"] == "/y/2025/assign/"
    assert client.get(reverse("assign_latest"), {"year": "2026"})["Location"] == "/y/2026/assign/"
    page = client.get("/y/2026/assign/").content.decode()
    assert '<option value="2025"' in page
    assert client.get("/y/99999/assign/").status_code == 404


@pytest.mark.django_db
def test_a_closed_paper_is_only_read(signed_in: SignIn, world: World) -> None:
    paper = make_paper(world, items=2, filled=2)
    lead = slot(paper, 0, "lead_unit")
    done = issue.issue(by=actor(world, "bangong"), paper=paper)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        done.paper.state = "closed"
        done.paper.save()
    client = signed_in("bangong")
    page = client.get(reverse("assign", args=[2026])).content.decode()
    assert "二（一）2" in page
    assert "grid-payload" not in page
    cell = {"values": [], "version": 1}
    assert save(client, {"cells": {str(lead.pk): cell}}).status_code == 409
    assert client.post(reverse("assign_issue", args=[2026])).status_code == 409
    assert held(lead) == ["县财政局"]
