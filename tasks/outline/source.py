"""What a reader hands to the grammar: the paper's text, paragraph by paragraph.

Every paragraph keeps its place in the uploaded file, so that a page can show
where something was found and a filled paper can be written back in place.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """The table cell (or sheet cell) that a paragraph stands in.

    `table` counts the tables (sheets) of the file from 0, `row` and `column`
    the grid positions of the cell's upper left corner from 0. A merged cell
    is listed once, with its spans.
    """

    table: int
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph (text line, table cell paragraph, sheet cell) of a paper.

    `index` is its position in `Source.paragraphs`. `text` is what a reader
    of the paper sees, the automatic number (`auto_label`, a prefix of `text`)
    included, soft returns as "\\n", tabs as "\\t". `anchor` finds it again in
    the file: the ordinal of the w:p among all w:p of document.xml in document
    order, the line number of a text, or the ordinal of a sheet cell. Empty
    cells are listed with an empty text, because an empty slot may be one.
    """

    index: int
    text: str
    anchor: int
    auto_label: str = ""
    style: str = ""
    outline_level: int | None = None
    cell: Cell | None = None
    in_text_box: bool = False
    strong: bool = False
    """Whether all of its characters are bold or set in the typeface of headings (黑体)."""


@dataclass(frozen=True, slots=True)
class Source:
    """A paper as read: `kind` is "docx", "text" or "xlsx"."""

    kind: str
    paragraphs: tuple[Paragraph, ...]
    encoding: str = ""
    notes: tuple[str, ...] = ()
    """Sentences about what was left aside (批注、脚注、修订删除 …), for the preview."""
