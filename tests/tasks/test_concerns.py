"""监督关注点: each comes out of the service that does the thing, not out of a made-up event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor
from accountability.models import AuditEvent, Concern, Outcome, Role
from accountability.selectors.trail import Filters, filtered
from accountability.services import accounts, audit, evidence, grants
from accountability.trail.concerns import classify
from tasks.models import Paper, TaskItem
from tasks.services import handover, light_marks, progress_review, split
from tasks.services.slots import CellChange, Changes, DueChange, fill
from tests.papers import key_of, make_paper
from tests.task_factory import make_tasks
from tests.tasks.progress.desk import APRIL, submitted
from tests.tasks.test_ledger_import import DUE, LEAD, changed, confirm, exported, upload
from tests.tasks.test_slots import actor, slot
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db
JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)


@pytest.fixture
def paper(world: World) -> Paper:
    return make_paper(world, items=3, filled=2)


def last() -> AuditEvent:
    return AuditEvent.objects.latest("id")


def set_due(world: World, paper: Paper, due: date | None) -> AuditEvent:
    item = TaskItem.objects.filter(paper=paper).order_by("order")[0]
    fill(
        by=actor(world, "bangong"),
        paper=paper,
        changes=Changes([], [DueChange(item.pk, due, item.version)]),
    )
    return last()


def test_a_deadline_put_off_or_taken_away_is_one_and_brought_forward_is_none(
    world: World, paper: Paper
) -> None:
    assert set_due(world, paper, JUNE).concern == ""  # the first deadline
    assert set_due(world, paper, JULY).concern == Concern.DEADLINE_DELAYED
    assert set_due(world, paper, JUNE).concern == ""
    event = set_due(world, paper, None)
    assert event.concern == Concern.DEADLINE_DELAYED
    assert [(c["before"], c["after"]) for c in event.changes] == [("2026-06-30", "")]


def test_a_sub_task_put_off_is_one(world: World, paper: Paper) -> None:
    set_due(world, paper, date(2026, 12, 31))
    parent = TaskItem.objects.filter(paper=paper).order_by("order")[0]
    by = actor(world, "bangong")
    sub = split.SubItem(heading="建立台账", due_on=JUNE, measure="", milestones=[], holders={})
    item = split.add(by=by, item=parent, sub=sub)
    split.edit(by=by, item=item, sub=replace(sub, due_on=JULY), version=item.version)
    assert (last().action, last().concern) == ("task.edit", Concern.DEADLINE_DELAYED)


def test_taking_somebody_out_of_a_slot_is_one_and_filling_an_empty_one_is_none(
    world: World, paper: Paper
) -> None:
    by = actor(world, "bangong")
    empty, full = slot(paper, 2, "lead_unit"), slot(paper, 0, "lead_unit")
    for row, unit, expected in (
        (empty, "县审计局", ""),
        (full, "县审计局", Concern.RESPONSIBLE_CHANGED),
    ):
        change = CellChange(row.pk, (key_of(world, unit),), row.version)
        fill(by=by, paper=paper, changes=Changes([change]))
        assert last().concern == expected


def test_a_report_sent_back_is_one_with_its_link(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    row = submitted(world, make_tasks(world, 1).items[0])
    assert last().concern == ""
    progress_review.return_(
        by=actor(world, "bangong"), progress_id=row.pk, version=row.version, reason="数字不符",
        on=APRIL,
    )  # fmt: skip
    event = last()
    assert (event.action, event.concern) == ("progress.return", Concern.RETURNED)
    client = signed_in("jiwei")
    assert "concern=returned" in client.get(reverse("audit")).content.decode()
    found = client.get(reverse("audit"), {"concern": "returned"}).content.decode()
    assert event.summary in found
    assert reverse("audit_object", args=["progress", row.pk]) in found


def test_a_light_set_by_hand_is_one(world: World, signed_in: Callable[[str], Client]) -> None:
    item, by = make_tasks(world, 1).items[0], actor(world, "bangong")
    now = light_marks.set_light(by=by, item=item, light="red", reason="实地督查", version=1)
    assert (last().action, last().concern) == ("task.light", Concern.LIGHT_CHANGED)
    light_marks.set_light(by=by, item=now, light="", reason="已整改", version=now.version)
    assert last().concern == Concern.LIGHT_CHANGED
    found = signed_in("jiwei").get(reverse("audit"), {"concern": "light_changed"})
    assert reverse("audit_object", args=["task", item.pk]) in found.content.decode()


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("action", "field", "before", "after", "expected"),
    [
        ("return.judge", "light", "", "黄", ""),
        ("return.judge", "light", "黄", "红", Concern.LIGHT_CHANGED),
        ("notice.colour", "colour", "黄", "红", Concern.LIGHT_CHANGED),
        ("return.send_back", "state", "已报送", "退回补正", Concern.RETURNED),
        ("duty.return", "state", "已记录", "待开展", Concern.RETURNED),
        ("letter.return", "state", "待签", "退回", Concern.RETURNED),
        ("notice.return", "answer_due_on", "2026-03-01", "2026-03-09", Concern.RETURNED),
        (
            *("notice.extension_decided", "answer_due_on", "2026-03-01", "2026-03-09"),
            Concern.DEADLINE_DELAYED,
        ),
        ("finding.revise", "rectify_by", "2026-03-09", "2026-03-01", ""),
        ("return.confirm", "state", "待报送", "已报送", ""),
    ],
)
def test_what_an_event_is_taken_for(
    action: str, field: str, before: str, after: str, expected: str
) -> None:
    changes = [{"field": field, "label": "", "before": before, "after": after}]
    assert classify(action, changes, Outcome.DONE) == expected


def test_a_handover_is_one_for_each_task(world: World) -> None:
    make_tasks(world, 2)
    handover.reassign(
        by=actor(world, "bangong"),
        county=world.county,
        source=key_of(world, "县财政局"),
        target=key_of(world, "县审计局"),
        day=timezone.localdate(),
        reason="机构改革",
    )
    events = AuditEvent.objects.filter(action="slot.handover")
    assert [e.concern for e in events] == [Concern.RESPONSIBLE_CHANGED] * 2


def test_an_excel_import_is_no_way_round(world: World, signed_in: Callable[[str], Client]) -> None:
    make_tasks(world, 2, due=JUNE)
    client = signed_in("bangong")
    data = exported(client)
    page = upload(client, changed(data, {(2, DUE): "2026-07-31", (3, LEAD): "县审计局"}))
    assert confirm(client, page.content.decode()).status_code == 302
    events = AuditEvent.objects.filter(action="task.import").order_by("target_id")
    assert [e.concern for e in events] == [Concern.DEADLINE_DELAYED, Concern.RESPONSIBLE_CHANGED]


def test_rights_given_and_taken_are_ones(world: World) -> None:
    system = Actor.system("test")
    row = grants.grant(
        by=actor(world, "anquan"),
        user=world.users["caizheng"],
        role=Role.OFFICE_CLERK,
        reason="借调",
    )
    assert (last().action, last().concern) == ("role.grant", Concern.RIGHTS_CHANGED)
    grants.end(by=actor(world, "anquan"), grant_id=row.pk, reason="借调结束")
    assert (last().action, last().concern) == ("role.end", Concern.RIGHTS_CHANGED)
    accounts.create(by=system, username="xin", password=None, county=world.county, person=None)
    assert last().concern == Concern.RIGHTS_CHANGED


def test_refusals_logins_and_exports_are_ones(
    world: World, client: Client, signed_in: Callable[[str], Client]
) -> None:
    client.post(reverse("login"), {"username": "bangong", "password": PASSWORD + "x"})
    assert last().concern == Concern.LOGIN_REFUSED
    assert signed_in("caizheng").get(reverse("audit")).status_code == 403
    assert last().concern == Concern.DENIED
    evidence.ask_for_package(
        by=actor(world, "jiwei"), purpose="检查", since=None, until=None, unit=None
    )
    assert last().concern == Concern.EVIDENCE_EXPORTED


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 18, 2, 0, tzinfo=UTC), False),  # Wednesday 10:00
        (datetime(2026, 11, 18, 11, 59, tzinfo=UTC), False),  # 19:59
        (datetime(2026, 11, 18, 12, 0, tzinfo=UTC), True),  # 20:00
        (datetime(2026, 11, 17, 23, 29, tzinfo=UTC), True),  # Wednesday 7:29
        (datetime(2026, 11, 21, 2, 0, tzinfo=UTC), True),  # Saturday 10:00
    ],
)
def test_what_a_person_does_outside_the_hours_is_marked(
    world: World, paper: Paper, monkeypatch: pytest.MonkeyPatch, at: datetime, expected: bool
) -> None:
    monkeypatch.setattr(audit, "timezone", SimpleNamespace(now=lambda: at))
    assert set_due(world, paper, JUNE).is_odd_hour is expected
    # The portal's own work has no hours.
    audit.record_denial(by=Actor.system("worker"), action="denied", sentence="x")
    assert not last().is_odd_hour


def test_the_inspector_finds_them_by_their_filter(world: World, paper: Paper) -> None:
    for due in (JUNE, JULY):
        set_due(world, paper, due)
    found = filtered(world.users["jiwei"], Filters(concern=Concern.DEADLINE_DELAYED))
    assert [e.changes[0]["after"] for e in found] == ["2026-07-31"]
