"""The filled paper: the uploaded file with its slots filled, the official print, the table.

Pure of any write: rows in, content or bytes out. The same rows give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from accountability.models import County
from accountability.refusals import Invalid
from accountability.services import files
from reports.documents.content import Annex, Column, Imprint, OfficialPaper
from reports.documents.docx import render_docx
from reports.documents.lines import chinese_date
from reports.documents.pdf import render_pdf
from reports.documents.xlsx import render_xlsx
from reports.models import WordedPaper
from reports.selectors.paper_slots import (
    ItemRow,
    PaperRows,
    SlotValue,
    own_number,
    paper_rows,
)
from reports.services import typeface_check
from reports.services.paper_body import Body, read_body
from reports.services.wordings import filled, wording_of
from tasks.models import Paper, PaperSection, PaperState
from tasks.outline.fill_docx import Entry, NewLine
from tasks.outline.heading import LONGEST
from tasks.outline.model import STANDARD_NAMES, SlotKind
from tasks.outline.refusal import Refused
from tasks.outline.sandbox import fill_in_child
from tasks.outline.source import Source
from tasks.services.issue import DEFAULT_DUE

LAYOUT_VERSION = "1"
"""Part of every digest: a change of layout makes new files of the same content."""

NO_SLOT = "—"
"""In the table: this task does not want this slot."""

_SECOND = re.compile("配合|协办|协同|协助|参与|参加")
_WIDTHS = {
    SlotKind.RESPONSIBLE_LEADER: 1.7,
    SlotKind.RESPONSIBLE_PERSON: 1.9,
    SlotKind.LEAD_UNIT: 2.0,
    SlotKind.RESPONSIBLE_UNIT: 2.8,
}
_PERSONS = (SlotKind.RESPONSIBLE_LEADER, SlotKind.RESPONSIBLE_PERSON)
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


@dataclass(frozen=True, slots=True)
class TaskTable:
    """任务分解表: `rows` without, `grouped` with the names of the sections between them."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    grouped: tuple[tuple[str, ...] | str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that is ready to be made: its name, what it will say, and how to write it.

    `digest` is of all that goes into the file; the same digest is the same bytes.
    """

    kind: str
    name: str
    content_type: str
    digest: str
    write: Callable[[], bytes]
    warnings: tuple[str, ...] = field(default=())


def prepare(paper: Paper, kind: str, *, on: date, with_drafts: bool = True) -> Prepared:
    """What a file of `kind` ("docx", "pdf", "xlsx") says on `on`; nothing is written yet."""
    rows = paper_rows(paper, on=on, with_drafts=with_drafts)
    if kind == "xlsx":
        table = table_of(rows)
        return _prepared(paper, kind, (table,), lambda: write_xlsx(table))
    if kind == "docx" and is_docx(paper):
        entries, lines = docx_entries(rows)
        return _prepared(
            paper,
            kind,
            (paper.source.sha256, entries, lines),
            lambda: _fill(paper, entries, lines),
        )
    body = read_body(rows)
    official = _official(rows, body)
    write = render_docx if kind == "docx" else render_pdf
    warnings: list[str] = []
    if body.left_out:
        shown = "”“".join(text[:30] for text in body.left_out[:5])
        warnings.append(f"以下文字不属于公文正文，未排入：“{shown}”。")
    if kind == "pdf":
        warnings += typeface_check.warnings(official)
    return _prepared(paper, kind, (official,), lambda: write(official), tuple(warnings))


def _prepared(
    paper: Paper,
    kind: str,
    content: tuple[object, ...],
    write: Callable[[], bytes],
    warnings: tuple[str, ...] = (),
) -> Prepared:
    told = repr((LAYOUT_VERSION, kind, paper.county_id, content)).encode()
    stem = _UNFIT.sub("", paper.title).strip()[:150] or f"{paper.year}年度实施意见"
    suffix = "（任务分解表）.xlsx" if kind == "xlsx" else f".{kind}"
    return Prepared(
        kind=kind,
        name=stem + suffix,
        content_type=files.CONTENT_TYPES[f".{kind}"],
        digest=hashlib.sha256(told).hexdigest(),
        write=write,
        warnings=warnings,
    )


def is_docx(paper: Paper) -> bool:
    """Whether the paper came as a .docx, to be filled in place."""
    return paper.source_kind == "docx"


def filled_docx(paper: Paper, on: date, *, with_drafts: bool = True) -> bytes:
    """The uploaded .docx with its slots filled; a new .docx where it came as text or table.

    Raises `Invalid` when the stored file and what was read from it do not fit together.
    """
    return prepare(paper, "docx", on=on, with_drafts=with_drafts).write()


def official_paper(paper: Paper, on: date, *, with_drafts: bool = True) -> OfficialPaper:
    """The paper after GB/T 9704-2012 with the 任务分解表 as its landscape annex."""
    rows = paper_rows(paper, on=on, with_drafts=with_drafts)
    return _official(rows, read_body(rows))


def task_table(paper: Paper, on: date, *, with_drafts: bool = True) -> TaskTable:
    """任务分解表 of the paper on `on`."""
    return table_of(paper_rows(paper, on=on, with_drafts=with_drafts))


def write_xlsx(table: TaskTable) -> bytes:
    """任务分解表 as Excel."""
    return render_xlsx(table.title, table.columns, table.rows, sheet="任务分解表")


def docx_entries(rows: PaperRows) -> tuple[list[Entry], list[NewLine]]:
    """What is written into the uploaded file, and the lines that are added."""
    return (
        [Entry(edit.anchor, edit.start, edit.end, edit.text) for edit in rows.edits],
        [NewLine(line.after, line.text) for line in rows.lines],
    )


def _fill(paper: Paper, entries: list[Entry], lines: list[NewLine]) -> bytes:
    """Written in the child: the uploaded file is as strange now as when it came."""
    try:
        return fill_in_child(files.read(paper.source), entries, lines)
    except Refused as refused:
        raise Invalid(str(refused)) from refused
    except ValueError as error:
        raise Invalid("原文件与识别结果不一致，无法填写，请重新导入这份意见后再生成。") from error


def _official(rows: PaperRows, body: Body) -> OfficialPaper:
    paper, issuer = rows.paper, rows.paper.county.issuer
    is_issued = paper.state in (PaperState.ISSUED, PaperState.CLOSED)
    issued = timezone.localdate(paper.issued_at) if paper.issued_at else rows.day
    table = table_of(rows)
    annexes = list(body.annexes)
    if table.rows:
        annexes.append(Annex.of_table(table.title, table.columns, table.grouped))
    own = tuple(body.attachments)
    wording = _wording(paper.county, paper.year)
    return OfficialPaper(
        title=paper.title,
        head=wording["mark"],
        number=paper.number or body.number,
        addressee=body.addressee,
        body=tuple(body.blocks),
        attachments=(*own, *(a.title for a in annexes[len(body.annexes) :])) if own else (),
        signature=body.signature or issuer,
        dated=body.dated or issued,
        note=body.note or wording["note"],
        annexes=tuple(annexes),
        imprint=Imprint(
            issuer=body.printed_by or wording["printed_by"],
            issued_on=body.printed_on or _printed(body.dated, issued),
            copies_to=body.copies_to or wording["copies_to"],
        )
        if is_issued
        else None,
    )


def _printed(dated: date | None, issued: date) -> date:
    """印发日期: a paper of an earlier year was printed in its own time, not when it was entered."""
    return dated if dated is not None and dated.year < issued.year else issued


def _wording(county: County, year: int) -> dict[str, str]:
    """What stands in head and foot where the paper itself does not say it."""
    values = {
        "发文机关": county.issuer,
        "印发机关": _office_of(county.issuer),
        "年度": str(year),
        "县": county.name,
    }
    wording = wording_of(county, WordedPaper.ISSUED)
    return {part: filled(text, values) for part, text in wording.items()}


def _office_of(issuer: str) -> str:
    """印发机关 is the issuer's office (7.4.3)."""
    return f"{issuer}办公室" if issuer.endswith("政府") else issuer


