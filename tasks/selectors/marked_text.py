"""The paper's text as the preview shows it: paragraph by paragraph, findings marked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from accountability.selectors.directory import Directory
from tasks.outline.corrections import BY_HAND, Node
from tasks.outline.model import STANDARD_NAMES, FoundItem, Outline, Place, SlotKind
from tasks.outline.source import Source


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of one paragraph's text, or something put in that is no text of it (`is_extra`)."""

    text: str
    css: str = ""
    node: str = ""
    is_extra: bool = False


@dataclass(slots=True)
class Shown:
    """One paragraph."""

    index: int
    pieces: list[Piece] = field(default_factory=list)
    is_centred: bool = False


@dataclass(slots=True)
class TableCell:
    paragraphs: list[Shown]
    row_span: int
    column_span: int


@dataclass(slots=True)
class Block:
    """A paragraph, or a table of the paper."""

    paragraph: Shown | None = None
    rows: list[list[TableCell]] = field(default_factory=list)


@dataclass(slots=True)
class _Marks:
    """What is to be marked in one paragraph."""

    spans: list[tuple[int, int, str, str]] = field(default_factory=list)
    extras: list[tuple[int, Piece]] = field(default_factory=list)


def usual_kinds(outline: Outline) -> list[SlotKind]:
    """The slots that at least half of the items with slots have."""
    carriers = [item for item in outline.items if item.slots]
    return [
        kind
        for kind in SlotKind
        if sum(any(s.kind == kind for s in item.slots) for item in carriers) * 2 >= len(carriers)
        and carriers
    ]


def missing_kinds(item: FoundItem, usual: Sequence[SlotKind]) -> list[SlotKind]:
    """The usual slots that the paper does not give to an item that has others (原文无此项)."""
    if not item.slots:
        return []
    held = {slot.kind for slot in item.slots}
    return [kind for kind in usual if kind not in held]


def blocks(
    source: Source, outline: Outline, ordered: Sequence[Node], directory: Directory
) -> list[Block]:
    """The whole text in blocks, tables as tables."""
    marks: dict[int, _Marks] = defaultdict(_Marks)
    _mark_nodes(source, outline, ordered, marks)
    for demand in outline.recurring:
        _mark(source, demand.place, "m-rec", marks)
    for hint in outline.hints:
        if hint.code != "missing_slot":
            _mark(source, hint.place, "m-hint", marks)
    names = _names_by_start(directory)
    shown = []
    for paragraph in source.paragraphs:
        found = marks[paragraph.index]
        found.spans += [(a, b, "m-unit", "") for a, b in _named(paragraph.text, names)]
        shown.append(
            Shown(
                paragraph.index,
                _pieces(paragraph.text, found),
                is_centred="title" in paragraph.style.lower() or "标题" in paragraph.style,
            )
        )
    return list(_blocks(source, shown))


def _mark_nodes(
    source: Source, outline: Outline, ordered: Sequence[Node], marks: dict[int, _Marks]
) -> None:
    usual = usual_kinds(outline)
    for node in ordered:
        place = node.found.place
        text = source.paragraphs[place.paragraph].text
        end = _heading_end(text, place.start, node.found.heading)
        marks[place.paragraph].spans.append(
            (place.start, end, "m-task" if node.item else "m-sec", node.key)
        )
        if node.item is not None:
            _mark_item(source, node.item, usual, end, marks)


def _mark_item(
    source: Source,
    item: FoundItem,
    usual: Sequence[SlotKind],
    heading_end: int,
    marks: dict[int, _Marks],
) -> None:
    doubts = [item.reason] if item.confidence < 1 and item.reason else []
    if doubts:
        marks[item.place.paragraph].extras.append(
            (heading_end, Piece("；".join(doubts), "x-why", is_extra=True))
        )
    last = (item.place.paragraph, heading_end)
    for slot in item.slots:
        if slot.reason == BY_HAND:
            continue
        fill = slot.fill
        _mark(source, slot.place, "m-slot", marks)
        if fill.start == fill.end and fill.last in (None, fill.paragraph):
            marks[fill.paragraph].extras.append((fill.end, Piece("空", "x-empty", is_extra=True)))
        else:
            _mark(source, fill, "m-fill", marks)
        if slot.confidence < 1 and slot.reason:
            marks[fill.paragraph].extras.append(
                (fill.end, Piece(slot.reason, "x-why", is_extra=True))
            )
        last = max(last, (fill.paragraph if fill.last is None else fill.last, fill.end))
    for slot in item.slots:
        if slot.reason == BY_HAND:
            marks[last[0]].extras.append(
                (last[1], Piece(f"{slot.label}（手工增加）", "x-slot", is_extra=True))
            )
    for kind in missing_kinds(item, usual):
        marks[last[0]].extras.append(
            (last[1], Piece(f"{STANDARD_NAMES[kind]} 原文无此项", "x-none", is_extra=True))
        )


