"""Whole invented papers, laid out as counties lay theirs out."""

from __future__ import annotations

from datetime import date

import pytest

from .paper import headings, numbers, outline_of, sections, slots, source_of, text_at

pytestmark = pytest.mark.nodb

RED_HEAD = """\
安和县人民政府文件
安政发〔2026〕3号
签发人：李某

安和县人民政府
关于2026年政府系统廉政工作的
实施意见

各乡镇人民政府，县政府各部门：
为做好今年的工作，制定本意见。
第一部分 总体要求
坚持问题导向。
第二部分 重点任务
1、规范公务接待。完善接待清单。（责任领导：王强；牵头单位：县财政局；责任单位：各乡镇）
2、压实审计监督。开展跟踪审计。（责任领导：赵 敏；牵头单位：县审计局（投资股）；\
责任单位：县发改局、县住建局，各乡镇；完成时限：2026年9月底）
（1）定期通报。
（2）建立台账。
3、加强警示教育。创新形式。
（1）领导带头。
（2）全员覆盖。（责任领导：孙丽；牵头单位：县司法局；责任单位：县直各部门）

安和县人民政府
2026年3月15日
（此件公开发布）
附件：1.任务分解表
抄送：县委办公室，县人大常委会办公室。
安和县人民政府办公室 2026年3月16日印发
"""


def test_red_head_brackets_and_tail() -> None:
    outline = outline_of(RED_HEAD)
    assert outline.title == "安和县人民政府关于2026年政府系统廉政工作的实施意见"
    assert outline.year == 2026
    assert sections(outline) == ["第一部分", "第二部分"]
    assert numbers(outline) == ["第二部分1", "第二部分2", "第二部分3"]
    assert headings(outline) == ["规范公务接待", "压实审计监督", "加强警示教育"]
    assert slots(outline.items[0]) == {
        "责任领导": ["王强"],
        "牵头单位": ["县财政局"],
        "责任单位": ["各乡镇"],
    }
    assert slots(outline.items[1])["牵头单位"] == ["县审计局（投资股）"]
    assert slots(outline.items[1])["责任领导"] == ["赵敏"]
    assert outline.items[1].due == date(2026, 9, 30)
    assert outline.items[0].text == "完善接待清单。"


def test_points_stay_in_their_item_and_a_bracket_after_the_last_is_the_items() -> None:
    outline = outline_of(RED_HEAD)
    assert outline.items[1].points == ["（1）定期通报。", "（2）建立台账。"]
    assert outline.items[2].points == ["（1）领导带头。", "（2）全员覆盖。"]
    assert slots(outline.items[2])["责任领导"] == ["孙丽"]
    assert "抄送" not in outline.items[2].text
    assert "2026年3月15日" not in outline.items[2].text


def test_slots_point_into_the_source() -> None:
    source = source_of(RED_HEAD)
    outline = outline_of(RED_HEAD)
    for item in outline.items:
        for slot in item.slots:
            assert text_at(source, slot.place).startswith(slot.label)
        assert text_at(source, item.place)[0] == item.number[-1]


def test_decimal_numbers() -> None:
    text = """\
1 总体安排
1.1 健全制度。制定清单。
责任单位：县府办
1.2 抓好落实。
责任单位：各乡镇
2 监督检查
2.1 开展督查。3.5万元以上项目全覆盖。
责任单位：县审计局
"""
    outline = outline_of(text)
    assert numbers(outline) == ["1.1", "1.2", "2.1"]
    assert sections(outline) == ["1", "2"]
    assert outline.items[2].section == "2"


def test_circled_numbers_that_restart() -> None:
    text = (
        "一、任务\n① 清理用房。\n责任领导：\n② 清理用车。\n责任领导：\n二、要求\n"
        "① 提高认识。\n责任领导："
    )
    assert numbers(outline_of(text)) == ["一①", "一②", "二①"]


def test_points_in_a_paragraph_that_carry_slots_are_items() -> None:
    text = (
        "一、措施\n"
        "一是健全制度。修订办法。（责任单位：县司法局）二是从严考核。（责任单位：县人社局）"
    )
    outline = outline_of(text)
    assert numbers(outline) == ["一一是", "一二是"]
    assert [slots(item) for item in outline.items] == [
        {"责任单位": ["县司法局"]},
        {"责任单位": ["县人社局"]},
    ]


def test_points_in_a_paragraph_under_one_set_of_slots_are_no_items() -> None:
    text = (
        "（一）依法行政\n一是健全机制。二是规范行为。\n责任单位：县司法局\n（二）公开\n"
        "主动公开。\n责任单位："
    )
    outline = outline_of(text)
    assert numbers(outline) == ["（一）", "（二）"]
    assert len(outline.items[0].points) == 2


def test_points_with_slots_of_their_own_are_items() -> None:
    text = """\
一、任务
1.加强监管
（1）严格预算。
责任单位：县财政局
（2）严格审计。
责任单位：县审计局
2.加强教育。
责任单位：县司法局
"""
    assert numbers(outline_of(text)) == ["一1（1）", "一1（2）", "一2"]


def test_without_slots_the_measures_are_items_at_their_depth() -> None:
    text = """\
实施方案
一、目标
提升水平。
二、任务
（一）组织领导
1.成立专班。由县长任组长。
（1）定期会商。
2.建立机制。
（二）宣传教育
营造氛围。
三、要求
加强督导。
"""
    outline = outline_of(text)
    assert numbers(outline) == ["二（一）1", "二（一）2", "二（二）"]
    assert sections(outline) == ["一", "二", "二（一）", "三"]
    assert not outline.has_slots
    assert any("空槽位" in note for note in outline.notes)


