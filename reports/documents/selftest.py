"""Start-up check that rare characters of names print as glyphs, not as boxes.

Reads the made PDF back: for each embedded font the characters that it claims to show are
looked up as glyphs in the embedded file itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from fontTools.ttLib import TTFont
from pypdf import PdfReader

from reports.documents.content import Annex, Heading, OfficialPaper, Paragraph
from reports.documents.pdf import render_pdf
from reports.documents.typefaces import ROLES, characters_of

RARE_NAMES = "喆堃珺祎镕玥瑄昇垚"
_OURS = re.compile(rf"/[A-Z]{{6}}\+[LGF]({'|'.join(role.name for role in ROLES)})(-\w+)?")
_MAPPING = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")


def problems() -> list[str]:
    """What is wrong with the typefaces on this machine; empty if all is well."""
    found = []
    for role in ROLES:
        known = frozenset().union(*map(characters_of, role.files))
        lacking = [char for char in RARE_NAMES if ord(char) not in known]
        if lacking:
            found.append(f"字体角色 {role.name} 缺少“{''.join(lacking)}”")
    made = render_pdf(_sample())
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
    found += [f"自检文件中缺少“{char}”" for char in RARE_NAMES if text.count(char) < len(ROLES) - 1]
    return found + glyph_problems(made)


def glyph_problems(pdf: bytes) -> list[str]:
    """Characters of a PDF that have no glyph in the font which it embeds for them."""
    found = []
    for name, font in _fonts(PdfReader(BytesIO(pdf))):
        if not _OURS.fullmatch(name):
            found.append(f"用了随附字库以外的字体 {name}")
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        embedded = TTFont(BytesIO(descriptor["/FontFile2"].get_data()))
        outlines = embedded["glyf"]
        order = embedded.getGlyphOrder()
        for glyph, char in _shown(font["/ToUnicode"].get_data().decode("latin-1")):
            blank = char.isspace() or char in "\u200b"
            if glyph == 0 or glyph >= len(order):
                found.append(f"{name} 没有“{char}”的字形")
            elif not blank and outlines[order[glyph]].numberOfContours == 0:
                found.append(f"{name} 中“{char}”的字形是空的")
    return found


def _fonts(reader: PdfReader) -> Iterator[tuple[str, Any]]:
    seen = set()
    for page in reader.pages:
        resources: Any = page["/Resources"]
        for reference in resources.get("/Font", {}).values():
            font = reference.get_object()
            name = str(font["/BaseFont"])
            if name not in seen:
                seen.add(name)
                yield name, font


def _shown(mapping: str) -> Iterator[tuple[int, str]]:
    """Pairs of glyph number and text of a ToUnicode table."""
    for section in re.findall(r"beginbfchar(.*?)endbfchar", mapping, re.S):
        for glyph, text in _MAPPING.findall(section):
            yield int(glyph, 16), bytes.fromhex(text).decode("utf-16-be")


def _sample() -> OfficialPaper:
    """The rare names in every face: title, 一级 to 四级标题 and text."""
    return OfficialPaper(
        title=f"字形自检{RARE_NAMES}",
        head="字形自检文件",
        body=(
            Heading(1, f"一、{RARE_NAMES}"),
            Heading(2, f"（一）{RARE_NAMES}"),
            Paragraph(RARE_NAMES),
        ),
        annexes=(Annex(RARE_NAMES, (Paragraph("ABC abc 0123456789"),)),),
    )
