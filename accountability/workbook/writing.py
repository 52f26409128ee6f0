"""Rows → workbook: the export and the empty template, of the same columns."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from .cells import set_text
from .columns import SHEETS, Column, Sheet

HEAD = PatternFill("solid", fgColor="EEF1F5")


def write(
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    *,
    words: Mapping[str, Sequence[str]],
    sheets: Sequence[Sheet] = SHEETS,
) -> bytes:
    """The workbook with `rows` by sheet name; `words` are those of choice columns by key."""
    workbook = Workbook()
    workbook.remove(workbook.active)  # type: ignore[arg-type]
    for sheet in sheets:
        worksheet = _sheet(workbook, sheet, words)
        for number, row in enumerate(rows.get(sheet.name, ()), start=2):
            for position, column in enumerate(sheet.columns, start=1):
                _put(worksheet.cell(number, position), row.get(column.key), column)
        worksheet.auto_filter.ref = worksheet.dimensions
    return _bytes(workbook)


def template(*, words: Mapping[str, Sequence[str]]) -> bytes:
    """The same sheets without rows, and a sheet 说明 that explains each column."""
    workbook = Workbook()
    workbook.remove(workbook.active)  # type: ignore[arg-type]
    guide = workbook.create_sheet("说明")
    lines: list[tuple[str, str, str]] = [
        ("工作表", "列", "填写说明"),
        ("", "", "带 * 的列必填，不用的列可以留空或删除。工作表之间按名称对应，名称须一致。"),
        ("", "", "下级单位与其他单位同名的，写作“上级单位/单位名称”，如 县财政局/办公室。"),
        ("", "", "表中没有的行不受影响：导入只新增、修改和停用，不删除任何单位和人员。"),
        ("", "", "日期写作 2026-03-01。失效、退出、免职、结束日期为不再有效的第一天。"),
        ("", "", "先预览，全部无误后再确认导入；有一处不符，全部不导入。"),
        ("", "", "本系统为非涉密系统，严禁录入国家秘密、检举控告人信息和问题线索内容。"),
    ]
    for sheet in SHEETS:
        lines.append((sheet.name, "", sheet.note))
        for column in sheet.columns:
            must = "必填。" if column.is_required else ""
            allowed = "可填：" + "、".join(words[column.key]) if column.key in words else ""
            lines.append(
                ("", column.header, must + "；".join(filter(None, (column.note, allowed))))
            )
        _sheet(workbook, sheet, words)
    for number, line in enumerate(lines, start=1):
        for position, text in enumerate(line, start=1):
            cell = guide.cell(number, position, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=number == 1 or (position == 1 and bool(text)))
    for letter, width in zip("ABC", (14, 16, 90), strict=True):
        guide.column_dimensions[letter].width = width
    return _bytes(workbook)


def _sheet(workbook: Workbook, sheet: Sheet, words: Mapping[str, Sequence[str]]) -> Any:
    worksheet = workbook.create_sheet(sheet.name)
    for position, column in enumerate(sheet.columns, start=1):
        cell = worksheet.cell(1, position, column.header + ("*" if column.is_required else ""))
        cell.font = Font(bold=True)
        cell.fill = HEAD
        letter = get_column_letter(position)
        worksheet.column_dimensions[letter].width = column.width
        allowed = words.get(column.key) or (("是", "否") if column.kind == "bool" else None)
        if allowed:
            listed = ",".join(allowed)
            if len(listed) <= 255:  # Excel's own limit of a list in place
                rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
                worksheet.add_data_validation(rule)
                rule.add(f"{letter}2:{letter}20000")
    worksheet.freeze_panes = "A2"
    return worksheet


def _put(cell: Any, value: Any, column: Column) -> None:
    if value in (None, "", []):
        return
    if isinstance(value, list):
        value = "、".join(value)
    if isinstance(value, bool):
        value = "是" if value else "否"
    if isinstance(value, str) and column.kind != "date":
        set_text(cell, value)
        return
    cell.value = value
    if column.kind == "date":
        cell.number_format = "yyyy-mm-dd"


def _bytes(workbook: Workbook) -> bytes:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()
