"""A table as .xlsx, for going on with in Excel or WPS and for reading in again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from accountability.workbook.cells import set_text
from reports.documents.content import Column
from reports.documents.lines import clean, width
from reports.documents.packing import repacked

Value = str | int | float | date | None

_WIDEST = 44.0

_THIN = Side(style="thin", color="FF808080")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD_FILL = PatternFill("solid", fgColor="FFE8EEF4")


def render_xlsx(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    *,
    sheet: str = "",
) -> bytes:
    """The table under its title: row 1 the title, row 2 the heads, the data from row 3.

    Landscape A4, the heads frozen and repeated in print. Every text is stored as text,
    never as a formula, and comes back as it was (without invisible characters); dates are
    ISO texts. Raises ValueError for a text longer than a cell can hold.
    """
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    page.title = _sheet_name(sheet or title)
    _write_title(page, title, len(columns))
    for number, column in enumerate(columns, 1):
        cell = _put(page, 2, number, column.heading)
        cell.font = Font(name="黑体", size=11)
        cell.fill = _HEAD_FILL
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    body = Font(name="仿宋", size=11)
    placed = {
        align: Alignment(horizontal=align, vertical="center", wrap_text=True)
        for align in ("left", "center")
    }
    for row_number, row in enumerate(rows, 3):
        if len(row) != len(columns):
            raise ValueError(f"a row has {len(row)} values for {len(columns)} columns")
        for number, (value, column) in enumerate(zip(row, columns, strict=True), 1):
            cell = _put(page, row_number, number, value)
            cell.font = body
            cell.alignment = placed[column.align]
    _set_widths(page, columns, rows)
    _set_page(page, len(columns), len(rows))
    book.properties.title = clean(title)
    book.properties.creator = ""
    out = BytesIO()
    book.save(out)
    return repacked(out.getvalue())


def _write_title(page: Worksheet, title: str, columns: int) -> None:
    cell = _put(page, 1, 1, title.replace("\n", ""))
    cell.border = Border()
    cell.font = Font(name="方正小标宋简体", size=16)
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    page.row_dimensions[1].height = 36
    if columns > 1:
        page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=columns)


def _put(page: Worksheet, row: int, column: int, value: Value) -> Cell:
    """Write one value; a text gets the text type whatever it begins with."""
    cell = page.cell(row, column)
    assert isinstance(cell, Cell)
    cell.border = _BORDER
    if value is None or value == "":
        return cell
    if isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, str):
        try:
            set_text(cell, clean(value))
        except ValueError as error:
            raise ValueError(f"第 {row} 行第 {column} 列的{error}") from error
    else:
        cell.value = value
    return cell


def _sheet_name(title: str) -> str:
    """A name that Excel accepts: at most 31 characters, none of its separators."""
    name = "".join("_" if char in "[]:*?/\\" else char for char in clean(title))
    return name.replace("\n", "").strip("' ")[:31] or "表"


def _set_widths(
    page: Worksheet, columns: Sequence[Column], rows: Sequence[Sequence[Value]]
) -> None:
    """As wide as the heading and the longest of the first 200 values, within reason."""
    for number, column in enumerate(columns):
        texts = [column.heading, *(str(row[number] or "") for row in rows[:200])]
        longest = max(width(line) for text in texts for line in text.split("\n"))
        letter = get_column_letter(number + 1)
        page.column_dimensions[letter].width = min(max(6.0, longest * 2.1 + 2), _WIDEST)


def _set_page(page: Worksheet, columns: int, rows: int) -> None:
    page.freeze_panes = "A3"
    page.auto_filter.ref = f"A2:{get_column_letter(columns)}{rows + 2}"
    page.print_title_rows = "2:2"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9  # A4
    page.page_setup.fitToWidth = 1
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.oddFooter = HeaderFooterItem(center=_HeaderFooterPart("第 &P 页，共 &N 页"))
    page.print_options.horizontalCentered = True
