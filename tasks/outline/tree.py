"""The tree of numbered paragraphs, each with its path: 三（二）1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from .clutter import Clutter
from .form import CardName
from .form_line import FoundDeadline
from .line import BLANK, Line, spanning
from .model import FoundSlot, Place
from .numbering import RANK, Label, Style
from .points import split_points
from .slots import Group, read
from .wrapping import Entry

_PART_ENDS = (Clutter.DATE, Clutter.ANNEX)
_CLOSING = (
    "同志们",
    "各乡镇",
    "各单位",
    "各级",
    "各部门",
    "全县",
    "全省",
    "全市",
    "本意见",
    "本方案",
)


@dataclass(slots=True, eq=False)
class Node:
    """A numbered paragraph with what follows it; the root has no number.

    `flow` holds lines and numbered children in the order of the paper.
    `part` counts the papers of one file: the letter, its annex, …
    """

    label: Label | None
    place: Place | None = None
    parent: Node | None = None
    flow: list[Line | Node] = field(default_factory=list)
    inline: bool = False
    part: int = 0
    slots: list[FoundSlot] = field(default_factory=list)
    deadline: FoundDeadline | None = None
    after: list[Line] = field(default_factory=list)
    unnumbered: bool = False
    extent: Place | None = None
    level: int = 0
    """Of a heading without a number: how deep its look says that it stands."""
    given: str = ""

    @property
    def children(self) -> list[Node]:
        return [child for child in self.flow if isinstance(child, Node)]

    @property
    def style(self) -> Style | None:
        return self.label.style if self.label else None

    @property
    def carries(self) -> bool:
        return bool(self.slots) or self.deadline is not None

    @property
    def depth(self) -> int:
        depth, node = 0, self
        while node.parent is not None:
            depth, node = depth + 1, node.parent
        return depth

    @property
    def number(self) -> str:
        """The path without the last dot; an article's number stands alone."""
        parts: list[str] = []
        node: Node | None = self
        while node is not None and node.label is not None:
            parts.append(node.label.canonical)
            if node.label.style is Style.ARTICLE:
                break
            above = node.parent
            while (
                above is not None
                and above.label is not None
                and node.label.style.startswith("decimal")
                and node.label.canonical.startswith(above.label.canonical + ".")
            ):
                above = above.parent
            node = above
        return "".join(reversed(parts))

    def walk(self) -> Iterator[Node]:
        """The nodes beneath, in the order of the paper."""
        stack = [iter(self.children)]
        while stack:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
            else:
                yield child
                stack.append(iter(child.children))

    def text(self) -> str:
        """The text without the node's own number; children with theirs."""
        parts: list[str] = []
        for piece in self.flow:
            if isinstance(piece, Line):
                parts.append(("\n" if parts else "") + piece.text)
                continue
            assert piece.label is not None or piece.unnumbered
            raw = "" if piece.unnumbered or piece.label is None else piece.label.raw
            lead = "" if piece.inline or not parts else "\n"
            parts.append(lead + raw + piece.text())
        return "".join(parts)


def build(entries: list[Entry]) -> Node:
    """The tree of a paper; its root holds what stands before the first number."""
    root = Node(None)
    stack = [root]
    labels = [entry.label for entry in entries]
    following = _following(labels)
    part, numbered = 0, False
    for at, entry in enumerate(entries):
        if entry.clutter is not None:
            if entry.clutter in _PART_ENDS and numbered:
                part, numbered, stack = part + 1, False, [root]
            continue
        label = entry.label
        line = entry.line
        if label is None and entry.level is None:
            stack[-1].flow.append(line)
            continue
        numbered = True
        if label is not None:
            parent = _parent(stack, label, following[at])
            node = Node(label, line.whole(), parent, part=part)
        else:
            direct = labels[at + 1] if at + 1 < len(labels) else None
            parent = _parent_of_heading(stack, entry.level or 0, following[at], direct)
            label = Label(Style.HEADING, 0, "", 0, "")
            node = Node(label, line.whole(), parent, part=part, unnumbered=True)
            node.level = entry.level or 0
            if isinstance(line, CardName):
                node.given = line.number
        parent.flow.append(node)
        stack.append(node)
        rest = line.cut(label.end, len(line.text))
        if rest.text:
            node.flow.append(rest)
    _drop_closing(root)
    for node in [root, *root.walk()]:
        node.extent = _extent(node)
        _expand_points(node)
    for node in [root, *root.walk()]:
        _read_slots(node)
    _raise_slots(root)
    return root


