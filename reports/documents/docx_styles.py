"""The styles of an official paper in .docx, with the usual names of the fonts.

The names stay clear of Word's built-in ones (Word shows its own Title and Normal as 标题 and
正文, a second style of that name would clash).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Pt, RGBColor

LATIN = "Times New Roman"
FANG, KAI, HEI, TITLE, SONG = "仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体", "宋体"
PITCH = 28.95  # points: 22 lines in 225 mm; 29 would hold 21
NARROWER = -5  # twentieths of a point from each character: 28 in 156 mm

_LEFT, _CENTER = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER
_RIGHT, _JUSTIFY = WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    font: str = FANG
    points: float = 16.0
    align: WD_ALIGN_PARAGRAPH = _JUSTIFY
    pitch: float | None = PITCH  # None: as high as the type asks
    first: float = 0.0  # indents in characters: first line, left
    left: float = 0.0
    outline: int | None = None
    keep_next: bool = False
    red: bool = False
    before: float = 0.0  # points; the mark's ink then begins 35 mm down (7.2.4)
    narrower: int = NARROWER


_STYLES = (
    _Style("发文机关标志", TITLE, 44, _CENTER, 2 * PITCH, red=True, narrower=0, before=89),
    _Style("信函标志", TITLE, 44, _CENTER, 2 * PITCH, red=True, narrower=0),
    _Style("信函文号", align=_RIGHT),
    _Style("发文字号", align=_CENTER),
    _Style("简报署名", align=_LEFT),
    _Style("公文标题", TITLE, 22, _CENTER, keep_next=True, outline=0, narrower=0),
    _Style("主送机关"),
    _Style("公文正文", first=2),
    _Style("一级标题", HEI, first=2, outline=0, keep_next=True),
    _Style("二级标题", KAI, first=2, outline=1, keep_next=True),
    _Style("三级标题", first=2, outline=2, keep_next=True),
    _Style("四级标题", first=2, outline=3, keep_next=True),
    _Style("责任槽位", first=2),
    _Style("附件说明", first=-4, left=6, align=_LEFT),
    _Style("署名", align=_RIGHT, keep_next=True),
    _Style("成文日期", align=_RIGHT, keep_next=True),
    _Style("附注", first=2),
    _Style("空行"),
    _Style("分节", points=1, pitch=1, narrower=0),
    _Style("附件序号", HEI, keep_next=True),
    _Style("附件标题", TITLE, 22, _CENTER, keep_next=True, outline=0, narrower=0),
    _Style("表头", HEI, 12, _CENTER, 17, narrower=0),
    _Style("表格文字", points=12, align=_LEFT, pitch=17, narrower=0),
    _Style("表格居中", points=12, align=_CENTER, pitch=17, narrower=0),
    _Style("表格分组", KAI, 12, _LEFT, 17, narrower=0, keep_next=True),
    _Style("版记", points=14, align=_LEFT, pitch=24, left=1, narrower=0),
    _Style("版记抄送", points=14, align=_LEFT, pitch=24, first=-3, left=4, narrower=0),
    _Style("版记日期", points=14, align=_RIGHT, pitch=24, narrower=0),
    _Style("页码", SONG, 14, _LEFT, None, narrower=0),
)


def define_styles(document: Any) -> None:
    """Add the styles to a new document and set its default type."""
    _default_type(document.styles["Normal"])
    for style in _STYLES:
        _define(document, style)


def set_fonts(properties: Any, east_asia: str | None = None, latin: str = LATIN) -> None:
    """Name the fonts of a run or style for Chinese and for Latin text."""
    fonts = properties.get_or_add_rFonts()
    for part in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{part}"), latin)
    if east_asia:
        fonts.set(qn("w:eastAsia"), east_asia)
        fonts.set(qn("w:hint"), "eastAsia")


def _default_type(normal: Any) -> None:
    normal.font.name = LATIN
    normal.font.size = Pt(16)
    set_fonts(normal.element.get_or_add_rPr(), FANG)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    normal.element.get_or_add_rPr().append(language)


def _define(document: Any, wanted: _Style) -> None:
    style = document.styles.add_style(wanted.name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    style.font.name = LATIN
    style.font.size = Pt(wanted.points)
    if wanted.red:
        style.font.color.rgb = RGBColor(0xFF, 0x00, 0x00)
    set_fonts(style.element.get_or_add_rPr(), wanted.font)
    if wanted.narrower:
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), str(wanted.narrower))
        # the schema wants spacing before the size
        size = style.element.rPr.find(qn("w:sz"))
        size.addprevious(spacing)
    layout = style.paragraph_format
    layout.alignment = wanted.align
    layout.keep_with_next = wanted.keep_next
    layout.widow_control = False
    if wanted.before:
        layout.space_before = Pt(wanted.before)
    if wanted.pitch:
        layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        layout.line_spacing = Pt(wanted.pitch)
    _indent(style, wanted)
    if wanted.outline is not None:
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(wanted.outline))
        style.element.get_or_add_pPr().append(level)


def _indent(style: Any, wanted: _Style) -> None:
    """Indents in hundredths of a character, with the same in points for other readers."""
    if not (wanted.first or wanted.left):
        return
    character = wanted.points + wanted.narrower / 20
    style.paragraph_format.left_indent = Pt(wanted.left * character)
    style.paragraph_format.first_line_indent = Pt(wanted.first * character)
    indent = style.element.pPr.find(qn("w:ind"))
    indent.set(qn("w:leftChars"), str(round(wanted.left * 100)))
    kind = "w:firstLineChars" if wanted.first >= 0 else "w:hangingChars"
    indent.set(qn(kind), str(round(abs(wanted.first) * 100)))
