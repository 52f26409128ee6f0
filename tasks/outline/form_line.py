"""Slots that a form (label in one cell, value in the next) gives to the item above it."""

from __future__ import annotations

from dataclasses import dataclass

from .line import Line, spanning
from .model import FoundSlot, Place


@dataclass(slots=True)
class FoundDeadline:
    """The wording of a deadline slot and the stretch it takes (both may be empty)."""

    text: str
    place: Place
    label: str


@dataclass(frozen=True, slots=True)
class FormLine(Line):
    """Stands among the lines of a paper where a form stands; its text is empty."""

    slots: tuple[FoundSlot, ...] = ()
    deadline: FoundDeadline | None = None

    def whole(self) -> Place:
        places = [slot.place for slot in self.slots]
        if self.deadline is not None:
            places.append(self.deadline.place)
        first = min(places, key=lambda place: (place.paragraph, place.start))
        last = max(places, key=lambda place: (place.last or place.paragraph, place.end))
        return spanning(first, last)
