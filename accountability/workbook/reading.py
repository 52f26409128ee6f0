"""bytes → typed rows, with a sentence for each cell that cannot be read.

The file is somebody's upload: its size, its entries and what it unpacks to
are bounded before anything is parsed, and a DOCTYPE is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from .columns import SHEETS, Column, Sheet

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_ROWS = 20_000
MAX_COLUMNS = 60
HEADER_WITHIN = 5
SAVE_AS = "请用 Excel 或 WPS 另存为 .xlsx 后再导入。"


class Unreadable(ValueError):
    """The file is no workbook that can be imported; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: sheet, row and column as Excel shows them."""

    sheet: str
    row: int
    column: str
    message: str
    value: str = ""


@dataclass(slots=True)
class Row:
    """One row: `values` by column key, only of columns that the sheet has."""

    sheet: str
    number: int
    values: dict[str, Any]


@dataclass(slots=True)
class Book:
    """What was read: rows by sheet, problems, and notes on what was passed over."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    letters: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sheets: Sequence[Sheet] = SHEETS

    def place(self, sheet: str, key: str) -> str:
        """C 上级单位: the column as Excel and its header name it."""
        header = next(s for s in self.sheets if s.name == sheet).header_of.get(key, key)
        letter = self.letters.get(sheet, {}).get(key, "")
        return f"{letter} {header}".strip()


def read(
    data: bytes,
    *,
    choices: Mapping[str, Mapping[str, str]],
    sheets: Sequence[Sheet] = SHEETS,
    title: str = "单位与人员表",
) -> Book:
    """The workbook's rows; `choices` are the words of choice columns by column key.

    `sheets` are those that are looked for, `title` what the workbook is called.

    Raises `Unreadable` when the file as a whole cannot be read.
    """
    _gate(data)
    try:
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise Unreadable(f"无法读取这个文件，可能已损坏或加密。{SAVE_AS}") from error
    book = Book(sheets=sheets)
    known = {s.name: s for s in sheets}
    left = MAX_ROWS
    try:
        for worksheet in workbook.worksheets:
            sheet = known.get(worksheet.title.strip())
            if sheet is None:
                if worksheet.title.strip() != "说明":
                    book.notes.append(f"工作表“{worksheet.title}”不是{title}，已略过")
                continue
            worksheet.reset_dimensions()
            left -= _read_sheet(book, sheet, worksheet, choices, left)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"无法读取这个文件的内容，可能已损坏。{SAVE_AS}") from error
    finally:
        workbook.close()
    if not book.letters and not book.problems:
        names = "、".join(s.name for s in sheets)
        raise Unreadable(f"没有找到可导入的工作表。工作表名称应为：{names}，可下载模板对照。")
    return book


