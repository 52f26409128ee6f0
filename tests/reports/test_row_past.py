"""以往情况 of letters, sheets, notices and the rest: by their fields, as the ledger has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accountability.selectors import object_trail, row_past
from tasks.services import notices
from tests.accountability.test_as_of import Clock, ago, lines, long
from tests.reports.assessment.rounds import actor, in_review, score, sheet_of
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Sign = Callable[[str], Client]


@pytest.fixture
def clock(world: World) -> Clock:
    return Clock()


def past(client: Client, kind: str, pk: int, days: int | None = None) -> Any:
    on = {} if days is None else {"on": f"{ago(days):%Y-%m-%d}"}
    return client.get(reverse("object_as_of", args=[kind, pk]), on)


@pytest.mark.nodb
def test_every_kind_with_a_trail_has_a_past() -> None:
    kinds = object_trail._KINDS
    without = {code for code, kind in kinds.items() if not (kind.as_of or row_past.has(code))}
    # An account's log is the audit administrator's; a wording's versions stand on its page.
    assert without == {"account", "wording"}
    assert {code for code in row_past._SHAPES if code not in kinds} == set()
    assert {code: s.model for code, s in row_past._SHAPES.items()} == {
        code: kind.model for code, kind in kinds.items() if row_past.has(code)
    }
    for shape in row_past._SHAPES.values():  # a label is a line: two of one name would hide one
        labels = [str(f.verbose_name) for f in shape.model._meta.concrete_fields]
        assert len(labels) == len(set(labels)), shape.model


def test_a_sheet_as_it_stood_with_its_points(signed_in: Sign, world: World, clock: Clock) -> None:
    row = in_review(world)
    sheet = score(world, sheet_of(row, "柳河镇"), p1_2="38")
    clock.was(ago(9))
    score(world, sheet, p1_2="36")
    clock.was(ago(3))
    found = lines(past(signed_in("bangong"), "sheet", sheet.pk, 6))
    assert found["得分"] == ("98.00", "96.00")
    assert found["考核对象"] == ("柳河镇", "柳河镇")
    told = [text for label, text in found.items() if label.startswith("得分 ")]
    assert any("考核组评分：38.00" in then and "考核组评分：36.00" in now for then, now in told)
    client = signed_in("bangong")
    page = client.get(reverse("sheet", args=[sheet.pk])).content.decode()
    assert reverse("object_as_of", args=["sheet", sheet.pk]) in page


def test_what_was_a_draft_then_is_the_offices_alone(
    signed_in: Sign, world: World, clock: Clock
) -> None:
    content = notices.Content(
        kind="supervision", title="迎检材料", demand="草稿里的要求", source_kind="meeting",
        source_id=None, source_text="会议", ack_days=2, answer_days=5,
    )  # fmt: skip
    (row,) = notices.draft(
        by=actor(world, "bangong"), content=content, unit_ids=[world.units["县财政局"].pk]
    )
    clock.was(ago(9))
    notices.issue(by=actor(world, "zhuren"), notice_ids=[row.pk])
    clock.was(ago(3))
    client = signed_in("jiwei")
    answer = past(client, "notice", row.pk, 6)
    assert f"{long(ago(6))}这个督办文书还没有送出" in answer.content.decode()
    assert "草稿里的要求" not in answer.content.decode()
    found = lines(past(client, "notice", row.pk, 3))
    assert found["办理要求"][0] == "草稿里的要求"
    assert found["承办单位"] == ("县财政局",) * 2
    office = lines(past(signed_in("bangong"), "notice", row.pk, 6))
    assert office["状态"][0] != office["状态"][1]
    assert office["办理要求"] == ("草稿里的要求",) * 2


def test_tasks_units_and_seats_keep_their_own_pages(signed_in: Sign, world: World) -> None:
    client = signed_in("jiwei")
    unit = world.units["县财政局"].pk
    answer = past(client, "unit", unit, 0)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("unit_as_of", args=[unit]) + "?on=")
    assert past(client, "nonsense", 1).status_code == 404
    assert past(client, "unit", 10**9).status_code == 404
    assert past(signed_in("caizheng"), "unit", unit).status_code == 403
