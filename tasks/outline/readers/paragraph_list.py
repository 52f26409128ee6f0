"""Paragraphs being collected, within the limits of what one paper may hold."""

from __future__ import annotations

from tasks.outline.sentences import refuse
from tasks.outline.source import Cell, Paragraph

# A 300-page paper has about 7,000 paragraphs and 250,000 characters.
MAX_PARAGRAPHS = 100_000
MAX_CHARACTERS = 4_000_000

# Characters that change the direction of the text around them: what is seen is then
# not what is stored.
_DIRECTION_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
DIRECTION_NOTE = "文中含有改变文字方向的不可见字符，显示的顺序可能与实际不同，请核对。"


class ParagraphList:
    """Collects paragraphs and numbers them from 0."""

    def __init__(self) -> None:
        self.found: list[Paragraph] = []
        self._characters = 0
        self._has_text = False

    def add(
        self,
        text: str,
        anchor: int,
        *,
        auto_label: str = "",
        style: str = "",
        outline_level: int | None = None,
        cell: Cell | None = None,
        in_text_box: bool = False,
        strong: bool = False,
    ) -> None:
        self._characters += len(text)
        if len(self.found) >= MAX_PARAGRAPHS or self._characters > MAX_CHARACTERS:
            raise refuse("too_complex")
        if text and not self._has_text and not text.isspace():
            self._has_text = True
        self.found.append(
            Paragraph(
                *(len(self.found), text, anchor, auto_label, style, outline_level),
                *(cell, in_text_box, strong),
            )
        )

    def finished(self, *, empty: str = "no_text") -> tuple[Paragraph, ...]:
        """All paragraphs; Refused by `empty` when none of them has any text."""
        if not self._has_text:
            raise refuse(empty)
        return tuple(self.found)

    def notes(self) -> list[str]:
        """What a reader of any kind of file should be told about its characters."""
        everything = "".join([paragraph.text for paragraph in self.found])
        turned = any(control in everything for control in _DIRECTION_CONTROLS)
        return [DIRECTION_NOTE] if turned else []
