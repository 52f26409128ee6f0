"""历年比较: of a unit, a leader, a criterion; only what one may see; as many queries always."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.models import Criterion, Sheet
from tests.reports.assessment.rounds import in_feedback, in_public, sheet_of
from tests.world import World

SignedIn = Callable[[str], Client]


def test_results_and_lines_of_a_subject(world: World, signed_in: SignedIn) -> None:
    row = in_public(world)
    sheet = sheet_of(row, "柳河镇")
    client = signed_in("bangong")
    text = client.get(reverse("year_comparison"), {"of": sheet.key}).content.decode()
    assert f'<td class="r num">{sheet.total}</td>' in text
    assert "1/3" in text
    assert "分项得分" in text
    assert "38.00 / 40" in text


def test_a_criterion_among_a_kind(world: World, signed_in: SignedIn) -> None:
    row = in_public(world)
    name = Criterion.objects.get(scheme=row.scheme, code="1.2").name
    client = signed_in("bangong")
    asked = {"kind": "town", "criterion": name}
    text = client.get(reverse("year_comparison"), asked).content.decode()
    for town in ("柳河镇", "石桥镇", "长岭乡"):
        assert town in text
    none = client.get(reverse("year_comparison"), {"kind": "body"}).content.decode()
    assert "还没有公布过" in none
    assert client.get(reverse("year_comparison"), {"kind": "no"}).status_code == 404


def test_a_unit_sees_its_own_alone_and_nothing_before_publication(
    world: World, signed_in: SignedIn
) -> None:
    row = in_feedback(world)
    client = signed_in("liuhe")
    own = sheet_of(row, "柳河镇")
    url = reverse("year_comparison")
    assert client.get(url, {"of": own.key}).status_code == 404
    Sheet.objects.all()
    assert "还没有公布过考核成绩" in client.get(url).content.decode()


def test_others_results_are_not_there(world: World, signed_in: SignedIn) -> None:
    row = in_public(world)
    client = signed_in("liuhe")
    url = reverse("year_comparison")
    assert client.get(url, {"of": sheet_of(row, "柳河镇").key}).status_code == 200
    assert client.get(url, {"of": sheet_of(row, "石桥镇").key}).status_code == 404
    name = Criterion.objects.get(scheme=row.scheme, code="1.2").name
    text = client.get(url, {"kind": "town", "criterion": name}).content.decode()
    assert "柳河镇" in text
    assert "石桥镇" not in text
    for nonsense in ("u0", "x1", "u1' or 1", "u" + "9" * 30):
        assert client.get(url, {"of": nonsense}).status_code == 404


def test_it_asks_as_often_whatever_there_is(world: World, signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    url = reverse("year_comparison")
    client.get(url)
    row = in_public(world)
    asked: list[dict[str, Any]] = [
        {"of": sheet_of(row, "柳河镇").key},
        {"kind": "town", "criterion": Criterion.objects.get(scheme=row.scheme, code="1.2").name},
    ]
    counts = []
    for question in asked:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(url, question)
        counts.append(len(caught))
    assert max(counts) <= 16, counts
