"""What a signature shows on the page: a few lines of Chinese, and maybe a handwritten picture.

Set in the shipped typefaces. A line that has a rare character of a name changes
to the face for rare characters for just that one.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from PIL import Image
from pyhanko.pdf_utils import layout
from pyhanko.pdf_utils.content import ResourceType
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator, GlyphAccumulatorFactory
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.stamp.base import BaseStamp, BaseStampStyle

from reports.documents.typefaces import FONTS, ROLES, characters_of, printable

FACE = next(role for role in ROLES if role.name == "Fang")
MARGIN = 3.0
LEADING = 1.3
LARGEST, SMALLEST = 11.0, 5.0
PICTURE_SHARE = 0.45  # of the field's width


@dataclass(frozen=True)
class LinesStyle(BaseStampStyle):
    """A stamp of `lines`, the picture (if any) at the left of them."""

    border_width: int = 0
    background_opacity: float = 1.0
    lines: tuple[str, ...] = ()

    def create_stamp(
        self, writer: Any, box: layout.BoxConstraints, text_params: dict[str, Any]
    ) -> LinesStamp:
        free = 1 - PICTURE_SHARE if self.lines else 0.0
        beside = layout.SimpleBoxLayoutRule(
            x_align=layout.AxisAlignment.ALIGN_MID,
            y_align=layout.AxisAlignment.ALIGN_MID,
            margins=layout.Margins(2, round(float(box.width) * free) + 2, 2, 2),
            inner_content_scaling=layout.InnerScaling.STRETCH_TO_FIT,
        )
        return LinesStamp(writer, replace(self, background_layout=beside), box)


class LinesStamp(BaseStamp):
    """Draws the lines as large as the field lets them be."""

    style: LinesStyle

    def _render_inner_content(self) -> list[bytes]:
        width, height = float(self.box.width), float(self.box.height)
        left = width * PICTURE_SHARE if self.style.background else 0.0
        faces: dict[str, GlyphAccumulator] = {}
        shaped = [self._shape(line, faces) for line in self.style.lines]
        widest = max((sum(run[2] for run in line) for line in shaped), default=1.0) or 1.0
        size = min(
            (width - left - 2 * MARGIN) / widest,
            (height - 2 * MARGIN) / (LEADING * max(len(shaped), 1)),
            LARGEST,
        )
        size = max(size, SMALLEST)
        top = (height + size * LEADING * len(shaped)) / 2 - size
        commands = [b"BT 0 g"]
        for number, line in enumerate(shaped):
            x, y = left + MARGIN, top - number * size * LEADING
            for resource, ops, advance in line:
                commands.append(
                    b"%s %g Tf 1 0 0 1 %g %g Tm %s" % (resource.encode(), size, x, y, ops)
                )
                x += advance * size
        commands.append(b"ET")
        for file, face in faces.items():
            self.set_resource(
                ResourceType.FONT, pdf_name(f"/{_resource(file)}"), face.as_resource()
            )
        return commands

    def _shape(
        self, line: str, faces: dict[str, GlyphAccumulator]
    ) -> list[tuple[str, bytes, float]]:
        """(font resource, operators, advance in em) of each run of one face."""
        runs = []
        for file, characters in groupby(printable(line), key=_file_for):
            if file not in faces:
                factory = GlyphAccumulatorFactory(str(FONTS / file))
                assert self.writer is not None
                faces[file] = factory.create_font_engine(self.writer)
            result = faces[file].shape("".join(characters), with_actual_text=False)
            runs.append((f"/{_resource(file)}", result.graphics_ops, float(result.x_advance)))
        return runs


def _file_for(character: str) -> str:
    return FACE.rare if ord(character) in characters_of(FACE.rare) else FACE.main


def _resource(file: str) -> str:
    return file.removesuffix(".ttf")


def stamp_style(lines: tuple[str, ...], *, picture: bytes | None = None) -> LinesStyle:
    """The appearance of one signature; `picture` is a PNG that was checked before."""
    if picture is None:
        return LinesStyle(lines=lines)
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        content = PdfImage(image.convert("RGBA"))
    return LinesStyle(lines=lines, background=content)
