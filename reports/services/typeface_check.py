"""字体自检: made once when the worker starts, kept in a file that every process reads.

A failed check stops nothing: it is told on stderr, on the administrators' 工作台 and beside
each PDF that is made meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from reports.documents.content import OfficialPaper
from reports.documents.typefaces import unprintable, unprintable_sentence

MOST = 5
HOW = "重新安装平台程序（reports/documents/fonts 目录）和系统包 libpango、libharfbuzz 后再自检"


def check() -> list[str]:
    """Set a paper in every face, read it back, and keep what is wrong. Takes about a second."""
    from reports.documents import selftest

    try:
        problems = selftest.problems()
    except Exception as error:  # whatever it is, the portal is to start and to tell of it
        problems = [f"排版程序不能运行（{type(error).__name__}：{error}）"]
    _keep(problems)
    return problems


def problems() -> list[str]:
    """What the last check found wrong; nothing before the first."""
    try:
        kept = json.loads(_file().read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [str(problem) for problem in kept.get("problems", ())]


def sentence(found: list[str]) -> str:
    """What a failed check means and what to do; empty if nothing is wrong."""
    if not found:
        return ""
    more = f"等 {len(found)} 处" if len(found) > MOST else ""
    shown = "；".join(found[:MOST])
    return f"公文字体自检未通过，PDF 中的字可能缺失或显示为方框：{shown}{more}。请{HOW}。"


def warnings(paper: OfficialPaper) -> list[str]:
    """What to tell whoever has `paper` made as PDF: characters without a glyph, a failed check."""
    told = (unprintable_sentence(unprintable(paper.texts())), sentence(problems()))
    return [text for text in told if text]


def lacking(texts: Iterable[str]) -> list[str]:
    """The characters of the texts that would print as 〓."""
    return [rare.character for rare in unprintable(texts)]


def lost(texts: Iterable[str]) -> str:
    """A sentence on those characters; empty if all can be printed."""
    return unprintable_sentence(unprintable(texts))


def _keep(found: list[str]) -> None:
    told = {"checked_at": timezone.now().isoformat(timespec="seconds"), "problems": found}
    target = _file()
    fresh = target.with_suffix(".new")
    fresh.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    fresh.replace(target)


def _file() -> Path:
    return Path(settings.DATA_DIR) / "typefaces.json"
