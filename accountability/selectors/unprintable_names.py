"""Names in the directory with a character that the papers' typefaces do not have.

Which characters print is known to `reports`, which registers itself here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import QuerySet

from ..models import Person, Post, Unit, User

MOST = 10
Finder = Callable[[Iterable[str]], list[str]]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Called once, when the portal starts: gives the characters of texts that cannot be printed."""
    _finders.append(finder)


def of_people(user: User) -> str:
    """A sentence on persons and posts; empty if all can be printed. Two queries."""
    return _sentence(
        Person.objects.visible_to(user).filter(retired_on=None).values_list("name", flat=True),
        Post.objects.visible_to(user).filter(valid_to=None).values_list("title", flat=True),
    )


def of_units(user: User) -> str:
    """A sentence on units; empty if all can be printed. One query."""
    units = Unit.objects.visible_to(user).filter(valid_to=None)
    return _sentence(units.values_list("name", flat=True))


def _sentence(*columns: QuerySet[Person, str] | QuerySet[Post, str] | QuerySet[Unit, str]) -> str:
    names = list(dict.fromkeys(name for column in columns for name in column))
    lacking = {char for finder in _finders for char in finder(names)}
    if not lacking:
        return ""
    found = [name for name in names if not lacking.isdisjoint(name)]
    shown = "、".join(f"{name}（{_codes(name, lacking)}）" for name in found[:MOST])
    more = f"等 {len(found)} 个" if len(found) > MOST else ""
    return (
        f"下列名称中的字不在公文字库中，PDF 中会印成“〓”：{shown}{more}。"
        "请核对是否为误输的繁体字或异体字；确属本人姓名用字的，印发前下载 Word 文件，"
        "用带有该字的字体排印。"
    )


def _codes(name: str, lacking: set[str]) -> str:
    return "、".join(f"“{c}” U+{ord(c):04X}" for c in dict.fromkeys(name) if c in lacking)
