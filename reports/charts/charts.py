"""Three kinds of chart (bars, stacked bars, columns), each with the table that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .drawing import TONES, Area, Drawing, Rule, Shape, Words, cut, ems

WIDTH = 520.0
SIZE = 12.0
ROW = 24.0
BAR = 15.0
LABEL = 9.0
"""Widest label, in characters; the table has the whole name."""
EMPTY = "没有数据"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its table: the head, then the rows, all as text."""

    title: str
    drawing: Drawing
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def bars(
    title: str,
    rows: Sequence[tuple[str, Decimal | int | None]],
    *,
    of: str,
    unit: str,
    top: Decimal | int | None = None,
) -> Chart:
    """Lying bars, one a row, its figure at the end; None has no bar and is told as --.

    `of` names what a row is (乡镇), `unit` what is measured (得分); `top` is the
    figure of a bar of full length, else the greatest.
    """
    left = _left([label for label, _ in rows])
    room = WIDTH - left - 56
    most = Decimal(top or max((value for _, value in rows if value is not None), default=0)) or 1
    shapes: list[Shape] = []
    for number, (label, value) in enumerate(rows):
        y = 6 + number * ROW
        base = y + BAR / 2 + SIZE * 0.36
        shapes.append(Words(left - 6, base, cut(label, LABEL), SIZE, "end"))
        length = float(max(min(Decimal(value or 0) / most, Decimal(1)), Decimal(0))) * room
        if length:
            shapes.append(Area(left, y, length, BAR, TONES[0]))
        shapes.append(Words(left + length + 5, base, _told(value), SIZE))
    height = 6 + max(len(rows), 1) * ROW
    shapes.append(Rule(left, 2, left, height))
    table = tuple((label, _told(value)) for label, value in rows)
    return Chart(title, _drawn(title, shapes, height, table), (of, unit), table)


def stacked(
    title: str,
    series: Sequence[str],
    rows: Sequence[tuple[str, Sequence[int]]],
    *,
    of: str,
) -> Chart:
    """Lying bars of counts laid end to end, with a legend; the sum stands at the end."""
    if len(series) > len(TONES):
        raise ValueError(f"no more than {len(TONES)} series can be told apart")
    left = _left([label for label, _ in rows])
    room = WIDTH - left - 40
    most = max((sum(counts) for _, counts in rows), default=0) or 1
    shapes, head = _legend(series, left)
    for number, (label, counts) in enumerate(rows):
        y = head + number * ROW
        base = y + BAR / 2 + SIZE * 0.36
        shapes.append(Words(left - 6, base, cut(label, LABEL), SIZE, "end"))
        x = left
        for count, tone in zip(counts, TONES, strict=False):
            length = count / most * room
            if not count:
                continue
            shapes.append(Area(x, y, length, BAR, tone))
            words = Words(x + length / 2, base, str(count), SIZE - 2, "middle", is_boxed=True)
            if words.width + 6 <= length:
                shapes.append(words)
            x += length
        shapes.append(Words(x + 5, base, str(sum(counts)), SIZE))
    height = head + max(len(rows), 1) * ROW
    shapes.append(Rule(left, head - 4, left, height))
    table = tuple(
        (label, *(str(count) for count in counts), str(sum(counts))) for label, counts in rows
    )
    return Chart(title, _drawn(title, shapes, height, table), (of, *series, "合计"), table)


def columns(title: str, rows: Sequence[tuple[str, int]], *, of: str, unit: str) -> Chart:
    """Standing columns of counts, as of a distribution; each count on top of its column."""
    height, foot, room = 190.0, 160.0, 130.0
    most = max((count for _, count in rows), default=0) or 1
    step = (WIDTH - 20) / max(len(rows), 1)
    wide = min(step * 0.62, 60.0)
    shapes: list[Shape] = [Rule(10, foot, WIDTH - 10, foot)]
    for number, (label, count) in enumerate(rows):
        middle = 10 + step * (number + 0.5)
        tall = count / most * room
        if count:
            shapes.append(Area(middle - wide / 2, foot - tall, wide, tall, TONES[0]))
        shapes.append(Words(middle, foot - tall - 5, str(count), SIZE, "middle"))
        name = cut(label, max(step / SIZE, 2))
        shapes.append(Words(middle, foot + 17, name, SIZE - 0.5, "middle"))
    table = tuple((label, str(count)) for label, count in rows)
    return Chart(title, _drawn(title, shapes, height, table), (of, unit), table)


def _left(labels: Sequence[str]) -> float:
    """Where the bars begin: behind the longest label."""
    return min(max((ems(label) for label in labels), default=0.0), LABEL) * SIZE + 14


def _legend(series: Sequence[str], left: float) -> tuple[list[Shape], float]:
    """The legend's shapes in as many lines as it takes, and where what is below it begins."""
    shapes: list[Shape] = []
    x, y = left, 4.0
    for name, tone in zip(series, TONES, strict=False):
        wide = 26 + ems(name) * SIZE + 14
        if x + wide > WIDTH and x > left:
            x, y = left, y + 20
        shapes += [Area(x, y, 20, 11, tone), Words(x + 25, y + 10, name, SIZE)]
        x += wide
    return shapes, y + 26


def _told(value: Decimal | int | None) -> str:
    return "--" if value is None else str(value)


def _drawn(
    title: str, shapes: list[Shape], height: float, table: tuple[tuple[str, ...], ...]
) -> Drawing:
    if not table:
        shapes.append(Words(WIDTH / 2, 20, EMPTY, SIZE, "middle"))
    said = "；".join(" ".join(row) for row in table) or EMPTY
    return Drawing(WIDTH, height, tuple(shapes), f"{title}：{said}")
