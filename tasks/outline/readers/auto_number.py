"""Automatic list numbers of a .docx, computed from numbering.xml (ECMA-376 Part 1, 17.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from tasks.outline.docx_text import W_VAL, W, is_on, symbol
from tasks.outline.readers.docx_styles import Style, Styles, value_of, whole
from tasks.outline.readers.number_format import format_number

LEVELS = 9
_PLACEHOLDER = re.compile(r"%([1-9])")
_CIRCLED = re.compile(r"[①-⒛㉑-㊿㊀-㊉]")


@dataclass(slots=True)
class Level:
    """One level of a list definition."""

    start: int = 1
    number_format: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    restart: int | None = None
    legal: bool = False
    style: str = ""


@dataclass(slots=True)
class ListDefinition:
    """A w:abstractNum: its levels and, shared by all lists made of it, its counters."""

    levels: dict[int, Level] = field(default_factory=dict)
    counters: list[int | None] = field(default_factory=lambda: [None] * LEVELS)


@dataclass(slots=True)
class NumberedList:
    """A w:num: a definition with its own starts and, rarely, its own levels."""

    definition: ListDefinition
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)

    def level(self, index: int) -> Level | None:
        return self.levels.get(index) or self.definition.levels.get(index)


class AutoNumbers:
    """Gives the paragraphs their labels; call `label` once for each, in document order."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[int, NumberedList] = {}
        if root is not None:
            self._read(root)

    def label(self, number_id: int | None, level: int | None, style_id: str | None) -> str:
        """The label of a paragraph with its own numPr values (None where it sets none)."""
        style = self._styles.get(style_id)
        if number_id is None:
            number_id = style.number_id
            if level is None:
                level = self._style_level(number_id, style_id, style)
        if not number_id:
            return ""
        numbered = self._lists.get(number_id)
        if numbered is None:
            return ""
        index = min(max(level or 0, 0), LEVELS - 1)
        if numbered.level(index) is None:
            return ""
        self._count(numbered, index)
        return self._written(numbered, index)

    def _style_level(self, number_id: int | None, style_id: str | None, style: Style) -> int:
        numbered = self._lists.get(number_id or 0)
        if numbered is not None:
            linked = self._styles.default if style_id is None else style_id
            for index in range(LEVELS):
                level = numbered.level(index)
                if level is not None and level.style and level.style == linked:
                    return index
        return style.level or 0

    def _count(self, numbered: NumberedList, index: int) -> None:
        counters = numbered.definition.counters
        level = numbered.level(index) or Level()
        override = numbered.starts.pop(index, None)
        current = counters[index]
        if override is not None:
            counters[index] = override
        elif current is None:
            counters[index] = level.start
        else:
            counters[index] = current + 1
        for deeper in range(index + 1, LEVELS):
            below = numbered.level(deeper)
            restart = below.restart if below is not None else None
            if restart is None or index < restart:
                counters[deeper] = None

    def _written(self, numbered: NumberedList, index: int) -> str:
        level = numbered.level(index) or Level()
        if level.number_format == "bullet":
            return "".join(_bullet(character) for character in level.text)
        counters = numbered.definition.counters

        def number(match: re.Match[str]) -> str:
            shown = int(match[1]) - 1
            if shown > index:
                return ""
            source = numbered.level(shown) or Level()
            value = counters[shown]
            name = source.number_format
            if level.legal and name not in ("none", "decimalZero"):
                name = "decimal"
            return format_number(source.start if value is None else value, name)

        label = _PLACEHOLDER.sub(number, level.text)
        return label + self._gap(level) if label else ""

    @staticmethod
    def _gap(level: Level) -> str:
        """A space where the label would run into the text: 第一章 总则, but 一、总则.

        Word draws a tab or a space after every label; typed labels that end in
        punctuation have none, and those are what the grammar and a reader expect.
        """
        last = level.text[-1:]
        if level.suffix == "nothing" or not last or _CIRCLED.search(last):
            return ""
        if last.isdecimal() and level.text[-2:-1] == "%":
            enclosed = ("Circle", "Paren", "Fullstop", "CircleChinese")
            return "" if level.number_format.endswith(enclosed) else " "
        return " " if last.isalnum() else ""

    def _read(self, root: etree._Element) -> None:
        definitions: dict[str, ListDefinition] = {}
        links: dict[str, str] = {}
        for element in root.iterchildren(f"{W}abstractNum"):
            identifier = element.get(f"{W}abstractNumId", "")
            definition = ListDefinition()
            for child in element.iterchildren(f"{W}lvl"):
                index = whole(child.get(f"{W}ilvl"))
                if index is not None and 0 <= index < LEVELS:
                    definition.levels[index] = _level(child)
            definitions[identifier] = definition
            link = value_of(element, "numStyleLink")
            if link:
                links[identifier] = link
        nums = list(root.iterchildren(f"{W}num"))
        abstract_of = {
            whole(num.get(f"{W}numId")): value_of(num, "abstractNumId") or "" for num in nums
        }
        for num in nums:
            number_id = whole(num.get(f"{W}numId"))
            if number_id is None:
                continue
            identifier = abstract_of[number_id]
            if identifier in links:  # a list style: the style names the list that defines it
                linked = self._styles.get(links[identifier]).number_id
                identifier = abstract_of.get(linked, identifier)
            if identifier in definitions:
                numbered = NumberedList(definitions[identifier])
                _read_overrides(num, numbered)
                self._lists[number_id] = numbered


def _level(element: etree._Element) -> Level:
    text = element.find(f"{W}lvlText")
    start = whole(value_of(element, "start"))
    return Level(
        start=1 if start is None else start,
        number_format=_format_name(element),
        text="" if text is None else text.get(W_VAL, ""),
        suffix=value_of(element, "suff") or "tab",
        restart=whole(value_of(element, "lvlRestart")),
        legal=is_on(element.find(f"{W}isLgl")),
        style=value_of(element, "pStyle") or "",
    )


def _format_name(element: etree._Element) -> str:
    for found in element.iter(f"{W}numFmt"):
        if found.get(W_VAL) != "custom":
            return found.get(W_VAL, "decimal")
    return "decimal"


def _read_overrides(num: etree._Element, numbered: NumberedList) -> None:
    for override in num.iterchildren(f"{W}lvlOverride"):
        index = whole(override.get(f"{W}ilvl"))
        if index is None or not 0 <= index < LEVELS:
            continue
        start = whole(value_of(override, "startOverride"))
        if start is not None:
            numbered.starts[index] = start
        own = override.find(f"{W}lvl")
        if own is not None:
            numbered.levels[index] = _level(own)


def _bullet(character: str) -> str:
    return symbol(f"{ord(character):X}") if 0xF000 <= ord(character) <= 0xF0FF else character
