"""What a .docx says is what a reader of the paper sees."""

from __future__ import annotations

import pytest

from tasks.outline.docx_text import symbol
from tasks.outline.readers import read
from tasks.outline.source import Cell, Paragraph, Source

from . import docx_maker as d

pytestmark = pytest.mark.nodb


def source(*body: str, **parts: object) -> Source:
    return read(d.make(*body, **parts), "文稿.docx")  # type: ignore[arg-type]


def texts(*body: str, **parts: object) -> list[str]:
    return [paragraph.text for paragraph in source(*body, **parts).paragraphs]


def test_paragraphs_with_anchor_and_index() -> None:
    found = source("一、总体要求", "", "（一）基本原则").paragraphs
    assert found == (
        Paragraph(0, "一、总体要求", 0),
        Paragraph(1, "", 1),
        Paragraph(2, "（一）基本原则", 2),
    )


def test_soft_returns_tabs_hyphens_and_symbols() -> None:
    marks = (
        "<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t><w:noBreakHyphen/>"
        '<w:sym w:font="Wingdings" w:char="F0FE"/><w:cr/><w:t>丁</w:t></w:r>'
    )
    assert texts(d.paragraph(marks)) == ["甲\n乙\t丙-☑\n丁"]


def test_a_page_break_before_the_text_is_no_line() -> None:
    page = '<w:r><w:br w:type="page"/><w:t>甲</w:t><w:br w:type="page"/><w:t>乙</w:t></w:r>'
    assert texts(d.paragraph(page)) == ["甲\n乙"]


@pytest.mark.parametrize(
    ("code", "shown"), [("F0FC", "✓"), ("2460", "①"), ("F0A1", "□"), ("zz", "□"), ("D801", "□")]
)
def test_symbols(code: str, shown: str) -> None:
    assert symbol(code) == shown


def test_blanks_count_only_where_xml_keeps_them() -> None:
    loose = "<w:r><w:t>\n   甲 乙  </w:t></w:r><w:r><w:t xml:space='preserve'> 丙 </w:t></w:r>"
    assert texts(d.paragraph(loose)) == ["甲 乙 丙 "]


def test_tracked_changes_insertions_in_deletions_out() -> None:
    found = source(
        d.paragraph(
            "责任",
            f"<w:ins w:id='1'>{d.run('领导')}</w:ins>",
            "<w:del w:id='2'><w:r><w:delText>人员</w:delText></w:r></w:del>",
            f"<w:moveFrom w:id='3'>{d.run('旧')}</w:moveFrom>",
            f"<w:moveTo w:id='4'>{d.run('新')}</w:moveTo>",
        )
    )
    assert [p.text for p in found.paragraphs] == ["责任领导新"]
    assert found.notes == ("文中有修订：插入的内容已读取，删除的内容未读取。",)


def test_a_deleted_paragraph_mark_joins_two_paragraphs() -> None:
    mark = "<w:rPr><w:del w:id='1'/></w:rPr>"
    found = source(d.paragraph("各部门要", properties=mark), d.paragraph("抓好落实"), "二、其他")
    assert [(p.text, p.anchor) for p in found.paragraphs] == [
        ("各部门要抓好落实", 0),
        ("二、其他", 2),
    ]


def test_a_deleted_row_is_left_out() -> None:
    rows = d.table([d.cell("甲")], [d.cell("乙")]).replace(
        '<w:tr><w:tc><w:tcPr></w:tcPr><w:p><w:r><w:t xml:space="preserve">乙',
        "<w:tr><w:trPr><w:del w:id='1'/></w:trPr><w:tc><w:p><w:r><w:t>乙",
    )
    assert texts(rows) == ["甲"]


def test_of_a_field_only_the_result() -> None:
    complex_field = (
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>"
        f"{d.run('指令')}<w:r><w:fldChar w:fldCharType='separate'/></w:r>{d.run('3')}"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
    )
    simple = f"<w:fldSimple w:instr='DATE'>{d.run('2026年')}</w:fldSimple>"
    assert texts(d.paragraph("第", complex_field, "页", simple)) == ["第3页2026年"]


def test_content_controls_hyperlinks_ruby_and_formulas() -> None:
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{d.run('控件')}</w:sdtContent></w:sdt>"
    prompt = (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr>"
        f"<w:sdtContent>{d.run('单击此处')}</w:sdtContent></w:sdt>"
    )
    guide, base = f"<w:rt>{d.run('pin')}</w:rt>", f"<w:rubyBase>{d.run('拼')}</w:rubyBase>"
    ruby = f"<w:r><w:ruby>{guide}{base}</w:ruby></w:r>"
    link = f"<w:hyperlink w:anchor='x'>{d.run('链接')}</w:hyperlink>"
    formula = "<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>"
    block = f"<w:sdt><w:sdtContent>{d.paragraph('块')}</w:sdtContent></w:sdt>"
    assert texts(d.paragraph(control, prompt, ruby, link, formula), block) == ["控件拼链接x", "块"]


