#!/usr/bin/env python3
"""随机抽取（双随机）的算法 —— the draw, in one file, Python's standard library alone.

Usage:  python3 algorithm.py DRAW.json
DRAW.json is the record that the portal gives out (督查 → 抽取记录). Exit status 0 when
the draw repeated from its seed gives the recorded result, 1 when it does not, 2 when
the file is no such record.

The record: {"format": 1, "seed": text, "take": units to draw, "each": inspectors for
each unit, "units": [[key, name], …], "inspectors": [[key, name, [keys of the own
units]], …], "drawn": [[unit key, [inspector keys]], …]}.

The algorithm, fixed for ever under format 1. A ticket is the SHA-256 of the texts
joined by line feeds, in UTF-8, as hexadecimal digits.
1. Every unit gets the ticket of (seed, "unit", unit key). The `take` units of the
   lowest tickets are drawn, in the order of their tickets.
2. For each drawn unit in that order: of the inspectors to whose own units it does not
   belong, those are taken who have the fewest units so far; among equals, who has the
   lowest ticket of (seed, "inspector", unit key, inspector key). `each` of them.
The order in which units and inspectors are listed changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

FORMAT = 1


class NotEnough(ValueError):
    """There are fewer units or inspectors than are to be drawn."""


def ticket(*texts: str) -> str:
    """SHA-256 of the texts joined by line feeds."""
    return hashlib.sha256("\n".join(texts).encode("utf-8")).hexdigest()


def draw(
    seed: str,
    units: Sequence[str],
    inspectors: Mapping[str, frozenset[str]],
    *,
    take: int,
    each: int,
) -> list[tuple[str, list[str]]]:
    """The drawn units with their inspectors, by key; `inspectors` maps to the own units.

    Raises `NotEnough` (with the unit's key, where it is inspectors that are missing).
    """
    if take > len(set(units)):
        raise NotEnough("")
    drawn = sorted(set(units), key=lambda unit: (ticket(seed, "unit", unit), unit))[:take]
    load = dict.fromkeys(inspectors, 0)
    found = []
    for unit in drawn:
        fit = [who for who, own in inspectors.items() if unit not in own]
        if each > len(fit):
            raise NotEnough(unit)
        fit.sort(key=lambda who: (load[who], ticket(seed, "inspector", unit, who), who))
        for who in fit[:each]:
            load[who] += 1
        found.append((unit, fit[:each]))
    return found


def repeat(record: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The draw of a record made again. Raises ValueError or KeyError for no record."""
    if record["format"] != FORMAT:
        raise ValueError("unknown format")
    return draw(
        str(record["seed"]),
        [str(unit[0]) for unit in record["units"]],
        {str(who[0]): frozenset(map(str, who[2])) for who in record["inspectors"]},
        take=int(record["take"]),
        each=int(record["each"]),
    )


def recorded(record: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The result as the record has it."""
    return [(str(unit), [str(who) for who in them]) for unit, them in record["drawn"]]


def lines(record: Mapping[str, Any]) -> list[str]:
    """The repeated result in names."""
    units = {str(unit[0]): str(unit[1]) for unit in record["units"]}
    people = {str(who[0]): str(who[1]) for who in record["inspectors"]}
    return [
        f"{n}. {units[unit]}：{'、'.join(people[who] for who in them)}"
        for n, (unit, them) in enumerate(repeat(record), start=1)
    ]


def main(arguments: Sequence[str]) -> int:
    """Repeat the draw of a file and say whether it is the recorded one."""
    try:
        with open(arguments[0], encoding="utf-8") as file:
            record = json.load(file)
        again, told = repeat(record), lines(record)
        is_same = again == recorded(record)
    except (IndexError, KeyError, TypeError, ValueError, OSError):
        print("不是抽取记录：请给出从平台下载的抽取记录文件")
        return 2
    print("\n".join(told))
    print("与抽取记录一致" if is_same else "与抽取记录不一致")
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
