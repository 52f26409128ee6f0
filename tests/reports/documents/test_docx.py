"""The .docx read again: styles, fonts, page, numbers, tables."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from reports.documents.content import Annex, Heading, OfficialPaper, Paragraph, SlotLine
from reports.documents.docx import render_docx

from . import samples
from .test_isolation import VECTORS, everywhere

pytestmark = pytest.mark.nodb


def opened(paper: OfficialPaper) -> Any:
    return Document(BytesIO(render_docx(paper)))


@pytest.fixture(scope="module")
def document() -> Any:
    return opened(samples.with_annexes())


def first(document: Any, style: str) -> Any:
    return next(p for p in document.paragraphs if p.style.name == style)


def test_each_part_of_the_paper_has_its_style(document):
    styled = [(p.style.name, p.text) for p in document.paragraphs]
    for expected in [
        ("发文机关标志", "安和县人民政府文件"),
        ("发文字号", "安政发〔2026〕10号"),
        ("主送机关", "各乡镇人民政府，县政府各部门、各直属机构："),
        ("公文正文", samples.DUTY),
        ("一级标题", "一、总体要求"),
        ("二级标题", "（二）改进工作作风"),
        ("责任槽位", "责任领导：副县长李玥"),
        ("责任槽位", "责任单位："),
        ("附件说明", "附件：1. 安和县2026年度党风廉政建设重点任务分解表"),
        ("署名", "安和县人民政府"),
        ("成文日期", "2026年3月28日"),
        ("附注", "（此件公开发布）"),
        ("附件序号", "附件1"),
        ("附件标题", "安和县2026年度党风廉政建设重点任务分解表"),
    ]:
        assert expected in styled
    assert first(document, "三级标题").text.startswith("1.精简会议文件。")
    assert first(document, "四级标题").text.startswith("（1）严控规模。")
    assert first(document, "公文标题").text.replace("\n", "") == samples.letter().title


@pytest.mark.parametrize(
    ("style", "font", "points"),
    [
        ("发文机关标志", "方正小标宋简体", 44),
        ("公文标题", "方正小标宋简体", 22),
        ("公文正文", "仿宋_GB2312", 16),
        ("一级标题", "黑体", 16),
        ("二级标题", "楷体_GB2312", 16),
        ("三级标题", "仿宋_GB2312", 16),
        ("版记", "仿宋_GB2312", 14),
        ("页码", "宋体", 14),
    ],
)
def test_styles_name_the_usual_fonts(document, style, font, points):
    found = document.styles[style]
    assert found.element.rPr.rFonts.get(qn("w:eastAsia")) == font
    assert found.font.size.pt == points


def test_headings_are_in_the_outline(document):
    for level, name in enumerate(("一级标题", "二级标题", "三级标题", "四级标题")):
        outline = document.styles[name].element.pPr.find(qn("w:outlineLvl"))
        assert outline.get(qn("w:val")) == str(level)


def test_text_after_a_heading_sentence_is_fangsong(document):
    paragraph = first(document, "二级标题")
    assert paragraph.runs[0].text == "（一）规范权力运行。"
    fonts = paragraph.runs[1]._element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "仿宋_GB2312"


def test_page_margins_and_grid(document):
    section = document.sections[0]
    assert [
        round(edge.mm)
        for edge in (
            section.page_width,
            section.page_height,
            section.top_margin,
            section.bottom_margin,
            section.left_margin,
            section.right_margin,
        )
    ] == [210, 297, 37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert 22 * int(grid.get(qn("w:linePitch"))) / 20 <= 225 / 25.4 * 72 < 23 * 28.95
    size = document.styles["公文正文"].element.rPr.find(qn("w:spacing")).get(qn("w:val"))
    cell = 16 + int(size) / 20
    assert 28 * cell <= 156 / 25.4 * 72 < 29 * cell


def test_page_numbers_differ_on_odd_and_even_pages(document):
    assert document.settings.odd_and_even_pages_header_footer
    section = document.sections[0]
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        paragraph = footer.paragraphs[0]
        assert paragraph.text == "— 1 —"
        assert "PAGE" in paragraph._p.xml
        assert f'<w:jc w:val="{side}"/>' in paragraph._p.xml
    assert all(s.footer.is_linked_to_previous for s in document.sections[1:])


def test_the_table_is_on_landscape_pages_with_a_repeated_head(document):
    assert [s.orientation for s in document.sections] == [
        WD_ORIENT.PORTRAIT,
        WD_ORIENT.LANDSCAPE,
        WD_ORIENT.PORTRAIT,
    ]
    table = document.tables[0]
    assert [c.text for c in table.rows[0].cells] == [c.heading for c in samples.COLUMNS]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [c.text for c in table.rows[3].cells] == list(samples.task_rows(12)[2])
    width = sum(c.width.mm for c in table.rows[1].cells)
    assert width == pytest.approx(225, abs=1)


def test_a_group_row_runs_across():
    annex = Annex.of_table("表", samples.COLUMNS, ("一、集体责任", *samples.task_rows(2)))
    table = opened(samples.letter(annexes=(annex,))).tables[0]
    assert {cell.text for cell in table.rows[1].cells} == {"一、集体责任"}


def test_the_imprint_floats_at_the_foot(document):
    table = document.tables[-1]
    place = table._tbl.tblPr.find(qn("w:tblpPr"))
    assert place.get(qn("w:tblpYSpec")) == "bottom"
    assert place.get(qn("w:vertAnchor")) == "margin"
    assert table.rows[-1].cells[1].text == "2026年3月30日印发"


def test_without_head_or_signature_nothing_stands_in_for_them():
    paper = OfficialPaper(title="责任清单", body=(Paragraph("一段"), SlotLine("责任领导")))
    document = opened(paper)
    used = {p.style.name for p in document.paragraphs}
    assert used == {"空行", "公文标题", "公文正文", "责任槽位"}
    assert document.tables == []


def test_the_same_paper_is_the_same_file():
    assert render_docx(samples.with_annexes()) == render_docx(samples.with_annexes())
    with ZipFile(BytesIO(render_docx(samples.letter()))) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2000-01-01T00:00:00Z" in package.read("docProps/core.xml")


@pytest.mark.parametrize("vector", VECTORS)
def test_markup_in_any_field_stays_text(vector):
    made = render_docx(everywhere(vector))
    document = Document(BytesIO(made))
    assert first(document, "公文正文").text == vector
    with ZipFile(BytesIO(made)) as package:
        for name in package.namelist():
            if name.endswith(".rels"):
                assert b"External" not in package.read(name)


def test_unseen_characters_do_not_stop_it():
    paper = OfficialPaper(
        title="甲\x00", body=(Heading(1, "乙\x0b"), Paragraph("丙\ud800\n丁\ufffe"))
    )
    assert first(opened(paper), "公文正文").text == "丙\n丁"
