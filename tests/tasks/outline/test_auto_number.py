"""Automatic numbers are what Word shows."""

from __future__ import annotations

import pytest

from tasks.outline.readers import read
from tasks.outline.readers.number_format import format_number

from . import docx_maker as d

pytestmark = pytest.mark.nodb


def labels(body: list[str], numbering: str, styles: str = "") -> list[str]:
    data = d.make(*body, numbering_xml=numbering, styles_xml=styles)
    return [p.auto_label for p in read(data, "a.docx").paragraphs]


def items(*places: tuple[int, int]) -> list[str]:
    return [d.numbered("文", number, level) for number, level in places]


@pytest.mark.parametrize(
    ("name", "number", "shown"),
    [
        ("decimal", 12, "12"),
        ("decimalZero", 3, "03"),
        ("decimalFullWidth", 12, "１２"),
        ("decimalEnclosedCircle", 1, "①"),
        ("decimalEnclosedCircle", 20, "⑳"),
        ("decimalEnclosedCircle", 21, "㉑"),
        ("decimalEnclosedCircle", 50, "㊿"),
        ("decimalEnclosedCircle", 51, "51"),
        ("decimalEnclosedParen", 3, "⑶"),
        ("chineseCounting", 1, "一"),
        ("chineseCounting", 10, "十"),
        ("chineseCounting", 11, "十一"),
        ("chineseCounting", 20, "二十"),
        ("chineseCounting", 99, "九十九"),
        ("chineseCountingThousand", 10, "十"),
        ("chineseCountingThousand", 15, "十五"),
        ("chineseCountingThousand", 101, "一百零一"),
        ("chineseCountingThousand", 110, "一百一十"),
        ("chineseCountingThousand", 1001, "一千零一"),
        ("chineseCountingThousand", 10_000, "一万"),
        ("chineseLegalSimplified", 12, "壹拾贰"),
        ("ideographTraditional", 2, "乙"),
        ("ideographTraditional", 11, "11"),
        ("ideographZodiac", 12, "亥"),
        ("lowerLetter", 27, "aa"),
        ("upperLetter", 3, "C"),
        ("lowerRoman", 4, "iv"),
        ("upperRoman", 1999, "MCMXCIX"),
        ("upperRoman", 5000, "5000"),
        ("none", 3, ""),
        ("unheardOf", 3, "3"),
        ("lowerLetter", -1, "-1"),
        ("chineseCounting", -1, "-1"),
    ],
)
def test_formats(name: str, number: int, shown: str) -> None:
    assert format_number(number, name) == shown


def test_the_usual_levels_of_a_paper() -> None:
    levels = (
        d.level(0, "chineseCounting", "%1、")
        + d.level(1, "chineseCounting", "（%2）")
        + d.level(2, "decimal", "%3.")
        + d.level(3, "decimal", "(%4)")
        + d.level(4, "decimalEnclosedCircle", "%5")
    )
    found = labels(
        items((1, 0), (1, 1), (1, 2), (1, 2), (1, 1), (1, 2), (1, 3), (1, 4), (1, 0), (1, 1)),
        d.numbering({0: levels}, {1: (0, "")}),
    )
    assert found == ["一、", "（一）", "1.", "2.", "（二）", "1.", "(1)", "①", "二、", "（一）"]


def test_a_label_that_would_run_into_the_text_gets_a_space() -> None:
    levels = d.level(0, "chineseCountingThousand", "第%1章") + d.level(1, "decimal", "%1.%2")
    found = labels(items((1, 0), (1, 1)), d.numbering({0: levels}, {1: (0, "")}))
    assert found == ["第一章 ", "一.1 "]


def test_no_space_where_the_list_says_nothing_follows() -> None:
    levels = d.level(0, "chineseCounting", "第%1条", extra='<w:suff w:val="nothing"/>')
    assert labels(items((1, 0)), d.numbering({0: levels}, {1: (0, "")})) == ["第一条"]


def test_legal_numbering_shows_all_levels_as_decimals() -> None:
    levels = d.level(0, "chineseCounting", "%1、") + d.level(
        1, "chineseCounting", "%1.%2.", extra="<w:isLgl/>"
    )
    found = labels(items((1, 0), (1, 0), (1, 1)), d.numbering({0: levels}, {1: (0, "")}))
    assert found == ["一、", "二、", "2.1."]


