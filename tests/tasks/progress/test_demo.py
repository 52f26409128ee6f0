"""The demo county's progress shows every state, and none comes to another county."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils import timezone

from accountability.demo.loader import load_county
from tasks.models import Evidence, Extension, Progress
from tasks.services import demo_papers, demo_progress
from tests.world import PASSWORD


@pytest.mark.django_db
def test_every_state_is_shown() -> None:
    today = timezone.localdate()
    away = load_county("ningchuan", password=PASSWORD)
    assert demo_progress.load(loaded=away, on=today) == []
    home = load_county("anhe", password=PASSWORD)
    demo_papers.load(loaded=home)
    made = demo_progress.load(loaded=home, on=today)
    states = Counter(row.state for row in made)
    assert {"approved", "submitted", "returned", "draft"} == set(states)
    assert Evidence.objects.count() == 2
    assert Extension.objects.count() == 1
    assert Progress.objects.filter(county=home.county).count() >= len(made)
