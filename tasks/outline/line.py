"""A line of running text that still knows where each character stands in the source.

Papers come with hard line breaks inside sentences; a `Line` joins such pieces
and maps every stretch back to paragraphs and offsets.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .model import Place
from .source import Paragraph, Source

BLANK = " \t\u3000\u00a0\u200b\ufeff\u2002\u2003"
_LEAD = BLANK + "●◆■▲★☆※•▪➢✓❖◇"
"""What stands before a line and says nothing: blanks and bullets."""
_PHYSICAL_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` characters of one paragraph from `start`, at `at` in the line."""

    at: int
    paragraph: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Line:
    """Text and where it comes from; never empty of pieces."""

    text: str
    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, paragraph: Paragraph, start: int, end: int) -> Line:
        return cls(paragraph.text[start:end], (Piece(0, paragraph.index, start, end - start),))

    def __len__(self) -> int:
        return len(self.text)

    def _spot(self, offset: int, *, ends: bool) -> tuple[int, int]:
        """Paragraph and offset of a character; `ends` looks at the one before."""
        probe = max(offset - 1, 0) if ends else offset
        found = bisect_right([piece.at for piece in self.pieces], probe) - 1
        piece = self.pieces[max(found, 0)]
        return piece.paragraph, piece.start + min(offset - piece.at, piece.length)

    def place(self, start: int, end: int) -> Place:
        """The place of text[start:end] in the source."""
        if start >= end:
            paragraph, at = self._spot(start, ends=True)
            return Place(paragraph, at, at)
        paragraph, first = self._spot(start, ends=False)
        last, after = self._spot(end, ends=True)
        return Place(paragraph, first, after, None if last == paragraph else last)

    def whole(self) -> Place:
        return self.place(0, len(self.text))

    def cut(self, start: int, end: int) -> Line:
        """The stretch text[start:end] as a line of its own, blanks at its ends removed."""
        while start < end and self.text[start] in BLANK:
            start += 1
        while end > start and self.text[end - 1] in BLANK:
            end -= 1
        pieces = []
        for piece in self.pieces:
            first, after = max(piece.at, start), min(piece.at + piece.length, end)
            if first < after:
                pieces.append(
                    Piece(
                        first - start,
                        piece.paragraph,
                        piece.start + first - piece.at,
                        after - first,
                    )
                )
        if not pieces:
            paragraph, at = self._spot(start, ends=True)
            pieces.append(Piece(0, paragraph, at, 0))
        return Line(self.text[start:end], tuple(pieces))


def joined(lines: list[Line]) -> Line:
    """Lines broken inside a sentence as one."""
    if len(lines) == 1:
        return lines[0]
    at = 0
    pieces: list[Piece] = []
    for line in lines:
        pieces.extend(Piece(at + p.at, p.paragraph, p.start, p.length) for p in line.pieces)
        at += len(line.text)
    return Line("".join(line.text for line in lines), tuple(pieces))


def spanning(first: Place, last: Place) -> Place:
    """The stretch from the start of one place to the end of a later one."""
    paragraph = last.paragraph if last.last is None else last.last
    if paragraph < first.paragraph:  # a merged cell can reach below its label
        return first
    return Place(
        first.paragraph,
        first.start,
        last.end,
        None if paragraph == first.paragraph else paragraph,
    )


def lines_of(paragraph: Paragraph) -> Iterator[Line]:
    """The paragraph's visible lines (split at soft returns), without blanks around them."""
    for match in _PHYSICAL_LINE.finditer(paragraph.text):
        start, end = match.span()
        text = paragraph.text
        while start < end and text[start] in _LEAD:
            start += 1
        while end > start and text[end - 1] in BLANK:
            end -= 1
        if start < end:
            yield Line.of(paragraph, start, end)


def running_lines(source: Source, indices: Iterable[int]) -> list[Line]:
    """The lines of the given paragraphs, in order."""
    return [line for index in indices for line in lines_of(source.paragraphs[index])]
