"""任务台账 and 任务分解表 as Excel: what goes out comes in again unchanged."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from accountability.models import County
from accountability.selectors.directory import Directory, directory
from accountability.workbook.cells import LONGEST_TEXT, is_formula_like
from tasks.models import TaskItem, TaskState
from tasks.selectors.headings import titled
from tasks.selectors.holders import KINDS, LABELS, NO_SLOT, SlotHeld, slots_held
from tasks.selectors.ledger import COLUMNS, in_chunks

SLOT_HEADS = LABELS
NUMBER, HEADING, SECTION = "编号", "任务", "章节"
DUE, DUE_TEXT, MEASURE, STATE, PAPER = "完成时限", "时限依据", "完成标准", "状态", "所属文件"
HEADS = ("序号", NUMBER, HEADING, SECTION, *SLOT_HEADS, DUE, DUE_TEXT, MEASURE, STATE, PAPER)
WIDTHS = (6, 12, 34, 24, 14, 14, 20, 34, 12, 16, 28, 9, 26)
BETWEEN_SLOTS = "；"
BETWEEN_HOLDERS = "、"
_THIN = Side(style="thin", color="FF808080")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


def workbook(rows: QuerySet[TaskItem], *, county: County | None, title: str, on: date) -> bytes:
    """All of `rows` as one sheet; row 1 the heads, A4 landscape, heads repeated in print."""
    assert county is not None, "who sees tasks belongs to a county"
    known = directory(county, on=on)
    return sheet(title, HEADS, WIDTHS, lines(rows, known, on=on))


def lines(rows: QuerySet[TaskItem], known: Directory, *, on: date) -> Iterable[list[Any]]:
    """One list of values for each task, in the order of HEADS."""
    number = 0
    labels = dict(TaskState.choices)
    columns = (*COLUMNS, "paper__number", "paper__title")
    for chunk in in_chunks(rows, columns):
        held = slots_held([row["id"] for row in chunk], on=on)
        for row in chunk:
            number += 1
            yield [
                number,
                row["number"],
                row["heading"],
                titled(row["section__number"], row["section__heading"]),
                *slot_texts(held.get(row["id"], []), known),
                row["due_on"],
                row["due_text"],
                row["measure"],
                str(labels[row["state"]]),
                row["paper__number"] or row["paper__title"],
            ]


def slot_texts(slots: list[SlotHeld], known: Directory) -> list[str]:
    """The four slot cells as text that reads back to the same holders."""
    found = []
    for kind in KINDS:
        wanted = [slot for slot in slots if slot.kind == kind]
        if not wanted:
            found.append(NO_SLOT)
            continue
        parts = [
            BETWEEN_HOLDERS.join(spelled(h.key, h.label, h.detail, kind, known) for h in s.holders)
            for s in wanted
        ]
        found.append(BETWEEN_SLOTS.join(parts) if any(parts) else "")
    return found


def spelled(key: str, label: str, detail: str, kind: str, known: Directory) -> str:
    """A holder's name; with the seat where the bare name would mean somebody else too."""
    if [c.key for c in known.resolve(label, kind)] == [key]:
        return label
    return f"{label}（{detail}）" if detail else label


def sheet(
    title: str, heads: Iterable[str], widths: Iterable[int], rows: Iterable[list[Any]]
) -> bytes:
    """One sheet of an .xlsx; a text is a text whatever it begins with, a date a date."""
    book = Workbook(write_only=True)
    page: Any = book.create_sheet(title)
    for index, width in enumerate(widths):
        page.column_dimensions[chr(ord("A") + index)].width = width
    page.freeze_panes = "D2"
    page.print_title_rows = "1:1"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9  # A4
    page.page_setup.fitToWidth = 1
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = _fitted()
    page.oddFooter.center.text = "第 &P 页，共 &N 页"
    style = _Style()
    page.append([style.head(page, text) for text in heads])
    for row in rows:
        page.append([style.cell(page, value) for value in row])
    book.properties.creator = ""
    book.properties.title = title
    book.properties.created = book.properties.modified = datetime(timezone.localdate().year, 1, 1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fitted() -> Any:
    from openpyxl.worksheet.properties import PageSetupProperties

    return PageSetupProperties(fitToPage=True)


class _Style:
    """The looks of head and body cells, made once a workbook."""

    def __init__(self) -> None:
        self.head_font = Font(name="黑体", size=11)
        self.head_fill = PatternFill("solid", fgColor="FFE8EEF4")
        self.centred = Alignment(horizontal="center", vertical="center", wrap_text=True)
        self.left = Alignment(horizontal="left", vertical="center", wrap_text=True)
        self.body_font = Font(name="仿宋", size=11)
        self._made: dict[tuple[bool, bool, bool], Any] = {}

    def head(self, page: Any, text: str) -> Any:
        cell = WriteOnlyCell(page, text)
        cell.font, cell.fill = self.head_font, self.head_fill
        cell.alignment, cell.border = self.centred, _BORDER
        return cell

    def cell(self, page: Any, value: Any) -> Any:
        text = _clean(value) if isinstance(value, str) else value
        cell: Any = WriteOnlyCell(page, text)
        is_text = isinstance(text, str)
        if is_text:
            cell.data_type = "s"
        kind = (is_text, isinstance(text, date), is_text and is_formula_like(text))
        if (made := self._made.get(kind)) is None:
            made = self._made[kind] = self._body(cell, *kind)
        cell._style = made
        return cell

    def _body(self, cell: Any, is_text: bool, is_date: bool, is_formula: bool) -> Any:
        """The look of a kind of cell, put together on the first one.

        To register font, border and alignment for every cell took two thirds
        of an export; openpyxl's own copying of cells shares `_style` likewise.
        """
        if is_text:
            cell.number_format = "@"
            cell.quotePrefix = is_formula
        elif is_date:
            cell.number_format = "yyyy-mm-dd"
        cell.font, cell.border = self.body_font, _BORDER
        cell.alignment = self.left if is_text else self.centred
        return cell._style


def _clean(text: str) -> str:
    """Without the control characters that a sheet cannot hold."""
    return "".join(c for c in text if c in "\n\t" or ord(c) >= 32)[:LONGEST_TEXT]
