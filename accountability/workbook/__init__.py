"""The directory as one Excel workbook (单位与人员表): its columns, reading, writing. No Django."""

from .columns import SHEETS, Column, Sheet
from .reading import Book, Problem, Row, Unreadable, read
from .writing import template, write

__all__ = [
    "SHEETS",
    "Book",
    "Column",
    "Problem",
    "Row",
    "Sheet",
    "Unreadable",
    "read",
    "template",
    "write",
]
