"""What a person puts right in an outline: split, merge, make an item, change a level, slots.

Every function changes the outline in place and raises `Refused` with a sentence
when the correction makes no sense. The source itself is never altered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .heading import split_heading
from .model import (
    STANDARD_NAMES,
    FoundItem,
    FoundSection,
    FoundSlot,
    Outline,
    Place,
    SlotKind,
)
from .numbering import recognise
from .refusal import Refused
from .source import Source

BY_HAND = "手工增加"
"""`reason` of a slot that a person added: it has no place in the paper."""
MAX_NODES = 20_000
MAX_NUMBER = 60
MAX_HEADING = 200
MAX_LEVEL = 8
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Node:
    """A section or an item where it stands in the paper; `key` is s0, s1 … or i0, i1 …"""

    key: str
    found: FoundSection | FoundItem
    parent: str = ""

    @property
    def item(self) -> FoundItem | None:
        return self.found if isinstance(self.found, FoundItem) else None

    @property
    def level(self) -> int:
        return self.found.level


def nodes(outline: Outline) -> list[Node]:
    """Sections and items in the order of the paper, each with the key of its parent.

    A parent is the nearest section before it that bears the number it names,
    else the nearest one of a lower level. In a table the category (类别) stands
    within the row of its first item, right of the ordinal: it still comes first.
    """
    first_of: dict[str, FoundItem] = {}
    for item in outline.items:
        first_of.setdefault(item.section, item)

    def order(found: FoundSection | FoundItem) -> tuple[int, int]:
        start = _start(found.place)
        first = first_of.get(found.number) if isinstance(found, FoundSection) else None
        if first is not None and _start(first.place) < start < _end(first.place):
            return _start(first.place)
        return start

    ordered: list[tuple[str, FoundSection | FoundItem]] = [
        *((f"s{i}", s) for i, s in enumerate(outline.sections)),
        *((f"i{i}", item) for i, item in enumerate(outline.items)),
    ]
    ordered.sort(key=lambda pair: (order(pair[1]), pair[0][0] == "i"))
    latest: dict[str, str] = {}
    found: list[Node] = []
    for key, node in ordered:
        named = node.section if isinstance(node, FoundItem) else node.parent
        parent = latest.get(named, "") if named else ""
        found.append(Node(key, node, parent))
        if isinstance(node, FoundSection):
            latest[node.number] = key
    return found


def find(outline: Outline, key: str) -> Node:
    """The node of a key; Refused when there is none."""
    for node in nodes(outline):
        if node.key == key:
            return node
    raise Refused("没有找到所选的条目，请刷新页面后重新选择。", code="no_node")


def find_item(outline: Outline, key: str) -> FoundItem:
    """The item of a key; Refused when it is not an item."""
    found = find(outline, key).found
    if not isinstance(found, FoundItem):
        raise Refused("所选的是标题，不是任务，请先选择一项任务。", code="not_an_item")
    return found


def split(outline: Outline, source: Source, key: str, paragraph: int, offset: int) -> FoundItem:
    """Part an item at a place of the source; returns the new, second item.

    Slots and deadline go with the part they stand in.
    """
    item = find_item(outline, key)
    cut = (paragraph, offset)
    if not _start(item.place) < cut < _end(item.place) or not 0 <= paragraph < len(
        source.paragraphs
    ):
        raise Refused("拆分处不在所选任务之内，请在任务正文中选择位置。", code="cut_outside")
    for slot in item.slots:
        if slot.reason != BY_HAND and _start(slot.place) < cut < _end(slot.place):
            raise Refused("拆分处在责任槽位之内，请在任务正文中选择位置。", code="cut_in_slot")
    first_text, second_text = _text_around(item, source, cut)
    if not _squeezed(second_text):
        raise Refused("拆分处之后没有正文，请选择靠前的位置。", code="cut_empty")
    label = recognise(second_text)
    number = f"{item.number}-2"
    if label is not None:
        number = f"{item.section}{label.canonical.rstrip('.．、，')}"
        second_text = second_text[label.end :]
    heading, text = split_heading(second_text.strip())
    later = [s for s in item.slots if s.reason != BY_HAND and _start(s.place) >= cut]
    squeezed = _squeezed(second_text)
    second = FoundItem(
        number=number[:MAX_NUMBER],
        heading=heading,
        text=text,
        place=Place(paragraph, offset, _end(item.place)[1], _end(item.place)[0]),
        section=item.section,
        level=item.level,
        slots=later,
        points=[p for p in item.points if _squeezed(p) in squeezed],
        category=item.category,
        warnings=["手工拆分，请核对编号和标题"],
    )
    if item.due_place is not None and _start(item.due_place) >= cut:
        second.due, second.due_text, second.due_place = item.due, item.due_text, item.due_place
        item.due, item.due_text, item.due_place = None, "", None
    item.slots = [s for s in item.slots if not any(s is kept for kept in later)]
    item.points = [p for p in item.points if p not in second.points]
    item.text = first_text
    item.place = Place(item.place.paragraph, item.place.start, offset, paragraph)
    outline.items.insert(_position(outline, item) + 1, second)
    return second


def merge(outline: Outline, key: str) -> FoundItem:
    """Join an item to the one before it; returns the joined item."""
    item = find_item(outline, key)
    before: FoundItem | None = None
    for node in nodes(outline):
        if node.found is item:
            break
        before = node.item or before
    if before is None:
        raise Refused("这是第一项任务，前面没有可以合并的任务。", code="no_previous")
    whole = item.text
    if item.heading and not _squeezed(item.text).startswith(_squeezed(item.heading)):
        whole = f"{item.heading}。{item.text}"
    before.text = "\n".join(part for part in (before.text, whole) if part)
    before.points += item.points
    for slot in item.slots:
        same = next((s for s in before.slots if (s.kind, s.label) == (slot.kind, slot.label)), None)
        if same is None:
            before.slots.append(slot)
        else:
            same.values += [v for v in slot.values if v not in same.values]
    if before.due is None and not before.due_text:
        before.due, before.due_text, before.due_place = item.due, item.due_text, item.due_place
    last, end = max(_end(before.place), _end(item.place))
    before.place = Place(before.place.paragraph, before.place.start, end, last)
    outline.items.pop(_position(outline, item))
    return before


def make_item(outline: Outline, source: Source, key: str) -> FoundItem:
    """设为任务: a heading, or a paragraph of the source (key p12), becomes an item."""
    if key.startswith("p"):
        return _item_from_paragraph(outline, source, key)
    section = find(outline, key).found
    if isinstance(section, FoundItem):
        raise Refused("所选的已经是任务。", code="is_an_item")
    item = FoundItem(
        number=section.number,
        heading=section.heading,
        text=section.text,
        place=section.place,
        section=section.parent,
        level=section.level,
        warnings=["手工设为任务，请核对标题和正文"],
    )
    outline.sections = [s for s in outline.sections if s is not section]
    _insert(outline, item)
    return item


def make_section(outline: Outline, key: str) -> FoundSection:
    """Not a task: an item becomes a heading of the outline, its text kept with it."""
    item = find_item(outline, key)
    section = FoundSection(
        number=item.number,
        heading=item.heading[:MAX_HEADING],
        level=item.level,
        place=item.place,
        text=item.text,
        parent=item.section,
    )
    outline.items.pop(_position(outline, item))
    outline.sections.append(section)
    outline.sections.sort(key=lambda s: _start(s.place))
    return section


def change_level(outline: Outline, key: str, by: int) -> None:
    """Raise (-1) or lower (+1) a node; what stands below a heading moves with it.

    Numbers are paths, so the part that names the parent is renewed.
    """
    ordered = nodes(outline)
    at = next((i for i, node in enumerate(ordered) if node.key == key), None)
    if at is None:
        raise Refused("没有找到所选的条目，请刷新页面后重新选择。", code="no_node")
    moved = ordered[at].found
    level = moved.level + by
    if not 1 <= level <= MAX_LEVEL:
        raise Refused("已经是最高或最低一级，不能再调整。", code="level_limit")
    old = moved.level
    below = [moved]
    if isinstance(moved, FoundSection):
        for node in ordered[at + 1 :]:
            if node.level <= old:
                break
            below.append(node.found)
    for found in below:
        found.level += by
    before = [n.found for n in ordered[:at] if isinstance(n.found, FoundSection)]
    parent = next((s for s in reversed(before) if s.level < level), None)
    _move(moved, parent.number if parent else "", below[1:])


def edit(
    outline: Outline, key: str, *, number: str, heading: str, due: date | str | None = ""
) -> None:
    """Put number, heading and deadline right; `due` "" leaves the deadline as it is."""
    found = find(outline, key).found
    number, heading = _SPACES.sub("", number), " ".join(heading.split())
    if not number or len(number) > MAX_NUMBER:
        raise Refused(f"编号不能为空，且不超过 {MAX_NUMBER} 个字，请改正。", code="number")
    if not heading or len(heading) > MAX_HEADING:
        raise Refused(f"标题不能为空，且不超过 {MAX_HEADING} 个字，请改正。", code="heading")
    if isinstance(found, FoundSection) and number != found.number:
        for node in nodes(outline):
            if node.parent == key:
                _renumber(node.found, number)
    found.number, found.heading = number, heading
    if isinstance(found, FoundItem) and due != "" and due != found.due:
        found.due = due if isinstance(due, date) else None
        found.due_text = found.due_text or ("手工填写" if found.due else "")


def add_slot(outline: Outline, key: str, kind: SlotKind, label: str = "") -> FoundSlot:
    """Add a slot that the paper does not have; in the filled paper it is a line after the last."""
    item = find_item(outline, key)
    label = _SPACES.sub("", label) or STANDARD_NAMES[kind]
    if len(label) > 20:
        raise Refused("槽位名称不超过 20 个字，请改正。", code="label")
    if any(slot.kind == kind and slot.label == label for slot in item.slots):
        raise Refused(f"这项任务已有“{label}”，不必重复增加。", code="slot_twice")
    last, end = _end(item.place)
    place = Place(last, end, end)
    slot = FoundSlot(kind, label, [], place, place, reason=BY_HAND)
    item.slots.append(slot)
    outline.has_slots = True
    return slot


def drop_slot(outline: Outline, key: str, position: int) -> FoundSlot:
    """Take a slot off an item."""
    item = find_item(outline, key)
    if not 0 <= position < len(item.slots):
        raise Refused("没有找到所选的槽位，请刷新页面后重新选择。", code="no_slot")
    return item.slots.pop(position)


def fill_all_slots(outline: Outline) -> int:
    """Give all four slots to every item that has none; returns how many items got them."""
    count = 0
    for position, item in enumerate(outline.items):
        if not item.slots:
            count += 1
            for kind in SlotKind:
                add_slot(outline, f"i{position}", kind)
    return count


def sentence_starts(item: FoundItem, source: Source) -> Iterator[tuple[int, int, str]]:
    """Where an item may be parted: (paragraph, offset, the words that follow)."""
    slots = [(_start(s.place), _end(s.place)) for s in item.slots if s.reason != BY_HAND]
    for paragraph, start, end in _stretches(item.place, source):
        text = source.paragraphs[paragraph].text
        begins = [start, *(m.end() for m in re.finditer(r"[。；;！？\n]", text[:end]))]
        for begin in dict.fromkeys(b for b in begins if start <= b < end):
            spot = (paragraph, begin)
            if spot <= _start(item.place) or not text[begin:end].strip():
                continue
            if any(a <= spot < b for a, b in slots):
                continue
            yield paragraph, begin, text[begin : begin + 18].strip()


# --- within -------------------------------------------------------------------


def _start(place: Place) -> tuple[int, int]:
    return place.paragraph, place.start


def _end(place: Place) -> tuple[int, int]:
    return (place.paragraph if place.last is None else place.last), place.end


def _squeezed(text: str) -> str:
    return _SPACES.sub("", text)


def _position(outline: Outline, item: FoundItem) -> int:
    return next(i for i, found in enumerate(outline.items) if found is item)


def _insert(outline: Outline, item: FoundItem) -> None:
    if len(outline.items) >= MAX_NODES:
        raise Refused("任务过多，请先合并或删减。", code="too_many")
    after = [i for i, found in enumerate(outline.items) if _start(found.place) < _start(item.place)]
    outline.items.insert(after[-1] + 1 if after else 0, item)


def _move(
    found: FoundSection | FoundItem, parent: str, below: list[FoundSection | FoundItem]
) -> None:
    """Put a node under another heading and renew the paths of what stands below it."""
    former = found.section if isinstance(found, FoundItem) else found.parent
    old = found.number
    own = old[len(former) :] if former and old.startswith(former) and old != former else old
    new = (parent + own)[:MAX_NUMBER]
    found.number = new
    if isinstance(found, FoundItem):
        found.section = parent
    else:
        found.parent = parent
    for node in below:
        _rename_path(node, old, new)


def _rename_path(node: FoundSection | FoundItem, old: str, new: str) -> None:
    if node.number.startswith(old):
        node.number = (new + node.number[len(old) :])[:MAX_NUMBER]
    if isinstance(node, FoundItem):
        if node.section.startswith(old):
            node.section = (new + node.section[len(old) :])[:MAX_NUMBER]
    elif node.parent.startswith(old):
        node.parent = (new + node.parent[len(old) :])[:MAX_NUMBER]


def _renumber(node: FoundSection | FoundItem, parent: str) -> None:
    """The parent's number was edited: the child names it anew, its own path stays."""
    if isinstance(node, FoundItem):
        node.section = parent
    else:
        node.parent = parent


