"""The typefaces that come with the portal, and which characters they can print.

Each role of GB/T 9704-2012 (仿宋 body, 楷体 and 黑体 headings, 小标宋 title, 宋体 page
number) is a chain of three: the main face, a face for rare characters of the table of
8105 general characters (通用规范汉字表) that the main one lacks, and half-width figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).parent / "fonts"
MISSING = "〓"  # U+3013, the printer's mark for a type that is not in the case


@dataclass(frozen=True, slots=True)
class Role:
    """A role with its files, in the order in which a character is looked for."""

    name: str
    latin: str
    main: str
    rare: str

    @property
    def files(self) -> tuple[str, str, str]:
        return (self.latin, self.main, self.rare)


ROLES = (
    Role("Fang", latin="GovLatin.ttf", main="GovFang.ttf", rare="FbKai.ttf"),  # 仿宋
    Role("Kai", latin="GovLatin.ttf", main="GovKai.ttf", rare="FbKai.ttf"),  # 楷体
    Role("Hei", latin="GovLatinB.ttf", main="GovHei.ttf", rare="FbHei.ttf"),  # 黑体
    Role("Song", latin="GovLatin.ttf", main="GovSong.ttf", rare="FbSong.ttf"),  # 宋体
    Role("Title", latin="GovLatinB.ttf", main="GovXBS.ttf", rare="FbXBS.ttf"),  # 小标宋
)

ASSET = "portal-asset:fonts/"


def font_face_css() -> str:
    """The @font-face rules: families LFang, GFang, FFang and so on for each role.

    The Latin faces are held to ASCII, so that “ ” … — stay full-width. TTF only: a woff2
    costs 20 seconds to unpack.
    """
    rules = []
    for role in ROLES:
        for letter, file in zip("LGF", role.files, strict=True):
            only = ";unicode-range:U+0020-007E" if letter == "L" else ""
            rules.append(
                f"@font-face{{font-family:{letter}{role.name};src:url({ASSET}{file}){only}}}"
            )
    return "\n".join(rules)


@lru_cache(maxsize=32)
def characters_of(file: str) -> frozenset[int]:
    """The code points that a shipped file has a glyph for."""
    with TTFont(FONTS / file, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=1)
def printable_characters() -> frozenset[int]:
    """The code points that every role can print."""
    per_role = [frozenset().union(*map(characters_of, role.files)) for role in ROLES]
    return frozenset.intersection(*per_role) | {0x0A}


def printable(text: str) -> str:
    """The text with 〓 for each character that no shipped face has.

    Never a box and never the chance find of some other font on the machine: the same text
    prints the same everywhere. `unprintable` tells beforehand what will be lost.
    """
    known = printable_characters()
    if all(ord(char) in known for char in text):
        return text
    return "".join(char if ord(char) in known else MISSING for char in text)


@dataclass(frozen=True, slots=True)
class RareCharacter:
    """A character that cannot be printed, and the first text in which it stands."""

    character: str
    excerpt: str

    def __str__(self) -> str:
        return f"“{self.character}”（U+{ord(self.character):04X}，见“{self.excerpt}”）"


def unprintable(texts: Iterable[str]) -> list[RareCharacter]:
    """The characters of the texts that would print as 〓, each once, in order of meeting."""
    from reports.documents.lines import clean

    known = printable_characters()
    found: dict[str, RareCharacter] = {}
    for text in map(clean, texts):
        for place, char in enumerate(text):
            if ord(char) not in known and char not in found:
                excerpt = text[max(0, place - 8) : place + 9].replace("\n", " ")
                found[char] = RareCharacter(char, excerpt)
    return list(found.values())


def unprintable_sentence(found: list[RareCharacter]) -> str:
    """One sentence for the person who is about to print; empty if nothing is lost."""
    if not found:
        return ""
    shown = "、".join(str(rare) for rare in found[:10])
    more = f"等{len(found)}个字符" if len(found) > 10 else ""
    return f"下列字符不在随附字库中，PDF 中将以“{MISSING}”代替：{shown}{more}。"
