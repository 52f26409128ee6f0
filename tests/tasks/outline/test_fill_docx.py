"""Values are written where the slots are; the rest of the paper stays as it was."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tasks.outline.docx_text import W
from tasks.outline.fill_docx import Entry, NewLine, body_span, clean, entry_for, fill
from tasks.outline.readers import read
from tasks.outline.source import Paragraph

from . import docx_maker as d

pytestmark = pytest.mark.nodb

SONG = '<w:rFonts w:eastAsia="仿宋_GB2312"/><w:sz w:val="32"/>'
HEI = '<w:rFonts w:eastAsia="黑体"/>'


def paragraphs(data: bytes) -> tuple[Paragraph, ...]:
    return read(data, "a.docx").paragraphs


def texts(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in paragraphs(data)]


def document(data: bytes) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return etree.fromstring(archive.read("word/document.xml"))


def fonts_of(data: bytes, text: str) -> list[str | None]:
    """The east-Asian font of each run that holds `text`."""
    found = []
    for run in document(data).iter(f"{W}r"):
        if text in "".join(run.itertext()):
            fonts = run.find(f"{W}rPr/{W}rFonts")
            found.append(None if fonts is None else fonts.get(f"{W}eastAsia"))
    return found


def test_a_value_after_its_label_takes_the_label_s_style() -> None:
    paper = d.make(d.paragraph(d.run("责任领导：", SONG)), "二、其他")
    filled = fill(paper, [Entry(0, 5, 5, "王建国、李明")])
    assert texts(filled) == ["责任领导：王建国、李明", "二、其他"]
    assert fonts_of(filled, "王建国") == ["仿宋_GB2312"]


def test_a_replaced_stretch_keeps_its_own_style() -> None:
    paper = d.make(
        d.paragraph(d.run("牵头单位：", HEI), d.run("______", SONG + "<w:u/>"), d.run("。", HEI))
    )
    filled = fill(paper, [Entry(0, 5, 11, "县财政局")])
    assert texts(filled) == ["牵头单位：县财政局。"]
    assert fonts_of(filled, "县财政局") == ["仿宋_GB2312"]


def test_a_stretch_over_several_runs() -> None:
    paper = d.make(d.paragraph(d.run("（责任单位：旧", SONG), d.run("单", HEI), d.run("位）")))
    filled = fill(paper, [Entry(0, 6, 9, "县审计局")])
    assert texts(filled) == ["（责任单位：县审计局）"]


def test_several_slots_on_one_line_and_on_soft_return_lines() -> None:
    line = "责任领导： 责任人员：\n牵头单位：\t责任单位："
    paper = d.make(d.paragraph(d.run(line, SONG)))
    places = [line.index(label) + 5 for label in ("责任领导", "责任人员", "牵头单位", "责任单位")]
    entries = [Entry(0, at, at, f"值{n}") for n, at in enumerate(places)]
    assert texts(fill(paper, entries)) == [
        "责任领导：值0 责任人员：值1\n牵头单位：值2\t责任单位：值3"
    ]


def test_a_value_of_two_lines_becomes_soft_returns() -> None:
    paper = d.make(d.paragraph(d.run("责任单位：。", SONG)))
    filled = fill(paper, [Entry(0, 5, 5, "甲局\n乙局\t丙局")])
    assert texts(filled) == ["责任单位：甲局\n乙局\t丙局。"]


def test_text_is_text() -> None:
    paper = d.make(d.paragraph(d.run("责任领导：")))
    filled = fill(paper, [Entry(0, 5, 5, '<w:p>&amp;]]>"\x00\x08\ud800李')])
    assert texts(filled) == ['责任领导：<w:p>&amp;]]>"李']
    assert clean("甲\r\n乙\r\x0b") == "甲\n乙\n"


def test_offsets_do_not_count_the_automatic_number() -> None:
    numbering = d.numbering({0: d.level(0, "decimal", "%1.")}, {1: (0, "")})
    paper = d.make(d.numbered("责任领导：", 1), numbering_xml=numbering)
    (paragraph,) = paragraphs(paper)
    assert body_span(paragraph, 7, 7) == (5, 5)
    filled = fill(paper, [entry_for(paragraph, 7, 7, "张三")])
    assert texts(filled) == ["1.责任领导：张三"]


def test_an_empty_cell_takes_the_style_of_its_mark_or_its_neighbour() -> None:
    marked = d.paragraph(properties=f"<w:rPr>{HEI}<w:ins w:id='1'/></w:rPr>")
    paper = d.make(d.table([d.cell(d.paragraph(d.run("事项", SONG))), d.cell(), d.cell(marked)]))
    filled = fill(paper, [Entry(1, 0, 0, "县教育局"), Entry(2, 0, 0, "县卫健局")])
    assert texts(filled) == ["事项", "县教育局", "县卫健局"]
    assert fonts_of(filled, "县教育局") == ["仿宋_GB2312"]
    assert fonts_of(filled, "县卫健局") == ["黑体"]


def test_both_renderings_of_a_text_box_are_filled() -> None:
    paper = d.make(
        d.paragraph("文", d.text_box(d.paragraph("责任领导："), d.paragraph("责任人员：")))
    )
    filled = fill(paper, [Entry(2, 5, 5, "赵六")])
    assert texts(filled) == ["文", "责任领导：", "责任人员：赵六"]
    assert fonts_of(filled, "赵六") == [None, None, None]  # the host run holds both
    everything = "".join(document(filled).itertext())
    assert everything.count("责任人员：赵六") == 2


def test_a_paper_with_tracked_changes() -> None:
    deleted = "<w:del w:id='2'><w:r><w:delText>责任人：</w:delText></w:r></w:del>"
    paper = d.make(d.paragraph(deleted, f"<w:ins w:id='1'>{d.run('责任人员：', SONG)}</w:ins>"))
    filled = fill(paper, [Entry(0, 5, 5, "钱七")])
    assert texts(filled) == ["责任人员：钱七"]
    assert "责任人：" in "".join(document(filled).itertext())


def test_a_joined_paragraph_is_filled_in_its_second_part() -> None:
    mark = "<w:rPr><w:del w:id='1'/></w:rPr>"
    paper = d.make(d.paragraph("责任", properties=mark), d.paragraph("领导："))
    assert texts(fill(paper, [Entry(0, 5, 5, "孙八")])) == ["责任领导：孙八"]


def test_a_prompt_gives_way_to_the_value() -> None:
    prompt = (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr>"
        f"<w:sdtContent>{d.run('单击此处')}</w:sdtContent></w:sdt>"
    )
    filled = fill(d.make(d.paragraph("责任领导：", prompt)), [Entry(0, 5, 5, "周九")])
    assert "".join(document(filled).itertext()) == "责任领导：周九"


def test_new_lines_follow_in_order_without_a_number() -> None:
    numbering = d.numbering({0: d.level(0, "decimal", "%1.")}, {1: (0, "")})
    styles = d.styles(
        "<w:style w:type='paragraph' w:styleId='N'><w:pPr><w:numPr><w:numId w:val='1'/>"
        "</w:numPr></w:pPr></w:style>"
    )
    styled = d.paragraph(
        d.run("责任领导：", SONG), properties="<w:pStyle w:val='N'/><w:jc w:val='both'/>"
    )
    paper = d.make(styled, d.numbered("乙", 1), numbering_xml=numbering, styles_xml=styles)
    filled = fill(
        paper,
        [Entry(0, 5, 5, "甲")],
        [NewLine(0, "责任人员：丙"), NewLine(0, "责任单位：丁"), NewLine(1, "完")],
    )
    assert texts(filled) == ["1.责任领导：甲", "责任人员：丙", "责任单位：丁", "2.乙", "完"]
    assert fonts_of(filled, "责任单位") == ["仿宋_GB2312"]
    assert len(list(document(filled).iter(f"{W}jc"))) == 3


def test_a_new_line_at_a_section_s_end_stays_in_the_section() -> None:
    paper = d.make(d.paragraph("甲", properties="<w:sectPr w:rsidR='1'/>"), "乙")
    filled = fill(paper, [], [NewLine(0, "新")])
    assert texts(filled) == ["甲", "新", "乙"]
    breaks = document(filled).findall(f".//{W}p/{W}pPr/{W}sectPr")
    assert ["".join(b.getparent().getparent().itertext()) for b in breaks] == ["新"]


def test_every_other_part_stays_byte_for_byte_and_the_bytes_are_reproducible() -> None:
    more = {"word/media/image1.png": b"\x89PNG\r\n" + bytes(range(256)), "docProps/app.xml": "<a/>"}
    paper = d.make(d.paragraph("责任领导："), more=more)
    filled = fill(paper, [Entry(0, 5, 5, "吴十")])
    assert filled == fill(paper, [Entry(0, 5, 5, "吴十")])
    with (
        zipfile.ZipFile(io.BytesIO(paper)) as before,
        zipfile.ZipFile(io.BytesIO(filled)) as after,
    ):
        assert before.namelist() == after.namelist()
        for old, new in zip(before.infolist(), after.infolist(), strict=True):
            assert old.date_time == new.date_time
            if old.filename != "word/document.xml":
                assert before.read(old) == after.read(new)


@pytest.mark.parametrize(
    "entries",
    [
        [Entry(5, 0, 0, "x")],
        [Entry(-1, 0, 0, "x")],
        [Entry(0, 0, 9, "x")],
        [Entry(0, 3, 2, "x")],
        [Entry(0, 0, 3, "x"), Entry(0, 2, 4, "y")],
    ],
)
def test_a_place_of_another_paper_is_an_error(entries: list[Entry]) -> None:
    with pytest.raises(ValueError, match=r"paragraph|stretch"):
        fill(d.make(d.paragraph("责任领导：")), entries)


run_texts = st.text(alphabet="责任领导：甲乙 \n\t", min_size=0, max_size=6)
values = st.text(alphabet="王李、<&\n\t ", max_size=5)


@settings(max_examples=150, deadline=None)
@given(runs=st.lists(run_texts, min_size=1, max_size=5), value=values, data=st.data())
def test_reading_the_filled_paper_gives_the_text_with_the_value(
    runs: list[str], value: str, data: st.DataObject
) -> None:
    paper = d.make(d.paragraph(*[d.run(text) for text in runs]), "尾")
    text = "".join(runs)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    filled = fill(paper, [Entry(0, start, end, value)])
    assert texts(filled)[0] == text[:start] + value + text[end:]
