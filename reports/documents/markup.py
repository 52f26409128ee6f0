"""Building HTML from texts: whatever is not `Markup` already is escaped."""

from __future__ import annotations

from html import escape

from reports.documents.lines import breakable, clean, kept_together
from reports.documents.typefaces import printable


class Markup(str):
    """A piece of finished HTML. Made here and by `tag` only, never from a user's text."""

    __slots__ = ()


def join(*pieces: str) -> Markup:
    """The pieces after one another, texts escaped."""
    return Markup("".join(p if isinstance(p, Markup) else escape(p) for p in pieces))


def tag(name: str, /, *children: str, **attributes: str) -> Markup:
    """An element; `class_` stands for class. Attribute values are escaped too."""
    written = "".join(
        f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items() if value
    )
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def void(name: str, /, **attributes: str) -> Markup:
    """An element that has no content (br, meta, col)."""
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>")


def text(value: str) -> Markup:
    """A user's text for print: cleaned, unprintable characters as 〓, soft returns kept."""
    lines = printable(clean(value)).split("\n")
    pieces: list[str] = []
    for index, line in enumerate(lines):
        if index:
            pieces.append(void("br"))
        pieces.extend(
            tag("span", part, class_="together") if whole else join(part)
            for part, whole in kept_together(breakable(line))
        )
    return join(*pieces)
