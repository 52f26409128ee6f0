"""Reading a made PDF back in millimetres, lines and characters."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pdfplumber

MM = 25.4 / 72
ASCENT, DESCENT = 0.88, 0.12  # em, of every shipped face


@dataclass(frozen=True)
class Line:
    """A line of print: its text and its em boxes' edges in mm from the page's top left."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float


def pages_of(pdf: bytes) -> list[Any]:
    """The pages of a PDF."""
    return list(pdfplumber.open(BytesIO(pdf)).pages)


def lines_of(page: Any, size: float | None = 16.0) -> list[Line]:
    """The upright lines of a page set in the given size (points), from the top."""
    rows: dict[float, list[Any]] = defaultdict(list)
    for char in page.chars:
        if char["upright"] and (size is None or abs(char["size"] - size) < 0.3):
            rows[round(char["matrix"][5], 1)].append(char)
    found = []
    for baseline in sorted(rows, reverse=True):
        row = sorted(rows[baseline], key=lambda c: c["x0"])
        seen = [c for c in row if c["text"].strip()]
        if not seen:
            continue
        em = seen[0]["size"]
        from_top = float(page.height) - baseline
        found.append(
            Line(
                "".join(c["text"] for c in row).strip(),
                seen[0]["x0"] * MM,
                max(c["x1"] for c in seen) * MM,
                (from_top - ASCENT * em) * MM,
                (from_top + DESCENT * em) * MM,
                em,
            )
        )
    return found


def rules_of(page: Any) -> list[tuple[float, float, float, float, Any]]:
    """Filled bars and drawn lines: left, right, top, bottom in mm and colour, from the top."""
    drawn = [
        (
            r["x0"] * MM,
            r["x1"] * MM,
            r["top"] * MM,
            r["bottom"] * MM,
            r.get("non_stroking_color"),
        )
        for r in [*page.rects, *page.lines]
    ]
    return sorted(drawn, key=lambda r: r[2])


def text_of(page: Any) -> str:
    """All characters of a page in the order of print, without spaces."""
    return "".join(c["text"] for c in page.chars).replace(" ", "").replace("\u200b", "")