def table_of(rows: PaperRows) -> TaskTable:
    """任务分解表: one row a task, a column for each slot that the paper has."""
    keys = _slot_columns(rows.items)
    heads = [
        Column("编号", 1.8, "center"),
        Column("工作任务", 4.2),
        *(Column(_head(key, rows.items), 2.4 if key[1] else _WIDTHS[key[0]]) for key in keys),
        Column("完成时限", 1.8, "center"),
    ]
    made = tuple(_row(row, keys, rows.source) for row in rows.items)
    return TaskTable(
        title=f"{rows.paper.year}年度党风廉政建设主体责任任务分解表",
        columns=tuple(heads),
        rows=made,
        grouped=_grouped(rows, made, keys),
    )


SlotKey = tuple[SlotKind, bool]


def _key(value: SlotValue) -> SlotKey:
    is_second = bool(value.slot.ordinal) or _SECOND.search(value.slot.label) is not None
    return SlotKind(value.slot.kind), is_second


def _slot_columns(items: Iterable[ItemRow]) -> list[SlotKey]:
    """The slots that the paper has; the standard four where it has none."""
    found = {_key(value) for row in items for value in row.slots}
    found = found or {(kind, False) for kind in SlotKind}
    order = list(SlotKind)
    return sorted(found, key=lambda key: (order.index(key[0]), key[1]))


