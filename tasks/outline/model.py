"""What the grammar finds in a paper. Every finding carries its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class SlotKind(StrEnum):
    """The four slots (责任槽位) of an item; the value is the model's name."""

    RESPONSIBLE_LEADER = "responsible_leader"
    RESPONSIBLE_PERSON = "responsible_person"
    LEAD_UNIT = "lead_unit"
    RESPONSIBLE_UNIT = "responsible_unit"

    @property
    def standard_name(self) -> str:
        """The standard Chinese name, whatever word the paper itself uses."""
        return STANDARD_NAMES[self]


STANDARD_NAMES = {
    SlotKind.RESPONSIBLE_LEADER: "责任领导",
    SlotKind.RESPONSIBLE_PERSON: "责任人员",
    SlotKind.LEAD_UNIT: "牵头单位",
    SlotKind.RESPONSIBLE_UNIT: "责任单位",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the source: from (paragraph, start) to (last, end).

    Offsets count characters of `Paragraph.text`; `last` is the paragraph in
    which the stretch ends (inclusive), `end` is exclusive.
    """

    paragraph: int
    start: int
    end: int
    last: int | None = None


@dataclass(slots=True)
class FoundSlot:
    """One slot of an item, empty or filled.

    `label` is the paper's own word (牵头部门), `kind` what it stands for.
    `place` covers label and values; `fill` is the (possibly empty) stretch
    that the values take, where a filled paper writes them.
    """

    kind: SlotKind
    label: str
    values: list[str]
    place: Place
    fill: Place
    confidence: float = 1.0
    reason: str = ""


@dataclass(slots=True)
class FoundSection:
    """A heading of the outline above the items (章、节、条 …)."""

    number: str
    heading: str
    level: int
    place: Place
    text: str = ""
    parent: str = ""


@dataclass(slots=True)
class FoundItem:
    """One numbered item (任务): what carries slots, or a numbered measure.

    `number` is the path without the last dot: 三（二）1, 二3, 第五条, 二一要,
    in tables the 序号. `section` is the number of the section it stands in.
    `due` is a date or None, `due_text` the paper's wording of it.
    """

    number: str
    heading: str
    text: str
    place: Place
    section: str = ""
    level: int = 0
    slots: list[FoundSlot] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    due: date | None = None
    due_text: str = ""
    due_place: Place | None = None
    category: str = ""
    warnings: list[str] = field(default_factory=list)
    confidence: float = 1.0
    reason: str = ""


@dataclass(slots=True)
class Recurring:
    """A demand that comes round (每季度, 每年至少2次, 1月底前 …).

    `frequency` is one of year, half_year, quarter, two_months, month, week,
    date, irregular; `times` how often within it (2 for 每年至少2次).
    """

    text: str
    frequency: str
    times: int
    place: Place
    section: str = ""


@dataclass(slots=True)
class Hint:
    """A proof-reading hint (文稿校对): what looks wrong, where, and a suggestion.

    `code` is one of placeholder, county_district, numbering, damage, residue,
    missing_slot.
    """

    code: str
    message: str
    place: Place
    excerpt: str = ""
    suggestion: str = ""


@dataclass(slots=True)
class Outline:
    """All that was found in one paper."""

    title: str
    year: int | None
    sections: list[FoundSection]
    items: list[FoundItem]
    recurring: list[Recurring]
    hints: list[Hint]
    has_slots: bool
    notes: list[str] = field(default_factory=list)
