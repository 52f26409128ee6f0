"""What a dispatch says: typed lines become headings and paragraphs of an official paper."""

from __future__ import annotations

import re

from reports.documents.content import (
    Block,
    Heading,
    HeadingLevel,
    Imprint,
    OfficialPaper,
    Paragraph,
)
from reports.models import Dispatch, DispatchForm
from reports.models.dispatch import PRINTED_AS

_LEVELS: tuple[tuple[HeadingLevel, re.Pattern[str]], ...] = (
    (1, re.compile(r"[一二三四五六七八九十]+、")),
    (2, re.compile(r"（[一二三四五六七八九十]+）")),
    (3, re.compile(r"\d{1,2}[.．](?!\d)")),
    (4, re.compile(r"（\d{1,2}）")),
)
LONGEST_HEADING = 40
NOTHING_TYPED = re.compile(r"^（[^（）]*。）$", re.MULTILINE)  # a hint of the shipped draft


def blocks_of(body: str) -> tuple[Block, ...]:
    """The lines as blocks: 一、（一）1.（1） begin headings of the four levels (GB/T 9704, 7.3.3).

    Where a heading's first sentence is followed by more, the rest runs on in
    the same paragraph; a long sentence is no heading but numbered text.
    """
    return tuple(_block(line.strip()) for line in body.splitlines() if line.strip())


def _block(line: str) -> Block:
    for level, begins in _LEVELS:
        found = begins.match(line)
        if found is None:
            continue
        stop = line.find("。")
        if stop == -1 and len(line) <= LONGEST_HEADING:
            return Heading(level, line)
        if 0 < stop <= LONGEST_HEADING and (level <= 2 or stop + 1 < len(line)):
            return Heading(level, line[: stop + 1], line[stop + 1 :])
        return Paragraph(line)
    return Paragraph(line)


def levels_of(body: str) -> list[tuple[str, str, str]]:
    """(css class, heading, text) of each line, for the preview on the page."""
    return [
        (f"l{block.level}", block.text, block.run_on)
        if isinstance(block, Heading)
        else ("", "", block.text)
        for block in blocks_of(body)
        if isinstance(block, Heading | Paragraph)
    ]


def frozen_text(dispatch: Dispatch) -> str:
    """The canonical text that is endorsed; number and date come later and are not in it."""
    lines = [
        f"{dispatch.get_form_display()}　{dispatch.mark}",
        f"标题：{dispatch.title}",
        f"主送：{dispatch.addressee or '无'}",
        *dispatch.body.splitlines(),
        *(f"附件：{name}" for name in dispatch.attachment_names),
        f"署名：{dispatch.signature}",
        f"抄送：{dispatch.copies_to or '无'}",
    ]
    return "\n".join(lines) + "\n"


def paper_of(dispatch: Dispatch) -> OfficialPaper:
    """The paper as it stands; a draft has neither number nor date."""
    imprint = None
    if dispatch.dated is not None:
        issuer = dispatch.county.issuer
        printed_by = f"{issuer}办公室" if issuer.endswith("政府") else issuer
        imprint = Imprint(printed_by, dispatch.dated, dispatch.copies_to)
    return OfficialPaper(
        form=PRINTED_AS[dispatch.form],
        head=dispatch.mark,
        number=dispatch.number.text if dispatch.number else "",
        title=dispatch.title,
        addressee=dispatch.addressee,
        body=blocks_of(dispatch.body),
        attachments=dispatch.attachment_names,
        signature=dispatch.signature,
        dated=dispatch.dated,
        sealed=dispatch.form != DispatchForm.BRIEF,
        imprint=imprint,
    )
