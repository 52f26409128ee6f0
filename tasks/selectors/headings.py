"""How a section is written out: 三、（二）认真履行资金管理责任."""

from __future__ import annotations

import re

_CHAPTER = re.compile(r"^[一二三四五六七八九十百]+$")
_NESTED = re.compile(r"^([一二三四五六七八九十百]+)(（.+）)$")


def titled(number: str | None, heading: str | None) -> str:
    """Number and heading as the paper's typist sets them; a heading without a number alone."""
    number, heading = number or "", heading or ""
    if not number or number == heading:
        return heading
    if _CHAPTER.match(number):
        return f"{number}、{heading}"
    if nested := _NESTED.match(number):
        return f"{nested[1]}、{nested[2]}{heading}"
    return f"{number} {heading}".strip()


def short_titled(number: str | None, heading: str | None) -> str:
    """The same beneath its chapter: （二）认真履行资金管理责任."""
    nested = _NESTED.match(number or "")
    return f"{nested[2]}{heading or ''}" if nested else titled(number, heading)
