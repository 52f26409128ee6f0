"""The five real papers: their structure, never their sentences."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tasks.outline.analyse import analyse
from tasks.outline.export import to_json_dict
from tasks.outline.model import Outline, SlotKind
from tasks.outline.numbering import chinese_numeral
from tasks.outline.source import Source

from .paper import numbers, places_of, sections, source_of, text_at

pytestmark = pytest.mark.nodb

ROOT = Path(__file__).resolve().parents[3]


def seed(number: str) -> tuple[Source, Outline]:
    folder = Path(os.environ.get("PORTAL_SEEDS_DIR") or ROOT / ".." / "shared" / "seeds")
    found = sorted(folder.glob(f"{number}_*.txt"))
    if not found:
        if os.environ.get("CI"):
            pytest.fail(f"seed {number} is missing from {folder}")
        pytest.skip("no seeds at hand (PORTAL_SEEDS_DIR)")
    source = source_of(found[0].read_text(encoding="utf-8-sig"))
    return source, analyse(source)


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_every_place_lies_in_the_source(number: str) -> None:
    source, outline = seed(number)
    for place in places_of(outline):
        assert 0 <= place.start <= len(source.paragraphs[place.paragraph].text)
        text_at(source, place)
    assert to_json_dict(outline, source)["items"]


def test_000_has_twenty_items_and_seventy_nine_slots() -> None:
    source, outline = seed("000")
    assert numbers(outline) == (
        ["二1", "二2", "二3", "三（一）"]
        + [f"三（二）{n}" for n in (1, 2, 3, 4)]
        + ["三（三）", "三（四）", "三（五）"]
        + [f"三（六）{n}" for n in (1, 2)]
        + [f"三（七）{n}" for n in (1, 2, 3)]
        + [f"三（八）{n}" for n in (1, 2, 3, 4)]
    )
    kinds = Counter(slot.kind for item in outline.items for slot in item.slots)
    assert kinds == {
        SlotKind.RESPONSIBLE_LEADER: 20,
        SlotKind.RESPONSIBLE_PERSON: 19,
        SlotKind.LEAD_UNIT: 20,
        SlotKind.RESPONSIBLE_UNIT: 20,
    }
    first = outline.items[0]
    assert [slot.kind for slot in first.slots].count(SlotKind.RESPONSIBLE_PERSON) == 0
    assert all(not slot.values for item in outline.items for slot in item.slots)
    assert all(
        text_at(source, s.place).rstrip("：") == s.label for i in outline.items for s in i.slots
    )
    assert all(item.due is None for item in outline.items)
    assert outline.has_slots


def test_000_sections_and_hints() -> None:
    _, outline = seed("000")
    assert [s for s in sections(outline) if len(s) == 1] == ["一", "二", "三", "四"]
    assert sections(outline)[3:7] == ["三（二）", "三（六）", "三（七）", "三（八）"]
    codes = Counter(hint.code for hint in outline.hints)
    assert codes["placeholder"] == 12
    assert codes["county_district"] == 3
    assert codes["missing_slot"] == 1
    assert codes["residue"] >= 3
    assert codes["numbering"] == 0


def test_000_six_recurring_demands_in_chapter_four() -> None:
    _, outline = seed("000")
    assert [demand.section for demand in outline.recurring] == ["四"] * 6
    assert [demand.frequency for demand in outline.recurring] == [
        "year",
        "year",
        "quarter",
        "half_year",
        "quarter",
        "year",
    ]
    assert [demand.times for demand in outline.recurring] == [1, 2, 1, 1, 1, 1]


def test_001_runs_on_across_sections() -> None:
    _, outline = seed("001")
    assert sections(outline) == ["一", "二", "三", "四", "五"]
    parts = "一一二二三三三四四五五五五五五五"
    assert numbers(outline) == [f"{part}{n}" for n, part in enumerate(parts, 1)]
    assert not outline.has_slots
    assert outline.year == 2020
    assert not [hint for hint in outline.hints if hint.code == "numbering"]


def test_002_points_inside_paragraphs() -> None:
    _, outline = seed("002")
    assert sections(outline) == ["一", "二", "三", "四"]
    assert numbers(outline) == (
        [f"二{n}要" for n in "一二三四"]
        + [f"三{n}要" for n in "一二三四五六"]
        + [f"四{n}要" for n in "一二三"]
    )
    assert all(item.warnings and item.confidence < 1 for item in outline.items)
    assert outline.year == 2020


def test_003_articles_in_chapters() -> None:
    _, outline = seed("003")
    assert sections(outline) == [f"第{n}章" for n in "一二三四五"]
    assert numbers(outline) == [f"第{chinese_numeral(n)}条" for n in range(1, 20)]
    points = {item.number: len(item.points) for item in outline.items}
    assert points["第六条"] == 5
    assert points["第七条"] == 7
    assert points["第十五条"] == 6
    assert all(len(item.heading) <= 40 for item in outline.items)
    assert outline.sections[0].heading


def test_004_measures_in_spite_of_damage() -> None:
    _, outline = seed("004")
    assert sections(outline) == ["一", "二", "三", "四"]
    parts = "一一二二二三四四四四四四四四四"
    assert numbers(outline) == [f"{part}{n}" for n, part in enumerate(parts, 1)]
    assert [len(item.points) for item in outline.items][:6] == [0, 0, 10, 6, 4, 6]
    assert {hint.code for hint in outline.hints} == {"damage"}
    assert not outline.has_slots