def _gate(data: bytes) -> None:
    if not data:
        raise Unreadable("文件是空的，请重新选择。")
    if len(data) > MAX_BYTES:
        raise Unreadable("文件超过 20 MB，请分开导入。")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(f"这是旧版 .xls 或加密的文件，无法读取。{SAVE_AS}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise Unreadable(f"这不是 .xlsx 文件，无法读取。{SAVE_AS}") from error
    with archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES or sum(e.file_size for e in entries) > MAX_UNPACKED:
            raise Unreadable("文件展开后过大，无法读取。请只保留需要导入的工作表。")
        names = {e.filename for e in entries}
        if "xl/workbook.xml" not in names:
            raise Unreadable(f"这不是 .xlsx 文件，无法读取。{SAVE_AS}")
        if any(n.lower().endswith("vbaproject.bin") for n in names):
            raise Unreadable(f"文件含有宏，无法导入。{SAVE_AS}")
        for entry in entries:
            if entry.filename.endswith((".xml", ".rels")):
                _gate_part(archive, entry)


def _gate_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """zipfile reads no more than the declared size, so the sum above is a bound."""
    try:
        content = archive.read(entry)
    except Exception as error:
        raise Unreadable(f"无法读取这个文件，可能已损坏或加密。{SAVE_AS}") from error
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"<!DOCTYPE" in content:
        raise Unreadable(f"文件含有不允许的内容，无法导入。{SAVE_AS}")


def _read_sheet(
    book: Book,
    sheet: Sheet,
    worksheet: Any,
    choices: Mapping[str, Mapping[str, str]],
    left: int,
) -> int:
    columns: dict[int, Column] = {}
    rows: list[Row] = []
    for number, cells in enumerate(
        worksheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1
    ):
        if not any(cell not in (None, "") for cell in cells):
            continue
        if not columns:
            columns = _header(book, sheet, cells)
            if not columns and number >= HEADER_WITHIN:
                break
            continue
        if len(rows) >= left:
            raise Unreadable(f"超过 {MAX_ROWS:,} 行，请分开导入。")
        values = {}
        for position, column in columns.items():
            cell = cells[position] if position < len(cells) else None
            try:
                values[column.key] = parse(cell, column, choices.get(column.key, {}))
            except ValueError as error:
                values[column.key] = None
                place = book.place(sheet.name, column.key)
                book.problems.append(
                    Problem(sheet.name, number, place, str(error), str(cell or "")[:60])
                )
        rows.append(Row(sheet.name, number, values))
    if not columns:
        wanted = "、".join(c.header for c in sheet.columns if c.is_required)
        book.problems.append(
            Problem(sheet.name, 1, "", f"没有找到表头，前 {HEADER_WITHIN} 行中须有：{wanted}")
        )
    book.rows[sheet.name] = rows
    return len(rows)


def _header(book: Book, sheet: Sheet, cells: tuple[Any, ...]) -> dict[int, Column]:
    """The columns by position when `cells` is the header row, else nothing."""
    titles = ["".join(str(cell or "").split()).strip("*＊") for cell in cells]
    required = [c for c in sheet.columns if c.is_required]
    if not any(c.header in titles for c in required):
        return {}
    columns: dict[int, Column] = {}
    for position, title in enumerate(titles):
        column = sheet.by_header.get(title)
        if column is not None and column not in columns.values():
            columns[position] = column
        elif title:
            book.notes.append(f"“{sheet.name}”表的“{title[:20]}”列不在模板中，已略过")
    book.letters[sheet.name] = {c.key: get_column_letter(p + 1) for p, c in columns.items()}
    for column in required:
        if column not in columns.values():
            book.problems.append(
                Problem(sheet.name, 1, column.header, f"缺少“{column.header}”列，可下载模板对照")
            )
    return columns


def parse(cell: Any, column: Column, choices: Mapping[str, str]) -> Any:
    """One cell as its column's kind; empty is "", [], None or False. `ValueError` says why not."""
    text = _text(cell)
    if column.is_required and not text:
        raise ValueError("不能为空")
    if column.kind == "text":
        return text
    if column.kind == "list":
        return [part.strip() for part in re.split(r"[、，,；;\n]+", text) if part.strip()]
    if column.kind == "date":
        return _date(cell, text)
    if column.kind in ("int", "id"):
        if not text:
            return None
        if not re.fullmatch(r"\d{1,15}", text):
            raise ValueError("应为数字")
        return int(text)
    if column.kind == "bool":
        if text in ("", "否", "×", "0", "False", "FALSE"):
            return False
        if text in ("是", "√", "1", "True", "TRUE"):
            return True
        raise ValueError("只能填是或否")
    if text in choices:
        return choices[text]
    raise ValueError("只能填：" + "、".join(choices))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    text = "".join(c for c in str(cell) if c.isprintable() or c == "\n")
    return re.sub(r"[^\S\n]+", " ", text).strip()


def _date(cell: Any, text: str) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", text)
    found = found or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if found:
        try:
            return date(*(int(part) for part in found.groups()))
        except ValueError:
            pass
    raise ValueError("日期写作 2026-03-01")
