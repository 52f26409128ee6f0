"""Points inside a paragraph: 一要……。二要……。 or 一是……；二是……。"""

from __future__ import annotations

import re

from .line import Line
from .numbering import NUMERALS, Label, Style, chinese_value

_POINT = re.compile(
    rf"(?:(?<=[。；;！？：:，,、）)】\]\n\s])|^)(?:([{NUMERALS}]{{1,2}})(是|要)|第([{NUMERALS}]{{1,2}})([，、]))"
    rf"(?![{NUMERALS}]|否|求)"
)


def split_points(line: Line) -> tuple[Line | None, list[tuple[Label, Line]]]:
    """The text before the first point, and each point with its number.

    Only a sequence counts that begins with 一 and goes on with 二; a lone 一是
    is a turn of phrase.
    """
    runs: list[list[tuple[int, int, str, str]]] = []
    for match in _POINT.finditer(line.text):
        numeral, word = (match[1], match[2]) if match[1] else (match[3], "第")
        value = chinese_value(numeral)
        if value is None:
            continue
        spot = (match.start(), value, word, match[0].rstrip("，、"))
        if value == 1:
            runs.append([spot])
        elif runs and runs[-1][-1][1] == value - 1 and runs[-1][-1][2] == word:
            runs[-1].append(spot)
    run = max(runs, key=len, default=[])
    if len(run) < 2:
        return line, []
    points: list[tuple[Label, Line]] = []
    ends = [spot[0] for spot in run[1:]] + [len(line.text)]
    for (start, value, _, raw), end in zip(run, ends, strict=True):
        label = Label(Style.POINT, value, raw, len(raw), raw)
        points.append((label, line.cut(start, end)))
    before = line.cut(0, run[0][0]) if run[0][0] else None
    return before, points
