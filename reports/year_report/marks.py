"""Figures in a text with the number of their source: 平均92.35{3}分, and 〔图1〕 on a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reports.documents.content import Link

MARKED = re.compile(r"(\d+(?:\.\d+)?%?)\{(\d{1,4})\}")
LOOSE = re.compile(r"\{\d{1,4}\}")
FIGURE = re.compile(r"〔图(\d{1,2})〕")
COUNTED = re.compile(r"\d+(?:\.\d+)?\s*(?:%|个(?!月)|家|件|分(?!之)|项|次|张|名|人(?!民)|票)")


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure that the material gives: what it means, what was counted, where that stands."""

    number: int
    value: str
    meaning: str
    source: str
    to: str

    @property
    def anchor(self) -> str:
        """Its row in 数据来源."""
        return f"fact{self.number}"


def read(text: str, facts: Sequence[Fact]) -> tuple[str, tuple[Link, ...]]:
    """The text without its marks, and the links of its figures; unknown marks are dropped."""
    known = {fact.number for fact in facts}
    plain, links, at = "", [], 0
    for found in MARKED.finditer(text):
        plain += LOOSE.sub("", text[at : found.start()])
        if int(found[2]) in known:
            links.append(Link(len(plain), len(plain) + len(found[1]), f"fact{int(found[2])}"))
        plain += found[1]
        at = found.end()
    return plain + LOOSE.sub("", text[at:]), tuple(links)


def used(text: str) -> set[int]:
    """The numbers of the sources that the text names."""
    return {int(found[2]) for found in MARKED.finditer(text)}


def strange(text: str, facts: Sequence[Fact]) -> list[str]:
    """What the material does not bear out: changed figures, unknown sources, counts without one."""
    known = {fact.number: fact for fact in facts}
    told = []
    for found in MARKED.finditer(text):
        fact = known.get(int(found[2]))
        if fact is None:
            told.append(f"{found[0]}（没有这个来源）")
        elif fact.value != found[1]:
            told.append(f"{found[1]}（来源 {fact.number} 为 {fact.value}）")
    without = MARKED.sub("", text)
    told += [f"{''.join(found.split())}（没有来源）" for found in COUNTED.findall(without)]
    return list(dict.fromkeys(told))
