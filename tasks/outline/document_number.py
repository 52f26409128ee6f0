"""发文字号: the number that a paper itself carries, such as 安政发〔2026〕3号."""

from __future__ import annotations

import re

from .source import Source

# A line of its own near the paper's head; brackets as typed, spaces allowed between.
_LINE = re.compile(
    r"^\s*([一-鿿]{2,12})\s*[〔\[［【(（]\s*(\d{4})\s*[〕\]］】)）]\s*(\d{1,4})\s*号\s*$"
)
_HEAD = 20


def document_number(source: Source) -> str:
    """The paper's own number in its standard form, or "" where its head has none."""
    for paragraph in source.paragraphs[:_HEAD]:
        for line in paragraph.text.split("\n"):
            if found := _LINE.match(line):
                prefix, year, number = found.groups()
                return f"{prefix}〔{year}〕{int(number)}号"
    return ""
