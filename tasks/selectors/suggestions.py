"""建议: who a task's slots might name, each with its reason. Shown, never applied by itself.

The lead unit comes from the units named in the text, the leader from the
portfolio that the unit is in, the person from the unit's own head, further
units from what else is named (ui.md D7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from accountability.selectors.directory import Candidate, Directory, squeezed
from tasks.outline.model import SlotKind

from .charge import Charge

# A shorter name (公安, 教育) is an everyday word in such a text.
SHORTEST_NAME = 3
# Words that hold a name without meaning it, and organs that are another level's.
NOT_OURS = ("全国", "国家", "中央", "省", "自治区", "市", "州", "上级", "区")
LONGER_WORDS = ("社区", "县政府常务会议", "县政府办公会议", "县政府党组")
LEADS = re.compile(r"^(?:等部门|等单位)?(?:负责)?(?:牵头|主办)")


@dataclass(frozen=True, slots=True)
class Mention:
    """A unit or group that a text names: its key, the words used, where."""

    key: str
    words: str
    start: int
    is_lead: bool = False


@dataclass(slots=True)
class Suggestion:
    """Keys for one slot kind, with the reason that the page shows."""

    keys: list[str]
    reason: str
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Finder:
    """Finds the units and groups of a directory in texts; made once a page."""

    directory: Directory
    charge: Charge
    names: dict[str, Candidate] = field(default_factory=dict)
    pattern: re.Pattern[str] | None = None
    seats_of_leaders: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.seats_of_leaders = {
            c.unit_id for c in self.directory.by_key.values() if c.is_leadership and c.unit_id
        }
        for name, candidates in self.directory.by_name.items():
            fitting = [c for c in candidates if c.kind != "post"]
            if len(name) >= SHORTEST_NAME and len(fitting) == 1:
                self.names[name] = fitting[0]
        words = sorted({*self.names, *LONGER_WORDS}, key=lambda w: (-len(w), w))
        self.pattern = re.compile("|".join(map(re.escape, words))) if words else None

    def mentions(self, text: str) -> list[Mention]:
        """What `text` names, the longest name at each place, once each, in order."""
        flat = squeezed(text)
        found: dict[str, Mention] = {}
        for match in self.pattern.finditer(flat) if self.pattern else ():
            candidate = self.names.get(match[0])
            if candidate is None or self._is_foreign(flat, match.start(), match[0]):
                continue
            leads = bool(LEADS.match(flat[match.end() :]))
            known = found.get(candidate.key)
            if known is None or (leads and not known.is_lead):
                start = known.start if known else match.start()
                found[candidate.key] = Mention(candidate.key, match[0], start, leads)
        return sorted(found.values(), key=lambda m: m.start)

    def marked(self, text: str) -> list[str]:
        """`text` cut at the names in it: plain and named stretches by turns, plain first."""
        words = sorted({m.words for m in self.mentions(text)}, key=lambda w: (-len(w), w))
        return re.split(f"({'|'.join(map(re.escape, words))})", text) if words else [text]

    def _is_foreign(self, flat: str, start: int, words: str) -> bool:
        """市财政局 is not the county's 财政局; a name that itself begins with 县 is plain."""
        return not words.startswith("县") and flat[:start].endswith(NOT_OURS)

    def suggest(self, heading: str, text: str) -> dict[str, Suggestion]:
        """Suggestions by slot kind for a task's words."""
        named = self.mentions(f"{heading}\n{text}")
        units = [
            m for m in named if m.key[0] == "u" and int(m.key[1:]) not in self.seats_of_leaders
        ]
        lead = next((m for m in units if m.is_lead), units[0] if units else None)
        found: dict[str, Suggestion] = {}
        if lead is not None:
            reason = "写明" if lead.is_lead else "提及"
            found[SlotKind.LEAD_UNIT] = Suggestion([lead.key], f"正文{reason}“{lead.words}”")
            found |= self.by_lead(lead.key)
        others = [m for m in named if lead is None or m.key != lead.key]
        others = [
            m for m in others if m.key[0] == "g" or int(m.key[1:]) not in self.seats_of_leaders
        ]
        if others:
            words = "、".join(f"“{m.words}”" for m in others[:4])
            found[SlotKind.RESPONSIBLE_UNIT] = Suggestion(
                [m.key for m in others], f"正文提及{words}", [m.words for m in others]
            )
        return found

    def by_lead(self, key: str) -> dict[str, Suggestion]:
        """What follows from a lead unit, whoever named it: its leader, its head."""
        unit_id, name = int(key[1:]), self.directory.by_key[key].label
        found: dict[str, Suggestion] = {}
        if (leader := self.charge.leaders.get(unit_id)) is not None:
            label = self.directory.by_key[leader].label
            found[SlotKind.RESPONSIBLE_LEADER] = Suggestion([leader], f"{name}由{label}分管")
        if (head := self.charge.heads.get(unit_id)) is not None:
            found[SlotKind.RESPONSIBLE_PERSON] = Suggestion([head], f"{name}主要负责人")
        return found
