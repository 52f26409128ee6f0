"""Corrections of an outline, and the comparison of two papers; no database."""

from __future__ import annotations

import contextlib
import random

import pytest

from tasks.outline import corrections
from tasks.outline.analyse import analyse
from tasks.outline.comparison import Text, compare
from tasks.outline.export import outline_from_dict, outline_to_dict
from tasks.outline.model import Outline, SlotKind
from tasks.outline.readers import read_pasted
from tasks.outline.refusal import Refused
from tasks.outline.source import Source
from tests.tasks.opinions import OPINION, opinion
from tests.tasks.outline.paper import Span, table_of

pytestmark = pytest.mark.nodb


def read(text: str = OPINION) -> tuple[Source, Outline]:
    source = read_pasted(text)
    return source, analyse(source, year=2026)


def test_in_a_table_the_category_precedes_its_first_row() -> None:
    rows: list[list[str | Span | None]] = [
        ["序号", "类别", "工作任务", "责任领导", "牵头单位"],
        ["1", ("思想建设", 2, 1), "建立学习制度", "", ""],
        ["2", None, "开展警示教育", "", ""],
        ["3", "作风建设", "开展明察暗访", "", ""],
    ]
    outline = analyse(table_of(rows), year=2026)
    found = corrections.nodes(outline)
    number_of = {node.key: node.found.number for node in found}
    assert [(n.found.number, number_of.get(n.parent)) for n in found] == [
        ("思想建设", None),
        ("1", "思想建设"),
        ("2", "思想建设"),
        ("作风建设", None),
        ("3", "作风建设"),
    ]


def test_a_section_takes_what_is_below_it_along() -> None:
    _, outline = read()
    key = next(n.key for n in corrections.nodes(outline) if n.found.number == "二（二）")
    corrections.change_level(outline, key, -1)
    numbers = [n.found.number for n in corrections.nodes(outline)]
    assert "（二）" in numbers
    assert {"（二）1", "（二）2"} <= set(numbers)
    with pytest.raises(Refused):
        corrections.change_level(outline, key, -1)
    corrections.change_level(outline, key, 1)
    parents = {n.found.number: n.parent for n in corrections.nodes(outline)}
    assert parents["二（二）1"] == key


def test_editing_a_sections_number_keeps_its_children() -> None:
    _, outline = read()
    corrections.edit(outline, "s0", number="壹", heading="明确责任")
    children = [n.found.number for n in corrections.nodes(outline) if n.parent == "s0"]
    assert children == ["一1", "一2"]


def test_a_paragraph_becomes_an_item_a_part_of_one_or_a_heading_does() -> None:
    source, outline = read()
    corrections.make_item(outline, source, "p1")
    assert outline.items[0].heading.startswith("为做好本年度廉政工作")
    heading = next(p.index for p in source.paragraphs if p.text.startswith("二、"))
    corrections.make_item(outline, source, f"p{heading}")
    assert "突出重点" in [i.heading for i in outline.items]
    with pytest.raises(Refused):
        corrections.make_item(outline, source, f"p{heading}")


def test_splitting_and_merging_lose_no_text_and_no_slot() -> None:
    source, outline = read()
    item = outline.items[3]
    text, slots = item.text, len(item.slots)
    cuts = list(corrections.sentence_starts(item, source))
    assert cuts
    for paragraph, offset, _ in cuts:
        source, outline = read()
        second = corrections.split(outline, source, "i3", paragraph, offset)
        first = outline.items[3]
        assert len(first.slots) + len(second.slots) == slots
        corrections.merge(outline, "i4")
        joined = outline.items[3]
        assert len(joined.slots) == slots
        assert "".join(joined.text.split()).replace("。。", "。") == "".join(text.split())
        assert joined.place == item.place


@pytest.mark.parametrize("run", range(12))
def test_any_run_of_corrections_leaves_an_outline_that_can_be_kept(run: int) -> None:
    chance = random.Random(run)
    source, outline = read(opinion(more=4))
    done = 0
    for _ in range(60):
        ordered = corrections.nodes(outline)
        key = chance.choice([*(n.key for n in ordered), f"p{chance.randrange(60)}", "i999", "x"])
        act = chance.randrange(8)
        with contextlib.suppress(Refused):
            if act == 0:
                place = chance.randrange(len(source.paragraphs)), chance.randrange(60)
                corrections.split(outline, source, key, *place)
            elif act == 1:
                corrections.merge(outline, key)
            elif act == 2:
                corrections.make_item(outline, source, key)
            elif act == 3:
                corrections.make_section(outline, key)
            elif act == 4:
                corrections.change_level(outline, key, chance.choice([-1, 1]))
            elif act == 5:
                corrections.edit(outline, key, number=f"{run}", heading="标题", due=None)
            elif act == 6:
                corrections.add_slot(outline, key, chance.choice(list(SlotKind)))
            else:
                corrections.drop_slot(outline, key, chance.randrange(3))
            done += 1
        again = outline_from_dict(outline_to_dict(outline))
        assert outline_to_dict(again) == outline_to_dict(outline)
        assert len({n.key for n in corrections.nodes(outline)}) == len(outline.items) + len(
            outline.sections
        )
    assert done > 5


# --- the same paper again -----------------------------------------------------


def texts(*pairs: tuple[str, str]) -> list[Text]:
    return [Text(i, number, "", text) for i, (number, text) in enumerate(pairs)]


LONG = "各单位要按照要求清理库存物资，逐件登记造册，由两人以上签字确认，每月底前报送结果。"


def test_ninety_percent_is_the_same_item_whatever_its_number() -> None:
    changed = LONG.replace("两人", "三人")
    found = compare(
        texts(("一1", LONG)), texts(("二5", "另外一件完全不同的事情。"), ("二6", changed))
    )
    assert [(p.old, p.new) for p in found.pairs] == [(0, 1)]
    assert found.pairs[0].is_changed
    assert (found.added, found.removed, found.rewritten) == ((0,), (), ())


def test_a_number_alone_is_only_a_hint() -> None:
    found = compare(
        texts(("一1", LONG)), texts(("一1", "召开会议研究部署年度重点工作并通报情况。"))
    )
    assert (found.pairs, found.added, found.removed) == ((), (0,), (0,))
    assert found.rewritten == ((0, 0),)


def test_texts_that_stand_twice_are_paired_by_number_then_order() -> None:
    old = texts(("1", LONG), ("2", LONG), ("3", LONG))
    found = compare(old, texts(("2", LONG), ("9", LONG)))
    assert [(p.old, p.new) for p in found.pairs] == [(1, 0), (0, 1)]
    assert found.removed == (2,)


def test_comparing_long_papers_is_bounded() -> None:
    import time

    chance = random.Random(7)
    alphabet = [chr(0x4E00 + chance.randrange(3000)) for _ in range(600)]
    old = texts(*((f"{i}", "".join(chance.choices(alphabet, k=400))) for i in range(400)))
    new = [Text(t.key, t.number, "", t.text[:200] + "改" + t.text[203:]) for t in old]
    begun = time.monotonic()
    found = compare(old, new)
    assert len(found.pairs) == 400
    assert time.monotonic() - begun < 20