def _following(labels: list[Label | None]) -> list[dict[Style, int]]:
    """For each line, the next value of every style after it."""
    result: list[dict[Style, int]] = [{}] * len(labels)
    ahead: dict[Style, int] = {}
    for at in range(len(labels) - 1, -1, -1):
        result[at] = ahead
        label = labels[at]
        if label is not None:
            ahead = ahead | {label.style: label.value}
    return result


def _parent(stack: list[Node], label: Label, ahead: dict[Style, int]) -> Node:
    """Unwind the stack to the node that a new number stands beneath."""
    if any(node.style is label.style for node in stack):
        while stack[-1].style is not label.style:
            stack.pop()
        stack.pop()
        return stack[-1]
    while stack[-1].label is not None:
        top = stack[-1].label
        if RANK[top.style] < RANK[label.style] or label.style is Style.WORDED:
            break
        nested = label.value == 1 and ahead.get(top.style) == top.value + 1 and top.value > 0
        if nested and not _outer(stack, label):
            break
        stack.pop()
    return stack[-1]


def _parent_of_heading(
    stack: list[Node], level: int, ahead: dict[Style, int], direct: Label | None
) -> Node:
    """Unwind to an outer heading, or to a number whose list runs on after this heading."""
    while len(stack) > 1:
        top = stack[-1]
        assert top.label is not None
        if top.style is Style.HEADING:
            if top.level < level:
                break
        elif ahead.get(top.label.style) == top.label.value + 1 and (
            direct is None or direct.style is not top.style
        ):
            break
        stack.pop()
    return stack[-1]


def _outer(stack: list[Node], label: Label) -> bool:
    """Whether the top is clearly inner: chapters and articles never stand in paragraphs."""
    return RANK[label.style] <= RANK[Style.ARTICLE] or stack[-1].style is Style.POINT


def _drop_closing(root: Node) -> None:
    """A closing appeal after the last numbered paragraph belongs to no item."""
    last = root
    for last in root.walk():  # noqa: B007
        pass
    if last is root:
        return
    for at in range(1, len(last.flow)):
        piece = last.flow[at]
        if isinstance(piece, Line) and piece.text.startswith(_CLOSING) and len(piece.text) > 25:
            last.after.extend(p for p in last.flow[at:] if isinstance(p, Line))
            del last.flow[at:]
            return


def _extent(node: Node) -> Place | None:
    """From the number to the end of the node's own lines."""
    end = node.place
    for piece in node.flow:
        if isinstance(piece, Line):
            end = piece.whole()
    if node.place is None or end is None:
        return end
    return spanning(node.place, end)


def _expand_points(node: Node) -> None:
    """Make nodes of the points inside the node's paragraphs."""
    flow: list[Line | Node] = []
    for piece in node.flow:
        if isinstance(piece, Node):
            flow.append(piece)
            continue
        before, points = split_points(piece)
        if before is not None:
            flow.append(before)
        for label, line in points:
            rest = line.cut(label.end, len(line.text))
            while rest.text and rest.text[0] in "，、" + BLANK:
                rest = rest.cut(1, len(rest.text))
            point = Node(label, line.whole(), node, inline=True, part=node.part)
            point.extent = line.whole()
            point.flow = [rest]
            flow.append(point)
    node.flow = flow