def _stretches(place: Place, source: Source) -> Iterator[tuple[int, int, int]]:
    """(paragraph, start, end) of each paragraph that a place covers."""
    last, end = _end(place)
    for paragraph in range(place.paragraph, min(last, len(source.paragraphs) - 1) + 1):
        begin = place.start if paragraph == place.paragraph else 0
        stop = end if paragraph == last else len(source.paragraphs[paragraph].text)
        yield paragraph, begin, stop


def _text_around(item: FoundItem, source: Source, cut: tuple[int, int]) -> tuple[str, str]:
    """The item's text before and after a cut, slots left out.

    The grammar has joined broken lines, so its own text is parted where as many
    characters follow as in the source; only where they differ is the source taken.
    """
    after: list[str] = []
    for paragraph, start, end in _stretches(item.place, source):
        if (paragraph, end) <= cut:
            continue
        begin = max(start, cut[1]) if paragraph == cut[0] else start
        text = source.paragraphs[paragraph].text
        for slot in item.slots:
            if slot.reason == BY_HAND:
                continue
            for at, first, last in _stretches(slot.place, source):
                if at == paragraph:
                    text = text[:first] + "\0" * (last - first) + text[last:]
        kept = text[begin:end].replace("\0", "").strip()
        if kept:
            after.append(kept)
    second = "\n".join(after)
    wanted = _squeezed(second)
    at = len(item.text)
    left = len(wanted)
    while left and at:
        at -= 1
        left -= not item.text[at].isspace()
    if wanted and _squeezed(item.text[at:]) == wanted:
        return item.text[:at].rstrip(), item.text[at:]
    head = _squeezed(item.text).find(wanted[:30]) if wanted else -1
    if head > 0:
        seen = 0
        for position, character in enumerate(item.text):
            if seen == head:
                return item.text[:position].rstrip(), second
            seen += not character.isspace()
    return item.text, second


