"""Reads the visible sheets of an .xlsx, cell by cell, with what each cell shows.

`Paragraph.style` is the name of the sheet, `Cell.table` its number among those read.
Empty cells are listed where a row and a column that hold anything cross.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from tasks.outline import xml_part
from tasks.outline.package import Package, open_package
from tasks.outline.readers.cell_value import NumberFormat, built_in, from_code, shown_text
from tasks.outline.readers.docx_styles import whole
from tasks.outline.readers.paragraph_list import ParagraphList
from tasks.outline.sentences import refuse
from tasks.outline.source import Cell, Source

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MAX_ROW = 1_048_576
_MAX_COLUMN = 16_384
_MAX_MERGES = 20_000

Position = tuple[int, int]


def read(data: bytes) -> Source:
    """The cells of an .xlsx that `gate.admit` let in, or Refused."""
    package = open_package(data, "xlsx")
    book = _Book(package)
    out = ParagraphList()
    notes = []
    visible = 0
    for name, part, hidden in book.sheets():
        if hidden:
            notes.append(f"隐藏的工作表“{name}”未读取。")
            continue
        _read_sheet(xml_part.parse(package.parts[part]), visible, name, book, out)
        visible += 1
    if not visible:
        raise refuse("no_sheet")
    return Source("xlsx", out.finished(), notes=tuple(notes + out.notes()))


class _Book:
    """What the sheets share: strings, number formats, the date system."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._root = xml_part.parse(package.parts[package.main])
        if self._root.tag != f"{_S}workbook":
            raise refuse("strict" if "purl.oclc.org" in self._root.tag else "xml_broken")
        properties = self._root.find(f"{_S}workbookPr")
        self.from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self.strings = self._read_strings()
        self.formats = self._read_formats()

    def sheets(self) -> list[tuple[str, str, bool]]:
        """(name, part, hidden) of every worksheet in the order of its tabs."""
        relations = self._package.relationships(self._package.main)
        found = []
        for element in self._root.iter(f"{_S}sheet"):
            relation = relations.get(element.get(_R_ID, ""))
            if (
                relation is None
                or relation.kind != "worksheet"
                or relation.target not in self._package.parts
            ):
                continue
            hidden = element.get("state", "visible") != "visible"
            found.append((element.get("name", ""), relation.target, hidden))
        return found

    def _part(self, kind: str) -> etree._Element | None:
        names = self._package.related(kind)
        return xml_part.parse(self._package.parts[names[0]]) if names else None

    def _read_strings(self) -> list[str]:
        root = self._part("sharedstrings")
        return [] if root is None else [_rich_text(item) for item in root.iterchildren(f"{_S}si")]

    def _read_formats(self) -> list[NumberFormat]:
        root = self._part("styles")
        if root is None:
            return []
        codes = {
            whole(element.get("numFmtId")): from_code(element.get("formatCode", ""))
            for element in root.iter(f"{_S}numFmt")
        }
        cell_formats = root.find(f"{_S}cellXfs")
        found = []
        for element in cell_formats.iterchildren(f"{_S}xf") if cell_formats is not None else ():
            identifier = whole(element.get("numFmtId")) or 0
            found.append(codes.get(identifier) or built_in(identifier))
        return found


@dataclass(slots=True)
class _Merges:
    """The merged areas of a sheet: spans by upper left corner, and what they cover."""

    spans: dict[Position, Position]
    areas: list[tuple[int, int, int, int]]

    def covered(self, wanted: set[Position]) -> set[Position]:
        """Which of the positions lie in a merged area without being its corner.

        An area can be declared as large as the sheet, so the smaller of the two is walked.
        """
        found: set[Position] = set()
        budget = 5_000_000
        for top, left, bottom, right in self.areas:
            size = (bottom - top + 1) * (right - left + 1)
            budget -= min(size, len(wanted))
            if budget < 0:
                raise refuse("too_complex")
            if size <= len(wanted):
                found.update(
                    (row, column)
                    for row in range(top, bottom + 1)
                    for column in range(left, right + 1)
                    if (row, column) != (top, left)
                )
            else:
                found.update(
                    (row, column)
                    for row, column in wanted
                    if top <= row <= bottom
                    and left <= column <= right
                    and (row, column) != (top, left)
                )
        return found


