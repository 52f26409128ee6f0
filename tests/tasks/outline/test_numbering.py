from __future__ import annotations

import pytest

from tasks.outline.numbering import (
    Style,
    chinese_numeral,
    chinese_value,
    recognise,
)

from .paper import numbers, outline_of

pytestmark = pytest.mark.nodb


@pytest.mark.parametrize("value", range(1, 200))
def test_chinese_numerals_round_trip(value: int) -> None:
    assert chinese_value(chinese_numeral(value)) == value


@pytest.mark.parametrize(
    ("text", "style", "canonical"),
    [
        ("一、总体要求", Style.CHINESE, "一"),
        ("十二．保障", Style.CHINESE, "十二"),
        ("（一）目标", Style.CHINESE_BRACKET, "（一）"),
        ("(十一) 目标", Style.CHINESE_BRACKET, "（十一）"),
        ("（—）目标", Style.CHINESE_BRACKET, "（一）"),
        ("（二)目标", Style.CHINESE_BRACKET, "（二）"),
        ("㈢目标", Style.CHINESE_BRACKET, "（三）"),
        ("1.目标", Style.ARABIC, "1"),
        ("１．目标", Style.ARABIC, "1"),
        ("3、目标", Style.ARABIC, "3"),
        ("⒋目标", Style.ARABIC, "4"),
        ("(1)目标", Style.ARABIC_BRACKET, "（1）"),
        ("（10)目标", Style.ARABIC_BRACKET, "（10）"),
        ("（1O）目标", Style.ARABIC_BRACKET, "（10）"),
        ("2）目标", Style.ARABIC_BRACKET, "（2）"),
        ("⑵目标", Style.ARABIC_BRACKET, "（2）"),
        ("③目标", Style.CIRCLED, "③"),
        ("第一部分　总体要求", Style.PART, "第一部分"),
        ("第 二 章 职责", Style.CHAPTER, "第二章"),
        ("第三节 考核", Style.SECTION, "第三节"),
        ("第十条 本办法自印发之日起施行。", Style.ARTICLE, "第十条"),
        ("第12条 本办法自印发之日起施行。", Style.ARTICLE, "第12条"),
        ("1.2 目标", Style.DECIMAL_2, "1.2"),
        ("1.2.3 目标", Style.DECIMAL_3, "1.2.3"),
        ("二是完善制度", Style.POINT, "二是"),
        ("三要压实责任", Style.POINT, "三要"),
    ],
)
def test_recognises(text: str, style: Style, canonical: str) -> None:
    label = recognise(text)
    assert label is not None
    assert (label.style, label.canonical) == (style, canonical)


@pytest.mark.parametrize(
    "text",
    [
        "2026年6月底前完成",
        "3.5万元以上项目",
        "1,000元",
        "一二产业融合",
        "一、二产业融合",
        "第五条的规定执行",
        "第三次会议",
        "一是一、二是二",
        "（试行）",
        "（2026）",
        "统一要求",
        "2026.3.15",
        "0.5个百分点",
        "",
        "　",
    ],
)
def test_no_number(text: str) -> None:
    label = recognise(text)
    assert label is None or label.bare


def test_damage_is_remembered() -> None:
    damaged = recognise("（—）目标")
    sound = recognise("（一）目标")
    assert damaged is not None
    assert damaged.damaged
    assert sound is not None
    assert not sound.damaged


def test_bare_numbers_count_in_a_sequence_only() -> None:
    assert numbers(outline_of("1 建立清单。\n2 压实责任。\n3 加强督查。")) == ["1", "2", "3"]
    assert numbers(outline_of("12 家单位参加了活动。")) == []


def test_a_line_break_inside_an_enumeration_makes_no_item() -> None:
    outline = outline_of("一、产业\n1.要推动一、\n二、三产业融合发展。\n2.要从严管理。\n二、保障")
    assert numbers(outline) == ["一1", "一2"]


def test_skips_and_repeats_are_hinted() -> None:
    outline = outline_of(
        "一、甲事\n（一）乙事。\n（三）丙事。\n（三）丁事。\n二、戊事\n（一）己事。"
    )
    messages = [hint.message for hint in outline.hints if hint.code == "numbering"]
    assert len(messages) == 2
    assert "跳号" in messages[0]
    assert "重复" in messages[1]
