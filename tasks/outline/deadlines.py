"""Reads deadlines: 2026年6月底, 6月30日前, 2026-08-15, 第三季度末, 每季度末, 长期坚持."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .numbering import chinese_value

_HALF = str.maketrans("０１２３４５６７８９．－／　", "0123456789.-/ ")
_CHINESE_NUMBER = re.compile("[〇零○一二三四五六七八九十]{1,4}(?=[年月日号])")
_QUARTERS = {"一": 3, "二": 6, "三": 9, "四": 12, "1": 3, "2": 6, "3": 9, "4": 12}
_YEAR = r"(?:(?P<year{0}>\d{{4}}) ?年|(?P<word{0}>今年|本年|当年|明年|次年|翌年|下一年))?"
_TOKEN = re.compile(
    r"(?P<y>(?<!\d)\d{4}) ?[-/.年] ?(?P<m>\d{1,2}) ?[-/.月] ?(?P<d>\d{1,2})(?!\d) ?[日号]?"
    r"|(?P<y8>(?<!\d)20\d\d)(?P<m8>0[1-9]|1[0-2])(?P<d8>[0-3]\d)(?!\d)"
    r"|(?P<y2>(?<!\d)\d{4})[-/.](?P<m2>\d{1,2})(?![\d.])"
    rf"|{_YEAR.format(3)} ?(?P<m3>(?<!\d)\d{{1,2}}) ?月份? ?"
    r"(?:(?P<d3>\d{1,2}) ?[日号]|(?P<part3>[上中下]旬|底|末))?"
    rf"|{_YEAR.format(4)} ?(?:第?(?P<quarter4>[一二三四1-4])季度|(?P<half4>[上下]半年))"
    rf"|{_YEAR.format(5)} ?(?:(?P<end5>年[底末终内])|(?<=年)(?P<end5b>[底末内]))"
    r"|(?P<y6>(?<!\d)\d{4}) ?年(?=\s*(?:$|[，,；;。、）)~—-]|以?前|之前|完成))"
)
_STANDING = re.compile("长期|全年|立即|立行|即知|即行|持续|常态|每[年季月半两周]")
_LONGEST_WORDING = 24
_SHORT = re.compile(r"(?P<m>\d{1,2})[.](?P<d>\d{1,2})(?:前|之前|以前)?")
_NEXT_YEAR = ("明年", "次年", "翌年", "下一年")
_TEXT_BEFORE = re.compile("(?:以前|之前|前)")
_TEXT_AIM = ("到", "至", "于", "在", "力争", "确保")


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A day, where its wording stands, and whether it comes round each year."""

    day: date | None
    start: int
    end: int
    each: bool


def _plain(text: str) -> str:
    """Half-width digits; Chinese numerals of dates as digits; the same length where possible."""
    text = text.translate(_HALF)
    return _CHINESE_NUMBER.sub(lambda match: _digits(match[0]), text)


def _digits(numeral: str) -> str:
    value = chinese_value(numeral.replace("○", "〇"))
    if value is None:
        return numeral
    return str(value).rjust(len(numeral)) if value < 100 else str(value)


def _last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def dates_in(text: str, year: int | None) -> Iterator[FoundDate]:
    """Every date that the wording names; one without a year takes `year`."""
    known = year
    plain = _plain(text)
    for match in _TOKEN.finditer(plain):
        before = plain[max(0, match.start() - 3) : match.start()]
        each = "每" in before or (before.endswith("各") and match["quarter4"] is not None)
        stated = match["y"] or match["y2"] or match["year3"] or match["year4"] or match["year5"]
        stated = stated or match["y6"] or match["y8"]
        word = match["word3"] or match["word4"] or match["word5"]
        if stated:
            known = int(stated)
        this = known
        if word in _NEXT_YEAR and year is not None:
            this = year + 1
        yield FoundDate(_day(match, this), match.start(), match.end(), each)


def _day(match: re.Match[str], year: int | None) -> date | None:
    if year is None or not 1900 < year < 2200:
        return None
    if match["quarter4"]:
        month, day = _QUARTERS[match["quarter4"]], 0
    elif match["half4"]:
        month, day = (6 if match["half4"] == "上半年" else 12), 0
    elif match["end5"] or match["end5b"] or match["y6"]:
        month, day = 12, 31
    else:
        month = int(match["m"] or match["m2"] or match["m3"] or match["m8"])
        day = int(match["d"] or match["d3"] or match["d8"] or 0)
        day = {"上旬": 10, "中旬": 20}.get(match["part3"] or "", day)
    if not 1 <= month <= 12:
        return None
    last = _last_day(year, month)
    if day > last:
        return None
    return date(year, month, day or last)


def words_a_deadline(text: str) -> bool:
    """Whether a short line can be nothing but the wording of a deadline."""
    if len(text) > _LONGEST_WORDING:
        return False
    return _STANDING.search(text) is not None or next(dates_in(text, 2024), None) is not None


def impossible(text: str, year: int | None) -> bool:
    """Whether the wording names a day that no calendar has (2月30日)."""
    return year is not None and any(token.day is None for token in dates_in(text, year))


def due_of(text: str, year: int | None) -> date | None:
    """The last date of a deadline's wording; None where it comes round or never ends."""
    found: date | None = None
    for token in dates_in(text, year):
        if not token.each and token.day is not None:
            found = token.day
    short = _SHORT.fullmatch(text.translate(_HALF).strip())
    if found is None and short is not None and year is not None:
        month, day = int(short["m"]), int(short["d"])
        if 1 <= month <= 12 and 1 <= day <= _last_day(year, month):
            found = date(year, month, day)
    return found


def names_day_without_year(text: str) -> bool:
    """Whether only the missing year of the paper keeps the wording from being a date."""
    return due_of(text, None) is None and due_of(text, 2024) is not None


def due_in_text(text: str, year: int | None) -> tuple[date, int, int] | None:
    """The last deadline (…前, 到…底) that running text sets, with its offsets."""
    if _CHINESE_NUMBER.search(text) and len(_plain(text)) != len(text):
        return None
    latest: tuple[date, int, int] | None = None
    for token in dates_in(text, year):
        if token.each or token.day is None or (year is not None and token.day.year < year):
            continue
        after = _TEXT_BEFORE.match(text, token.end)
        aimed = text[max(0, token.start - 2) : token.start].endswith(_TEXT_AIM)
        ends = text[token.start : token.end].endswith(("底", "末"))
        if after is None and not (aimed and ends):
            continue
        end = after.end() if after else token.end
        if latest is None or token.day > latest[0]:
            latest = (token.day, token.start, end)
    return latest
