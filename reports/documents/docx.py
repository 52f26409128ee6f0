"""An official paper as .docx: the same content to go on with in Word or WPS.

Real styles with the usual names of the fonts; page, lines and characters of
GB/T 9704-2012. 28 characters come from narrowing each by .25 pt on a grid of 22 lines, not
from a grid of characters, which LibreOffice sets at 14 a line.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.shared import Mm

from reports.charts import to_png
from reports.documents.content import (
    Annex,
    Block,
    Figure,
    Heading,
    Imprint,
    Link,
    OfficialPaper,
    Paragraph,
    SlotLine,
    Table,
)
from reports.documents.docx_parts import (
    bookmark,
    bottom_rule,
    font_run,
    footer_numbers,
    grid,
    indent_right,
    leads_to,
    letter_first_page,
    letter_rule,
    pin_to_foot,
    repeat_head,
    set_widths,
    table_borders,
)
from reports.documents.docx_styles import define_styles
from reports.documents.lines import chinese_date, clean, title_lines, width
from reports.documents.packing import repacked
from reports.documents.paper_html import mark_points, signature_indents
from reports.documents.typefaces import FONTS, printable

_HEADINGS = {1: "一级标题", 2: "二级标题", 3: "三级标题", 4: "四级标题"}


def render_docx(paper: OfficialPaper) -> bytes:
    """The paper as .docx; the same paper gives the same bytes."""
    document = Document()
    define_styles(document)
    document.settings.odd_and_even_pages_header_footer = True
    _set_up(document.sections[0], landscape=False)
    footer_numbers(document.sections[0])
    if paper.form == "letter":
        letter_first_page(document.sections[0])
    _head(document, paper)
    _body(document, paper)
    for index, annex in enumerate(paper.annexes):
        _annex(document, paper, index, annex)
    if paper.foot:
        _imprint(document, paper, paper.foot)
    _properties(document, paper)
    out = BytesIO()
    document.save(out)
    return repacked(out.getvalue())


def _set_up(section: Any, *, landscape: bool) -> None:
    """Paper and margins (5.1, 5.2); turned clockwise for a landscape table (7.6)."""
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (
        (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
    )
    top, left, bottom, right = (28, 35, 26, 37) if landscape else (37, 28, 35, 26)
    section.top_margin, section.left_margin = Mm(top), Mm(left)
    section.bottom_margin, section.right_margin = Mm(bottom), Mm(right)
    section.header_distance = Mm(15)
    section.footer_distance = Mm(16 if landscape else 25)
    grid(section)


def _new_section(document: Any, *, landscape: bool) -> None:
    """A section on a new page; what ends the old one is too low to need a line."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    document.paragraphs[-1].style = "分节"
    _set_up(section, landscape=landscape)


def _add(document: Any, style: str, text: str = "") -> Any:
    """A paragraph; line breaks of the text become soft returns."""
    paragraph = document.add_paragraph(style=style)
    _write(paragraph, text)
    return paragraph


def _write(paragraph: Any, text: str, *, is_tabbed: bool = False) -> None:
    lines = [text] if is_tabbed else clean(text).split("\n")
    for index, line in enumerate(lines):
        run = paragraph.add_run()
        if index:
            run.add_break()
        run.add_text(line)


def _head(document: Any, paper: OfficialPaper) -> None:
    if paper.head:
        mark = clean(paper.head).replace("\n", "")
        _red_head(document, paper, mark)
    _add(document, "空行")
    _add(document, "空行")
    _add(document, "公文标题", "\n".join(title_lines(paper.title)))
    _add(document, "空行")


def _red_head(document: Any, paper: OfficialPaper, mark: str) -> None:
    """版头 of each form: general (7.2), letter (10.1), bulletin."""
    if paper.form == "letter":
        line = _add(document, "信函标志", mark)
        font_run(line.runs[0], points=mark_points(mark))
        letter_rule(line)
        _add(document, "信函文号", paper.number)
        return
    font_run(_add(document, "发文机关标志", mark).runs[0], points=mark_points(mark))
    if paper.form == "bulletin":
        _add(document, "空行")
        _add(document, "发文字号", paper.number)
        _add(document, "空行")
        day = chinese_date(paper.dated) if paper.dated else ""
        byline = _add(document, "简报署名")
        byline.paragraph_format.tab_stops.add_tab_stop(Mm(156), WD_TAB_ALIGNMENT.RIGHT)
        _write(byline, f"{clean(paper.signature)}\t{day}", is_tabbed=True)
        bottom_rule(byline)
        return
    _add(document, "空行")
    _add(document, "空行")
    bottom_rule(_add(document, "发文字号", paper.number))


def _body(document: Any, paper: OfficialPaper) -> None:
    if paper.addressee:
        _add(document, "主送机关", clean(paper.addressee).rstrip("：:") + "：")
    _blocks(document, paper.body)
    _attachments(document, paper)
    _signature(document, paper)


def _blocks(document: Any, blocks: tuple[Block, ...]) -> None:
    for block in blocks:
        if isinstance(block, Heading):
            paragraph = _add(document, _HEADINGS[block.level], block.text)
            if block.run_on:
                paragraph.paragraph_format.keep_with_next = False
                before = len(paragraph.runs)
                _write_linked(paragraph, block.run_on, block.links)
                for run in paragraph.runs[before:]:
                    font_run(run, east_asia="仿宋_GB2312")
        elif isinstance(block, Paragraph):
            _write_linked(_add(document, "公文正文"), block.text, block.links)
        elif isinstance(block, SlotLine):
            _add(document, "责任槽位", block.text)
        elif isinstance(block, Figure):
            _figure(document, block)
        else:
            _table(document, block)


