"""The demo's supervision: rounds that ended, one on its way, a draw, a bulletin to approve."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from reports.models import Bulletin, BulletinState
from tasks.draw import algorithm
from tasks.models import Campaign, CampaignKind, CampaignState

pytestmark = pytest.mark.django_db


def test_it_loads_once_after_the_demo() -> None:
    call_command("load_demo", skip_letters=True, stdout=io.StringIO())
    for _ in range(2):
        call_command("load_demo_supervision", stdout=io.StringIO())
    quarters = Campaign.objects.filter(kind=CampaignKind.QUARTERLY)
    assert not quarters.exclude(state__in=[CampaignState.RUNNING, CampaignState.CONCLUDED]).exists()
    latest = quarters.latest("starts_on")
    if latest.year == timezone.localdate().year:  # before 25 March last year's is the latest
        assert latest.state == CampaignState.RUNNING
        assert set(latest.returns.values_list("state", flat=True)) == {"waiting", "submitted"}
    special = Campaign.objects.get(kind=CampaignKind.SPECIAL)
    assert algorithm.repeat(special.draw) == algorithm.recorded(special.draw)
    states = {b.state: b for b in Bulletin.objects.select_related("pdf", "number")}
    assert set(states) == {BulletinState.SUBMITTED, BulletinState.ISSUED}
    issued = states[BulletinState.ISSUED]
    assert issued.pdf is not None
    assert issued.number is not None
