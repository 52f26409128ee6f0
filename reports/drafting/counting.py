"""字数: how officials count a text, and the limits of 《整治形式主义为基层减负若干规定》 (2024)."""

from __future__ import annotations

import re

GENERAL = 5000  # 部署全面工作的文件
SPECIAL = 4000  # 部署专项工作或者具体任务的文件
_WORD = re.compile(r"[0-9A-Za-z]+(?:[.,%/:-][0-9A-Za-z]+)*%?|[^\s0-9A-Za-z]")


def characters(text: str) -> int:
    """Each Chinese character and mark counts one, so does a whole number or Latin word.

    Spaces and line ends do not count: this is 字数 as word processors show it.
    """
    return len(_WORD.findall(text))


def over(text: str, limit: int) -> int:
    """By how many characters `text` is longer than `limit`; 0 where it is not, or none is set."""
    return max(0, characters(text) - limit) if limit else 0