def _item_from_paragraph(outline: Outline, source: Source, key: str) -> FoundItem:
    try:
        index = int(key[1:])
        paragraph = source.paragraphs[index]
    except (ValueError, IndexError):
        raise Refused("没有找到所选的段落，请刷新页面后重新选择。", code="no_node") from None
    if index < 0 or not paragraph.text.strip():
        raise Refused("所选的段落没有文字，请另选一段。", code="no_text")
    ordered = nodes(outline)
    for node in ordered:
        if _start(node.found.place) <= (index, 0) < _end(node.found.place):
            if node.item is None:
                return make_item(outline, source, node.key)
            if _start(node.found.place)[0] == index:
                raise Refused("所选的段落已经是任务。", code="is_an_item")
            return split(outline, source, node.key, index, 0)
    above = [n.found for n in ordered if _start(n.found.place) <= (index, 0)]
    section = next((n for n in reversed(above) if isinstance(n, FoundSection)), None)
    label = recognise(paragraph.text)
    body = paragraph.text[label.end :] if label else paragraph.text
    heading, text = split_heading(body.strip())
    path = section.number if section else ""
    own = label.canonical.rstrip(".．、，") if label else f"段{index + 1}"
    item = FoundItem(
        number=(path + own)[:MAX_NUMBER],
        heading=heading,
        text=text,
        place=Place(index, 0, len(paragraph.text)),
        section=path,
        level=(section.level + 1) if section else 1,
        warnings=["手工设为任务，请核对编号和标题"],
    )
    _insert(outline, item)
    return item