def _head(key: SlotKey, items: Iterable[ItemRow]) -> str:
    """The paper's own word where it has but one, else the standard one."""
    labels = {v.slot.label for row in items for v in row.slots if _key(v) == key}
    if len(labels) == 1:
        return labels.pop()
    if key == (SlotKind.RESPONSIBLE_UNIT, True):
        return "配合单位"
    return STANDARD_NAMES[key[0]] + ("（二）" if key[1] else "")


def _row(row: ItemRow, keys: list[SlotKey], source: Source) -> tuple[str, ...]:
    held: dict[SlotKey, list[str]] = {}
    for value in row.slots:
        held.setdefault(_key(value), []).append(value.text)
    slots = ("、".join(filter(None, held[key])) if key in held else NO_SLOT for key in keys)
    return (row.item.number, task_words(row, source), *slots, _due(row))


def task_words(row: ItemRow, source: Source) -> str:
    """The task's heading sentence; of a table the whole cell, of a cut heading its sentence."""
    heading, text, place = row.item.heading, row.item.text, row.item.place
    first = place.get("paragraph", 0)
    for paragraph in source.paragraphs[first : place.get("last", -1) + 1]:
        if paragraph.cell is not None and heading in paragraph.text:
            return paragraph.text.strip()
    if len(heading) < LONGEST or not text.startswith(heading):
        return heading
    end = re.search("[。！？\n]", text)
    return text[: end.start()] if end is not None else text


def _due(row: ItemRow) -> str:
    item = row.item
    if item.due_text and item.due_text != DEFAULT_DUE:
        return item.due_text
    return chinese_date(item.due_on) if item.due_on else ""


def _grouped(
    rows: PaperRows, made: tuple[tuple[str, ...], ...], keys: list[SlotKey]
) -> tuple[tuple[str, ...] | str, ...]:
    """The rows with the headings of their sections between them, one person a line.

    A task that stands beside sections, as （五） after （四）, is headed like them.
    """
    sections = {section.pk: section for section in rows.paper.sections.all()}
    parents = {section.parent_id for section in sections.values()}
    persons = [2 + n for n, key in enumerate(keys) if key[0] in _PERSONS]
    shown: list[int] = []
    found: list[tuple[str, ...] | str] = []
    for row, texts in zip(rows.items, made, strict=True):
        chain: list[PaperSection] = []
        section = sections.get(row.item.section_id or 0)
        while section is not None:
            chain.insert(0, section)
            section = sections.get(section.parent_id or 0)
        ids = [part.pk for part in chain]
        same = 0
        while same < min(len(ids), len(shown)) and ids[same] == shown[same]:
            same += 1
        words = [_section_words(part, sections) for part in chain[same:]]
        if row.item.parent_id is None and ids and ids[-1] in parents:
            words.append(own_number(row.item) + row.item.heading)
            ids.append(-row.item.pk)
        if words:
            found.append("\u3000".join(words))
        shown = ids
        found.append(
            tuple(
                text.replace("、", "\n") if n in persons else text for n, text in enumerate(texts)
            )
        )
    return tuple(found)


def _section_words(section: PaperSection, sections: dict[int, PaperSection]) -> str:
    parent = sections.get(section.parent_id or 0)
    own = section.number.removeprefix(parent.number if parent else "")
    if own == section.heading:
        return own
    mark = "、" if re.fullmatch("[一二三四五六七八九十百]+", own) else ""
    return f"{own}{mark}{section.heading}"