def _heading_end(text: str, start: int, heading: str) -> int:
    """Where the heading that begins at `start` ends in its paragraph."""
    at = text.find(heading, start, start + len(heading) + 30) if heading else -1
    if at >= 0:
        return at + len(heading)
    stop = text.find("。", start)
    return min(stop if stop > 0 else len(text), start + 48, len(text))


def _mark(source: Source, place: Place, css: str, marks: dict[int, _Marks]) -> None:
    last = place.paragraph if place.last is None else place.last
    for index in range(place.paragraph, min(last, len(source.paragraphs) - 1) + 1):
        start = place.start if index == place.paragraph else 0
        end = place.end if index == last else len(source.paragraphs[index].text)
        if start < end:
            marks[index].spans.append((start, end, css, ""))


def _names_by_start(directory: Directory) -> dict[str, list[str]]:
    """Names of units and groups by their first two characters, the longest first."""
    found: dict[str, set[str]] = defaultdict(set)
    for candidate in directory.candidates():
        if candidate.kind != "post":
            for name in candidate.names:
                if len(name) > 2:
                    found[name[:2]].add(name)
    return {start: sorted(names, key=len, reverse=True) for start, names in found.items()}


def _named(text: str, names: dict[str, list[str]]) -> Iterable[tuple[int, int]]:
    at = 0
    while at < len(text) - 2:
        for name in names.get(text[at : at + 2], ()):
            if text.startswith(name, at):
                yield at, at + len(name)
                at += len(name) - 1
                break
        at += 1


def _pieces(text: str, marks: _Marks) -> list[Piece]:
    """The text cut where a mark begins or ends; marks may overlap."""
    if not marks.spans and not marks.extras:
        return [Piece(text)] if text else []
    cuts = {0, len(text)}
    for start, end, _, _ in marks.spans:
        cuts |= {start, end}
    cuts |= {at for at, _ in marks.extras}
    edges = sorted(c for c in cuts if 0 <= c <= len(text))
    pieces: list[Piece] = []
    extras = sorted(marks.extras, key=lambda pair: pair[0])
    named: set[str] = set()
    for start, end in zip(edges, [*edges[1:], len(text)], strict=True):
        while extras and extras[0][0] <= start:
            pieces.append(extras.pop(0)[1])
        if start == end:
            continue
        here = [s for s in marks.spans if s[0] <= start and end <= s[1]]
        css = " ".join(dict.fromkeys(s[2] for s in here))
        node = next((s[3] for s in here if s[3] and s[3] not in named), "")
        named.add(node)
        pieces.append(Piece(text[start:end], css, node))
    pieces += [piece for _, piece in extras]
    return pieces


def _blocks(source: Source, shown: Sequence[Shown]) -> Iterable[Block]:
    at = 0
    while at < len(shown):
        cell = source.paragraphs[at].cell
        if cell is None:
            yield Block(paragraph=shown[at])
            at += 1
            continue
        cells: dict[tuple[int, int], TableCell] = {}
        table = cell.table
        while at < len(shown):
            cell = source.paragraphs[at].cell
            if cell is None or cell.table != table:
                break
            known = cells.setdefault(
                (cell.row, cell.column), TableCell([], cell.row_span, cell.column_span)
            )
            known.paragraphs.append(shown[at])
            at += 1
        rows: dict[int, list[TableCell]] = {}
        for (row, _), one in sorted(cells.items()):
            rows.setdefault(row, []).append(one)
        yield Block(rows=list(rows.values()))
