"""A text in a cell stays a text, whatever it begins with: the rule of every sheet that leaves."""

from __future__ import annotations

from typing import Any

# What Excel, WPS or a re-parsing reader takes for the beginning of a formula.
FORMULA_MARKS = tuple("=+-@＝＋－＠\t\r")
LONGEST_TEXT = 32_767  # characters in a cell, Excel's own limit


def set_text(cell: Any, text: str) -> None:
    """Write `text` with the text type; raises ValueError where a cell cannot hold it."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"文字超过 {LONGEST_TEXT} 个字符，一格放不下，请精简后再导出。")
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"
    # Excel then keeps the text a text even when somebody edits the cell.
    cell.quotePrefix = is_formula_like(text)


def is_formula_like(text: str) -> bool:
    """Whether an unguarded reader would run `text`."""
    return text.startswith(FORMULA_MARKS)
