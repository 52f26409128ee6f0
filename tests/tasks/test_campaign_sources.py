"""A notice or finding made from a round names it, and leads back who may see the round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tasks.models import Campaign, Finding, Notice, SourceKind
from tasks.selectors import sources
from tasks.services import findings
from tests.task_factory import make_tasks
from tests.tasks.rounds import YEAR, of, running
from tests.tasks.watching import Desk, at
from tests.world import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


@pytest.fixture
def campaign(world: World) -> Campaign:
    make_tasks(world, 2, year=YEAR)
    return running(world)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_a_notice_made_from_a_round_keeps_it_and_leads_back(
    world: World, campaign: Campaign, signed_in: SignedIn
) -> None:
    clerk, unit = signed_in("bangong"), world.units["县财政局"]
    page = text_of(clerk.get(reverse("unit_return", args=[of(campaign, unit.name).pk])))
    given = f"unit={unit.pk}&amp;campaign={campaign.pk}"
    assert f"{reverse('notice_new')}?kind=supervision&amp;{given}" in page
    assert f"{reverse('finding_new')}?{given}" in page
    form = text_of(clerk.get(f"{reverse('notice_new')}?unit={unit.pk}&campaign={campaign.pk}"))
    assert f'name="source_id" value="{campaign.pk}"' in form
    assert f'value="{campaign.title}"' in form
    content = {
        "kind": "supervision", "title": "补报进展", "demand": "三日内补报。",
        "source_kind": "campaign", "source_id": campaign.pk, "source_text": campaign.title,
        "colour": "yellow", "ack_days": 1, "answer_days": 3, "units": [unit.pk],
    }  # fmt: skip
    assert clerk.post(reverse("notice_new"), content).status_code == 302
    row = Notice.objects.get()
    assert (row.source_id, row.source_text) == (campaign.pk, campaign.title)
    back = f'href="{reverse("campaign", args=[campaign.pk])}">{campaign.title}</a>'
    assert back in text_of(clerk.get(reverse("notice_detail", args=[row.pk])))
    clerk.post(reverse("notice_new"), content | {"source_id": 987654})
    assert Notice.objects.order_by("-pk")[0].source_id is None  # no such round in sight


def test_a_finding_leads_the_unit_back_to_the_round_that_it_takes_part_in(
    world: World, campaign: Campaign, signed_in: SignedIn
) -> None:
    kept = {"source_id": campaign.pk, "source_text": campaign.title}
    desk = Desk(world)
    row: Finding = desk.found(**kept)
    findings.serve(by=desk("bangong"), finding_id=row.pk, now=at())
    back = f'href="{reverse("campaign", args=[campaign.pk])}"'
    for name in ("bangong", "caizheng"):
        assert back in text_of(signed_in(name).get(reverse("finding_detail", args=[row.pk])))


def test_no_way_back_where_the_round_is_out_of_sight_or_there_is_none(
    world: World, campaign: Campaign
) -> None:
    desk = Desk(world)
    row = desk.draft(source_kind="campaign", source_id=campaign.pk)[0]
    assert sources.address(world.users["bangong"], row)
    assert sources.address(world.users["xitong"], row) == ""
    row.source_kind = SourceKind.MEETING
    assert sources.address(world.users["bangong"], row) == ""
    plain = desk.draft(source_kind="campaign", source_text="上年督查")[0]
    assert sources.address(world.users["bangong"], plain) == ""
