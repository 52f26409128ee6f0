"""What a reader of the paper sees in a w:p, and where each stretch of it lies in the XML.

One walker for the reader and for the filled paper, so that both count characters alike:
insertions are in, deletions out, of a field only its result, hidden text skipped, of a
picture with two renderings (mc:AlternateContent) one taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

W_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT_SPACE = "http://purl.oclc.org/ooxml/wordprocessingml/main"
W = f"{{{W_SPACE}}}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
XML_SPACE_ATTRIBUTE = "{http://www.w3.org/XML/1998/namespace}space"

W_P = f"{W}p"
W_R = f"{W}r"
W_T = f"{W}t"
W_TBL = f"{W}tbl"
W_PPR = f"{W}pPr"
W_RPR = f"{W}rPr"
W_VAL = f"{W}val"
W_TXBX = f"{W}txbxContent"
MC_ALTERNATE = f"{MC}AlternateContent"
MC_CHOICE = f"{MC}Choice"
MC_FALLBACK = f"{MC}Fallback"

W_TYPE = f"{W}type"
_HEADING_FONTS = ("黑体", "SimHei", "方正黑体_GBK", "方正黑体简体", "华文中宋")

_DELETED_MARKS = (f"{W}del", f"{W}moveFrom")

# Private-use characters of the symbol fonts that papers use, as anyone sees them.
_SYMBOLS = {
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x72: "❒", 0x75: "◆", 0x76: "❖", 0xA7: "▪",
    0xA8: "□", 0xB7: "•", 0xD8: "➢", 0xE8: "➔", 0xFC: "✓", 0xFB: "✗", 0xFD: "☒", 0xFE: "☑",
    0x52: "☑", 0x53: "☒",
}  # fmt: skip


class Piece(NamedTuple):
    """A stretch of a paragraph's text and the element it comes from.

    `element` is a w:t or m:t when `writable` (its text from `lead` on is the stretch),
    otherwise a tab, break or symbol that stands for `text`.
    """

    element: etree._Element
    text: str
    lead: int
    writable: bool


@dataclass(slots=True)
class Body:
    """The visible content of one paragraph (of several, when their marks are deleted)."""

    pieces: list[Piece] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """What was left aside: deleted, hidden, comment, footnote, endnote."""

    @property
    def text(self) -> str:
        return "".join([piece.text for piece in self.pieces])


Hidden = Callable[[etree._Element], bool]


def symbol(code: str) -> str:
    """The character of a w:sym (hexadecimal code, usually F0xx in a symbol font)."""
    try:
        point = int(code, 16)
    except ValueError:
        return "□"
    if 0xF000 <= point <= 0xF0FF:
        return _SYMBOLS.get(point & 0xFF, "□")
    return chr(point) if 0x20 <= point < 0xD800 else "□"


def is_on(element: etree._Element | None) -> bool:
    """Whether a toggle property (w:vanish, w:isLgl …) is present and not switched off."""
    return element is not None and element.get(W_VAL, "1") not in ("0", "false", "off")


def mark_is_deleted(paragraph: etree._Element) -> bool:
    """Whether a tracked change deletes the paragraph's mark: it then runs into the next."""
    properties = paragraph.find(W_PPR)
    mark = properties.find(W_RPR) if properties is not None else None
    return mark is not None and any(mark.find(tag) is not None for tag in _DELETED_MARKS)


def chain(paragraph: etree._Element) -> list[etree._Element]:
    """The w:p that are one paragraph once the deletions of their marks are accepted."""
    found = [paragraph]
    while mark_is_deleted(found[-1]):
        following = found[-1].getnext()
        while following is not None and following.tag not in (W_P, W_TBL):
            following = following.getnext()
        if following is None or following.tag != W_P:
            break
        found.append(following)
    return found


def read_body(paragraphs: Sequence[etree._Element], hidden: Hidden | None = None) -> Body:
    """The visible pieces of a chain of w:p. `hidden` says of a w:r whether it is not shown."""
    body = Body()
    for paragraph in paragraphs:
        fields: list[bool] = []  # for each open field, whether its instruction still runs
        _collect(paragraph, body, fields, hidden)
    return body


def is_strong(body: Body) -> bool:
    """Whether every run with text is bold or set in the typeface of headings."""
    runs = {piece.element.getparent() for piece in body.pieces if piece.text.strip()}
    return bool(runs) and all(run is not None and _is_strong_run(run) for run in runs)


def _is_strong_run(run: etree._Element) -> bool:
    properties = run.find(W_RPR)
    if properties is None:
        return False
    if is_on(properties.find(f"{W}b")):
        return True
    fonts = properties.find(f"{W}rFonts")
    return fonts is not None and (fonts.get(f"{W}eastAsia") or "") in _HEADING_FONTS


