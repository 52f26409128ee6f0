"""The ways in which papers lay out their slots."""

from __future__ import annotations

from datetime import date

import pytest

from tasks.outline.analyse import analyse
from tasks.outline.source import Paragraph, Source

from .paper import headings, numbers, outline_of, slots, text_at

pytestmark = pytest.mark.nodb


def test_wide_spaces_several_on_a_line() -> None:
    text = (
        "一、任务\n（一）健全体系\n明确责任。\n"
        "牵头领导：王 强　　牵头部门：县府办　　责任部门：各乡镇"
    )
    item = outline_of(text).items[0]
    assert item.number == "一（一）"
    assert (item.heading, item.text) == ("健全体系", "明确责任。")
    assert slots(item) == {"牵头领导": ["王强"], "牵头部门": ["县府办"], "责任部门": ["各乡镇"]}


def test_several_on_a_line_without_any_space_between() -> None:
    item = outline_of("1.建清单。\n责任领导：王强责任单位：各乡镇完成时限：长期").items[0]
    assert slots(item) == {"责任领导": ["王强"], "责任单位": ["各乡镇"]}
    assert item.slots[1].confidence < 1
    assert item.due_text == "长期"


def test_names_over_several_lines() -> None:
    text = """\
1.建清单。
主办单位：县审计局　协办单位：县财政局、
　　　　　县发改局
责任人：张三、李 四、
王五
　　　赵六
完成时限：全年
2.抓落实。
责任领导：
陈晨
责任单位：
"""
    first, second = outline_of(text).items
    assert slots(first) == {
        "主办单位": ["县审计局"],
        "协办单位": ["县财政局", "县发改局"],
        "责任人": ["张三", "李四", "王五", "赵六"],
    }
    assert slots(second) == {"责任领导": ["陈晨"], "责任单位": []}
    assert second.slots[0].fill.paragraph == 9


def test_labels_with_spaces_inside_and_half_width_colons() -> None:
    item = outline_of("1.建清单。\n责任 领导：王强\n牵头 单 位: 县府办\n责任单位:").items[0]
    assert slots(item) == {"责任领导": ["王强"], "牵头单位": ["县府办"], "责任单位": []}


def test_labels_without_a_colon() -> None:
    text = (
        "1．建章立制\n修订制度。\n责任领导　王强\n责任单位　各乡镇　县直各部门\n2．执纪\n"
        "责任领导\n责任单位"
    )
    first, second = outline_of(text).items
    assert slots(first) == {"责任领导": ["王强"], "责任单位": ["各乡镇", "县直各部门"]}
    assert slots(second) == {"责任领导": [], "责任单位": []}


def test_soft_returns_inside_one_paragraph() -> None:
    text = "1.建清单。逐项落实。\n责任领导：王强\n责任单位：各乡镇"
    source = Source("docx", (Paragraph(0, text, 0),))
    item = analyse(source).items[0]
    assert slots(item) == {"责任领导": ["王强"], "责任单位": ["各乡镇"]}
    assert item.text == "逐项落实。"
    assert text_at(source, item.slots[1].fill) == "各乡镇"
    assert text_at(source, item.slots[1].place) == "责任单位：各乡镇"


def test_only_a_deadline_makes_an_item_too() -> None:
    outline = outline_of(
        "2026年要点\n一、任务\n1.建清单。\n完成时限：3月底\n2.抓落实。\n完成时限："
    )
    assert [(i.number, i.due) for i in outline.items] == [("一1", date(2026, 3, 31)), ("一2", None)]
    assert outline.items[1].due_place is not None


def test_hard_wrapped_lines() -> None:
    text = """\
一、重点任务
（一）严格控制公务经费支出并且切实强化预算
执行约束管理。各单位要按照预算从严从紧安排
支出，不得超标准超范围列支，年度中间不得随
意追加，确需追加的按照程序报批。
责任单位：县府办、县审计局、县教育局、县卫
健局、各乡镇
（二）推进阳光政务公开。各单位要依法主动公
开信息，接受监督。（责任领导：李伟；牵头单
位：县政务局；责任单位：各乡镇）
"""
    first, second = outline_of(text).items
    assert first.heading == "严格控制公务经费支出并且切实强化预算执行约束管理"
    assert slots(first)["责任单位"][3:] == ["县卫健局", "各乡镇"]
    assert slots(second) == {"责任领导": ["李伟"], "牵头单位": ["县政务局"], "责任单位": ["各乡镇"]}
    assert second.text == "各单位要依法主动公开信息，接受监督。"


