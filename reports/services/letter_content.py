"""The canonical text of a letter: what PDF and docx are both made of, and its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.models import LetterLayer
from reports.services.letter_issuer import keeper_of
from reports.services.wordings import filled

FORMAT = 1
NUMERALS = "一二三四五六七八九十"
# The duties that a letter of each kind states, in this order.
LAYERS = {
    LetterLayer.GROUP: (LetterLayer.GROUP, LetterLayer.FIRST),
    LetterLayer.FIRST: (LetterLayer.GROUP, LetterLayer.FIRST),
    LetterLayer.DUAL: (LetterLayer.DUAL,),
    LetterLayer.SECTION: (LetterLayer.SECTION,),
    LetterLayer.OFFICE: (LetterLayer.GROUP, LetterLayer.FIRST, LetterLayer.OFFICE),
}
HEADINGS = {
    LetterLayer.GROUP: "领导班子的集体责任",
    LetterLayer.FIRST: "主要负责人的第一责任",
    LetterLayer.DUAL: "“一岗双责”",
    LetterLayer.SECTION: "科室负责人的责任",
    LetterLayer.OFFICE: "政府办公室的专门责任",
}


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a letter as it is printed."""

    post: str
    name: str
    unit: str

    @property
    def shown(self) -> str:
        return f"{self.post}{self.name}"


@dataclass(frozen=True, slots=True)
class PrintedItem:
    """A task as a letter prints it: what counts after signing."""

    id: int
    number: str
    heading: str
    text: str
    part: str
    lead: str
    due: str


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a letter's text is made of."""

    number: str
    title: str
    issuer: str
    year: int
    basis: str
    layer: str
    party_a: Party
    party_b: Party
    items: Sequence[PrintedItem]
    clauses: Sequence[str] = field(default_factory=tuple)


def canonical(draft: Draft, wording: dict[str, str]) -> tuple[str, str]:
    """(the canonical text, its SHA-256): JSON with sorted keys, the same input the same bytes."""
    content = {
        "format": FORMAT,
        "number": draft.number,
        "title": draft.title,
        "issuer": draft.issuer,
        "year": draft.year,
        "basis": draft.basis,
        "party_a": _party(draft.party_a),
        "party_b": _party(draft.party_b),
        "blocks": _blocks(draft, wording),
        "items": [
            {
                "id": item.id,
                "number": item.number,
                "heading": item.heading,
                "text": item.text,
                "part": item.part,
                "lead": item.lead,
                "due": item.due,
            }
            for item in draft.items
        ],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, digest_of(text)


def digest_of(text: str) -> str:
    """SHA-256 of a canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> dict[str, Any]:
    """The parts of a canonical text."""
    content: dict[str, Any] = json.loads(text)
    return content


def _party(party: Party) -> dict[str, str]:
    return {"post": party.post, "name": party.name, "unit": party.unit}


def _blocks(draft: Draft, wording: dict[str, str]) -> list[list[str]]:
    """["h1" | "h2" | "p" | "own" | "items", text] in order; a heading without text is left out."""
    values = {
        "年度": str(draft.year),
        "甲方": draft.party_a.shown,
        "乙方": draft.party_b.shown,
        "单位": draft.party_b.unit,
        "依据": draft.basis,
        "事项数": str(len(draft.items)),
        "留存单位": keeper_of(draft.issuer),
    }
    blocks: list[list[str]] = []
    heading = ""
    count = 0
    for line in wording[LetterLayer.FRAME].split("\n"):
        if line.startswith("#"):
            heading = filled(line.lstrip("# "), values)
            continue
        found = _line(line, draft, wording, values)
        if found and heading:
            blocks.append(["h1", f"{_numeral(count)}、{heading}"])
            count += 1
            heading = ""
        blocks += found
    return blocks


def _line(
    line: str, draft: Draft, wording: dict[str, str], values: dict[str, str]
) -> list[list[str]]:
    if line == "{职责}":
        return _duties(draft, wording, values)
    if line == "{事项}":
        count = len(draft.items)
        text = (
            f"本年度承担责任事项{count}项，见下表。"
            if count
            else "本年度没有单独列明的责任事项，按上述职责履行。"
        )
        return [["items", text]]
    if line == "{单位条款}":
        return [["own", f"{n}．{text}"] for n, text in enumerate(draft.clauses, 1)]
    return [["p", filled(line, values)]]


def _duties(draft: Draft, wording: dict[str, str], values: dict[str, str]) -> list[list[str]]:
    layers = LAYERS[LetterLayer(draft.layer)]
    blocks: list[list[str]] = []
    for place, layer in enumerate(layers):
        if len(layers) > 1:
            blocks.append(["h2", f"（{_numeral(place)}）{HEADINGS[layer]}"])
        lines = [line for line in wording[layer].split("\n") if line]
        blocks += [["p", f"{n}．{filled(line, values)}"] for n, line in enumerate(lines, 1)]
    return blocks


def _numeral(place: int) -> str:
    if place < len(NUMERALS):
        return NUMERALS[place]
    return f"十{NUMERALS[place - 10]}" if place < 19 else str(place + 1)
