"""Demands that come round: 每季度…, 每年至少2次…, 年底…, 1月底前…"""

from __future__ import annotations

import re

from .line import Line
from .model import Recurring
from .numbering import chinese_value

_NUMBER = "[0-9０-９一二三四五六七八九十两]"
_MARK = re.compile(
    r"(?P<two_months>每(?:两|二|2|２)个?月|每双月|双月(?=月?[底末]|集中))"
    r"|(?P<quarter>(?:每个?|逐|按)季度?[初末]?|(?:各|每)?季度末|各季度)"
    r"|(?P<half_year>(?:每|按)半年|半年(?=" + _NUMBER + r"次))"
    r"|(?P<month>(?:每个?|逐|按)月[初底末]?)"
    r"|(?P<week>(?:每个?|逐|按)周|每星期)"
    rf"|(?P<date>(?:每年)?(?P<year>\d{{4}}年)?{_NUMBER}{{1,3}}月(?:[底末]|[上中下]旬|{_NUMBER}{{1,3}}[日号])"
    r"(?:以前|之前|前))"
    r"|(?P<year_part>(?:每年)?年[初中底末](?!的|预算|计划|目标|确定|部署|工作|会议|总结报告|述职)|(?:每年)?年终(?=[对进要向前组开]))"
    r"|(?P<irregular>(?<!不)定期(?=(?:向[^，。；]{2,12})?报告|报送|上报|汇报|通报|公布|公示|公开|调度|会商|召开|约谈))"
    r"|(?P<yearly>每一?年度?|每个年度|逐年(?=[报听开组])|任期内每年|一年" + _NUMBER + r"次)"
)
_NOT_AFTER = ("今", "去", "上", "明", "前", "当", "同", "本", "往", "近")
_TIMES = re.compile(rf"(?<!第)({_NUMBER}{{1,3}})\s?次")
_CLAUSE_END = "，；。！？,;\n"
_SENTENCE_END = "；。！？;\n"
_FULL = str.maketrans("０１２３４５６７８９", "0123456789")
_LONGEST = 160


def find_recurring(line: Line, section: str) -> list[Recurring]:
    """The demands of one line, a clause with its time words being one demand."""
    text = line.text
    spots: list[tuple[int, int, str]] = []
    clause, seen = 0, 0
    for match in _MARK.finditer(text):
        for at in range(seen, match.start()):
            if text[at] in _CLAUSE_END:
                clause = at + 1
        seen = match.start()
        kind = _frequency(text, match)
        if kind is None:
            continue
        start = clause
        while text[start] in " \t\u3000":
            start += 1
        if spots and spots[-1][0] == start:
            if kind == "date":
                spots[-1] = (start, match.end(), "date")
            continue
        spots.append((start, match.end(), kind))
    found: list[Recurring] = []
    for at, (start, after, kind) in enumerate(spots):
        limit = spots[at + 1][0] if at + 1 < len(spots) else len(text)
        end = _demand_end(text, after, min(limit, start + _LONGEST))
        wording = text[start:end]
        found.append(Recurring(wording, kind, _times(wording), line.place(start, end), section))
    return found


def _frequency(text: str, match: re.Match[str]) -> str | None:
    before = text[max(0, match.start() - 1) : match.start()]
    kind = match.lastgroup or ""
    if match["date"]:
        if match["year"] or before in ("年", "至", "-", "—") or before.isdigit():
            return None
        return "date"
    if match["year_part"]:
        if before in _NOT_AFTER or before.isdigit() or before == "年":
            return None
        return "year"
    if match["yearly"]:
        return "year"
    if match["irregular"]:
        return "irregular"
    for name in ("two_months", "quarter", "half_year", "month", "week"):
        if match[name]:
            return name
    return kind or None


def _demand_end(text: str, after: int, limit: int) -> int:
    end = after
    while end < limit and text[end] not in _SENTENCE_END:
        end += 1
    end = max(end, after)
    while end > after and text[end - 1] in "，, \t\u3000":
        end -= 1
    return end


def _times(wording: str) -> int:
    match = _TIMES.search(wording)
    if match is None:
        return 1
    digits = match[1].translate(_FULL)
    value = int(digits) if digits.isdigit() else chinese_value(digits)
    return value or 1
