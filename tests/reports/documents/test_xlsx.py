"""The .xlsx read again: texts as texts, head, print set-up."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from accountability.workbook.cells import LONGEST_TEXT
from reports.documents.content import Column
from reports.documents.xlsx import render_xlsx

from . import samples

pytestmark = pytest.mark.nodb

TITLE = "安和县2026年度党风廉政建设重点任务分解表"


def opened(made: bytes) -> Any:
    return load_workbook(BytesIO(made)).active


@pytest.fixture(scope="module")
def sheet() -> Any:
    return opened(render_xlsx(TITLE, samples.COLUMNS, samples.task_rows(30)))


def test_title_heads_and_rows_come_back(sheet):
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == TITLE
    assert list(rows[1]) == [column.heading for column in samples.COLUMNS]
    assert [tuple(row) for row in rows[2:]] == list(samples.task_rows(30))


def test_heads_are_frozen_filtered_and_repeated_in_print(sheet):
    assert sheet.freeze_panes == "A3"
    assert sheet.print_title_rows == "$2:$2"
    assert sheet.auto_filter.ref == "A2:G32"
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == "9"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.oddFooter.center.text == "第 &P 页，共 &N 页"


def test_columns_are_as_wide_as_they_need_within_reason(sheet):
    widths = [sheet.column_dimensions[letter].width for letter in "ABCDEFG"]
    assert widths[0] < widths[3] < widths[1] <= 44


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://127.0.0.1:9","x")',
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "\x00=1+1",
        "\u200b=1+1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "=cmd|' /C calc'!A0",
        "{=1}",
        "#REF!",
        "TRUE",
        "1E5",
        "2026-03-28",
    ],
)
def test_no_text_becomes_a_formula_or_a_number(text):
    made = render_xlsx(text, (Column(text),), ((text,),))
    for row in opened(made).iter_rows():
        for cell in row:
            assert cell.data_type == "s"
            assert cell.value in (text, text.lstrip("\t\r\n\x00\u200b "))
            if cell.value[0] in "=+-@＝＋－＠":
                assert cell.quotePrefix
    with ZipFile(BytesIO(made)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert not any(b"<f>" in part or b"<f " in part for part in parts.values())


def test_figures_dates_and_gaps():
    sheet = opened(
        render_xlsx(
            "表", (Column("甲"), Column("乙"), Column("丙")), ((3, date(2026, 3, 28), None),)
        )
    )
    assert [cell.value for cell in sheet[3]] == [3, "2026-03-28", None]


def test_a_text_longer_than_a_cell_is_refused_not_cut():
    longest = "责" * LONGEST_TEXT
    assert opened(render_xlsx("表", (Column("甲"),), ((longest,),)))["A3"].value == longest
    with pytest.raises(ValueError, match="第 3 行第 1 列"):
        render_xlsx("表", (Column("甲"),), ((longest + "任",),))


def test_a_row_must_fit_its_columns():
    with pytest.raises(ValueError, match="2 values for 1 columns"):
        render_xlsx("表", (Column("甲"),), (("一", "二"),))


@pytest.mark.parametrize("title", ["甲/乙:丙*?[x]\\", "'", "", "很" * 60])
def test_any_title_gives_a_sheet_that_opens(title):
    assert opened(render_xlsx(title, (Column("甲"),), ())).title


def test_the_same_table_is_the_same_file():
    made = [render_xlsx(TITLE, samples.COLUMNS, samples.task_rows(5)) for _ in range(2)]
    assert made[0] == made[1]
    with ZipFile(BytesIO(made[0])) as package:
        assert package.read("docProps/core.xml").count(b"2000-01-01T00:00:00Z") == 2
