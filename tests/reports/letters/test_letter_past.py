"""以往情况 of a letter: what stood in it on a past day, and for whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.door import Actor, acting
from reports.models import Letter, LetterClause
from reports.services import letters
from tests.accountability.test_as_of import Clock, ago, lines
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
OFFICE = "bangong"


def clauses(letter: Letter, *texts: str) -> None:
    """Written by the office."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for text in texts:
            LetterClause(letter=letter, position=letter.clauses.count() + 1, text=text).save()


def test_a_letter_with_its_clauses(
    signed_in: Callable[[str], Client],
    world: World,
    made: dict[str, Letter],
    act: Callable[[str], Actor],
) -> None:
    clock = Clock()
    letter = made["黄志强"]
    clauses(letter, "管好票据")
    clock.was(ago(9))
    clauses(letter, "公开账目")
    letters.submit(by=act(OFFICE), letters=made.values())
    letters.send(by=act(OFFICE), letters=made.values())
    clock.was(ago(3))
    url, then = reverse("object_as_of", args=["letter", letter.pk]), f"{ago(6):%Y-%m-%d}"
    client = signed_in(OFFICE)
    found = lines(client.get(url, {"on": then}))
    assert found["状态"] == ("草拟", "待甲方签")
    assert (found["甲方"], found["乙方"]) == (("周建平",) * 2, ("黄志强",) * 2)
    assert found["单位具体责任 1"] == ("内容：管好票据；删去：否",) * 2
    assert found["单位具体责任 2"] == ("--", "内容：公开账目；删去：否")
    # On the letter's own page, with the day's link beside each event.
    page = client.get(reverse("letters", args=[letter.year]), {"id": letter.pk}).content.decode()
    assert url in page
    trail = client.get(reverse("audit_object", args=["letter", letter.pk])).content.decode()
    assert f"{url}?on=" in trail

    inspector = signed_in("jiwei")
    hidden = inspector.get(url, {"on": then}).content.decode()
    assert "这个责任书还没有送出" in hidden
    assert "管好票据" not in hidden
    assert "管好票据" in inspector.get(url, {"on": f"{ago(3):%Y-%m-%d}"}).content.decode()

    def counted() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert inspector.get(url).status_code == 200
        return len(caught)

    few = counted()
    clauses(letter, *(f"第{n}条" for n in range(12)))
    assert counted() == few
