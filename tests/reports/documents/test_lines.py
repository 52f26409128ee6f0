"""Numbers, dates, cleaned texts and titles."""

from __future__ import annotations

from datetime import date

import pytest

from reports.documents.content import Annex, Column, OfficialPaper, Table
from reports.documents.lines import (
    breakable,
    chinese_date,
    clean,
    document_number,
    kept_together,
    title_lines,
    width,
)

pytestmark = pytest.mark.nodb


def test_a_number_has_six_cornered_brackets_and_no_leading_zero():
    assert document_number("安政发", 2026, 7) == "安政发〔2026〕7号"


def test_a_date_has_no_leading_zero():
    assert chinese_date(date(2026, 3, 5)) == "2026年3月5日"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("甲\r\n乙\r丙\u2028丁", "甲\n乙\n丙\n丁"),
        ("甲\t乙\u00a0丙", "甲 乙 丙"),
        ("\ufeff甲\u200b\u202e乙\x00\ud800", "甲乙"),
        (" 甲\u3000乙 \n", "甲\u3000乙"),
        ("", ""),
    ],
)
def test_clean(given, expected):
    assert clean(given) == expected


def test_width_counts_ascii_half():
    assert width("2026年") == 3


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("到2026年3月底", ["2026年", "3月"]),
        ("达98.5％以上", ["98.5％"]),
        ("〔2026〕12号", ["12号"]),
        ("艾力·买买提", ["力·"]),
        ("没有", []),
    ],
)
def test_what_stays_together(text, whole):
    pieces = list(kept_together(text))
    assert [piece for piece, together in pieces if together] == whole
    assert "".join(piece for piece, _ in pieces) == text


def test_quotation_marks_allow_a_break_outside():
    assert breakable("凡属“三重”事项") == "凡属\u200b“三重”\u200b事项"
    assert breakable("“甲”、“乙”。") == "“甲”、\u200b“乙”。"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("责任清单", ["责任清单"]),
        (
            "安和县人民政府关于印发2026年度政府系统党风廉政建设重点任务分解方案的通知",
            ["安和县人民政府关于印发2026年度政府系统", "党风廉政建设重点任务分解方案的通知"],
        ),
        (
            "安和县人民政府关于2026年度党风廉政建设主体责任落实工作的实施意见",
            ["安和县人民政府关于2026年度党风廉政建设", "主体责任落实工作的实施意见"],
        ),
        ("安和县人民政府\n关于\n做好工作的通知", ["安和县人民政府", "关于", "做好工作的通知"]),
        (
            "2026年度党风廉政建设“一岗双责”责任书变更附页",
            ["2026年度党风廉政建设", "“一岗双责”责任书变更附页"],
        ),
        ("", []),
    ],
)
def test_title_lines(title, expected):
    assert title_lines(title) == expected


def test_no_title_line_is_too_long_or_begins_with_a_particle():
    title = "安和县人民政府办公室关于进一步加强全县政府系统党风廉政建设和反腐败工作的实施意见"
    for length in range(1, len(title) + 1):
        lines = title_lines(title[:length])
        assert "".join(lines) == title[:length]
        assert all(width(line) <= 20 for line in lines)
        assert not any(line.startswith(("的", "和", "，")) for line in lines[1:])


def test_a_title_without_any_good_break_is_still_broken():
    assert all(len(line) <= 20 for line in title_lines("办" * 50))
    assert "".join(title_lines("2026" * 30)) == "2026" * 30


def test_a_row_must_fit_its_columns():
    with pytest.raises(ValueError, match="1 texts for 2 columns"):
        Table((Column("甲"), Column("乙")), (("一",),))
    with pytest.raises(ValueError, match="columns"):
        Table((), ())


def test_the_only_annex_has_no_number():
    one = OfficialPaper(title="x", annexes=(Annex("甲"),))
    two = OfficialPaper(title="x", annexes=(Annex("甲"), Annex("乙")))
    assert one.annex_label(0) == "附件"
    assert [two.annex_label(n) for n in (0, 1)] == ["附件1", "附件2"]
    assert two.attachment_names == ("甲", "乙")
