"""Rows of a table that run over: what stands on the next page is marked as their rest.

WeasyPrint breaks a row but repeats none of it, so that the rest stands under an empty
number. After the layout the empty first cell gets the number again with 续; its boxes come
from a small layout of their own, made only where a row runs over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

from weasyprint.formatting_structure import boxes

from reports.documents.lines import width
from reports.documents.markup import Markup, tag, text

POINTS_TO_PIXELS = 4 / 3
TYPE = 12 * POINTS_TO_PIXELS  # a character of the tables' type
LINE = 6 / 25.4 * 96  # a line of theirs
LONGEST = 8  # characters of a number; a longer first cell is a text of its own


def mark_rest_of_rows(document: Any, layout: Callable[[str], Any]) -> None:
    """Put the number and 续 into the empty first cells of rows begun on the page before."""
    empty = list(_rests(document))
    if not empty:
        return
    rows = (
        tag("div", _label(number, cell), style=f"width:{cell.width:.2f}px", class_="rest")
        for cell, number in empty
    )
    made = layout(str(tag("html", tag("body", *rows), lang="zh-CN")))
    labels = [
        box
        for page in made.pages
        for box in page._page_box.descendants()
        if isinstance(box, boxes.BlockBox) and box.element.get("class") == "rest"
    ]
    for (cell, _), label in zip(empty, labels, strict=True):
        # The empty cell's own padding holds its middle; the row's upper edge is the cell's.
        room = max(cell.border_height() - label.height, 0) / 2
        label.translate(
            cell.content_box_x() - label.position_x, cell.position_y + room - label.position_y
        )
        cell.children = (label,)


def _rests(document: Any) -> Iterator[tuple[Any, str]]:
    """(empty first cell, its number) of each row's rest, page by page."""
    begun: dict[Any, str] = {}
    for page in document.pages:
        for row in page._page_box.descendants():
            if not isinstance(row, boxes.TableRowBox) or row.element.get("class") != "long":
                continue
            cell = row.children[0]
            shown = _text_of(cell)
            if row.element in begun and not shown:
                yield cell, begun[row.element]
            begun.setdefault(row.element, shown)


def _text_of(box: Any) -> str:
    return "".join(b.text for b in box.descendants() if isinstance(b, boxes.TextBox)).strip()


def _label(number: str, cell: Any) -> Markup:
    rest = "（续）" if cell.width >= 3 * TYPE else "续"
    whole = f"{number}{rest}"
    lines = ceil(width(whole) * TYPE / cell.width)
    fits = len(number) <= LONGEST and lines * LINE <= cell.border_height() + 1
    return text(whole if fits else rest)
