"""批量移交: the former assignment ends, a new one begins; what a unit carries is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent, Unit
from accountability.refusals import Invalid, NotAllowed, NotFound
from accountability.services import audit, carried, files, units
from accountability.services.carried import Holder, StillCarries
from tasks.models import Assignment, ItemSlot, Paper, TaskItem, TaskState
from tasks.services import grants, handover
from tests.world import START, World, build

pytestmark = pytest.mark.django_db
SLOTS = (
    ("responsible_leader", "责任领导"),
    ("lead_unit", "牵头单位"),
    ("responsible_unit", "责任单位"),
)


def lay(world: World, *, count: int = 3, state: str = TaskState.ISSUED, first: int = 0) -> None:
    """Tasks 一1… on 周建平's seat, 县审计局 and 各乡镇."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        source = files.store(
            county=world.county, name="a.txt", data=b"x", content_type="text/plain"
        )
        paper = Paper.objects.filter(county=world.county).first()
        if paper is None:
            paper = Paper(county=world.county, year=2026, title="意见", source=source,
                          source_kind="txt", imported_by="测试")  # fmt: skip
            paper.save()
        is_out = state in (TaskState.ISSUED, TaskState.DONE)
        holders: list[dict[str, Any]] = [
            {"post": world.posts["周建平"]},
            {"unit": world.units["县审计局"]},
            {"group": world.groups["各乡镇"]},
        ]
        for number in range(first, first + count):
            item = TaskItem(
                county=world.county, paper=paper, year=2026, order=number,
                number=f"一{number + 1}", heading=f"事项{number + 1}", state=state,
                issued_at=timezone.now() if is_out else None,
                issued_by=world.users["bangong"] if is_out else None,
            )  # fmt: skip
            item.save()
            for (kind, label), holder in zip(SLOTS, holders, strict=True):
                slot = ItemSlot(item=item, kind=kind, label=label)
                slot.save()
                Assignment(item=item, slot=slot, valid_from=START, **holder).save()
        grants.sync(TaskItem.objects.filter(paper=paper))


def by(world: World, username: str = "bangong") -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def u(world: World, name: str) -> str:
    return f"u{world.units[name].pk}"


def held(world: World, name: str, day: date) -> int:
    return Assignment.objects.on(day).filter(unit=world.units[name]).count()


DAY = date(2026, 7, 1)
BEFORE = date(2026, 6, 30)


def test_all_tasks_move_and_the_past_stays(world: World) -> None:
    lay(world)
    world.county.refresh_from_db()
    count = handover.reassign(
        by=by(world), county=world.county, source=u(world, "县审计局"),
        target=u(world, "县财政局"), day=DAY, reason="机构改革",
    )  # fmt: skip
    assert count == 3
    assert (held(world, "县审计局", BEFORE), held(world, "县审计局", DAY)) == (3, 0)
    assert (held(world, "县财政局", BEFORE), held(world, "县财政局", DAY)) == (0, 3)
    new = Assignment.objects.filter(unit=world.units["县财政局"])
    assert {a.basis for a in new} == {"批量移交"}
    assert {s.version for s in ItemSlot.objects.filter(kind="lead_unit")} == {2}
    whole = AuditEvent.objects.latest("id")
    assert (whole.action, whole.reason) == ("handover", "机构改革")
    assert "3 项任务（3 处）" in whole.summary
    own = AuditEvent.objects.filter(action="slot.handover")
    assert own.count() == 3
    assert own[0].changes[0] == {
        "field": "lead_unit", "label": "牵头单位", "before": "县审计局", "after": "县财政局",
    }  # fmt: skip
    units.merge(by=by(world), unit=world.units["县审计局"],
                successor=world.units["县财政局"], day=DAY)  # fmt: skip


def test_chosen_tasks_move_and_a_target_that_holds_it_already_is_not_doubled(world: World) -> None:
    lay(world)
    first, second, _ = Assignment.objects.filter(unit=world.units["县审计局"]).order_by("id")
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        Assignment(item=first.item, slot=first.slot, unit=world.units["县财政局"],
                   valid_from=START).save()  # fmt: skip
        grants.sync([first.item_id])
    handover.reassign(
        by=by(world), county=world.county, source=u(world, "县审计局"),
        target=u(world, "县财政局"), day=DAY, assignments=[first.pk, second.pk],
    )  # fmt: skip
    assert held(world, "县财政局", DAY) == 2
    assert held(world, "县审计局", DAY) == 1