def test_lists_of_one_definition_share_its_count_until_they_restart() -> None:
    numbering = d.numbering(
        {0: d.level(0, "decimal", "%1.")},
        {1: (0, ""), 2: (0, ""), 3: (0, d.restart(0)), 4: (0, d.restart(0, 5))},
    )
    found = labels(items((1, 0), (2, 0), (3, 0), (3, 0), (4, 0), (4, 0), (1, 0)), numbering)
    assert found == ["1.", "2.", "1.", "2.", "5.", "6.", "7."]


def test_a_level_that_never_restarts_and_one_that_restarts_late() -> None:
    levels = (
        d.level(0, "chineseCounting", "%1、")
        + d.level(1, "decimal", "%2.", extra='<w:lvlRestart w:val="0"/>')
        + d.level(2, "decimal", "(%3)", extra='<w:lvlRestart w:val="1"/>')
    )
    places = ((1, 0), (1, 1), (1, 2), (1, 1), (1, 2), (1, 0), (1, 1), (1, 2))
    found = labels(items(*places), d.numbering({0: levels}, {1: (0, "")}))
    assert found == ["一、", "1.", "(1)", "2.", "(2)", "二、", "3.", "(1)"]


def test_a_start_other_than_one_and_a_missing_higher_level() -> None:
    levels = d.level(0, "decimal", "%1", start=3) + d.level(1, "decimal", "%1.%2.", start=0)
    found = labels(items((1, 1), (1, 1), (1, 0)), d.numbering({0: levels}, {1: (0, "")}))
    assert found == ["3.0.", "3.1.", "3 "]


def test_numbers_from_a_style_and_switched_off_again() -> None:
    styles = d.styles(
        "<w:style w:type='paragraph' w:styleId='B'><w:name w:val='条'/>"
        "<w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr></w:style>"
    )
    numbering = d.numbering(
        {
            0: d.level(0, "decimal", "%1.")
            + d.level(1, "chineseCounting", "第%2条", extra='<w:pStyle w:val="B"/>')
        },
        {1: (0, "")},
    )
    by_style = d.paragraph("甲", properties="<w:pStyle w:val='B'/>")
    off = "<w:pStyle w:val='B'/><w:numPr><w:numId w:val='0'/></w:numPr>"
    found = labels([by_style, by_style, d.paragraph("乙", properties=off)], numbering, styles)
    assert found == ["第一条 ", "第二条 ", ""]


def test_a_list_style_names_the_definition() -> None:
    styles = d.styles(
        "<w:style w:type='numbering' w:styleId='L'><w:pPr><w:numPr><w:numId w:val='2'/>"
        "</w:numPr></w:pPr></w:style>"
    )
    numbering = d.numbering(
        {0: '<w:numStyleLink w:val="L"/>', 1: d.level(0, "upperLetter", "%1)")},
        {1: (0, ""), 2: (1, "")},
    )
    assert labels(items((1, 0), (1, 0)), numbering, styles) == ["A)", "B)"]


def test_bullets_and_missing_lists() -> None:
    numbering = d.numbering({0: d.level(0, "bullet", "\uf06c")}, {1: (0, "")})
    assert labels(items((1, 0), (9, 0), (1, 7)), numbering) == ["●", "", ""]
    assert labels(items((1, 0)), "") == [""]


def test_a_serial_number_column_of_empty_numbered_cells() -> None:
    numbering = d.numbering({0: d.level(0, "decimal", "%1")}, {1: (0, "")})
    rows = d.table(*([d.cell(d.numbered("", 1)), d.cell("事项")] for _ in range(3)))
    found = read(d.make(rows, numbering_xml=numbering), "a.docx").paragraphs
    assert [p.text for p in found] == ["1", "事项", "2", "事项", "3", "事项"]


def test_a_deleted_numbered_paragraph_takes_no_number() -> None:
    numbering = d.numbering({0: d.level(0, "decimal", "%1.")}, {1: (0, "")})
    deleted = (
        "<w:p><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr><w:rPr><w:del w:id='1'/></w:rPr>"
        "</w:pPr><w:del w:id='2'><w:r><w:delText>旧</w:delText></w:r></w:del></w:p>"
    )
    data = d.make(d.numbered("甲", 1), deleted, d.numbered("乙", 1), numbering_xml=numbering)
    assert [p.text for p in read(data, "a.docx").paragraphs] == ["1.甲", "2.乙"]