def _read_sheet(
    root: etree._Element, table: int, name: str, book: _Book, out: ParagraphList
) -> None:
    values = _values(root, book)
    if not values:
        return
    rows = sorted({row for row, _ in values})
    columns = sorted({column for _, column in values})
    if len(rows) * len(columns) > 200_000:
        raise refuse("too_complex")
    merges = _read_merges(root)
    wanted = {(row, column) for row in rows for column in columns}
    covered = merges.covered(wanted)
    for row in rows:
        for column in columns:
            if (row, column) in covered:
                continue
            row_span, column_span = merges.spans.get((row, column), (1, 1))
            cell = Cell(table, row, column, row_span, column_span)
            out.add(values.get((row, column), ""), len(out.found), style=name, cell=cell)


def _values(root: etree._Element, book: _Book) -> dict[Position, str]:
    """The text of every cell that shows something."""
    found: dict[Position, str] = {}
    row = -1
    for row_element in root.iter(f"{_S}row"):
        stated = whole(row_element.get("r"))
        row = row + 1 if stated is None else stated - 1
        column = -1
        for element in row_element.iterchildren(f"{_S}c"):
            reference = _REFERENCE.fullmatch(element.get("r", ""))
            if reference is None:
                column += 1
                at = row
            else:
                column = _column(reference[1])
                at = int(reference[2]) - 1
            if not (0 <= at < _MAX_ROW and 0 <= column < _MAX_COLUMN):
                raise refuse("xml_broken")
            text = _cell_text(element, book)
            if text and not text.isspace():
                found[at, column] = text
    return found


def _cell_text(element: etree._Element, book: _Book) -> str:
    kind = element.get("t", "n")
    if kind == "inlineStr":
        inline = element.find(f"{_S}is")
        return "" if inline is None else _rich_text(inline)
    stored = element.find(f"{_S}v")
    value = (stored.text or "") if stored is not None else ""
    if not value:
        return ""
    if kind == "s":
        index = whole(value.strip())
        if index is None or not 0 <= index < len(book.strings):
            raise refuse("xml_broken")
        return book.strings[index]
    if kind == "b":
        return "是" if value.strip() == "1" else "否"
    if kind in ("str", "e"):
        return _unescaped(value)
    if kind == "d":
        return value.partition("T")[0]
    style = whole(element.get("s")) or 0
    number_format = book.formats[style] if 0 <= style < len(book.formats) else NumberFormat()
    return shown_text(value.strip(), number_format, from_1904=book.from_1904)


def _rich_text(item: etree._Element) -> str:
    """The text of a string item: plain or in runs; phonetic guides left out."""
    parts = [item.findtext(f"{_S}t") or ""]
    parts += [run.findtext(f"{_S}t") or "" for run in item.iterchildren(f"{_S}r")]
    return _unescaped("".join(parts))


def _unescaped(text: str) -> str:
    """Line ends as "\\n"; `_x000D_` and its like as the characters they stand for."""
    if "_x" in text:
        text = _ESCAPED.sub(_character, text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _character(match: re.Match[str]) -> str:
    point = int(match[1], 16)
    if point in (9, 10, 13, 0x5F) or 32 <= point < 0xD800:
        return chr(point)
    return ""


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _read_merges(root: etree._Element) -> _Merges:
    merges = _Merges({}, [])
    for element in root.iter(f"{_S}mergeCell"):
        corners = [_REFERENCE.fullmatch(part) for part in element.get("ref", "").split(":")]
        if len(corners) != 2 or corners[0] is None or corners[1] is None:
            continue
        left, right = sorted((_column(corners[0][1]), _column(corners[1][1])))
        top, bottom = sorted((int(corners[0][2]) - 1, int(corners[1][2]) - 1))
        merges.spans[top, left] = (bottom - top + 1, right - left + 1)
        merges.areas.append((top, left, bottom, right))
        if len(merges.areas) > _MAX_MERGES:
            raise refuse("too_complex")
    return merges
