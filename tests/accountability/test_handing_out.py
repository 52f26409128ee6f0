"""Tables that name persons: many rows want the factor again, and that they left is an event."""

from __future__ import annotations

import ast
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.models import AuditEvent, Job
from accountability.services import signing_in
from tests.architecture.tree import TOP
from tests.world import PASSWORD, World

YEAR = 2026
LISTS = (
    ("task_xlsx", ()), ("notice_xlsx", ()), ("finding_xlsx", ()), ("letters_xlsx", ()),
    ("result_uses_xlsx", ()), ("duty_coverage_xlsx", ("owing",)),
)  # fmt: skip
# No row about a person, or a guard of its own that counts before it builds.
OTHERWISE = {
    "audit_export", "export", "template", "power_template", "power_xlsx", "scheme_xlsx",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "more"), LISTS)
def test_a_list_leaves_with_its_event_and_many_rows_want_the_factor(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, route: str, more: tuple[str, ...]
) -> None:
    client.force_login(world.users["bangong"])
    url = reverse(route, args=[YEAR, *more])
    events = AuditEvent.objects.filter(action="read.export")
    session = client.session
    session[signing_in.CONFIRMED] = (timezone.now() - timedelta(minutes=6)).isoformat()
    session.save()
    assert client.get(url).status_code == 200
    assert "共 0 行" in events.get().summary
    monkeypatch.setattr(signing_in, "MOST_UNCONFIRMED", -1)
    answer = client.get(url)
    assert answer["Location"].startswith(reverse("confirm"))
    assert events.count() == 1
    answer = client.post(reverse("confirm"), {"code": PASSWORD, "next": url})
    assert answer["Location"] == url
    assert client.get(url).status_code == 200
    assert events.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("route", ["letters_zip", "result_notices", "result_uses_pdf"])
def test_what_a_worker_makes_of_many_rows_is_asked_for_with_the_factor(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    client.force_login(world.users["bangong"])
    session = client.session
    session[signing_in.CONFIRMED] = (timezone.now() - timedelta(minutes=6)).isoformat()
    session.save()
    monkeypatch.setattr(signing_in, "MOST_UNCONFIRMED", -1)
    answer = client.post(reverse(route, args=[YEAR]))
    assert answer.status_code == 403
    assert "登录密码" in answer.content.decode()
    assert not Job.objects.exists()


@pytest.mark.nodb
def test_no_view_hands_out_a_table_past_the_guard() -> None:
    past = set()
    for path in TOP.glob("*/views/*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for call in ast.walk(function):
                    if (
                        isinstance(call, ast.Call)
                        and ast.unparse(call.func) == "bytes_response"
                        and any(w in ast.unparse(call) for w in ("XLSX", "zip", "csv"))
                    ):
                        past.add(function.name)
    assert past == OTHERWISE
