"""The demo county's implementing opinions, as text and as a Word paper in official layout.

``opinion.txt`` is the working year's opinion, partly filled; ``opinion_previous.txt`` the one of
the year before, wholly filled. In both, ``{year}`` stands for the paper's own year. The lines are:
title, number, addressee, body, signature, date.

The same year gives the same bytes. Fonts and measures follow GB/T 9704-2012.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import zipfile
from enum import StrEnum
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle

DIRECTORY = Path(__file__).parent
HEAD_LINES = 3  # title, number, addressee
CLOSING_LINES = 2  # signature, date
LINE_PITCH = Pt(28.95)
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
SLOT_LABELS = ("责任领导", "责任人员", "牵头单位", "责任单位")


class Opinion(StrEnum):
    """Which of the two opinions; the value is the file's stem."""

    CURRENT = "opinion"
    PREVIOUS = "opinion_previous"


def opinion_text(year: int, opinion: Opinion = Opinion.CURRENT) -> str:
    """The opinion of that year as plain text; for PREVIOUS pass the previous year itself."""
    text = (DIRECTORY / f"{opinion}.txt").read_text(encoding="utf-8")
    return text.replace("{year}", str(year))


def opinion_docx(year: int, opinion: Opinion = Opinion.CURRENT) -> bytes:
    """The same opinion as a .docx file."""
    lines = opinion_text(year, opinion).splitlines()
    document = Document()
    _set_page(document)
    styles = _Styles(document)
    head = (styles.title, styles.number, styles.addressee)
    for line, style in zip(lines[:HEAD_LINES], head, strict=True):
        document.add_paragraph(line, style)
    for line in lines[HEAD_LINES:-CLOSING_LINES]:
        document.add_paragraph(line, styles.of(line))
    for line in lines[-CLOSING_LINES:]:
        document.add_paragraph(line, styles.closing)
    properties = document.core_properties
    properties.title = lines[0]
    properties.author = properties.last_modified_by = lines[-CLOSING_LINES]
    properties.created = properties.modified = dt.datetime(year, 1, 1)
    properties.comments = ""
    raw = BytesIO()
    document.save(raw)
    return _repacked(raw.getvalue())


class _Styles:
    """The paragraph styles of the paper."""

    def __init__(self, document: DocumentType) -> None:
        self._document = document
        centre, right = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
        self.title = self._add("公文标题", "方正小标宋简体", 22, align=centre)
        self.number = self._add("发文字号", "仿宋_GB2312", 16, align=centre)
        self.addressee = self._add("主送机关", "仿宋_GB2312", 16)
        self.text = self._add("公文正文", "仿宋_GB2312", 16, indent=2)
        self.chapter = self._add("一级标题", "黑体", 16, indent=2)
        self.section = self._add("二级标题", "楷体_GB2312", 16, indent=2)
        self.slot = self._add("责任分工", "仿宋_GB2312", 16, indent=2)
        self.closing = self._add("署名日期", "仿宋_GB2312", 16, align=right)
        self.closing.paragraph_format.right_indent = Pt(16 * 4)
        self.number.paragraph_format.space_after = LINE_PITCH

    def of(self, line: str) -> ParagraphStyle:
        """The style of a body line, told by how it begins."""
        if re.match(r"[一二三四五六七八九十]+、", line):
            return self.chapter
        if re.match(r"（[一二三四五六七八九十]+）", line):
            return self.section
        if line.split("：", 1)[0] in SLOT_LABELS:
            return self.slot
        return self.text

    def _add(
        self,
        name: str,
        font: str,
        size: int,
        *,
        indent: int = 0,
        align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    ) -> ParagraphStyle:
        """A style whose indent is counted in characters of its own size."""
        style = self._document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = self._document.styles["Normal"]
        style.font.name = font
        style.font.size = Pt(size)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        layout = style.paragraph_format
        layout.alignment = align
        layout.first_line_indent = Pt(size * indent)
        layout.space_before = layout.space_after = Pt(0)
        layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        layout.line_spacing = LINE_PITCH
        return style


def _set_page(document: DocumentType) -> None:
    """A4 with the margins of the standard (type area 156 mm × 225 mm)."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)


def _repacked(raw: bytes) -> bytes:
    """The same package with its parts in fixed order and time, so that bytes repeat."""
    packed = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(raw)) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        # [Content_Types].xml sorts first, where readers look for it
        for name in sorted(source.namelist()):
            target.writestr(
                zipfile.ZipInfo(name, ZIP_TIME), source.read(name), zipfile.ZIP_DEFLATED
            )
    return packed.getvalue()


def main() -> None:
    """Write one opinion as .docx: ``python -m accountability.demo.make_opinion YEAR FILE``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("year", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--previous", action="store_true", help="the wholly filled older opinion")
    options = parser.parse_args()
    which = Opinion.PREVIOUS if options.previous else Opinion.CURRENT
    options.file.write_bytes(opinion_docx(options.year, which))


if __name__ == "__main__":
    main()
