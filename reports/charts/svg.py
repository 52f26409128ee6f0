"""A drawing as SVG: presentation attributes alone, no style, no script, no address."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from .drawing import INK, PAPER, RULE, Area, Drawing, Rule, Shape, Words


def to_svg(
    drawing: Drawing,
    *,
    family: str = "",
    printable: Callable[[str], str] = str,
    width: str = "",
) -> str:
    """The drawing as one `svg` element, to stand in a page or a paper; every text is escaped.

    `printable` puts in what stands for characters that the face has not.
    """
    inside = "".join(_shape(shape, printable) for shape in drawing.shapes)
    font = f' font-family="{escape(family)}"' if family else ""
    size = f' width="{escape(width)}"' if width else ""
    told = escape(printable(drawing.told))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(drawing.width)} '
        f'{_n(drawing.height)}"{size} role="img" aria-label="{told}"{font}>{inside}</svg>'
    )


def _shape(shape: Shape, printable: Callable[[str], str]) -> str:
    if isinstance(shape, Area):
        return _area(shape)
    if isinstance(shape, Rule):
        return (
            f'<line x1="{_n(shape.x1)}" y1="{_n(shape.y1)}" x2="{_n(shape.x2)}" '
            f'y2="{_n(shape.y2)}" stroke="{RULE}" stroke-width="1"/>'
        )
    return _words(shape, printable)


def _area(area: Area) -> str:
    box = (
        f'<rect x="{_n(area.x)}" y="{_n(area.y)}" width="{_n(area.width)}" '
        f'height="{_n(area.height)}" fill="{area.tone.ground}" stroke="{INK}" '
        'stroke-width="0.6"/>'
    )
    path = "".join(f"M{_n(a)} {_n(b)}L{_n(c)} {_n(d)}" for a, b, c, d in area.strokes())
    return box + (f'<path d="{path}" stroke="{INK}" stroke-width="0.7"/>' if path else "")


def _words(words: Words, printable: Callable[[str], str]) -> str:
    ground = ""
    if words.is_boxed:
        x, y, wide, high = words.box
        ground = (
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}" fill="{PAPER}"/>'
        )
    anchor = "" if words.anchor == "start" else f' text-anchor="{words.anchor}"'
    return (
        f'{ground}<text x="{_n(words.x)}" y="{_n(words.y)}" font-size="{_n(words.size)}" '
        f'fill="{INK}"{anchor}>{escape(printable(words.text))}</text>'
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
