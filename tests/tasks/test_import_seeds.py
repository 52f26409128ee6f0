"""The five real papers through the page (UI-I1 to UI-I6); only their structure is asserted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tasks.models import ItemSlot, Paper, TaskItem
from tests.world import World

SEEDS = Path(
    os.environ.get("PORTAL_SEEDS_DIR")
    or Path(__file__).resolve().parents[2].parent / "shared" / "seeds"
)


def seed(number: str) -> bytes:
    """The bytes of a real paper; without the papers: skip, but in CI fail."""
    found = sorted(SEEDS.glob(f"{number}_*"))
    if not found:
        message = f"no seed {number} in PORTAL_SEEDS_DIR"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found[0].read_bytes()


def shown(client: Client, number: str) -> str:
    """The page ② of a seed."""
    file = SimpleUploadedFile("意见.txt", seed(number))
    answer = client.post(reverse("import", args=[2026]), {"file": file}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
def test_the_first_paper_shows_20_items_and_79_slots(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("bangong")
    page = shown(client, "000")
    for words in ("20 项任务", "79 个槽位", "周期要求 6 条", "占位符 12 处", "责任人员 原文无此项"):
        assert words in page
    assert "“县”与“区”不一致 3 处" in page
    assert page.count("原文无此项") == 2  # in the text and in the panel of 二1
    assert len(page.encode()) < 300_000
    assert not Paper.objects.exists()
    answer = client.post(page_url(page, "confirm"), {"version": 1}, follow=True)
    assert "已导入 20 项任务，79 个责任槽位" in answer.content.decode()
    assert (TaskItem.objects.count(), ItemSlot.objects.count()) == (20, 79)
    kinds = [ItemSlot.objects.filter(kind=k).count() for k in KINDS]
    assert kinds == [20, 19, 20, 20]
    original = client.get(reverse("paper_source", args=[Paper.objects.get().pk]))
    assert b"".join(original.streaming_content) == seed("000")  # type: ignore[attr-defined]


KINDS = ("responsible_leader", "responsible_person", "lead_unit", "responsible_unit")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("number", "items", "words"),
    [
        ("001", 16, ["未识别到责任槽位", "为 16 条补充空槽位"]),
        ("002", None, ["未识别到编号条目"]),
        ("003", 19, ["为 19 条补充空槽位", "第一条"]),
        ("004", 15, ["为 15 条补充空槽位"]),
    ],
)
def test_the_other_papers(
    signed_in: Callable[[str], Client],
    world: World,
    number: str,
    items: int | None,
    words: list[str],
) -> None:
    client = signed_in("bangong")
    page = shown(client, number)
    for word in words:
        assert word in page
    if items is not None:
        assert f"{items} 项任务" in page
        client.post(page_url(page, "correct"), {"version": 1, "do": "fill"})
        client.post(page_url(page, "confirm"), {"version": 2})
        assert TaskItem.objects.count() == items
        assert ItemSlot.objects.count() == items * 4


def page_url(page: str, end: str) -> str:
    """The address of a form on the page."""
    import re

    found = re.search(rf'action="(/y/2026/import/\d+/{end}/)"', page)
    assert found
    return found[1]