def _write_linked(paragraph: Any, text: str, links: tuple[Link, ...]) -> None:
    at = 0
    for link in links:
        _write(paragraph, text[at : link.start])
        before = len(paragraph.runs)
        _write(paragraph, text[link.start : link.end])
        leads_to(paragraph.runs[before:], link.to)
        at = link.end
    _write(paragraph, text[at:])


def _figure(document: Any, figure: Figure) -> None:
    picture = to_png(
        figure.drawing, latin=FONTS / "GovLatinB.ttf", main=FONTS / "GovHei.ttf",
        printable=lambda text: printable(clean(text)),
    )  # fmt: skip
    section = document.sections[-1]
    whole = section.page_width - section.left_margin - section.right_margin
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    drawn = paragraph.add_run().add_picture(BytesIO(picture), width=min(whole, Mm(156)))
    drawn._inline.docPr.set("descr", clean(figure.drawing.told)[:2000])
    _add(document, "表头", figure.caption)


def _table(document: Any, table: Table) -> None:
    grid_table = document.add_table(rows=1 + len(table.rows), cols=len(table.columns))
    section = document.sections[-1]
    whole = section.page_width - section.left_margin - section.right_margin
    shares = sum(column.width for column in table.columns)
    table_borders(grid_table)
    grid_table.autofit = False
    widths = [int(whole * column.width / shares) for column in table.columns]
    set_widths(grid_table, widths)
    rows = grid_table.rows
    repeat_head(rows[0])
    for cell, head in zip(rows[0].cells, table.columns, strict=True):
        _fill(cell, "表头", head.heading)
    nothing = ("",) * len(table.rows)
    named = zip(table.rows, table.anchors or nothing, table.links or nothing, strict=True)
    for row, (texts, anchor, to) in zip(list(rows)[1:], named, strict=True):
        cells = row.cells
        if anchor:
            bookmark(cells[0].paragraphs[0], anchor)
        if isinstance(texts, str):
            _fill(cells[0].merge(cells[-1]), "表格分组", texts)
            continue
        for cell, text, column in zip(cells, texts, table.columns, strict=True):
            _fill(cell, "表格居中" if column.align == "center" else "表格文字", text)
        if to:
            leads_to(cells[0].paragraphs[0].runs, to)


def _fill(cell: Any, style: str, text: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = style
    _write(paragraph, text)


def _attachments(document: Any, paper: OfficialPaper) -> None:
    names = paper.attachment_names
    if not names:
        return
    _add(document, "空行")
    for number, name in enumerate(names, 1):
        ordinal = "" if len(names) == 1 else f"{number}. "
        lead = "附件：" if number == 1 else "\u3000\u3000\u3000"
        _add(document, "附件说明", f"{lead}{ordinal}{clean(name)}")


def _signature(document: Any, paper: OfficialPaper) -> None:
    if paper.form == "bulletin" or not (paper.signature or paper.dated):
        if paper.note:
            _add(document, "附注", f"（{clean(paper.note)}）")
        return
    name = clean(paper.signature)
    day = chinese_date(paper.dated) if paper.dated else ""
    indents = signature_indents(width(name), width(day), sealed=paper.sealed)
    for _ in range(2 if paper.sealed else 1):
        _add(document, "空行").paragraph_format.keep_with_next = True
    for style, text, indent in (("署名", name, indents[0]), ("成文日期", day, indents[1])):
        if text:
            indent_right(_add(document, style, text), indent)
    if paper.note:
        _add(document, "附注", f"（{clean(paper.note)}）")


def _annex(document: Any, paper: OfficialPaper, index: int, annex: Annex) -> None:
    _new_section(document, landscape=annex.landscape)
    _add(document, "附件序号", paper.annex_label(index))
    _add(document, "空行")
    limit = 28 if annex.landscape else 20
    _add(document, "附件标题", "\n".join(title_lines(annex.title, limit)))
    _add(document, "空行")
    _blocks(document, annex.body)


def _imprint(document: Any, paper: OfficialPaper, imprint: Imprint) -> None:
    """版记 (7.4): a table that floats at the foot of the last page's type area."""
    if paper.annexes and paper.annexes[-1].landscape:
        _new_section(document, landscape=False)
    copies = clean(imprint.copies_to).rstrip("。")
    if paper.form == "letter":
        plain = document.add_table(rows=1, cols=1)
        pin_to_foot(plain, ruled=False)
        _fill(plain.rows[0].cells[0], "版记抄送", f"抄送：{copies}。")
        _add(document, "空行")
        return
    table = document.add_table(rows=2 if copies else 1, cols=2)
    pin_to_foot(table)
    if copies:
        first = table.rows[0].cells
        _fill(first[0].merge(first[1]), "版记抄送", f"抄送：{copies}。")
    issuer, issued = table.rows[-1].cells
    _fill(issuer, "版记", imprint.issuer)
    _fill(issued, "版记日期", f"{chinese_date(imprint.issued_on)}印发")
    _add(document, "空行")


def _properties(document: Any, paper: OfficialPaper) -> None:
    properties = document.core_properties
    properties.title = clean(paper.title).replace("\n", "")[:255]
    properties.author = properties.last_modified_by = clean(paper.signature or paper.head)[:255]
    properties.comments = ""
    properties.language = "zh-CN"
