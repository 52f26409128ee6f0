"""A paper of an invented county as a file, and what a careful clerk reads in it.

The expectation is one line an item: number | heading | slots | due | section. Slots are written
领= 人= 牵= 责= for the four standard ones, values parted by 、 and slots by ；.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import docx
import openpyxl

from tasks.outline.analyse import analyse
from tasks.outline.export import to_json_dict
from tasks.outline.model import Outline
from tasks.outline.readers import read

_SHORT = {"责任领导": "领", "责任人员": "人", "牵头单位": "牵", "责任单位": "责"}


@dataclass(frozen=True)
class Case:
    """`counts` are hints by code; None means not looked at."""

    name: str
    data: bytes
    filename: str
    items: str
    title: str | None = None
    year: int | None = None
    sections: str | None = None
    recurring: tuple[str, ...] | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def outline(self) -> tuple[Outline, dict[str, Any]]:
        source = read(self.data, self.filename)
        outline = analyse(source)
        return outline, to_json_dict(outline, source)

    def check(self) -> None:
        """Assert that the paper reads as expected."""
        outline, told = self.outline()
        wanted = [_cells(line) for line in self.items.strip().splitlines() if line.strip()]
        found = [
            [
                item["number"],
                item["heading"],
                "；".join(f"{_SHORT[k]}={'、'.join(v)}" for k, v in item["slots"].items()),
                item["due"] or "",
                kept.section,
            ]
            for item, kept in zip(told["items"], outline.items, strict=True)
        ]
        width = max((len(line) for line in wanted), default=5)
        assert [" | ".join(row[:width]) for row in found] == [
            " | ".join(_sorted(row)) for row in wanted
        ]
        if self.title is not None:
            assert told["title"] == self.title
        if self.year is not None:
            assert outline.year == self.year
        if self.sections is not None:
            assert [section["number"] for section in told["sections"]] == self.sections.split()
        if self.recurring is not None:
            assert [demand["frequency"] for demand in told["recurring"]] == list(self.recurring)
        counted = Counter(hint["code"] for hint in told["hints"])
        assert {code: counted[code] for code in self.counts} == self.counts
        keys = [(item.section, item.number) for item in outline.items]
        assert len(set(keys)) == len(keys)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def _sorted(row: list[str]) -> list[str]:
    """The expectation may be cut short; slots keep the order of the paper."""
    return row


def text(content: str, encoding: str = "utf-8") -> bytes:
    return content.encode(encoding)


Block = str | tuple[Any, ...] | list[list[str]]


def word(blocks: Iterable[Block]) -> bytes:
    """A .docx as python-docx writes it: text, (style, text), ("bold", text), rows of a table.

    In a table "^" continues the cell above and "<" the cell to the left.
    """
    paper = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            paper.add_paragraph(block)
        elif isinstance(block, tuple):
            style, content = block
            if style == "bold":
                paper.add_paragraph().add_run(content).bold = True
            else:
                paper.add_paragraph(content, style=style)
        else:
            _table(paper, block)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _table(paper: Any, rows: list[list[str]]) -> None:
    table = paper.add_table(len(rows), max(len(row) for row in rows))
    for (top, left), (bottom, right), content in _areas(rows):
        cell = table.cell(top, left)
        if (top, left) != (bottom, right):
            cell = cell.merge(table.cell(bottom, right))
        cell.text = content


def book(sheets: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    """An .xlsx; merged cells as in `word`."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for (top, left), (bottom, right), content in _areas(rows):
            cell = sheet.cell(top + 1, left + 1, content if content != "" else None)
            if isinstance(content, date):
                cell.number_format = "yyyy-mm-dd"
            if (top, left) != (bottom, right):
                sheet.merge_cells(
                    start_row=top + 1,
                    start_column=left + 1,
                    end_row=bottom + 1,
                    end_column=right + 1,
                )
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


Corner = tuple[int, int]


def _areas(rows: Sequence[Sequence[Any]]) -> list[tuple[Corner, Corner, Any]]:
    found = []
    for top, row in enumerate(rows):
        for left, content in enumerate(row):
            if content in ("^", "<"):
                continue
            bottom, right = top, left
            while right + 1 < len(row) and row[right + 1] == "<":
                right += 1
            while (
                bottom + 1 < len(rows)
                and len(rows[bottom + 1]) > left
                and (rows[bottom + 1][left] == "^")
            ):
                bottom += 1
            found.append(((top, left), (bottom, right), content))
    return found