def test_hidden_text_direct_and_by_style() -> None:
    style = (
        "<w:style w:type='character' w:styleId='H'><w:rPr><w:vanish/></w:rPr></w:style>"
        "<w:style w:type='paragraph' w:styleId='P'><w:rPr><w:vanish/></w:rPr></w:style>"
    )
    found = source(
        d.paragraph(
            d.run("见"),
            d.run("藏", "<w:vanish/>"),
            d.run("藏", "<w:rStyle w:val='H'/>"),
            d.run("显", "<w:vanish w:val='0'/>"),
        ),
        d.paragraph("藏", properties="<w:pStyle w:val='P'/>"),
        styles_xml=d.styles(style),
    )
    assert [p.text for p in found.paragraphs] == ["见显", ""]
    assert found.notes == ("隐藏文字未读取。",)


def test_comments_notes_and_headers_are_named() -> None:
    marks = (
        "<w:r><w:commentReference w:id='1'/><w:footnoteReference w:id='2'/>"
        "<w:endnoteReference w:id='3'/></w:r>"
    )
    header = d.document(d.paragraph("安和县人民政府")).replace("w:document", "w:hdr")
    relation = f'<Relationship Id="h" Type="{d.RELATION}/header" Target="header1.xml"/>'
    found = source(
        d.paragraph("正文", marks), more={"word/header1.xml": header}, relationships=relation
    )
    assert found.notes == ("批注未读取。", "脚注未读取。", "尾注未读取。", "页眉中的文字未读取。")


def test_the_table_of_contents_is_left_aside() -> None:
    style = "<w:style w:type='paragraph' w:styleId='T1'><w:name w:val='toc 1'/></w:style>"
    found = source(
        d.paragraph("一、总则\t1", properties="<w:pStyle w:val='T1'/>"),
        "一、总则",
        styles_xml=d.styles(style),
    )
    assert [(p.text, p.anchor) for p in found.paragraphs] == [("一、总则", 1)]
    assert found.notes == ("目录未作为正文读取。",)


def test_text_boxes_are_taken_once() -> None:
    found = source(
        d.paragraph("正文", d.text_box(d.paragraph("框内一"), d.paragraph("框内二"))), "后"
    )
    assert [(p.text, p.anchor, p.in_text_box) for p in found.paragraphs] == [
        ("正文", 0, False),
        ("框内一", 1, True),
        ("框内二", 2, True),
        ("后", 5, False),
    ]


def test_a_text_box_of_the_old_kind() -> None:
    inner = f"<w:txbxContent>{d.paragraph('框')}</w:txbxContent>"
    box = f"<w:r><w:pict><v:shape><v:textbox>{inner}</v:textbox></v:shape></w:pict></w:r>"
    assert texts(d.paragraph("文", box)) == ["文", "框"]


def test_table_cells_with_spans_and_empty_cells() -> None:
    found = source(
        d.table(
            [d.cell("标题", span=3)],
            [d.cell("甲", merge="restart"), d.cell("乙"), d.cell()],
            [d.cell("", merge="continue"), d.cell("丙", "丁"), d.cell("戊")],
            [d.cell("", merge="continue"), d.cell("己", span=2)],
        )
    )
    assert [(p.text, p.cell) for p in found.paragraphs] == [
        ("标题", Cell(0, 0, 0, 1, 3)),
        ("甲", Cell(0, 1, 0, 3, 1)),
        ("乙", Cell(0, 1, 1)),
        ("", Cell(0, 1, 2)),
        ("丙", Cell(0, 2, 1)),
        ("丁", Cell(0, 2, 1)),
        ("戊", Cell(0, 2, 2)),
        ("己", Cell(0, 3, 1, 1, 2)),
    ]


def test_nested_tables_are_numbered_in_the_order_they_begin() -> None:
    inner = d.table([d.cell("内")])
    found = source(d.table([d.cell(d.paragraph("外"), inner, "<w:p/>")]), d.table([d.cell("次")]))
    assert [(p.text, p.cell.table if p.cell else None) for p in found.paragraphs] == [
        ("外", 0),
        ("内", 1),
        ("", 0),
        ("次", 2),
    ]


def test_a_heading_style_gives_its_outline_level() -> None:
    style = (
        "<w:style w:type='paragraph' w:styleId='B'><w:name w:val='heading 2'/>"
        "<w:pPr><w:outlineLvl w:val='1'/></w:pPr></w:style>"
        "<w:style w:type='paragraph' w:styleId='C'><w:name w:val='我的标题'/>"
        "<w:basedOn w:val='B'/></w:style>"
    )
    found = source(
        d.paragraph("标题", properties="<w:pStyle w:val='C'/>"),
        d.paragraph("正文", properties="<w:outlineLvl w:val='9'/>"),
        styles_xml=d.styles(style),
    ).paragraphs
    assert [(p.style, p.outline_level) for p in found] == [("我的标题", 1), ("", None)]


def test_xml_comments_and_character_data_hide_nothing() -> None:
    assert texts("<w:p><w:r><w:t>甲<!-- x -->乙<![CDATA[丙]]></w:t></w:r></w:p>") == ["甲乙丙"]


def test_direction_controls_are_kept_and_named() -> None:
    found = source("甲\u202e乙")
    assert found.paragraphs[0].text == "甲\u202e乙"
    assert len(found.notes) == 1
