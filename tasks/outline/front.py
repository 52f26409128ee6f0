"""Title and year of a paper."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

from .clutter import Clutter
from .numbering import chinese_value
from .wrapping import Entry

_KIND = re.compile(
    r"(?:意见|方案|办法|通知|讲话|规定|要点|分工|清单|分解表?|任务表|一览表|明细表|责任表|台账|计划|报告|决定|细则"
    r"|制度|条例|安排|措施|规划|纲要|责任书|通报|函|决议|公告|通告|规则|章程|准则)$"
)
_QUALIFIER = re.compile(
    r"[（(](?:试行|暂行|征求意见稿|送审稿|讨论稿|草案|修订|修订稿|初稿|代拟稿)[)）]$"
)
_ISSUER = re.compile(r"(?:政府|委员会|办公室|局|县委|党组|委办|政府办|小组|中心)$")
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s?(?:年|[〕\]）)】—\-–~至]|度)")
_CHINESE_YEAR = re.compile("二[〇零○][一二三四五六七八九〇零○]{2}年")
_ENDS = tuple("。；;：:，,、")


def _is_short(text: str) -> bool:
    return 2 <= len(text) <= 70 and not text.endswith(_ENDS) and "。" not in text


def _core(text: str) -> str:
    return _QUALIFIER.sub("", text.strip().strip("《》")).strip("《》 \u3000")


def find_title(entries: list[Entry], captions: Collection[int] = ()) -> tuple[str, list[Entry]]:
    """The paper's title and its lines; empty where it has none.

    `captions` are paragraphs that name one of several tables rather than the paper.

    The last title before the first number counts: the letter that hands a
    paper on has one of its own.
    """
    front: list[Entry] = []
    for entry in entries:
        if entry.label is not None or entry.slot:
            break
        front.append(entry)
    found: tuple[str, list[Entry]] = ("", [])
    for at, entry in enumerate(front):
        text = entry.line.text
        if entry.line.pieces[0].paragraph in captions:
            continue
        if found[0] and entry.level is not None and not _begins_anew(front, at):
            continue
        if entry.clutter is None and _is_short(text) and _KIND.search(_core(text)):
            found = _assemble(front, at)
    if not found[0]:
        plain = [entry for entry in front if entry.clutter in (None, Clutter.HEAD)]
        for entry in plain[:4]:
            if entry.clutter is None and _is_short(entry.line.text) and len(entry.line.text) >= 6:
                found = (entry.line.text, [entry])
                break
    title = re.sub(r"[ \t\u3000]+", "", found[0])
    if title.startswith("《") and title.endswith("》"):
        title = title[1:-1]
    return title, found[1]


def _begins_anew(front: list[Entry], at: int) -> bool:
    """Whether a date or 附件 above shows that another paper starts near here."""
    ends = (Clutter.DATE, Clutter.ANNEX, Clutter.TAIL)
    return any(entry.clutter in ends for entry in front[max(0, at - 4) : at])


def _assemble(front: list[Entry], at: int) -> tuple[str, list[Entry]]:
    """A title may run over several lines."""
    lines = [front[at]]
    text = front[at].line.text
    while at > 0 and len(lines) < 4:
        above = front[at - 1]
        before = above.line.text
        if above.clutter is not None or not _is_short(before) or _KIND.search(_core(before)):
            break
        fragment = len(_core(text)) <= 8 or before.endswith(("的", "关于", "《"))
        issued = text.startswith(("关于", "印发")) and _ISSUER.search(before) is not None
        top = at == 1 or front[at - 2].clutter is not None
        dated = top and _YEAR.match(text) is not None and _ISSUER.search(before) is None
        if not fragment and not issued and not dated:
            break
        lines.insert(0, above)
        text = before + text
        at -= 1
    return text, lines


def find_year(title: str, entries: list[Entry], others: Iterable[str] = ()) -> int | None:
    """The year a paper is for: of its title, number or date, else the one it names most."""
    for text in [title, *others]:
        year = year_in(text)
        if year is not None:
            return year
    for wanted in (Clutter.HEAD, Clutter.DATE, Clutter.TAIL):
        for entry in entries:
            if entry.clutter is wanted:
                year = year_in(entry.line.text)
                if year is not None:
                    return year
    named: Counter[int] = Counter()
    for entry in entries:
        if entry.clutter is None:
            named.update(int(match[1]) for match in _YEAR.finditer(entry.line.text))
    if not named:
        return None
    most = max(named.values())
    return max(year for year, count in named.items() if count == most)


def year_in(text: str) -> int | None:
    match = _YEAR.search(text)
    if match is not None:
        return int(match[1])
    chinese = _CHINESE_YEAR.search(text)
    if chinese is None:
        return None
    return chinese_value(chinese[0][:-1].replace("○", "〇"))
