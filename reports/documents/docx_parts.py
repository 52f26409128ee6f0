"""Pieces of WordprocessingML that python-docx has no word for."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt

from reports.documents.docx_styles import set_fonts

_RULE_EIGHTHS = {"outer": 8, "inner": 6}  # 0.35 mm and 0.25 mm in eighths of a point (7.4.1)


def font_run(run: Any, *, points: float | None = None, east_asia: str | None = None) -> None:
    """Give a run another size or Chinese font than its style's."""
    if points:
        run.font.size = Pt(points)
    if east_asia:
        set_fonts(run._element.get_or_add_rPr(), east_asia)


def grid(section: Any) -> None:
    """A grid of 22 lines a page (5.2.3)."""
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    properties.append(parse_xml(f'<w:docGrid {nsdecls("w")} w:type="lines" w:linePitch="579"/>'))


def footer_numbers(section: Any) -> None:
    """页码 (7.5): — 1 —, right on odd and left on even pages, one character in."""
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style = "页码"
        properties = paragraph._p.get_or_add_pPr()
        chars = "w:rightChars" if side == "right" else "w:leftChars"
        properties.append(
            parse_xml(f'<w:ind {nsdecls("w")} w:{side}="280" {chars}="100"/>'),
        )
        properties.append(parse_xml(f'<w:jc {nsdecls("w")} w:val="{side}"/>'))
        paragraph.add_run("— ")
        _field(paragraph, "PAGE")
        paragraph.add_run(" —")


def _field(paragraph: Any, instruction: str) -> None:
    for kind in ("begin", "instruction", "separate", "shown", "end"):
        run = paragraph.add_run()
        if kind == "instruction":
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = f" {instruction} "
            run._r.append(element)
        elif kind == "shown":
            run.add_text("1")
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
            run._r.append(element)


def bottom_rule(paragraph: Any) -> None:
    """The red rule 4 mm below 发文字号, as wide as the type area (7.2.7)."""
    borders = parse_xml(
        f"<w:pBdr {nsdecls('w')}>"
        '<w:bottom w:val="single" w:sz="16" w:space="6" w:color="FF0000"/></w:pBdr>'
    )
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
    )


def letter_rule(paragraph: Any, *, foot: bool = False) -> None:
    """A letter's red double rule of 170 mm: below the mark, or at the sheet's foot (10.1)."""
    side, kind = ("top", "thinThickSmallGap") if foot else ("bottom", "thickThinSmallGap")
    borders = parse_xml(
        f"<w:pBdr {nsdecls('w')}>"
        f'<w:{side} w:val="{kind}" w:sz="36" w:space="{0 if foot else 11}" w:color="FF0000"/>'
        "</w:pBdr>"
    )
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
    )
    paragraph.paragraph_format.left_indent = Mm(-8)
    paragraph.paragraph_format.right_indent = Mm(-6)


def letter_first_page(section: Any) -> None:
    """A letter's first page: no number, the second red rule 20 mm above the foot (10.1)."""
    section.footer_distance = Mm(20)
    for numbered in (section.footer, section.even_page_footer):
        numbered.paragraphs[0].paragraph_format.space_after = Mm(5)  # where they are elsewhere
    section.different_first_page_header_footer = True
    footer = section.first_page_footer
    footer.is_linked_to_previous = False
    footer.paragraphs[0].style = "分节"
    letter_rule(footer.paragraphs[0], foot=True)


def indent_right(paragraph: Any, characters: float) -> None:
    """Stand in from the right edge by so many characters (7.3.5)."""
    paragraph.paragraph_format.right_indent = Pt(characters * 15.75)
    indent = paragraph._p.pPr.find(qn("w:ind"))
    indent.set(qn("w:rightChars"), str(round(characters * 100)))


def bookmark(paragraph: Any, name: str) -> None:
    """The paragraph is what links to `name` lead to."""
    number = str(crc32(name.encode()) & 0x7FFFFFFF)
    for kind in ("bookmarkStart", "bookmarkEnd"):
        element = OxmlElement(f"w:{kind}")
        element.set(qn("w:id"), number)
        if kind == "bookmarkStart":
            element.set(qn("w:name"), name)
        paragraph._p.append(element)


def leads_to(runs: list[Any], name: str) -> None:
    """These runs, which stand together, are a link to the bookmark `name`; it looks like text."""
    if not runs:
        return
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), name)
    runs[0]._r.addprevious(link)
    for run in runs:
        link.append(run._r)


def repeat_head(row: Any) -> None:
    """The row is the table's head, repeated on every page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def set_widths(table: Any, widths: list[int]) -> None:
    """Column widths in EMU, on the grid and on each cell, as Word and WPS want them."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width


def table_borders(table: Any) -> None:
    """Thin rules all round, rows that are not broken across pages."""
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    _set_borders(table, dict.fromkeys(sides, _RULE_EIGHTHS["inner"]))
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def pin_to_foot(table: Any, *, ruled: bool = True) -> None:
    """Float the imprint at the lower edge of the type area, its outer rules the thicker."""
    if ruled:
        _set_borders(
            table,
            {"top": _RULE_EIGHTHS["outer"], "bottom": _RULE_EIGHTHS["outer"]}
            | {"insideH": _RULE_EIGHTHS["inner"]},
        )
    place = parse_xml(
        f'<w:tblpPr {nsdecls("w")} w:leftFromText="0" w:rightFromText="0" '
        'w:vertAnchor="margin" w:horzAnchor="margin" w:tblpXSpec="left" w:tblpYSpec="bottom"/>'
    )
    properties = table._tbl.tblPr
    properties.find(qn("w:tblW")).addprevious(place)


def _set_borders(table: Any, eighths: dict[str, int]) -> None:
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>'
        for side, size in eighths.items()
    )
    borders = parse_xml(f"<w:tblBorders {nsdecls('w')}>{lines}</w:tblBorders>")
    properties = table._tbl.tblPr
    layout = properties.find(qn("w:tblLook"))
    if layout is not None:
        layout.addprevious(borders)
    else:
        properties.append(borders)
