"""A plain table as Excel, for the apps that must not import reports (WORKBOOK_WRITER)."""

from __future__ import annotations

from collections.abc import Sequence

from ..documents.content import Column
from ..documents.xlsx import render_xlsx


def write(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """`rows` of text under `columns`; every cell stays text."""
    return render_xlsx(title, [Column(name) for name in columns], rows)
