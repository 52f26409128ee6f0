"""Parts items that were run together in one paragraph: 1．…。2．…。 or （1）…；（2）…。"""

from __future__ import annotations

import re

from .line import Line
from .numbering import Label, Style, recognise

_SPOT = re.compile(
    r"[。；;：:）)！？][ \t\u3000]{0,4}(?=[0-9０-９(（〔①-⑳⑴-⒇㈠-㈩一二三四五六七八九十])"
)
_BRACKETS = frozenset({Style.CHINESE_BRACKET, Style.ARABIC_BRACKET, Style.CIRCLED})
_RUNNING = _BRACKETS | {Style.ARABIC, Style.CHINESE}
_MOST = 400


def part(line: Line) -> list[Line]:
    """The line, or the numbered stretches it holds.

    Only a sequence is parted: a number that the line begins with, or a bracketed 1,
    and the next ones of the same kind after the end of a sentence or clause.
    """
    if len(line.text) < 8 or _SPOT.search(line.text) is None:
        return [line]
    starts = sorted(at for run in _runs(line.text) if len(run) > 1 for at, _ in run)
    cuts = [at for at in starts if at]
    if not cuts:
        return [line]
    pieces = [
        line.cut(start, end) for start, end in zip([0, *cuts], [*cuts, len(line.text)], strict=True)
    ]
    return [piece for piece in pieces if piece.text]


def _runs(text: str) -> list[list[tuple[int, Label]]]:
    """Numbers that follow one another, each with its offset."""
    runs: list[list[tuple[int, Label]]] = []
    latest: dict[Style, list[tuple[int, Label]]] = {}

    def begin(at: int, label: Label) -> None:
        latest[label.style] = [(at, label)]
        runs.append(latest[label.style])

    first = recognise(text)
    if first is not None and first.style in _RUNNING and not first.bare:
        begin(0, first)
    for count, match in enumerate(_SPOT.finditer(text)):
        if count >= _MOST:
            break
        at = match.end()
        label = recognise(text[at : at + 28])
        if label is None or label.bare or label.damaged or label.style not in _RUNNING:
            continue
        run = latest.get(label.style)
        if run is not None and label.value == run[-1][1].value + 1 and match[0][0] not in "：:":
            run.append((at, label))
        elif label.value == 1 and label.style in _BRACKETS:
            begin(at, label)
    return runs
