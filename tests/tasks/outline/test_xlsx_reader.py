"""Sheets are read as they show their cells."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

from tasks.outline.readers import read
from tasks.outline.readers.cell_value import NumberFormat, from_code, shown_text
from tasks.outline.refusal import Refused
from tasks.outline.source import Cell

from . import docx_maker

pytestmark = pytest.mark.nodb


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_text_replaced(data: bytes, old: str, new: str) -> bytes:
    """The workbook with a stretch of its first sheet's XML replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(old.encode(), new.encode())
    return docx_maker.package(parts)


def test_cells_spans_empties_and_sheets() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "分解表"
    sheet["A1"] = "责任分解表"
    sheet.merge_cells("A1:C1")
    sheet["A2"], sheet["B2"], sheet["C2"] = "序号", "事项", "时限"
    sheet["A3"], sheet["B3"] = 1, "甲"
    sheet.merge_cells("A3:A4")
    sheet["B4"] = "乙"
    hidden = book.create_sheet("底稿")
    hidden["A1"] = "不读"
    hidden.sheet_state = "hidden"
    book.create_sheet("二")["D9"] = "末"
    found = read(saved(book), "台账.xlsx")
    assert [(p.text, p.cell, p.style) for p in found.paragraphs] == [
        ("责任分解表", Cell(0, 0, 0, 1, 3), "分解表"),
        ("序号", Cell(0, 1, 0), "分解表"),
        ("事项", Cell(0, 1, 1), "分解表"),
        ("时限", Cell(0, 1, 2), "分解表"),
        ("1", Cell(0, 2, 0, 2, 1), "分解表"),
        ("甲", Cell(0, 2, 1), "分解表"),
        ("", Cell(0, 2, 2), "分解表"),
        ("乙", Cell(0, 3, 1), "分解表"),
        ("", Cell(0, 3, 2), "分解表"),
        ("末", Cell(1, 8, 3), "二"),
    ]
    assert [p.anchor for p in found.paragraphs] == list(range(10))
    assert found.notes == ("隐藏的工作表“底稿”未读取。",)


def test_values_as_shown() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    values = [
        date(2026, 6, 30), datetime(2026, 6, 30, 8, 30), time(9, 5), 3.0, 0.1 + 0.2, -2,
        True, "_x000D_甲\n乙", "#N/A", 1e20,
    ]  # fmt: skip
    for row, value in enumerate(values, 1):
        sheet.cell(row, 1, value)
    sheet["A11"] = 0.85
    sheet["A11"].number_format = "0.0%"
    sheet["A12"] = date(2026, 6, 1)
    sheet["A12"].number_format = 'yyyy"年"m"月"'
    sheet["A13"] = date(2026, 6, 30)
    sheet["A13"].number_format = 'm"月"d"日"'
    texts = [p.text for p in read(saved(book), "a.xlsx").paragraphs]
    assert texts == [
        "2026-06-30", "2026-06-30 08:30", "09:05", "3", "0.3", "-2", "是", "\n甲\n乙", "#N/A",
        "1e+20", "85.0%", "2026年6月", "2026-06-30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("yyyy-mm-dd", "date"),
        ('[$-804]yyyy"年"m"月"d"日";@', "date"),
        ("yyyy\\.mm", "month"),
        ("h:mm", "time"),
        ("0.00", "number"),
        ("General", "number"),
        ('"第"0"项"', "number"),
        ("@", "number"),
        ("#,##0", "number"),
        ("0%", "percent"),
    ],
)
def test_format_codes(code: str, kind: str) -> None:
    assert from_code(code).kind == kind


@pytest.mark.parametrize(
    ("serial", "from_1904", "shown"),
    [
        ("1", False, "1900-01-01"),
        ("59", False, "1900-02-28"),
        ("61", False, "1900-03-01"),
        ("46203", False, "2026-06-30"),
        ("44741", True, "2026-06-30"),
        ("1e300", False, "1e+300"),
        ("-5", False, "-5"),
        ("inf", False, "inf"),
        ("x", False, "x"),
    ],
)
def test_serial_dates(serial: str, from_1904: bool, shown: str) -> None:
    assert shown_text(serial, NumberFormat("date"), from_1904=from_1904) == shown


def test_a_book_without_visible_text() -> None:
    with pytest.raises(Refused) as refused:
        read(saved(openpyxl.Workbook()), "a.xlsx")
    assert refused.value.code == "no_text"


def test_a_stray_cell_far_away_costs_nothing() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "甲"
    book.active["XFD1048576"] = "乙"
    book.active.merge_cells("B2:C3")
    data = with_text_replaced(saved(book), "B2:C3", "B2:XFC1048575")
    assert [p.text for p in read(data, "a.xlsx").paragraphs] == ["甲", "", "", "乙"]
