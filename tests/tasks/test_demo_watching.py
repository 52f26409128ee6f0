"""The demo's notices and findings: of every state that pages show, loaded once."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.management import call_command

from tasks.models import Finding, Notice, Objection, Rectification
from tasks.services import demo_watching

pytestmark = pytest.mark.django_db


def test_the_demo_has_some_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DEMO_PASSWORD", "Wen-Ding-7421-yun")
    call_command("load_demo", skip_letters=True, stdout=io.StringIO())
    if not Notice.objects.exists():
        demo_watching.load()
    states = set(Notice.objects.values_list("state", flat=True))
    assert states == {"draft", "issued", "taken", "answered", "rechecked", "struck"}
    assert set(Finding.objects.values_list("state", flat=True)) == {
        "draft", "served", "standing",
    }  # fmt: skip
    work = set(Rectification.objects.values_list("state", flat=True))
    assert work == {"asked", "working", "reported", "struck"}
    assert Objection.objects.count() == 1
    assert demo_watching.load(on=date(2026, 1, 5)) == 0
