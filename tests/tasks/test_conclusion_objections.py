"""异议 to a round's conclusion: raised on the unit's page, waiting for the office, decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.models import AuditEvent, OutboxMessage, User
from tasks.models import Objection, Return
from tasks.selectors.campaign_trail import events_of_return
from tasks.selectors.waiting import waiting
from tasks.services import campaigns
from tests.task_factory import make_tasks
from tests.tasks.rounds import YEAR, actor, of, running
from tests.world import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
UNIT = "县财政局"


@pytest.fixture
def fed_back(world: World) -> Return:
    """A conclusion that the clerk fed back today."""
    make_tasks(world, 1, year=YEAR)
    campaign = running(world)
    today = timezone.localdate()
    campaigns.conclude(by=actor(world, "bangong"), campaign_id=campaign.pk, on=today)
    return of(campaign, UNIT)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def verbs(world: World, name: str) -> list[tuple[str, str]]:
    user = User.objects.get(pk=world.users[name].pk)
    found = waiting(user, on=timezone.localdate())
    return [(todo.verb, todo.url) for todo in found if todo.tag == "异议申诉"]


def test_the_unit_objects_and_another_of_the_office_decides(
    world: World, fed_back: Return, signed_in: SignedIn
) -> None:
    page = reverse("unit_return", args=[fed_back.pk])
    board = reverse("campaign", args=[fed_back.campaign_id])
    objecting, deciding = (
        reverse(name, args=[fed_back.pk]) for name in ("return_object", "return_decide")
    )
    unit = signed_in("caizheng")
    assert "提出异议" in text_of(unit.get(page))
    bad = unit.post(objecting, {"grounds": " "})
    assert (bad.status_code, "请填写申诉理由" in text_of(bad)) == (422, True)
    assert not Objection.objects.exists()
    unit.post(objecting, {"grounds": "已于当日报送"})
    row = Objection.objects.get()
    decided = {"outcome": "changed", "decision": "经核对台账属实"}
    assert unit.post(deciding, decided).status_code == 403
    assert verbs(world, "zhuren") == [("复核", page)]
    assert verbs(world, "bangong") == verbs(world, "caizheng") == []  # 回避; not the unit's turn
    sent = OutboxMessage.objects.filter(rule="objection.raised")
    assert set(sent.values_list("link", flat=True)) == {page}
    assert "作出决定" not in text_of(signed_in("bangong").get(page))
    head = signed_in("zhuren")
    assert "异议复核中" in text_of(head.get(board))
    assert "作出决定" in text_of(head.get(page))
    assert head.post(deciding, decided).status_code == 302
    row.refresh_from_db()
    assert row.state == "changed"
    assert "异议复核中" not in text_of(head.get(board))
    assert verbs(world, "zhuren") == []
    assert "经核对台账属实" in text_of(signed_in("caizheng").get(page))
    told: set[str] = set(events_of_return(fed_back).values_list("action", flat=True))
    assert {"objection.raise", "objection.decide", "return.conclusion"} <= told
    assert AuditEvent.objects.filter(action="objection.decide").count() == 1
