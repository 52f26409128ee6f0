"""Values found in a paper's filled slots, matched to posts, units and groups by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accountability.models import Layer, UnitKind
from accountability.selectors.directory import UNIT_SLOTS, Candidate, Directory
from tasks.outline.model import STANDARD_NAMES, Outline, SlotKind

LEAVE = "leave"
"""The choice to leave a value out; it is kept as a note (未匹配)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for a value: a candidate's key, LEAVE, or something to create.

    `create` is "unit" (with `unit_kind`) or "person" (with `unit` key, `title`, `layer`).
    """

    key: str = ""
    create: str = ""
    name: str = ""
    unit_kind: str = ""
    unit: str = ""
    title: str = ""
    layer: str = ""

    def to_dict(self) -> dict[str, str]:
        """As kept in the draft; empty parts are left out."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class Match:
    """One value in one family of slots: what it may mean, and what was chosen."""

    family: str
    value: str
    count: int
    candidates: tuple[Candidate, ...]
    choice: Choice | None
    chosen: Candidate | None

    @property
    def code(self) -> str:
        """The name of the value on forms and in the draft."""
        return code_of(self.family, self.value)

    @property
    def state(self) -> str:
        """matched, create, left, ambiguous or unmatched."""
        if self.choice is not None and self.choice.create:
            return "create"
        if self.choice is not None and self.choice.key == LEAVE:
            return "left"
        if self.chosen is not None:
            return "matched"
        return "ambiguous" if self.candidates else "unmatched"

    @property
    def family_name(self) -> str:
        return "单位" if self.family == "unit" else STANDARD_NAMES[SlotKind(self.family)]


def family_of(slot_kind: str) -> str:
    """A name means the same unit in 牵头单位 and 责任单位, so it is asked for once."""
    return "unit" if slot_kind in UNIT_SLOTS else slot_kind


def code_of(family: str, value: str) -> str:
    return f"{family}|{value}"


def kind_of(family: str) -> str:
    """A slot kind of the family, for the directory."""
    return SlotKind.RESPONSIBLE_UNIT.value if family == "unit" else family


def choices_from(kept: Mapping[str, Any]) -> dict[str, Choice]:
    """The choices as a draft keeps them."""
    return {code: Choice(**choice) for code, choice in kept.items()}


def match_values(
    outline: Outline, directory: Directory, choices: Mapping[str, Choice]
) -> list[Match]:
    """Every value of the outline's slots once a family, in the order of the paper."""
    counts: Counter[tuple[str, str]] = Counter(
        (family_of(slot.kind), value)
        for item in outline.items
        for slot in item.slots
        for value in slot.values
    )
    return [
        _match(family, value, count, directory, choices.get(code_of(family, value)))
        for (family, value), count in counts.items()
    ]


def _match(
    family: str, value: str, count: int, directory: Directory, choice: Choice | None
) -> Match:
    candidates = tuple(directory.resolve(value, kind_of(family)))
    chosen: Candidate | None = None
    if choice is not None and choice.key not in ("", LEAVE):
        picked = directory.by_key.get(choice.key)
        if picked is not None and picked.fits(kind_of(family)):
            chosen = picked
    if choice is None and len(candidates) == 1:
        chosen = candidates[0]
    return Match(family, value, count, candidates, choice, chosen)


UNIT_KINDS = tuple(c for c in UnitKind.choices if c[0] != UnitKind.SECTION)
LAYERS = tuple(c for c in Layer.choices if c[0] != Layer.STAFF)
