"""What a unit, post or group still carries (仍承担的事项).

The directory does not know tasks. Whoever lays work on units and posts
registers a lookup when its app is ready; before anything is retired, all of
them are asked. What is carried must be handed over first (批量移交).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..refusals import WrongState

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who may carry work; `key` is its wire form: u5, p12, g3."""

    kind: str
    id: int

    @property
    def key(self) -> str:
        return f"{self.kind}{self.id}"


@dataclass(frozen=True, slots=True)
class Carried:
    """One open thing on a holder: what a person calls it, and whose it is."""

    holder: Holder
    label: str
    noun: str = "任务"


Lookup = Callable[[frozenset[Holder], date], list[Carried]]
_lookups: dict[str, Lookup] = {}


def register(name: str, lookup: Lookup) -> None:
    """Let `lookup` be asked what open things holders carry on or after a day."""
    _lookups[name] = lookup


def carried_by(holders: Iterable[Holder], *, on: date) -> list[Carried]:
    """All open things that `holders` carry on `on` or later; one question a lookup."""
    wanted = frozenset(holders)
    if not wanted:
        return []
    return [thing for lookup in _lookups.values() for thing in lookup(wanted, on)]


class StillCarries(WrongState):
    """Refused: open work lies on it. `details` lists it and names who to hand over from."""

    code = "still_carries"


def refuse_while_carrying(
    name: str, holders: Iterable[Holder], *, on: date, way: str, act: str
) -> None:
    """Raise `StillCarries` with the list when any of `holders` carries open work."""
    things = carried_by(holders, on=on)
    if things:
        count = len({t.label for t in things})
        short = f"“{name}”仍承担 {count} 项{things[0].noun}，请先{way}，再{act}。"
        raise StillCarries(
            sentence(name, things, way=way, act=act), details={"short": short, **details(things)}
        )


def sentence(name: str, things: list[Carried], *, way: str, act: str) -> str:
    """“县财政局”仍承担 6 项任务：…。请先批量移交，再停用。"""
    labels = list(dict.fromkeys(t.label for t in things))
    listed = "、".join(labels[:SHOWN]) + (f"等 {len(labels)} 项" if len(labels) > SHOWN else "")
    return f"“{name}”仍承担 {len(labels)} 项{things[0].noun}：{listed}。请先{way}，再{act}。"


def details(things: list[Carried]) -> dict[str, Any]:
    """The list for the page: labels, and the holders with their counts."""
    counts: dict[str, int] = {}
    for thing in things:
        counts[thing.holder.key] = counts.get(thing.holder.key, 0) + 1
    return {
        "carried": list(dict.fromkeys(t.label for t in things)),
        "holders": [{"key": key, "count": count} for key, count in counts.items()],
    }