def test_what_may_not_be_is_refused_and_changes_nothing(world: World) -> None:
    lay(world)
    source, post = u(world, "县审计局"), f"p{world.posts['许静'].pk}"
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="_lin")
    cases: list[tuple[type[Exception], dict[str, Any]]] = [
        (Invalid, {"target": source}),
        (Invalid, {"target": post}),
        (Invalid, {"assignments": []}),
        (Invalid, {"assignments": [10**9]}),
        (Invalid, {"day": date(1999, 1, 1)}),
        (NotFound, {"target": u(other, "县财政局")}),
        (NotFound, {"source": u(other, "县审计局")}),
        (NotFound, {"source": "x1"}),
        (NotFound, {"source": "u"}),
        (NotAllowed, {"by": by(world, "caizheng")}),
        (NotFound, {"by": by(other, "bangong")}),
    ]
    for error, changed in cases:
        values = {"by": by(world), "county": world.county, "source": source,
                  "target": u(world, "县财政局"), "day": DAY} | changed  # fmt: skip
        with pytest.raises(error):
            handover.reassign(**values)
    assert Assignment.objects.count() == 9
    assert not Assignment.objects.exclude(valid_to=None).exists()


def test_no_event_no_handover(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(world)

    def broken(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        handover.reassign(by=by(world), county=world.county, source=u(world, "县审计局"),
                          target=u(world, "县财政局"), day=DAY)  # fmt: skip
    assert held(world, "县财政局", DAY) == 0


def test_what_is_carried_is_told_to_the_directory(world: World) -> None:
    lay(world, count=2)
    lay(world, count=1, state=TaskState.DRAFT, first=2)
    lay(world, count=1, state=TaskState.DONE, first=3)
    unit, group = world.units["县审计局"], world.groups["各乡镇"]
    things = carried.carried_by([Holder("u", unit.pk), Holder("g", group.pk)], on=DAY)
    assert [t.label for t in things if t.holder.kind == "u"] == [
        "一1 事项1",
        "一2 事项2",
        "一3 事项3",
    ]
    with pytest.raises(StillCarries, match="仍承担 3 项任务：一1 事项1"):
        units.retire(by=by(world), unit=unit, day=DAY)
    assert Unit.objects.get(pk=unit.pk).valid_to is None


def test_the_page_moves_what_is_ticked(signed_in: Callable[[str], Client], world: World) -> None:
    lay(world)
    client = signed_in("bangong")
    overview = client.get(reverse("handover")).content.decode()
    assert "县审计局" in overview
    assert f"?from={u(world, '县审计局')}" in overview
    url = reverse("handover") + f"?from={u(world, '县审计局')}"
    rows = list(Assignment.objects.filter(unit=world.units["县审计局"]).order_by("id"))
    page = client.get(url).content.decode()
    assert "事项1" in page
    assert '<option value="县财政局">' in page
    today = timezone.localdate().isoformat()
    for target, says in (("查无此局", "没有找到可以承接的"), ("许静", "没有找到可以承接的")):
        bad = client.post(url, {"target": target, "day": today, "tasks": [rows[0].pk]})
        assert bad.status_code == 422
        assert says in bad.content.decode()
    assert client.post(url, {"target": "县财政局", "day": today}).status_code == 422
    done = client.post(url, {"target": "财政局", "day": today, "tasks": [rows[0].pk]})
    assert done.status_code == 302
    assert held(world, "县财政局", timezone.localdate()) == 1
    assert signed_in("jiwei").get(url).status_code == 403
    assert signed_in("xitong").post(url, {}).status_code == 403


def test_the_page_asks_as_much_for_many_as_for_few(
    signed_in: Callable[[str], Client], world: World
) -> None:
    client = signed_in("bangong")
    urls = [reverse("handover"), reverse("handover") + f"?from={u(world, '县审计局')}"]

    def counts() -> list[int]:
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            found.append(len(queries))
        return found

    lay(world, count=2)
    counts()
    before = counts()
    lay(world, count=20, first=2)
    assert counts() == before
    assert max(before) <= 20
