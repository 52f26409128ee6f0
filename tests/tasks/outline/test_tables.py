from __future__ import annotations

from datetime import date

import pytest

from tasks.outline.analyse import analyse
from tasks.outline.column import Content, read_header
from tasks.outline.source import Cell, Paragraph, Source

from .paper import headings, numbers, outline_of, sections, slots, source_of, table_of, text_at

pytestmark = pytest.mark.nodb


def test_most_specific_column_is_the_heading() -> None:
    source = table_of(
        [
            [("安和县2026年廉政工作任务分解表", 1, 8)],
            [
                "序号",
                "重点工作",
                "工作任务",
                "具体措施",
                "牵头领导",
                "牵头单位",
                "责任单位",
                "完成时限",
            ],
            [
                "1",
                ("规范用权", 2, 1),
                "清单管理",
                "公布清单。动态调整。",
                "王 强",
                "县司法局",
                "各乡镇\n县直各部门",
                "6月底",
            ],
            ["2", None, "依法决策", "开展审查", "王强", "县司法局", "", "长期坚持"],
            [
                "3",
                "改进作风",
                "精简会议",
                "压减会议",
                "李伟",
                "县府办",
                "县委办、各乡镇",
                "2026.9.30",
            ],
        ]
    )
    outline = analyse(source)
    assert outline.title == "安和县2026年廉政工作任务分解表"
    assert numbers(outline) == ["1", "2", "3"]
    assert headings(outline) == ["公布清单", "开展审查", "压减会议"]
    assert [section.heading for section in outline.sections] == [
        "规范用权",
        "清单管理",
        "依法决策",
        "改进作风",
        "精简会议",
    ]
    assert slots(outline.items[0]) == {
        "牵头领导": ["王强"],
        "牵头单位": ["县司法局"],
        "责任单位": ["各乡镇", "县直各部门"],
    }
    assert slots(outline.items[1])["责任单位"] == []
    assert [item.due for item in outline.items] == [date(2026, 6, 30), None, date(2026, 9, 30)]
    assert [item.due_text for item in outline.items] == ["6月底", "长期坚持", "2026.9.30"]
    slot = outline.items[0].slots[2]
    assert text_at(source, slot.fill) == "各乡镇\n县直各部门"


def test_merged_unit_cells_and_two_header_rows() -> None:
    outline = analyse(
        table_of(
            [
                [("序号", 2, 1), ("工作任务", 2, 1), ("责任分工", 1, 3), ("完成时限", 2, 1)],
                [None, None, "牵头领导", "牵头单位", "配合单位", None],
                ["1", "建清单", ("王强", 2, 1), ("县府办", 3, 1), "各乡镇", "全年"],
                ["2", "抓审计", None, None, "县审计局", "全年"],
                ["3", "抓教育", "李伟", None, "", "全年"],
            ]
        )
    )
    assert [slots(item)["牵头单位"] for item in outline.items] == [["县府办"]] * 3
    assert [slots(item)["牵头领导"] for item in outline.items] == [["王强"], ["王强"], ["李伟"]]
    assert slots(outline.items[2])["配合单位"] == []


def test_banner_rows_are_sections() -> None:
    outline = analyse(
        table_of(
            [
                ["序号", "工作内容", "责任单位", "完成时间"],
                [("一、压实责任", 1, 4)],
                ["1", "建清单", "县府办", "3月底"],
                [("二、改进作风", 1, 4)],
                ["2", "减会议", "县委办", "全年"],
                ["备注：每月更新", "", "", ""],
            ]
        )
    )
    assert sections(outline) == ["一", "二"]
    assert [item.section for item in outline.items] == ["一", "二"]


def test_one_task_merged_over_several_units() -> None:
    outline = analyse(
        table_of(
            [
                ["序号", "工作任务", "责任单位", "责任人"],
                [("1", 2, 1), ("建清单", 2, 1), "县府办", "王强"],
                [None, None, "县财政局", "李伟"],
                ["2", "抓审计", "县审计局", "赵敏"],
            ]
        )
    )
    assert numbers(outline) == ["1", "2"]
    assert slots(outline.items[0]) == {
        "责任单位": ["县府办", "县财政局"],
        "责任人": ["王强", "李伟"],
    }


def test_one_number_over_several_measures() -> None:
    outline = analyse(
        table_of(
            [
                ["序号", "工作任务", "具体措施", "责任单位"],
                [("1", 2, 1), ("规范接待", 2, 1), "出台办法", "县府办"],
                [None, None, "公开账单", "县财政局"],
                ["2", "用车改革", "封存车辆", "县机关事务局"],
            ]
        )
    )
    assert numbers(outline) == ["1（1）", "1（2）", "2"]
    assert outline.items[0].section == outline.items[1].section


def test_blank_category_cells_are_carried_down() -> None:
    outline = analyse(
        table_of(
            [
                ["类别", "工作任务", "责任单位"],
                ["用权", "建清单", "县府办"],
                ["", "抓审查", "县司法局"],
                ["作风", "减会议", "县委办"],
            ]
        )
    )
    assert [item.category for item in outline.items] == ["用权", "用权", "作风"]
    assert numbers(outline) == ["1", "2", "3"]


