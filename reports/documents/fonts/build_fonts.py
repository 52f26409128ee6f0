"""Makes the shipped typefaces: cut down, as TrueType, under new names, on one line grid.

    build_fonts.py ORIGINALS CHARACTERS OUT

ORIGINALS is a directory with the original files as named in `FACES`, CHARACTERS a UTF-8 text
with the 8105 general characters (通用规范汉字表), OUT the directory to write to. About
half a minute a face; needs fontTools only. Not part of the running portal.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

ASCENT, DESCENT = 0.88, 0.12  # em, the same in every face
SYMBOLS = "·—–…‘’“”‰′″℃№Ⅰ→←↑↓■□▲△●○◎★☆§¥€÷×±≤≥≠≈∞㎡㎏㎜㎝㎞①②③④⑤⑥⑦⑧⑨⑩〇〔〕【】〖〗「」『』﹏￥％"
LATIN = frozenset(map(chr, range(0x20, 0x7F)))


@dataclass(frozen=True)
class Face:
    """What to make from what; `beyond` names the face whose characters are left out."""

    file: str
    family: str
    original: str
    number: int = 0
    beyond: str = ""
    latin: bool = False


FACES = (
    Face("GovFang", "Gov Fang", "FandolFang-Regular.otf"),
    Face("GovKai", "Gov Kai", "FandolKai-Regular.otf"),
    Face("GovHei", "Gov Hei", "FandolHei-Regular.otf"),
    Face("GovSong", "Gov Song", "FandolSong-Regular.otf"),
    Face("GovXBS", "Gov XBS", "FandolSong-Bold.otf"),
    Face("FbKai", "Gov Fb Kai", "LXGWWenKai-Light.ttf", beyond="GovFang"),
    Face("FbHei", "Gov Fb Hei", "NotoSansCJK-Regular.ttc", 2, beyond="GovHei"),
    Face("FbSong", "Gov Fb Song", "NotoSerifCJK-Regular.ttc", 2, beyond="GovSong"),
    Face("FbXBS", "Gov Fb XBS", "NotoSerifCJK-Bold.ttc", 2, beyond="GovXBS"),
    Face("GovLatin", "GovLatin", "LiberationSerif-Regular.ttf", latin=True),
    Face("GovLatinB", "GovLatinB", "LiberationSerif-Bold.ttf", latin=True),
)


def gb2312() -> set[str]:
    """The 6763 characters and 682 symbols of GB 2312."""
    found = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def build(face: Face, originals: Path, wanted: set[str], out: Path) -> None:
    """Write one face."""
    font = TTFont(originals / face.original, fontNumber=face.number)
    keep = set(LATIN) if face.latin else set(wanted)
    if face.beyond:
        keep -= set(map(chr, TTFont(out / f"{face.beyond}.ttf").getBestCmap()))
    cut_down(font, keep)
    if "CFF " in font:
        to_truetype(font)
    set_metrics(font)
    rename(font, face.family)
    font.save(out / f"{face.file}.ttf")


def cut_down(font: TTFont, keep: set[str]) -> None:
    """Leave only the wanted characters and the features that Chinese setting uses."""
    options = subset.Options()
    options.layout_features = ["locl", "ccmp", "kern", "halt", "palt", "vert", "vrt2"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.glyph_names = options.hinting = options.legacy_cmap = False
    options.desubroutinize = True
    options.drop_tables += ["DSIG", "BASE", "VORG", "vmtx", "vhea"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(char) for char in keep])
    subsetter.subset(font)


def to_truetype(font: TTFont, max_error: float = 0.5) -> None:
    """Turn CFF outlines to glyf: embedded CFF loses symbols in some readers (CID is not GID)."""
    glyphs = font.getGlyphSet()
    order = font.getGlyphOrder()
    drawn = {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, max_error, reverse_direction=True))
        drawn[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, drawn
    del font["CFF "]
    table.compile(font)
    for name, glyph in drawn.items():
        advance, _ = font["hmtx"][name]
        font["hmtx"][name] = (advance, glyph.xMin if glyph.numberOfContours else 0)
    fill_maxp(font, drawn)
    font["post"].formatType, font["post"].extraNames, font["post"].mapping = 3.0, [], {}
    font["head"].glyphDataFormat = 0
    font.sfntVersion = "\x00\x01\x00\x00"


def fill_maxp(font: TTFont, drawn: dict) -> None:
    """The limits table in its TrueType form."""
    limits = font["maxp"]
    limits.tableVersion = 0x00010000
    limits.maxZones = 1
    for field in (
        "maxTwilightPoints",
        "maxStorage",
        "maxFunctionDefs",
        "maxInstructionDefs",
        "maxStackElements",
        "maxSizeOfInstructions",
    ):
        setattr(limits, field, 0)
    limits.maxComponentElements = max(len(getattr(g, "components", ())) for g in drawn.values())
    limits.compile(font)


def set_metrics(font: TTFont) -> None:
    """One ascent and descent for all faces."""
    unit = font["head"].unitsPerEm
    up, down = round(ASCENT * unit), round(DESCENT * unit)
    font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = up, -down, 0
    table = font["OS/2"]
    table.sTypoAscender, table.sTypoDescender, table.sTypoLineGap = up, -down, 0
    table.usWinAscent, table.usWinDescent = up, down
    table.fsSelection &= 0x7F  # bit 7 needs version 4 of the table


def rename(font: TTFont, family: str) -> None:
    """A name of its own, as reserved font names ask."""
    names = font["name"]
    new = {1: family, 4: family, 6: family.replace(" ", ""), 16: family}
    for record in list(names.names):
        if record.nameID in new:
            names.setName(
                new[record.nameID],
                record.nameID,
                record.platformID,
                record.platEncID,
                record.langID,
            )


def main() -> None:
    """Build every face, main faces before those that leave out their characters."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("originals", type=Path)
    parser.add_argument("characters", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    wanted = set("".join(given.characters.read_text("utf-8").split()))
    wanted |= gb2312() | LATIN | set(SYMBOLS)
    for face in FACES:
        build(face, given.originals, wanted, given.out)


if __name__ == "__main__":
    main()
