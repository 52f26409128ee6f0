"""Reads a .docx with lxml: body, tables, text boxes, automatic numbers, tracked changes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from tasks.outline import xml_part
from tasks.outline.docx_text import (
    MC_ALTERNATE,
    STRICT_SPACE,
    W_P,
    W_PPR,
    W_RPR,
    W_TBL,
    W_VAL,
    Body,
    W,
    chain,
    chosen_branch,
    is_strong,
    read_body,
)
from tasks.outline.package import Package, open_package
from tasks.outline.readers.auto_number import AutoNumbers
from tasks.outline.readers.docx_styles import Styles, hidden_test, value_of, whole
from tasks.outline.readers.paragraph_list import ParagraphList
from tasks.outline.sentences import refuse
from tasks.outline.source import Cell, Source

_NOTES = {
    "deleted": "文中有修订：插入的内容已读取，删除的内容未读取。",
    "hidden": "隐藏文字未读取。",
    "comment": "批注未读取。",
    "footnote": "脚注未读取。",
    "endnote": "尾注未读取。",
    "header": "页眉中的文字未读取。",
    "contents": "目录未作为正文读取。",
    "sub_document": "未识别的嵌入内容未读取。",
}
_CONTENTS_STYLE = re.compile(r"(?:toc|目录)\s*\d", re.IGNORECASE)
_HEADER_TEXT = re.compile(rb"<w:t(?: [^>]*)?>([^<]*)")

_WITHIN = {f"{W}{tag}" for tag in ("ins", "moveTo", "smartTag", "customXml", "sdtContent")}
_SDT = f"{W}sdt"
_SDT_CONTENT = f"{W}sdtContent"
_ALT_CHUNK = f"{W}altChunk"
_TR = f"{W}tr"
_TC = f"{W}tc"
_P_STYLE = f"{W}pStyle"
_NUM_PR = f"{W}numPr"
_OUTLINE = f"{W}outlineLvl"
_DEL = f"{W}del"
_MAX_COLUMNS = 1_000
_LONGEST_HEADING = 60


@dataclass(slots=True)
class _GridCell:
    """One w:tc on the grid of its table; `covered` when a cell above spans it."""

    element: etree._Element
    row: int
    column: int
    columns: int
    rows: int = 1
    covered: bool = False


def read(data: bytes) -> Source:
    """The paragraphs of a .docx that `gate.admit` let in, or Refused."""
    package = open_package(data, "docx")
    reading = _Reading(package)
    reading.walk(reading.body, None, in_box=False)
    paragraphs = reading.out.finished()
    return Source("docx", paragraphs, notes=tuple(reading.notes(package)))


def load_main(package: Package) -> etree._Element:
    """The root of document.xml, or Refused when it is no transitional document."""
    root = xml_part.parse(package.parts[package.main])
    if root.tag == f"{{{STRICT_SPACE}}}document":
        raise refuse("strict")
    if root.tag != f"{W}document":
        raise refuse("xml_broken")
    return root


def load_styles(package: Package) -> Styles:
    """The styles of the paper; empty when it has none."""
    return Styles(_optional(package, "styles"))


def _optional(package: Package, kind: str) -> etree._Element | None:
    names = package.related(kind)
    return xml_part.parse(package.parts[names[0]]) if names else None


class _Reading:
    """One pass over a document, in the order in which its paragraphs stand."""

    def __init__(self, package: Package) -> None:
        document = package.parts[package.main]
        root = load_main(package)
        body = root.find(f"{W}body")
        if body is None:
            raise refuse("xml_broken")
        self.body = body
        self.styles = load_styles(package)
        self.numbers = AutoNumbers(_optional(package, "numbering"), self.styles)
        self.out = ParagraphList()
        self.seen: set[str] = set()
        # The ordinals of all w:p; the mapping also keeps lxml's proxies alive, so that an
        # element is the same object whenever the walk meets it.
        self.anchors = {element: number for number, element in enumerate(root.iter(W_P))}
        self._hidden = hidden_test(document, self.styles)
        self._has_deletions = b":del" in document or b":moveFrom" in document
        self._joined: set[etree._Element] = set()
        self._tables = 0

    def walk(self, container: etree._Element, cell: Cell | None, *, in_box: bool) -> None:
        for child in container:
            tag = child.tag
            if tag == W_P:
                if child not in self._joined:
                    self._paragraph(child, cell, in_box=in_box)
            elif tag == W_TBL:
                self._table(child, in_box=in_box)
            elif tag == _SDT:
                content = child.find(_SDT_CONTENT)
                if content is not None:
                    self.walk(content, cell, in_box=in_box)
            elif tag in _WITHIN:
                self.walk(child, cell, in_box=in_box)
            elif tag == MC_ALTERNATE:
                self.walk(chosen_branch(child), cell, in_box=in_box)
            elif tag == _ALT_CHUNK:
                self.seen.add("sub_document")

    def notes(self, package: Package) -> list[str]:
        for name in package.related("header"):
            if any(_is_worded(text) for text in _HEADER_TEXT.findall(package.parts[name])):
                self.seen.add("header")
        found = [sentence for code, sentence in _NOTES.items() if code in self.seen]
        return found + self.out.notes()

    def _paragraph(self, element: etree._Element, cell: Cell | None, *, in_box: bool) -> None:
        parts = [element]
        if self._has_deletions:
            parts = chain(element)
            self._joined.update(parts[1:])
        body = read_body(parts, self._hidden)
        self._emit(element, parts[-1], body, cell, in_box=in_box)
        self.seen |= body.seen
        for box in body.boxes:
            self.walk(box, cell, in_box=True)

    def _emit(
        self,
        first: etree._Element,
        last: etree._Element,
        body: Body,
        cell: Cell | None,
        *,
        in_box: bool,
    ) -> None:
        style_id: str | None = None
        number_id = level = outline_level = None
        properties = last.find(W_PPR)
        if properties is not None:
            for child in properties:
                tag = child.tag
                if tag == _P_STYLE:
                    style_id = child.get(W_VAL)
                elif tag == _NUM_PR:
                    number_id = whole(value_of(child, "numId"))
                    level = whole(value_of(child, "ilvl"))
                elif tag == _OUTLINE:
                    outline_level = whole(child.get(W_VAL))
                elif tag == W_RPR and self._has_deletions and child.find(_DEL) is not None:
                    self.seen.add("deleted")
        style = self.styles.get(style_id)
        if _CONTENTS_STYLE.match(style.name):
            self.seen.add("contents")
            return
        label = self.numbers.label(number_id, level, style_id)
        text = body.text
        if not text:
            label = label.rstrip(" ")
        if outline_level is None:
            outline_level = style.outline_level
        if outline_level is not None and not 0 <= outline_level <= 8:
            outline_level = None
        self.out.add(
            label + text,
            self.anchors[first],
            auto_label=label,
            style=style.name,
            outline_level=outline_level,
            cell=cell,
            in_text_box=in_box,
            strong=len(text) <= _LONGEST_HEADING and is_strong(body),
        )

    def _table(self, table: etree._Element, *, in_box: bool) -> None:
        number = self._tables
        self._tables += 1
        for found in self._grid(table):
            if not found.covered:
                cell = Cell(number, found.row, found.column, found.rows, found.columns)
                self.walk(found.element, cell, in_box=in_box)

    def _grid(self, table: etree._Element) -> list[_GridCell]:
        cells: list[_GridCell] = []
        open_merges: dict[int, _GridCell] = {}
        for row, element in enumerate(self._visible_rows(table)):
            properties = element.find(f"{W}trPr")
            column = min(whole(value_of(properties, "gridBefore")) or 0, _MAX_COLUMNS)
            merges: dict[int, _GridCell] = {}
            for tc in _children(element, _TC):
                tc_properties = tc.find(f"{W}tcPr")
                span = min(max(whole(value_of(tc_properties, "gridSpan")) or 1, 1), _MAX_COLUMNS)
                found = _GridCell(tc, row, column, span)
                merge = tc_properties.find(f"{W}vMerge") if tc_properties is not None else None
                if merge is not None:
                    above = open_merges.get(column)
                    if merge.get(W_VAL, "continue") == "continue" and above is not None:
                        above.rows = row - above.row + 1
                        found.covered = True
                        merges[column] = above
                    else:
                        merges[column] = found
                if _continues_left(tc_properties) and cells and cells[-1].row == row:
                    cells[-1].columns += span
                    column += span
                    continue
                cells.append(found)
                column += span
            open_merges = merges
        return cells

    def _visible_rows(self, table: etree._Element) -> list[etree._Element]:
        rows = []
        for row in _children(table, _TR):
            properties = row.find(f"{W}trPr")
            if properties is not None and properties.find(_DEL) is not None:
                self.seen.add("deleted")
            else:
                rows.append(row)
        return rows


def _children(parent: etree._Element, tag: str) -> list[etree._Element]:
    """The rows of a table, the cells of a row; content controls and insertions are seen through."""
    found: list[etree._Element] = []
    for child in parent:
        if child.tag == tag:
            found.append(child)
        elif child.tag == _SDT or child.tag in _WITHIN:
            found.extend(_children(child, tag))
    return found


def _continues_left(properties: etree._Element | None) -> bool:
    """Whether a cell is merged into its left neighbour in the old way (w:hMerge)."""
    merge = properties.find(f"{W}hMerge") if properties is not None else None
    return merge is not None and merge.get(W_VAL, "continue") == "continue"


def _is_worded(text: bytes) -> bool:
    """Whether a header's text is more than a page number."""
    return any(character.isalpha() for character in text.decode("utf-8", "replace"))
