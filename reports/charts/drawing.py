"""A drawing: rectangles, lines and words in units of its own, from the upper left corner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]
Stroke = tuple[float, float, float, float]
INK = "#1b2a3a"
RULE = "#8a97a5"
PAPER = "#ffffff"


@dataclass(frozen=True, slots=True)
class Tone:
    """How an area is filled: a ground, and strokes across it (degrees of slope: 45, 135, 0)."""

    ground: str
    strokes: tuple[int, ...] = ()
    pitch: float = 5.0


# In this order neighbours differ most, in colour, in grey and in black alone.
TONES = (
    Tone("#24496e"),
    Tone(PAPER, (45,)),
    Tone("#a9bfd6"),
    Tone(PAPER, (135,), 3.5),
    Tone(PAPER),
    Tone("#dbe4ee", (45, 135)),
)


@dataclass(frozen=True, slots=True)
class Area:
    """A filled rectangle with a thin edge."""

    x: float
    y: float
    width: float
    height: float
    tone: Tone

    def strokes(self) -> Iterator[Stroke]:
        """The hatching as (x1, y1, x2, y2), cut to the rectangle."""
        right, foot = self.x + self.width, self.y + self.height
        for slope in self.tone.strokes:
            # x + y = c rises to the right, x - y = c falls.
            sign = 1 if slope == 45 else -1
            low = min(self.x + sign * self.y, self.x + sign * foot)
            high = max(right + sign * self.y, right + sign * foot)
            c = low + self.tone.pitch
            while c < high:
                ends = sorted((c - sign * self.y, c - sign * foot))
                x1, x2 = max(self.x, ends[0]), min(right, ends[1])
                if x1 < x2:
                    yield x1, sign * (c - x1), x2, sign * (c - x2)
                c += self.tone.pitch


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin straight line."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; (x, y) is the end of its base line that `anchor` names.

    `is_boxed` puts a white ground behind it, for words upon hatching.
    """

    x: float
    y: float
    text: str
    size: float = 12.0
    anchor: Anchor = "start"
    is_boxed: bool = False

    @property
    def width(self) -> float:
        """About how wide it is set."""
        return ems(self.text) * self.size

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x, y, width, height of its ground."""
        left = self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width
        return left - 2, self.y - self.size * 0.95, self.width + 4, self.size * 1.2


Shape = Area | Rule | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """The shapes in the order in which they are painted; `told` says it in words."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    told: str = ""

    def texts(self) -> Iterator[str]:
        """Every text in it."""
        yield from (shape.text for shape in self.shapes if isinstance(shape, Words))


def ems(text: str) -> float:
    """About how many characters wide: a full-width one counts 1, another .55."""
    return sum(1.0 if ord(c) > 0x2E80 or c in "“”…—·" else 0.55 for c in text)


def cut(text: str, most: float) -> str:
    """The text within `most` characters' width, with … where it was cut."""
    if ems(text) <= most:
        return text
    kept = ""
    for c in text:
        if ems(kept + c) > most - 1:
            break
        kept += c
    return kept + "…"
