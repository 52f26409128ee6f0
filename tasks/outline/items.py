"""Chooses from the tree what is an item and what is a section above it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from .deadlines import due_in_text, due_of, impossible, names_day_without_year
from .heading import split_heading
from .line import Line
from .model import FoundItem, FoundSection, Place
from .numbering import POINT_STYLES, Style
from .tree import Node


@dataclass(slots=True)
class Choice:
    """The nodes that are items, and the nodes that are sections, in order."""

    items: list[Node] = field(default_factory=list)
    sections: list[Node] = field(default_factory=list)
    from_points: bool = False


def choose(root: Node, *, measures: bool = True) -> Choice:
    """Items are what carries slots; without slots, the numbered measures.

    `measures=False` asks for slot carriers alone (the paper's items stand in a table).
    """
    nodes = list(root.walk())
    carriers = [node for node in nodes if node.carries]
    if carriers:
        return _with_sections(nodes, carriers)
    if not measures:
        return _with_sections(nodes, [])
    return _measures(root, nodes)


def _with_sections(nodes: list[Node], items: list[Node], *, from_points: bool = False) -> Choice:
    """Sections are the numbered paragraphs above items, and outermost ones without items."""
    chosen = {id(node) for node in items}
    above: set[int] = set()
    for item in items:
        parent = item.parent
        while parent is not None and parent.label is not None:
            above.add(id(parent))
            parent = parent.parent
    outer = {node.style for node in nodes if id(node) in above and _is_top(node)}
    sections = [
        node
        for node in nodes
        if id(node) not in chosen
        and (not node.unnumbered or node.style is Style.HEADING)
        and (id(node) in above or (_is_top(node) and (not items or node.style in outer)))
        and not node.inline
    ]
    return Choice(items, sections, from_points)


def _is_top(node: Node) -> bool:
    return node.parent is not None and node.parent.label is None


def _measures(root: Node, nodes: list[Node]) -> Choice:
    """The numbered measures of a paper without slots."""
    parts = Counter(node.part for node in nodes if not node.inline)
    if not parts:
        points = [node for node in nodes if node.inline]
        return _with_sections(nodes, points, from_points=True)
    found: dict[int, list[Node]] = {}
    for part in parts:
        tops = [node for node in root.children if node.part == part]
        found[part] = _measures_of(tops)
    part = max(found, key=lambda number: (len(found[number]), -number))
    inside = [node for node in nodes if node.part == part]
    items = found[part]
    tops = [node for node in root.children if node.part == part]
    top_ids = {id(top) for top in tops}
    flat = bool(items) and all(_is_top(item) for item in items)
    with_points = [top for top in tops if any(child.style is Style.POINT for child in top.children)]
    points = [node for node in inside if node.style is Style.POINT and id(node.parent) in top_ids]
    if flat and tops and items[0].style is not Style.ARTICLE and 2 * len(with_points) >= len(tops):
        return _with_sections(inside, points, from_points=True)
    return _with_sections(inside, items)


def _measures_of(tops: list[Node]) -> list[Node]:
    articles = [node for top in tops for node in [top, *top.walk()] if node.style is Style.ARTICLE]
    if articles:
        return articles
    nested = any(_numbered_children(top) for top in tops)
    items: list[Node] = []
    for top in tops:
        if not nested:
            if not top.inline:
                items.append(top)
        else:
            items.extend(leaf for child in _numbered_children(top) for leaf in _leaves(child))
    return items


def _numbered_children(node: Node) -> list[Node]:
    return [child for child in node.children if not child.inline]


def _leaves(node: Node) -> list[Node]:
    """The node, or what is beneath it where that is more than points."""
    children = [
        child
        for child in _numbered_children(node)
        if child.style not in POINT_STYLES and not _is_decimal_point(node, child)
    ]
    if not children:
        return [node]
    return [leaf for child in children for leaf in _leaves(child)]


def _is_decimal_point(node: Node, child: Node) -> bool:
    """1.1.1 under 1.1 is a point; 1.1 under 1 is a measure."""
    return (
        node.style in (Style.DECIMAL_2, Style.DECIMAL_3)
        and child.style is not None
        and child.style.startswith("decimal")
    )


def section_of(node: Node, sections: dict[int, FoundSection]) -> str:
    """The number of the nearest section that the node stands in."""
    parent: Node | None = node
    while parent is not None:
        if id(parent) in sections:
            return sections[id(parent)].number
        parent = parent.parent
    return ""


def make_sections(choice: Choice) -> dict[int, FoundSection]:
    """The found sections by the identity of their node."""
    result: dict[int, FoundSection] = {}
    known: set[str] = set()
    counts: Counter[str] = Counter()
    chosen = {id(node) for node in [*choice.items, *choice.sections]}
    for node in choice.sections:
        assert node.place is not None
        heading, text = split_heading(_own_text(node, chosen))
        parent = section_of(node.parent, result) if node.parent else ""
        number = node.number
        if node.style is Style.HEADING:
            number = f"{number}·{heading}" if number else heading
        if number in known and parent:
            number = f"{parent}·{number}"
        base = number
        while number in known:
            counts[base] += 1
            number = f"{base}（{counts[base] + 1}）"
        known.add(number)
        result[id(node)] = FoundSection(
            number=number,
            heading=heading,
            level=node.depth,
            place=node.place,
            text="" if text.strip("。．.：:；;，, ") == heading else text,
            parent=parent,
        )
    return result


def _own_text(node: Node, chosen: set[int]) -> str:
    """A section's text: all beneath it that is neither item nor section."""
    parts: list[str] = []
    for piece in node.flow:
        if isinstance(piece, Line):
            parts.append(piece.text)
        elif not chosen & {id(piece), *(id(child) for child in piece.walk())}:
            raw = piece.label.raw if piece.label else ""
            parts.append(raw + _own_text(piece, chosen))
    return "\n".join(parts)


def number_headings(items: list[Node]) -> None:
    """Give items that are headings without a number one by their order of appearance."""
    counts: Counter[str] = Counter()
    for node in items:
        if node.style is Style.HEADING and node.label is not None:
            path = node.number
            counts[path] += 1
            node.label = replace(node.label, canonical=node.given or str(counts[path]))


def keep_apart(items: list[FoundItem]) -> None:
    """No two items of one section have the same number: 4, 4（2）."""
    known: set[tuple[str, str]] = set()
    counts: Counter[tuple[str, str]] = Counter()
    for item in items:
        number = item.number
        while (item.section, item.number) in known:
            counts[item.section, number] += 1
            item.number = f"{number}（{counts[item.section, number] + 1}）"
        known.add((item.section, item.number))


def make_item(node: Node, *, section: str, year: int | None, from_point: bool) -> FoundItem:
    """The item that a node is."""
    full = node.text()
    heading, text = split_heading(full)
    place = node.extent or node.place
    assert place is not None
    item = FoundItem(
        number=node.number,
        heading=heading,
        text=text,
        place=place,
        section=section,
        level=node.depth,
        slots=list(node.slots),
        points=[
            (child.label.raw if child.label else "") + child.text()
            for child in node.children
            if not child.unnumbered
        ],
    )
    _judge(item, node, from_point=from_point)
    if node.deadline is not None:
        set_due(item, node.deadline.text, node.deadline.place, year)
    else:
        _due_from_text(item, node, year)
    return item


def _judge(item: FoundItem, node: Node, *, from_point: bool) -> None:
    label = node.label
    if node.unnumbered:
        item.confidence, item.reason = 0.6, "原文没有编号，按出现顺序编号"
        item.warnings.append("原文没有编号，已按出现顺序编号，请核对")
    elif from_point and label is not None:
        item.confidence, item.reason = 0.6, f"段落中的“{label.raw}”，没有单独编号"
        item.warnings.append(f"按段落中的“{label.raw}”识别，不是单独编号的条目，请核对起止")
    elif label is not None and label.damaged:
        item.confidence, item.reason = 0.8, f"编号“{label.raw}”可能有误，按“{label.canonical}”读取"
        item.warnings.append(f"编号“{label.raw}”可能有误，已按“{label.canonical}”读取，请核对")
    elif label is not None and label.bare:
        item.confidence, item.reason = 0.7, "编号与正文之间没有顿号或点"
    labels = Counter(slot.label for slot in item.slots)
    for word, count in labels.items():
        if count > 1:
            item.confidence = min(item.confidence, 0.6)
            item.reason = item.reason or f"“{word}”出现 {count} 次"
            item.warnings.append(f"“{word}”出现 {count} 次，可能几项写在了一起，请核对")
    if not item.heading:
        item.confidence = min(item.confidence, 0.5)
        item.warnings.append("没有读到标题和正文，请核对")


def set_due(item: FoundItem, wording: str, place: Place, year: int | None) -> None:
    """Take over a deadline as worded and, where it names one, its date."""
    item.due_text, item.due_place = wording, place
    item.due = due_of(wording, year)
    if item.due is None and impossible(wording, year):
        item.warnings.append(f"完成时限“{wording}”不是有效日期，请核对")
    if item.due is None and year is None and names_day_without_year(wording):
        item.warnings.append(f"完成时限“{wording}”没有年份，请补充年份")


def _due_from_text(item: FoundItem, node: Node, year: int | None) -> None:
    for line in node.flow:
        if not isinstance(line, Line):
            continue
        found = due_in_text(line.text, year)
        if found is None or (item.due is not None and found[0] <= item.due):
            continue
        day, start, end = found
        item.due, item.due_text = day, line.text[start:end]
        item.due_place = line.place(start, end)
    if item.due is not None:
        item.warnings.append(f"完成时限“{item.due_text}”取自正文，请核对")