def test_numbers_inside_the_task_cells() -> None:
    outline = analyse(
        table_of([["工作任务", "责任单位"], ["1.建清单", "县府办"], ["2.抓审查", "县司法局"]])
    )
    assert numbers(outline) == ["1", "2"]
    assert headings(outline) == ["建清单", "抓审查"]


def test_rows_with_chinese_numbers_and_nothing_assigned_are_sections() -> None:
    outline = analyse(
        table_of(
            [
                ["序号", "工作任务", "责任单位", "完成时限"],
                ["一", "压实责任", "", ""],
                ["1", "编清单", "县府办", "全年"],
                ["二", "改进作风", "", ""],
                ["2", "减会议", "县委办", "全年"],
            ]
        )
    )
    assert [(s.number, s.heading) for s in outline.sections] == [
        ("一", "压实责任"),
        ("二", "改进作风"),
    ]
    assert [(i.number, i.section) for i in outline.items] == [("1", "一"), ("2", "二")]


def test_a_list_of_measures_in_one_cell_is_one_item() -> None:
    outline = analyse(
        table_of(
            [
                ["工作任务", "责任单位"],
                ["1.编清单。\n2.公布清单。", "县府办"],
                ["1.定办法。\n2.抓执行。", "县委办"],
            ]
        )
    )
    assert numbers(outline) == ["1", "2"]
    assert "公布清单" in outline.items[0].text


def test_header_repeated_on_the_next_page() -> None:
    header = ["序号", "工作任务", "责任单位"]
    outline = analyse(
        table_of([header, ["1", "建清单", "县府办"], header, ["2", "抓审查", "县委办"]])
    )
    assert numbers(outline) == ["1", "2"]


def test_tables_pasted_as_text() -> None:
    tabs = (
        "序号\t工作任务\t责任单位\t完成时限\n1\t建清单\t县府办、县委办\t2026年3月底\n2\t抓审查\t\t"
    )
    bars = (
        "| 序号 | 工作任务 | 责任单位 |\n|---|---|---|\n| 1 | 建清单 | 县府办 |\n| 2 | 抓审查 | |"
    )
    outline = outline_of(tabs)
    assert numbers(outline) == ["1", "2"]
    assert slots(outline.items[0]) == {"责任单位": ["县府办", "县委办"]}
    assert slots(outline.items[1]) == {"责任单位": []}
    assert outline.items[0].due == date(2026, 3, 31)
    assert headings(outline_of(bars)) == ["建清单", "抓审查"]


def after_text(text: str, table: Source) -> Source:
    front = list(source_of(text).paragraphs)
    rest = [
        Paragraph(len(front) + p.index, p.text, len(front) + p.index, cell=p.cell)
        for p in table.paragraphs
    ]
    return Source("docx", tuple(front + rest))


def test_text_measures_give_way_to_an_annexed_task_table() -> None:
    table = table_of([["序号", "工作任务", "责任单位"], ["1", "建清单", "县府办"]])
    outline = analyse(after_text("2026年方案\n一、要求\n1.提高认识。\n2.加强领导。\n附件1", table))
    assert headings(outline) == ["建清单"]
    assert outline.has_slots


def test_an_annexed_table_that_repeats_the_items_is_left_out() -> None:
    table = table_of(
        [["序号", "工作任务", "责任单位"], ["1", "建清单", "县府办"], ["2", "抓审查", "县委办"]]
    )
    text = "一、任务\n1.建清单。\n责任单位：县府办\n2.抓审查。\n责任单位：县委办\n附件"
    outline = analyse(after_text(text, table))
    assert numbers(outline) == ["一1", "一2"]
    assert any("附表" in note for note in outline.notes)


def test_a_contact_list_is_no_task_table() -> None:
    table = table_of([["姓名", "单位", "职务", "电话"], ["王强", "县府办", "主任", "0900-1"]])
    outline = analyse(after_text("一、任务\n1.建清单。\n责任单位：县府办", table))
    assert numbers(outline) == ["一1"]
    assert "主任" not in outline.items[0].text


def test_a_paper_inside_one_cell_is_read_as_text() -> None:
    outline = analyse(
        table_of([["一、任务\n1.建清单。\n责任单位：县府办\n2.抓审查。\n责任单位："]])
    )
    assert numbers(outline) == ["一1", "一2"]


def test_absurd_spans_do_no_harm() -> None:
    cells = [Cell(0, 0, 0, 10**9, 10**9), Cell(0, 5, 3, 0, -2), Cell(2, 10**6, 0, 1, 1)]
    paragraphs = tuple(Paragraph(n, "工作任务", n, cell=cell) for n, cell in enumerate(cells))
    assert analyse(Source("xlsx", paragraphs)).items == []


@pytest.mark.parametrize(
    ("word", "content"),
    [
        ("序 号", Content.NUMBER),
        ("工作任务", Content.TASK),
        ("具体 措施", Content.TASK),
        ("牵头单位", Content.SLOT),
        ("责任单位及责任人", Content.SLOT),
        ("完成\n时限", Content.DEADLINE),
        ("时间节点", Content.DEADLINE),
        ("备注", Content.REMARK),
        ("任务完成情况", Content.REMARK),
    ],
)
def test_headers(word: str, content: Content) -> None:
    heading = read_header(word)
    assert heading is not None
    assert heading.content is content
