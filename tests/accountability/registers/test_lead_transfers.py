"""线索移送: 移送 → 签收 → 反馈, by the two sides alone, with no word of the lead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.models import AuditEvent, LeadTransfer
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from accountability.services import lead_transfers, module_switches
from tests.world import World

from .conftest import NOW, actor

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


def hand_over(world: World, by: str = "caizhengju", **values: Any) -> LeadTransfer:
    given: dict[str, Any] = {
        "from_unit_id": world.units["县财政局"].pk, "to_unit_id": world.units["县纪委监委"].pk,
        "handed_on": date(2026, 6, 9), "now": NOW, **values,
    }  # fmt: skip
    return lead_transfers.hand_over(by=actor(world, by), **given)


@pytest.mark.nodb
def test_there_is_no_field_for_what_a_lead_says() -> None:
    free = {
        field.name
        for field in LeadTransfer._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices
    }
    assert free == set()


def test_from_hand_to_hand(opened: World) -> None:
    row = hand_over(opened)
    assert (row.number, row.state) == ("2026-001", "handed")
    inspector, pk = actor(opened, "jiwei"), row.pk
    with pytest.raises(WrongState):
        lead_transfers.answer(by=inspector, transfer_id=pk, result="case", now=NOW)
    with pytest.raises(NotAllowed):
        lead_transfers.receive(by=actor(opened, "caizhengju"), transfer_id=pk, now=NOW)
    with pytest.raises(NotAllowed):
        lead_transfers.withdraw(by=inspector, transfer_id=pk, now=NOW)
    row = lead_transfers.receive(by=inspector, transfer_id=pk, now=NOW)
    assert (row.state, row.received_by) == ("received", opened.users["jiwei"])
    with pytest.raises(WrongState):
        lead_transfers.withdraw(by=actor(opened, "caizhengju"), transfer_id=pk, now=NOW)
    with pytest.raises(Invalid):
        lead_transfers.answer(by=inspector, transfer_id=pk, result="其他", now=NOW)
    row = lead_transfers.answer(by=inspector, transfer_id=pk, result="case", now=NOW)
    assert (row.state, row.get_result_display()) == ("answered", "立案")
    events = AuditEvent.objects.filter(action__startswith="lead.").order_by("id")
    assert list(events.values_list("action", flat=True)) == [
        "lead.hand_over", "lead.receive", "lead.answer",
    ]  # fmt: skip


def test_the_two_sides_alone(opened: World) -> None:
    row = hand_over(opened)
    for who in opened.users:
        seen = LeadTransfer.objects.visible_to(actor(opened, who).user)  # type: ignore[arg-type]
        assert seen.exists() == (who in ("jiwei", "caizhengju")), who
        if who not in ("jiwei", "caizhengju"):
            with pytest.raises((NotAllowed, NotFound)):
                lead_transfers.receive(by=actor(opened, who), transfer_id=row.pk, now=NOW)
    module_switches.shut(by=actor(opened, "xitong"), reason="到期", now=NOW)
    user = actor(opened, "jiwei").user
    assert user is not None
    assert not LeadTransfer.objects.visible_to(user).exists()


def test_withdrawn_before_it_is_received(opened: World) -> None:
    row = hand_over(opened)
    lead_transfers.withdraw(by=actor(opened, "caizhengju"), transfer_id=row.pk, now=NOW)
    with pytest.raises(WrongState):
        lead_transfers.receive(by=actor(opened, "jiwei"), transfer_id=row.pk, now=NOW)


def test_what_may_not_be_registered(opened: World) -> None:
    units = opened.units
    for wrong in (
        {"from_unit_id": units["县审计局"].pk}, {"to_unit_id": units["县财政局"].pk},
        {"to_unit_id": 0}, {"handed_on": date(2026, 6, 11)},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            hand_over(opened, **wrong)
    for who in ("bangong", "caizheng", "xianzhang", "anquan"):
        with pytest.raises(NotAllowed):
            hand_over(opened, who)
    assert not LeadTransfer.objects.exists()


def test_the_page(opened: World, signed_in: SignIn) -> None:
    url, form = reverse("lead_transfers"), {
        "from_unit": opened.units["县财政局"].pk, "to_unit": opened.units["县纪委监委"].pk,
        "handed_on": "2026-06-09",
    }  # fmt: skip
    client = signed_in("caizhengju")
    assert client.post(reverse("lead_hand_over"), {**form, "to_unit": ""}).status_code == 422
    assert client.post(reverse("lead_hand_over"), form).status_code == 302
    row = LeadTransfer.objects.get()
    page = client.get(url).content.decode()
    assert row.number in page
    assert "撤回" in page
    assert signed_in("bangong").get(url).status_code == 403
    client = signed_in("jiwei")
    assert client.post(reverse("lead_receive", args=[row.pk])).status_code == 302
    assert "办理结果" in client.get(url).content.decode()
    answer = reverse("lead_answer", args=[row.pk])
    assert client.post(answer, {"result": ""}).status_code == 422
    assert client.post(answer, {"result": "closed"}).status_code == 302
    assert "予以了结" in client.get(url).content.decode()


def test_the_list_takes_the_same_queries_however_long(opened: World, signed_in: SignIn) -> None:
    client, counts = signed_in("jiwei"), []
    for _ in range(2):
        for _ in range(3):
            hand_over(opened)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("lead_transfers"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
