"""What an official paper (公文) says, free of any file format.

Every text is plain text: nothing in it is ever read as markup. A line break inside a
text is a soft return. The elements and their order are those of GB/T 9704-2012, 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from reports.charts import Drawing

Align = Literal["left", "center"]
HeadingLevel = Literal[1, 2, 3, 4]
Form = Literal["general", "letter", "bulletin"]


@dataclass(frozen=True, slots=True)
class Link:
    """The characters from `start` up to `end` of a text lead to the anchor `to` of the paper."""

    start: int
    end: int
    to: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the text with its number in it: 一、黑体 （一）楷体 1. 仿宋 （1）仿宋 (7.3.3).

    `run_on` is the text that goes on in the same paragraph after a heading sentence
    (标题句); it is set in 仿宋 whatever the level. `links` are of the `run_on`.
    """

    level: HeadingLevel
    text: str
    run_on: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the text (正文), two characters indented (7.3.3)."""

    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing as wide as the text, its caption under it, both on one page."""

    drawing: Drawing
    caption: str


@dataclass(frozen=True, slots=True)
class SlotLine:
    """A slot of a task on a line of its own: 责任领导：县长. Unfilled, the value is empty."""

    label: str
    value: str = ""

    @property
    def text(self) -> str:
        return f"{self.label}：{self.value}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `width` is its share beside the other columns' widths."""

    heading: str
    width: float = 1.0
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose head is repeated on every page.

    A row is one text a column; a row that is a single `str` runs across all columns
    (a section's name above its items). `anchors` names rows that links lead to, `links`
    the anchor that a row's first text leads to; either may be left out, or "" for a row.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...] | str, ...]
    anchors: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("a table needs columns")
        for row in self.rows:
            if not isinstance(row, str) and len(row) != len(self.columns):
                raise ValueError(f"a row has {len(row)} texts for {len(self.columns)} columns")
        for named in (self.anchors, self.links):
            if named and len(named) != len(self.rows):
                raise ValueError(f"{len(named)} anchors or links for {len(self.rows)} rows")


Block = Heading | Paragraph | SlotLine | Table | Figure


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex (附件), on a page of its own before the imprint (7.3.7, 7.6 for landscape).

    One that is not `is_listed` is a page of the paper itself (签署页): no label, no mention.
    """

    title: str
    body: tuple[Block, ...] = ()
    landscape: bool = False
    is_listed: bool = True

    @classmethod
    def of_table(
        cls,
        title: str,
        columns: tuple[Column, ...],
        rows: tuple[tuple[str, ...] | str, ...],
        *,
        landscape: bool = True,
    ) -> Annex:
        """The usual annex of the portal: one table, landscape (任务分解表)."""
        return cls(title, (Table(columns, rows),), landscape)


@dataclass(frozen=True, slots=True)
class Imprint:
    """The imprint (版记) at the foot of the last page (7.4).

    Printed on both sides (`duplex`), it belongs on an even page, the back of the last
    sheet; where the text ends on an odd page it takes the page after.
    """

    issuer: str
    issued_on: date
    copies_to: str = ""
    duplex: bool = True


@dataclass(frozen=True, slots=True)
class OfficialPaper:
    """A paper of the general form (GB/T 9704-2012, 7). Whatever is empty is left out.

    `form` "letter" is the letter form (信函格式, 10.1): the mark is the issuer's bare name
    30 mm below the sheet's top, a red double rule under it and another 20 mm above the
    sheet's foot, the number on the right, no page number on the first page, an imprint
    that names the copies alone. "bulletin" is a 简报, which the standard leaves to custom:
    mark, issue number, then issuer (`signature`) and date on one line over the red rule,
    none of them again at the end.

    - `head`: the issuer's mark in red (发文机关标志, 7.2.4); without it the paper has no
      red head and the title stands on the third line
    - `number`: 发文字号 (7.2.5), see `lines.document_number`
    - `title`: 标题 (7.3.1); broken into lines by sense unless it brings its own breaks
    - `addressee`: 主送机关 (7.3.2), the closing ： is added
    - `attachments`: names in 附件说明 (7.3.4); by default the titles of the annexes
    - `signature`, `dated`: 署名 and 成文日期 (7.3.5); `sealed` leaves the seal its room
    - `note`: 附注 (7.3.6) without its brackets
    """

    title: str
    body: tuple[Block, ...] = ()
    head: str = ""
    number: str = ""
    addressee: str = ""
    attachments: tuple[str, ...] = ()
    signature: str = ""
    dated: date | None = None
    sealed: bool = True
    note: str = ""
    annexes: tuple[Annex, ...] = ()
    imprint: Imprint | None = None
    form: Form = "general"

    @property
    def foot(self) -> Imprint | None:
        """The imprint as this form prints it: a letter has one only for its copies (10.1)."""
        if self.imprint and self.form == "letter":
            return replace(self.imprint, duplex=False) if self.imprint.copies_to else None
        return self.imprint

    @property
    def attachment_names(self) -> tuple[str, ...]:
        """The names in 附件说明."""
        return self.attachments or tuple(a.title for a in self.annexes if a.is_listed)

    def annex_label(self, index: int) -> str:
        """附件 for the only annex, else 附件1, 附件2 … (7.3.7); none for an unlisted page."""
        if not self.annexes[index].is_listed:
            return ""
        count = sum(annex.is_listed for annex in self.annexes)
        return "附件" if count == 1 else f"附件{index + 1}"

    def texts(self) -> Iterator[str]:
        """Every text of the paper, to look for characters that cannot be printed."""
        yield from (self.head, self.number, self.title, self.addressee)
        yield from _block_texts(self.body)
        yield from self.attachment_names
        yield from (self.signature, self.note)
        for annex in self.annexes:
            yield annex.title
            yield from _block_texts(annex.body)
        if self.imprint:
            yield from (self.imprint.issuer, self.imprint.copies_to)


def _block_texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Heading):
            yield from (block.text, block.run_on)
        elif isinstance(block, Figure):
            yield block.caption
            yield from block.drawing.texts()
        elif isinstance(block, Table):
            yield from (column.heading for column in block.columns)
            for row in block.rows:
                yield from (row,) if isinstance(row, str) else row
        else:
            yield block.text
