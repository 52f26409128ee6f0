"""What the import page shows of a draft: tree, marked text, hints, demands, matches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accountability.selectors.directory import Candidate, Directory, directory
from tasks.models import ImportDraft
from tasks.outline.corrections import BY_HAND, Node, nodes, sentence_starts
from tasks.outline.export import outline_from_dict, source_from_dict
from tasks.outline.model import STANDARD_NAMES, FoundItem, Hint, Outline, Recurring, SlotKind
from tasks.outline.source import Source

from .comparing import Differences, differences, replaceable_paper
from .marked_text import blocks, missing_kinds, usual_kinds
from .matching import LAYERS, UNIT_KINDS, choices_from, match_values

HINT_NAMES = {
    "placeholder": "占位符",
    "county_district": "“县”与“区”不一致",
    "residue": "疑似替换残留",
    "damage": "疑似识别损坏",
    "numbering": "编号",
    "missing_slot": "缺少槽位",
}
FREQUENCIES = {
    "year": "每年",
    "half_year": "每半年",
    "quarter": "每季度",
    "two_months": "每两月",
    "month": "每月",
    "week": "每周",
    "date": "按日期",
    "irregular": "不定期",
}
A_YEAR = {"year": 1, "half_year": 2, "quarter": 4, "two_months": 6, "month": 12, "week": 52}
MATCHES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Leaf:
    """A line of the tree."""

    key: str
    depth: int
    number: str
    heading: str
    is_item: bool
    note: str
    doubts: tuple[str, ...]
    paragraph: int

    @property
    def label(self) -> str:
        """The number as it stands before a heading: 一、 (a part), 三（二） 1 …"""
        if (
            not self.is_item
            and self.number
            and all(c in "一二三四五六七八九十百" for c in self.number)
        ):
            return f"{self.number}、"
        return f"{self.number} " if self.number else ""


@dataclass(frozen=True, slots=True)
class SlotLine:
    """A slot of the selected item."""

    position: int
    label: str
    standard: str
    values: str
    is_by_hand: bool
    doubt: str


@dataclass(slots=True)
class Panel:
    """The selected node with what may be done to it."""

    node: Node
    depth: int
    slots: list[SlotLine] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    addable: list[tuple[str, str]] = field(default_factory=list)
    cuts: list[tuple[str, str]] = field(default_factory=list)
    doubts: tuple[str, ...] = ()

    @property
    def item(self) -> FoundItem | None:
        return self.node.item


@dataclass(frozen=True, slots=True)
class HintLine:
    """A hint with its number in the draft; `add` is the slot that it says is missing."""

    number: int
    hint: Hint
    is_accepted: bool
    add: str = ""

    @property
    def message(self) -> str:
        """The hint in a line; a placeholder needs no advice twelve times over."""
        if self.hint.code == "placeholder":
            return self.hint.message.partition("，")[0]
        return self.hint.message


@dataclass(frozen=True, slots=True)
class DemandLine:
    """A recurring demand, how often a year, ticked or not."""

    number: int
    demand: Recurring
    is_kept: bool

    @property
    def rhythm(self) -> str:
        name = FREQUENCIES.get(self.demand.frequency, self.demand.frequency)
        if self.demand.frequency in A_YEAR:
            return f"{name} 全年 {A_YEAR[self.demand.frequency] * self.demand.times} 次"
        return name


def panel_of(draft: ImportDraft, key: str) -> dict[str, Any]:
    """The selected node alone; no query beyond the draft itself."""
    source, outline = source_from_dict(draft.reading), outline_from_dict(draft.findings)
    ordered = nodes(outline)
    return {"draft": draft, "panel": _panel(source, outline, ordered, key)}


def page_of(draft: ImportDraft, key: str) -> dict[str, Any]:
    """Everything of the page; a constant number of queries."""
    source, outline = source_from_dict(draft.reading), outline_from_dict(draft.findings)
    ordered = nodes(outline)
    known = directory(draft.county_id, on=timezone.localdate())
    matches = match_values(outline, known, choices_from(draft.corrections.get("choices", {})))
    states = Counter(match.state for match in matches)
    stored = replaceable_paper(draft.county_id, draft.year)
    found: Differences | None = differences(stored, outline) if stored else None
    open_matches = [m for m in matches if m.state != "matched" or m.choice is not None]
    panel = _panel(source, outline, ordered, key)
    return {
        "draft": draft,
        "size_kb": max(1, round(draft.size / 1024)) if hasattr(draft, "size") else None,
        "outline": outline,
        "tree": _tree(outline, ordered),
        "panel": panel,
        "selected": panel.node.key if panel else "",
        "blocks": blocks(source, outline, ordered, known),
        "counts": {
            "sections": len(outline.sections),
            "items": len(outline.items),
            "slots": sum(len(item.slots) for item in outline.items),
            "demands": len(outline.recurring),
            "hints": len(outline.hints),
            "without_slots": sum(not item.slots for item in outline.items),
            "doubtful": sum(bool(_doubts(item)) for item in outline.items),
        },
        "no_slots": bool(outline.items) and not any(item.slots for item in outline.items),
        "no_numbers": _no_numbers(outline),
        "notes": _notes(source, outline, draft.year),
        "hint_groups": _hint_groups(outline, draft),
        "demands": _demands(outline, draft),
        "matches": open_matches[:MATCHES_SHOWN],
        "matches_left_off": max(0, len(open_matches) - MATCHES_SHOWN),
        "matched": [m for m in matches if m.state == "matched" and m.choice is None],
        "to_choose": states["ambiguous"] + states["unmatched"],
        "unit_names": _names(known, {"unit", "group"}) if open_matches else [],
        "post_names": _names(known, {"post", "group"}) if open_matches else [],
        "unit_kinds": UNIT_KINDS,
        "layers": LAYERS,
        "differences": found,
        "last_year": draft.corrections.get("last_year", 0),
        "is_corrected": draft.version > 1,
    }


def _tree(outline: Outline, ordered: Sequence[Node]) -> list[Leaf]:
    depths: dict[str, int] = {}
    within: Counter[str] = Counter()
    parents = {node.key: node.parent for node in ordered}
    for node in ordered:
        depths[node.key] = depths[node.parent] + 1 if node.parent in depths else 0
        if node.item is not None:
            above = node.parent
            while above:
                within[above] += 1
                above = parents.get(above, "")
    recurring = Counter(demand.section for demand in outline.recurring)
    leaves = []
    for node in ordered:
        if node.item is not None:
            note = f"{len(node.item.slots)} 槽位" if node.item.slots else "无槽位"
        elif within[node.key]:
            note = f"{within[node.key]} 项"
        elif recurring[node.found.number]:
            note = f"周期 {recurring[node.found.number]} 条"
        else:
            note = "无任务"
        leaves.append(
            Leaf(
                node.key,
                depths[node.key],
                node.found.number,
                node.found.heading,
                node.item is not None,
                note,
                _doubts(node.item) if node.item else (),
                node.found.place.paragraph,
            )
        )
    return leaves


def _doubts(item: FoundItem) -> tuple[str, ...]:
    """Why an item is doubtful, each reason once."""
    reasons = list(item.warnings)
    if item.confidence < 1 and item.reason and not item.warnings:
        reasons.append(item.reason)
    reasons += [f"{s.label}：{s.reason}" for s in item.slots if s.confidence < 1 and s.reason]
    return tuple(dict.fromkeys(reasons))


def _panel(source: Source, outline: Outline, ordered: Sequence[Node], key: str) -> Panel | None:
    """The panel of the chosen node, else of the first doubtful or first item."""
    if not ordered:
        return None
    items = [n for n in ordered if n.item is not None]
    node = next((n for n in ordered if n.key == key), None)
    if node is None:
        node = next((n for n in items if n.item and _doubts(n.item)), (items or ordered)[0])
    item = node.item
    panel = Panel(node, depth=node.level)
    if item is None:
        return panel
    panel.doubts = _doubts(item)
    panel.slots = [
        SlotLine(
            position,
            slot.label,
            slot.kind.standard_name,
            "、".join(slot.values),
            slot.reason == BY_HAND,
            slot.reason if slot.confidence < 1 else "",
        )
        for position, slot in enumerate(item.slots)
    ]
    panel.missing = [
        (kind.value, STANDARD_NAMES[kind]) for kind in missing_kinds(item, usual_kinds(outline))
    ]
    absent = {k for k, _ in panel.missing}
    panel.addable = [(k.value, STANDARD_NAMES[k]) for k in SlotKind if k.value not in absent]
    panel.cuts = [(f"{p}:{o}", words) for p, o, words in sentence_starts(item, source)][:60]
    return panel


def _no_numbers(outline: Outline) -> bool:
    """Nothing numbered was found: all items are points inside paragraphs, or there are none."""
    return not outline.items or all("没有单独编号" in item.reason for item in outline.items)


def _notes(source: Source, outline: Outline, year: int) -> list[str]:
    told = ("未识别到责任槽位", "未识别到编号条目", "正文没有单独编号的条目")  # by the banners
    notes = [n for n in outline.notes if not n.startswith(told)]
    notes += [n for n in source.notes if n not in notes]
    if outline.year is not None and outline.year != year:
        notes.append(f"正文写的是{outline.year}年度，将按{year}年度导入，请核对年度")
    return notes


def _hint_groups(outline: Outline, draft: ImportDraft) -> list[tuple[str, str, list[HintLine]]]:
    accepted = frozenset(draft.corrections.get("hints", []))
    keys = {
        (item.place.paragraph, item.place.start): f"i{position}"
        for position, item in enumerate(outline.items)
    }
    groups: dict[str, list[HintLine]] = {}
    for number, hint in enumerate(outline.hints):
        add = ""
        if hint.code == "missing_slot":
            key = keys.get((hint.place.paragraph, hint.place.start), "")
            named = [k for k, name in STANDARD_NAMES.items() if f"“{name}”" in hint.message]
            kind = named[0] if named else ""
            if key and kind and _lacks(outline, key, SlotKind(kind)):
                add = f"{key}|{kind}"
        groups.setdefault(hint.code, []).append(HintLine(number, hint, number in accepted, add))
    return [(code, HINT_NAMES.get(code, code), lines) for code, lines in groups.items()]


def _lacks(outline: Outline, key: str, kind: SlotKind) -> bool:
    return all(slot.kind != kind for slot in outline.items[int(key[1:])].slots)


def _demands(outline: Outline, draft: ImportDraft) -> list[DemandLine]:
    off = frozenset(draft.corrections.get("demands_off", []))
    return [DemandLine(n, demand, n not in off) for n, demand in enumerate(outline.recurring)]


def _names(known: Directory, kinds: set[str]) -> list[str]:
    """What may be typed to choose somebody who is there: one unambiguous name each."""
    return [naming(c) for c in known.candidates() if c.kind in kinds]


def naming(candidate: Candidate) -> str:
    """A candidate's name that tells it from others of the same label."""
    full = f"{candidate.label}（{candidate.detail}）"
    return full if candidate.kind == "post" and full in candidate.names else candidate.label
