"""The paragraph and character styles of a paper, as far as its text depends on them."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from tasks.outline.docx_text import W_PPR, W_RPR, W_VAL, Hidden, W, is_on


@dataclass(slots=True)
class Style:
    """One style; a value that it does not set itself is None."""

    name: str = ""
    based_on: str | None = None
    number_id: int | None = None
    level: int | None = None
    outline_level: int | None = None
    hidden: bool | None = None


def whole(value: str | None) -> int | None:
    """A decimal integer of at most nine digits; anything else is not a number."""
    if value is None or len(value) > 10 or not value.lstrip("-").isdecimal():
        return None
    return int(value)


def value_of(parent: etree._Element | None, tag: str) -> str | None:
    """The w:val of a direct child."""
    child = parent.find(f"{W}{tag}") if parent is not None else None
    return child.get(W_VAL) if child is not None else None


class Styles:
    """styles.xml with inheritance resolved; empty when the part is missing."""

    def __init__(self, root: etree._Element | None = None) -> None:
        self._own: dict[str, Style] = {}
        self._resolved: dict[str, Style] = {}
        self.default = ""
        for element in root.iterchildren(f"{W}style") if root is not None else ():
            identifier = element.get(f"{W}styleId", "")
            self._own[identifier] = _read(element)
            if element.get(f"{W}type") == "paragraph" and element.get(f"{W}default") in (
                "1",
                "true",
                "on",
            ):
                self.default = identifier

    def get(self, identifier: str | None) -> Style:
        """The style with what it inherits; the default paragraph style for None."""
        key = self.default if identifier is None else identifier
        style = self._resolved.get(key)
        if style is None:
            style = self._resolved[key] = self._resolve(key)
        return style

    @property
    def hide_anything(self) -> bool:
        return any(style.hidden for style in self._own.values())

    def _resolve(self, key: str) -> Style:
        result = Style(name=self._own[key].name if key in self._own else "")
        seen: set[str] = set()
        at: str | None = key
        while at is not None and at not in seen and at in self._own:
            seen.add(at)
            own = self._own[at]
            for name in ("number_id", "level", "outline_level", "hidden"):
                if getattr(result, name) is None:
                    setattr(result, name, getattr(own, name))
            at = own.based_on
        return result


def _read(element: etree._Element) -> Style:
    properties = element.find(W_PPR)
    numbering = properties.find(f"{W}numPr") if properties is not None else None
    run = element.find(W_RPR)
    vanish = run.find(f"{W}vanish") if run is not None else None
    return Style(
        name=value_of(element, "name") or "",
        based_on=value_of(element, "basedOn"),
        number_id=whole(value_of(numbering, "numId")),
        level=whole(value_of(numbering, "ilvl")),
        outline_level=whole(value_of(properties, "outlineLvl")),
        hidden=None if vanish is None else is_on(vanish),
    )


def hidden_test(document: bytes, styles: Styles) -> Hidden | None:
    """The test whether a run is hidden text; None when nothing in the paper can be."""
    if b"vanish" not in document and not styles.hide_anything:
        return None

    def hidden(run: etree._Element) -> bool:
        properties = run.find(W_RPR)
        if properties is not None:
            vanish = properties.find(f"{W}vanish")
            if vanish is not None:
                return is_on(vanish)
            named = value_of(properties, "rStyle")
            if named is not None and styles.get(named).hidden is not None:
                return bool(styles.get(named).hidden)
        paragraph = run.getparent()
        while paragraph is not None and paragraph.tag != f"{W}p":
            paragraph = paragraph.getparent()
        if paragraph is None:
            return False
        return bool(styles.get(value_of(paragraph.find(W_PPR), "pStyle")).hidden)

    return hidden