def _read_slots(node: Node) -> None:
    """Take the slots out of the node's own lines."""
    own = [piece for piece in node.flow if isinstance(piece, Line)]
    groups = read(own)
    carrying = [group for group in groups if group.carries]
    if not carrying:
        return
    if len(carrying) > 1 and not node.children and all(g.lines for g in carrying):
        _split_unnumbered(node, groups)
        return
    kept: set[int] = set()
    seen_slots = False
    for group in groups:
        body = seen_slots and _has_body(groups[0].lines, node)
        for line in group.lines:
            if body:
                node.after.append(line)
            else:
                kept.add(id(line))
        seen_slots = seen_slots or group.carries
        node.slots.extend(group.slots)
        node.deadline = group.deadline or node.deadline
    lines = [line for group in groups for line in group.lines if id(line) in kept]
    node.flow = _weave(node.flow, lines)


def _has_body(lines: list[Line], node: Node) -> bool:
    return len(lines) > 1 or bool(node.children) or any("。" in line.text for line in lines)


def _weave(flow: list[Line | Node], lines: list[Line]) -> list[Line | Node]:
    """Children stay where they are; a line goes where the line stood that it was cut from."""
    woven: list[Line | Node] = []
    rest = iter(lines)
    pending = next(rest, None)
    for piece in flow:
        if isinstance(piece, Node):
            woven.append(piece)
            continue
        first, end = piece.pieces[0], piece.pieces[-1]
        while pending is not None:
            spot = pending.pieces[0]
            if (spot.paragraph, spot.start) > (end.paragraph, end.start + end.length):
                break
            if (spot.paragraph, spot.start) < (first.paragraph, first.start):
                break
            woven.append(pending)
            pending = next(rest, None)
    if pending is not None:
        woven.extend([pending, *rest])
    return woven


def _split_unnumbered(node: Node, groups: list[Group]) -> None:
    """Paragraphs that each carry slots and have no number of their own."""
    node.flow = []
    count = 0
    for group in groups:
        if not group.carries:
            node.after.extend(group.lines)
            continue
        lines = list(group.lines)
        if count == 0 and node.label is None:
            # Only the last paragraph before the first slots is theirs.
            node.flow.extend(lines[:-2] if len(lines) > 2 else [])
            lines = lines[-2:] if len(lines) > 2 else lines
        if count == 0 and node.label is not None and len(lines) > 1:
            node.flow.append(lines.pop(0))
        count += 1
        label = Label(Style.ARABIC, count, "", 0, str(count))
        child = Node(label, lines[0].whole(), node, part=node.part, unnumbered=True)
        child.flow = list(lines)
        child.slots, child.deadline = group.slots, group.deadline
        child.extent = spanning(lines[0].whole(), lines[-1].whole())
        node.flow.append(child)


def _raise_slots(root: Node) -> None:
    """Slots that stand after the last of several points belong to the item above them."""
    nodes = list(root.walk())
    youngest = {id(node.parent): node for node in nodes}
    eldest = {id(node.parent): node for node in reversed(nodes)}
    for _ in range(4):
        own, several = set(), set()
        for node in nodes:
            if not node.carries or node.parent is None:
                continue
            if youngest[id(node.parent)] is not node:
                own.add(node.style)
                several.add(node.style)
            elif eldest[id(node.parent)] is not node:
                several.add(node.style)
        alone = _only_carriers(nodes)
        raised = [
            node
            for node in nodes
            if node.style in several - own and id(node) in alone and _may_raise(node)
        ]
        for node in raised:
            assert node.parent is not None
            node.parent.slots, node.slots = node.slots, []
            node.parent.deadline, node.deadline = node.deadline, None
        if not raised:
            return


def _only_carriers(nodes: list[Node]) -> set[int]:
    """The carriers none of whose siblings holds slots, itself or beneath."""
    holding: dict[int, Node] = {}
    for node in nodes:
        holder: Node | None = node if node.carries else None
        while holder is not None and id(holder) not in holding:
            holding[id(holder)] = holder
            holder = holder.parent
    held = Counter(id(node.parent) for node in holding.values())
    return {id(node) for node in nodes if node.carries and held[id(node.parent)] == 1}


def _may_raise(node: Node) -> bool:
    parent = node.parent
    return (
        node.carries
        and not node.unnumbered
        and parent is not None
        and parent.label is not None
        and not parent.carries
    )