def boxes_within(element: etree._Element) -> Iterator[etree._Element]:
    """The outermost text-box contents within a drawing."""
    for child in element:
        if child.tag == W_TXBX:
            yield child
        elif child.tag == MC_ALTERNATE:
            yield from boxes_within(chosen_branch(child))
        else:
            yield from boxes_within(child)


def chosen_branch(alternate: etree._Element) -> etree._Element:
    """Of two renderings the one with text: the first choice, else the fallback."""
    choice = alternate.find(MC_CHOICE)
    fallback = alternate.find(MC_FALLBACK)
    if choice is None:
        return fallback if fallback is not None else alternate
    if fallback is not None and next(choice.iter(W_T, W_P), None) is None:
        return fallback
    return choice


def _collect(node: etree._Element, body: Body, fields: list[bool], hidden: Hidden | None) -> None:
    for child in node:
        kind = _KINDS.get(child.tag)
        if kind is None:
            continue
        if kind == "run":
            if hidden is not None and hidden(child):
                body.seen.add("hidden")
            else:
                _collect(child, body, fields, hidden)
        elif kind == "text":
            if not (fields and any(fields)):
                _add_text(child, body)
        elif kind == "within":
            _collect(child, body, fields, hidden)
        else:
            _collect_other(kind, child, body, fields, hidden)


def _collect_other(
    kind: str, child: etree._Element, body: Body, fields: list[bool], hidden: Hidden | None
) -> None:
    if kind == "field":
        _turn_field(child.get(f"{W}fldCharType"), fields)
    elif kind == "drawing":
        body.boxes.extend(boxes_within(child))
    elif kind == "alternate":
        _collect(chosen_branch(child), body, fields, hidden)
    elif kind == "sdt":
        if child.find(f"{W}sdtPr/{W}showingPlcHdr") is None:
            content = child.find(f"{W}sdtContent")
            if content is not None:
                _collect(content, body, fields, hidden)
    elif kind in ("deleted", "comment", "footnote", "endnote"):
        body.seen.add(kind)
    elif not (fields and any(fields)):
        text = _mark_text(kind, child, bool(body.pieces))
        if text:
            body.pieces.append(Piece(child, text, 0, writable=False))


def _add_text(element: etree._Element, body: Body) -> None:
    text = element.text
    if not text:
        return
    lead = 0
    if (text[0] in " \t\r\n" or text[-1] in " \t\r\n") and (
        element.get(XML_SPACE_ATTRIBUTE) != "preserve"
    ):
        trimmed = text.lstrip(" \t\r\n")
        lead = len(text) - len(trimmed)
        text = trimmed.rstrip(" \t\r\n")
        if not text:
            return
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.translate({9: " ", 10: " ", 13: " "})
    body.pieces.append(Piece(element, text, lead, writable=True))


def _mark_text(kind: str, element: etree._Element, has_text: bool) -> str:
    if kind == "break":
        # A page break before the first word is no line of the paragraph.
        return "" if element.get(W_TYPE) in ("page", "column") and not has_text else "\n"
    if kind == "symbol":
        return symbol(element.get(f"{W}char", ""))
    return {"tab": "\t", "return": "\n", "hyphen": "-"}[kind]


def _turn_field(turn: str | None, fields: list[bool]) -> None:
    if turn == "begin":
        fields.append(True)
    elif turn == "separate" and fields:
        fields[-1] = False
    elif turn == "end" and fields:
        fields.pop()


_KINDS: dict[object, str] = {
    W_R: "run",
    W_T: "text",
    f"{M}t": "text",
    f"{W}tab": "tab",
    f"{W}ptab": "tab",
    f"{W}br": "break",
    f"{W}cr": "return",
    f"{W}noBreakHyphen": "hyphen",
    f"{W}sym": "symbol",
    f"{W}fldChar": "field",
    f"{W}drawing": "drawing",
    f"{W}pict": "drawing",
    f"{W}object": "drawing",
    MC_ALTERNATE: "alternate",
    f"{W}sdt": "sdt",
    f"{W}del": "deleted",
    f"{W}moveFrom": "deleted",
    f"{W}commentReference": "comment",
    f"{W}footnoteReference": "footnote",
    f"{W}endnoteReference": "endnote",
}
_KINDS |= dict.fromkeys(
    [f"{W}{tag}" for tag in (
        "ins", "moveTo", "hyperlink", "smartTag", "customXml", "fldSimple", "dir", "bdo",
        "ruby", "rubyBase",
    )]
    + [f"{M}{tag}" for tag in (
        "oMath", "oMathPara", "r", "e", "f", "num", "den", "sSup", "sup", "sSub", "sub",
        "sSubSup", "d", "rad", "deg", "nary", "func", "fName", "bar", "box",
    )],
    "within",
)  # fmt: skip
