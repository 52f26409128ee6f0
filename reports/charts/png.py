"""A drawing as PNG, for Word and WPS, whose older versions show no SVG."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .drawing import INK, PAPER, RULE, Area, Drawing, Rule, Words

SCALE = 3


def to_png(
    drawing: Drawing, *, latin: Path, main: Path, printable: Callable[[str], str] = str
) -> bytes:
    """The drawing at three dots a unit; the same drawing gives the same bytes.

    `latin` is the face of ASCII, `main` that of everything else.
    """
    size = (round(drawing.width * SCALE), round(drawing.height * SCALE))
    image = Image.new("RGB", size, PAPER)
    canvas = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        if isinstance(shape, Area):
            _area(canvas, shape)
        elif isinstance(shape, Rule):
            ends = [n * SCALE for n in (shape.x1, shape.y1, shape.x2, shape.y2)]
            canvas.line(ends, fill=RULE, width=SCALE)
        else:
            _words(canvas, shape, printable(shape.text), (latin, main))
    out = BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _area(canvas: ImageDraw.ImageDraw, area: Area) -> None:
    corners = (area.x, area.y, area.x + area.width, area.y + area.height)
    canvas.rectangle([n * SCALE for n in corners], fill=area.tone.ground)
    for stroke in area.strokes():
        canvas.line([n * SCALE for n in stroke], fill=INK, width=2)
    canvas.rectangle([n * SCALE for n in corners], outline=INK, width=2)


def _words(canvas: ImageDraw.ImageDraw, words: Words, text: str, faces: tuple[Path, Path]) -> None:
    latin, main = (_face(str(face), round(words.size * SCALE)) for face in faces)
    runs = [(c, latin if ord(c) < 0x7F else main) for c in text]
    wide = sum(face.getlength(c) for c, face in runs)
    x = words.x * SCALE - {"start": 0.0, "middle": 0.5, "end": 1.0}[words.anchor] * wide
    if words.is_boxed:
        high = words.size * SCALE
        y = words.y * SCALE
        canvas.rectangle([x - 6, y - high * 0.95, x + wide + 6, y + high * 0.25], fill=PAPER)
    for c, face in runs:
        canvas.text((x, words.y * SCALE), c, font=face, fill=INK, anchor="ls")
        x += face.getlength(c)


@lru_cache(maxsize=16)
def _face(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
