from __future__ import annotations

import pytest

from tasks.outline.model import Hint

from .paper import outline_of, source_of, text_at

pytestmark = pytest.mark.nodb


def hints(text: str, code: str) -> list[Hint]:
    return [hint for hint in outline_of(text).hints if hint.code == code]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("落实《**县管理办法》和《**市规定》。", 2),
        ("在X镇和XX村试点，××局负责。", 3),
        ("使用X光机检查，面积3×5米，C919、WXYZ。", 0),
        ("负责人：____。", 1),
    ],
)
def test_placeholders(text: str, count: int) -> None:
    assert len(hints(f"一、任务\n1.{text}", "placeholder")) == count


def test_a_hint_points_at_the_thing() -> None:
    source = source_of("一、任务\n1.落实《**县管理办法》。")
    hint = hints("一、任务\n1.落实《**县管理办法》。", "placeholder")[0]
    assert text_at(source, hint.place) == "**县"


COUNTY = "一、任务\n1.县政府、县委、县纪委要抓落实，全县一盘棋。"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("由区财政局负责。", 1),
        ("全区各单位、区委办公室要配合。", 2),
        ("各社区、开发区管委会、工业园区办公室、景区中心要配合。", 0),
        ("各县区、县（市、区）财政局要配合。", 0),
        ("地区、辖区、山区、自治区政府、市区。", 0),
    ],
)
def test_district_in_a_county_paper(text: str, count: int) -> None:
    assert len(hints(COUNTY + text, "county_district")) == count


def test_district_in_a_districts_paper_is_right() -> None:
    assert hints("一、任务\n1.区政府、区委、区财政局要抓落实。", "county_district") == []


@pytest.mark.parametrize(
    "text",
    [
        "简化程序，。创新方式。",
        "办好1 O件事。",
        "有下列情形之—的。",
        '落实“两个责任"制度。',
        "党委_（党组）。",
    ],
)
def test_damage(text: str) -> None:
    assert len(hints(f"一、任务\n1.{text}", "damage")) == 1


def test_a_gap_inside_a_word() -> None:
    text = (
        "各单位要从严从紧安排支出，不得超标准超范围列支，年度中间不得随意追加，确需追加的"
        "要报 批后执行。"
    )
    assert len(hints(f"一、任务\n1.{text}", "damage")) == 1


def test_residue_of_replaced_words() -> None:
    found = hints(
        "一、任务\n1.强化行政效能纪委监委，完善电子纪委监委系统，县纪委监委要监督。", "residue"
    )
    assert [hint.suggestion for hint in found] == ["行政效能监察", "电子监察"]


def test_missing_slot() -> None:
    item = "{}.事项{}。\n责任领导：\n责任单位：\n"
    text = "".join(item.format(n, n) for n in range(1, 5)) + "5.事项5。\n责任单位："
    found = hints(text, "missing_slot")
    assert len(found) == 1
    assert found[0].message.startswith("5 没有“责任领导”")
    assert outline_of(text).items[4].warnings


def test_a_sibling_without_any_slot_is_hinted_and_no_item() -> None:
    text = "一、甲\n1.乙。\n责任单位：\n2.丙。\n3.丁。\n责任单位："
    outline = outline_of(text)
    assert [item.number for item in outline.items] == ["一1", "一3"]
    assert [hint.code for hint in outline.hints] == ["missing_slot"]