def test_a_flat_paper() -> None:
    outline = outline_of("一、提高认识。要深刻领会。\n二、加强领导。要压实责任。\n三、严格督查。")
    assert numbers(outline) == ["一", "二", "三"]
    assert sections(outline) == []


def test_points_only_speech() -> None:
    text = (
        "讲话\n同志们：\n今年要抓好三件事。一是抓教育。常抓不懈。二是抓制度。扎紧笼子。三是抓查处。"
    )
    outline = outline_of(text)
    assert numbers(outline) == ["一是", "二是", "三是"]
    assert all(item.warnings for item in outline.items)


def test_a_letter_that_hands_on_the_paper() -> None:
    text = """\
安和县人民政府办公室关于印发《安和县2026年廉政工作要点》的通知
安政办发〔2026〕12号
各乡镇人民政府，县政府各工作部门：
《安和县2026年廉政工作要点》已经县政府同意，现印发给你们，请认真贯彻落实。
安和县人民政府办公室
2026年2月8日
安和县2026年廉政工作要点
今年工作总的要求是：从严从实。
一、压实责任
1.完善清单。各单位要完善清单。
牵头单位：县府办
二、强化监督
2.开展检查。
牵头单位：县审计局
附件1
填报说明
1.次月报送。
2.联系人：李某，电话：0900-1234567
"""
    outline = outline_of(text)
    assert outline.title == "安和县2026年廉政工作要点"
    assert numbers(outline) == ["一1", "二2"]
    assert "填报" not in outline.items[1].text


def test_articles_and_their_points() -> None:
    text = """\
考核办法（试行）
第一章　总　则
第一条　为规范考核，制定本办法。
第二章　内　容
第二条　考核包括以下内容：
（一）责任落实。
（二）制度执行。
第三条
本办法自印发之日起施行。
"""
    outline = outline_of(text)
    assert numbers(outline) == ["第一条", "第二条", "第三条"]
    assert sections(outline) == ["第一章", "第二章"]
    assert outline.items[1].points == ["（一）责任落实。", "（二）制度执行。"]
    assert outline.items[2].heading == "本办法自印发之日起施行"


def test_site_clutter_and_contacts() -> None:
    text = """\
当前位置：首页 > 政务公开
本站资料仅供学习参考
2026年廉政工作要点
来源：县府办　发布时间：2026-03-01　浏览次数：35
一、任务
1.建清单。明确责任。
责任单位：各乡镇
联系人：张某某，电话：0900-1234567
- 3 -
第2页 共5页
2.抓落实。
责任单位：县府办
上一篇：无
版权所有：某某网
"""
    outline = outline_of(text)
    assert outline.title == "2026年廉政工作要点"
    assert headings(outline) == ["建清单", "抓落实"]
    assert [item.text for item in outline.items] == ["明确责任。", "抓落实。"]
    assert slots(outline.items[1]) == {"责任单位": ["县府办"]}


def test_contents_and_cut_off_abstract() -> None:
    text = """\
工作方案一、总体要求坚持从严从实，压实各级责任，全面推进各项任务落地...
目录
一、总体要求......1
二、重点任务……2
工作方案
一、总体要求
坚持从严从实，压实各级责任，全面推进各项任务落地见效。
二、重点任务
（一）建清单。
（二）抓落实。
"""
    outline = outline_of(text)
    assert outline.title == "工作方案"
    assert numbers(outline) == ["二（一）", "二（二）"]
    assert sections(outline) == ["一", "二"]


def test_a_closing_appeal_belongs_to_no_item() -> None:
    text = (
        "一、任务\n1.建清单。\n2.抓落实。压实责任。\n"
        "各乡镇、各部门要切实加强组织领导，明确工作职责，层层抓好落实。"
    )
    assert outline_of(text).items[-1].text == "压实责任。"


def test_the_list_of_annexes_makes_no_items() -> None:
    text = (
        "一、任务\n1.建清单。\n2.抓落实。\n附件：1.分工表\n　　　2.联系表\n"
        "安和县人民政府\n2026年3月1日"
    )
    outline = outline_of(text)
    assert numbers(outline) == ["一1", "一2"]
    assert [hint for hint in outline.hints if hint.code == "numbering"] == []


def test_paragraphs_without_numbers_that_carry_slots() -> None:
    text = """\
2026年廉政任务清单
加强预算管理，严控一般性支出。
责任领导：王强
责任单位：县财政局
推进政务公开，及时回应关切。
责任领导：李伟
责任单位：县府办
"""
    outline = outline_of(text)
    assert numbers(outline) == ["1", "2"]
    assert headings(outline) == ["加强预算管理，严控一般性支出", "推进政务公开，及时回应关切"]
    assert all(item.confidence < 1 and item.warnings for item in outline.items)


def test_a_long_heading_is_cut_and_the_text_stays_whole() -> None:
    sentence = "各乡镇各部门" * 10 + "要抓好落实。"
    item = outline_of(f"1.{sentence}\n责任单位：").items[0]
    assert item.heading == sentence[:40]
    assert item.text == sentence


def test_colon_headings() -> None:
    text = "一、任务\n1.完善制度：修订接待办法。\n2.各单位承担以下责任：建清单。"
    first, second = outline_of(text).items
    assert (first.heading, first.text) == ("完善制度", "修订接待办法。")
    assert second.heading.startswith("各单位承担以下责任")


def test_given_title_and_year_win() -> None:
    from tasks.outline.analyse import analyse

    outline = analyse(source_of("2026年要点\n1.甲。\n责任单位："), year=2030, title="另题")
    assert (outline.title, outline.year) == ("另题", 2030)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "没有编号的一段话。", "　", "（", "：：：", "1.", "一、\n二、"]
)
def test_next_to_nothing(text: str) -> None:
    outline = outline_of(text)
    assert outline.items == [] or outline.notes