def test_slots_on_the_heading_of_a_section_make_it_the_item() -> None:
    text = """\
一、加强领导（责任领导：王强；责任单位：各乡镇）
（一）成立专班。
（二）压实责任。
二、强化监管（责任领导：李伟；责任单位：县财政局）
（一）严格预算。
"""
    outline = outline_of(text)
    assert numbers(outline) == ["一", "二"]
    assert headings(outline) == ["加强领导", "强化监管"]
    assert len(outline.items[0].points) == 2


def test_slots_at_the_end_of_every_section_belong_to_the_section() -> None:
    text = """\
一、加强领导
（一）成立专班。
（二）压实责任。
责任单位：县府办
二、强化监管
（一）严格预算。
（二）加强审计。
责任单位：县财政局
"""
    outline = outline_of(text)
    assert numbers(outline) == ["一", "二"]
    assert slots(outline.items[1]) == {"责任单位": ["县财政局"]}


def test_text_after_slots_is_not_the_items() -> None:
    text = "1.建清单。逐项落实。\n责任单位：县府办\n其他事项另行通知，请遵照执行。"
    item = outline_of(text).items[0]
    assert item.text == "逐项落实。"


def test_an_issuer_at_the_end_fills_no_slot() -> None:
    item = outline_of("1.建清单。\n责任领导：王强\n责任单位：\n安和县人民政府").items[0]
    assert slots(item) == {"责任领导": ["王强"], "责任单位": []}


def test_other_brackets_offices_and_labels_parted_by_blanks() -> None:
    text = """\
二、重点任务
（一）压实责任。定期研究。
【责任领导：王强（县委常委、副县长）；牵头单位：县府办；完成时限：2026年6月30日前】
（二）强化监管（牵头领导：刘洋 牵头部门：县发改局 责任部门：县住建局 县交通局 时限：长期）
严把项目关。
"""
    first, second = outline_of(text).items
    assert slots(first)["责任领导"] == ["王强（县委常委、副县长）"]
    assert first.due == date(2026, 6, 30)
    assert slots(second)["责任部门"] == ["县住建局", "县交通局"]
    assert (second.heading, second.text, second.due_text) == ("强化监管", "严把项目关。", "长期")


def test_a_bracket_that_assigns_without_labels() -> None:
    text = """\
一、任务
1.规范接待。（县财政局、县审计局牵头，各乡镇配合）
2.规范用车。（县机关事务局负责）
3.规范用房（试行）
4.加强教育（由各单位自行负责落实）
"""
    outline = outline_of(text)
    assert numbers(outline) == ["一1", "一2"]
    assert slots(outline.items[0]) == {"牵头": ["县财政局", "县审计局"], "配合": ["各乡镇"]}
    assert slots(outline.items[1]) == {"负责": ["县机关事务局"]}
    assert all(slot.confidence < 1 and slot.reason for slot in outline.items[0].slots)
    assert outline.items[0].heading == "规范接待"


def test_slots_that_run_on_in_the_sentence() -> None:
    text = (
        "一、责任\n1.履行责任。定期研究。牵头单位：县委办。责任单位：\n"
        "各乡镇、县直各部门。\n2.抓落实。\n责任单位："
    )
    item = outline_of(text).items[0]
    assert slots(item) == {"牵头单位": ["县委办"], "责任单位": ["各乡镇", "县直各部门"]}


def test_a_label_twice_in_one_item_is_pointed_out() -> None:
    text = "1、甲事项；责任领导：李四；责任单位：县局2、乙事项；责任领导：王五；责任单位：县委办"
    item = outline_of(text).items[0]
    assert item.confidence < 1
    assert any("可能几项写在了一起" in warning for warning in item.warnings)


def test_slots_before_the_text() -> None:
    text = (
        "（一）建清单\n责任单位：县府办\n逐项明确责任。\n（二）抓落实\n责任单位：各乡镇\n倒排工期。"
    )
    outline = outline_of(text)
    assert [item.text for item in outline.items] == ["逐项明确责任。", "倒排工期。"]


def test_a_label_followed_by_a_sentence_is_text() -> None:
    text = (
        "一、分工\n1.责任单位：要切实担负起组织实施的责任，做到有部署、有检查、有考核。\n"
        "2.牵头单位：要做好统筹。"
    )
    outline = outline_of(text)
    assert not outline.has_slots
    assert numbers(outline) == ["一1", "一2"]
