"""Recognises the number at the start of a line: 一、（一）1. (1) ① 第X章 第X条 1.1 一是.

Width and spacing do not matter; the damage that scanning does to numbers
(（—） for （一）, （10) with two kinds of bracket, a letter O for a zero) is read
and remembered, so that a page can point at it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """Kinds of numbers, from the outermost of an official paper to the innermost."""

    HEADING = "heading"
    PART = "part"
    CHAPTER = "chapter"
    SECTION = "section"
    ARTICLE = "article"
    WORDED = "worded"
    ROMAN = "roman"
    CHINESE = "chinese"
    CHINESE_BRACKET = "chinese_bracket"
    ARABIC = "arabic"
    DECIMAL_2 = "decimal_2"
    DECIMAL_3 = "decimal_3"
    DECIMAL_4 = "decimal_4"
    LETTER = "letter"
    ARABIC_BRACKET = "arabic_bracket"
    CIRCLED = "circled"
    POINT = "point"


RANK = {style: rank for rank, style in enumerate(Style)}
"""GB/T 9704-2012, 7.3.3: 一、 then （一） then 1. then （1）; the others around them."""

POINT_STYLES = frozenset({Style.ARABIC_BRACKET, Style.CIRCLED, Style.POINT})
"""Numbers that stand for points of an item rather than for items."""

NUMERALS = "〇零一二三四五六七八九十百两"
_DASHES = "—―－–-ー─"
_DIGITS = {c: v for v, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HALF = str.maketrans("０１２３４５６７８９（）．［］", "0123456789().[]")
_COUNTED = "年月日号时分个次件名项户人万亿元倍米吨亩公里%％‰℃岁天周级种类条款届"

_N = f"[{NUMERALS}{_DASHES}]{{1,5}}"
_ORDINAL = re.compile(
    rf"第\s{{0,2}}([{NUMERALS}{_DASHES}]{{1,5}}|\d{{1,3}})\s{{0,2}}(部\s?分|编|篇|章|节|条)"
    r"(?![的规款、，,和及至之第目所])[\s:：.]{0,4}"
)
_CHINESE_BRACKET = re.compile(rf"[(〔【\[]\s{{0,2}}({_N})\s{{0,2}}[)〕】\]][\s、.]{{0,3}}")
_CHINESE_HALF_BRACKET = re.compile(rf"([{NUMERALS}]{{1,3}})\s?\)[\s、.]{{0,3}}")
_CHINESE = re.compile(rf"([{NUMERALS}]{{1,4}}|[{_DASHES}])\s{{0,2}}([、.])\s{{0,4}}")
_CHINESE_BARE = re.compile(rf"([{NUMERALS}]{{1,3}})[ \t\u3000]{{1,4}}(?=[\u4e00-\u9fff《“])")
_ARABIC_BRACKET = re.compile(r"[(〔【\[]\s{0,2}(\d{1,3}|[1l][0-9OoIl])\s{0,2}[)〕】\]][\s、.]{0,3}")
_ARABIC_HALF_BRACKET = re.compile(r"(\d{1,2})\s?\)[\s、.]{0,3}")
_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})(?![\d.])[、\s]{0,4}")
_ARABIC = re.compile(r"(\d{1,3}|\d [\dOo])\s{0,2}([.、，,])(?!\d)\s{0,4}")
_ARABIC_BARE = re.compile(r"(\d{1,2})[ \t\u3000]{1,4}(?=[\u4e00-\u9fff《“])")
_POINT = re.compile(rf"([{NUMERALS}]{{1,2}})(是|要)(?![{NUMERALS}]|否|求)")
_WORDED = re.compile(
    rf"((?:任务|举措|措施|事项|行动|工程|要点|专项|问题|目标|项目|清单)\s{{0,2}})([{NUMERALS}]{{1,3}}|\d{{1,2}})"
    r"\s{0,2}[、.：:\s]\s{0,3}(?=\S)"
)
_ROMAN = re.compile(r"([\u2160-\u216b]|[IVX]{1,5})\s{0,2}[、.．]\s{0,3}")
_LETTER = re.compile(r"([A-Za-zＡ-Ｚａ-ｚ])\s{0,2}[、.．)）]\s{0,3}")
_ROMANS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_CIRCLES = (
    (0x2460, 20, Style.CIRCLED),
    (0x2474, 20, Style.ARABIC_BRACKET),
    (0x2488, 20, Style.ARABIC),
    (0x2776, 10, Style.CIRCLED),
    (0x3220, 10, Style.CHINESE_BRACKET),
)
_ORDINAL_STYLES = {
    "部分": Style.PART,
    "编": Style.PART,
    "篇": Style.PART,
    "章": Style.CHAPTER,
    "节": Style.SECTION,
    "条": Style.ARTICLE,
}


@dataclass(frozen=True, slots=True)
class Label:
    """A number at the start of a line: `end` is where the text after it begins."""

    style: Style
    value: int
    raw: str
    end: int
    canonical: str
    damaged: bool = False
    bare: bool = False
    """Only a blank stands between number and text: believed in a sequence alone."""


def chinese_value(text: str) -> int | None:
    """十二 → 12, 二十 → 20, 一百零三 → 103, 二〇 → 20; None where it is no number."""
    if not text:
        return None
    if not any(unit in text for unit in "十百"):
        value = 0
        for character in text:
            if character not in _DIGITS:
                return None
            value = value * 10 + _DIGITS[character]
        return value
    total = digit = 0
    for character in text:
        if character == "百":
            total, digit = total + max(digit, 1) * 100, 0
        elif character == "十":
            total, digit = total + max(digit, 1) * 10, 0
        elif character in _DIGITS:
            digit = _DIGITS[character]
        else:
            return None
    return total + digit


def chinese_numeral(value: int) -> str:
    """12 → 十二; 1 to 199."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    digits = "零一二三四五六七八九"
    text = ""
    if hundreds:
        text = digits[hundreds] + "百" + ("零" if rest and not tens else "")
    if tens:
        text += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    return text + (digits[ones] if ones or not value else "")


def _mended(numeral: str) -> str:
    """A dash in a Chinese number is a 一 that a scanner misread."""
    return "".join("一" if character in _DASHES else character for character in numeral)


def recognise(text: str) -> Label | None:
    """The number that `text` starts with, or None."""
    if not text:
        return None
    head = text[:28].translate(_HALF)
    first = head[0]
    if first == "第":
        return _ordinal(text, head)
    if first in "(〔【[":
        return _bracketed(text, head)
    if first in NUMERALS or first in _DASHES:
        return _chinese(text, head)
    if first.isdigit() and first.isascii():
        return _arabic(text, head)
    if "\u2160" <= first <= "\u216b":
        return _roman(text)
    if first in "任举措事行工要专问目项清":
        return _worded(text, head)
    return _circled(text)


def recognise_automatic(text: str, label: str) -> Label | None:
    """The number that Word itself put before `text`: letters and Roman numerals too."""
    return recognise(text) or (_roman(text) or _letter(text) if label.strip() else None)


def _roman(text: str) -> Label | None:
    match = _ROMAN.match(text)
    if match is None:
        return None
    one = match[1]
    if one not in _ROMANS and not "\u2160" <= one <= "\u216b":
        return None
    value = ord(one) - 0x215F if one >= "\u2160" else _ROMANS.index(one) + 1
    raw = text[: match.end()].strip()
    return Label(Style.ROMAN, value, raw, match.end(), chr(0x215F + value))


def _letter(text: str) -> Label | None:
    match = _LETTER.match(text)
    if match is None:
        return None
    one = unicodedata.normalize("NFKC", match[1])
    raw = text[: match.end()].strip()
    return Label(Style.LETTER, ord(one.upper()) - 64, raw, match.end(), one)


def _worded(text: str, head: str) -> Label | None:
    match = _WORDED.match(head)
    if match is None:
        return None
    value = int(match[2]) if match[2].isdigit() else chinese_value(match[2])
    if not value:
        return None
    name = match[1].strip() + match[2]
    return Label(Style.WORDED, value, text[: match.end()].strip(), match.end(), name)


def _ordinal(text: str, head: str) -> Label | None:
    match = _ORDINAL.match(head)
    if match is None:
        return None
    numeral = _mended(match[1])
    value = int(numeral) if numeral.isdigit() else chinese_value(numeral)
    if not value:
        return None
    unit = match[2].replace(" ", "").replace("\u3000", "")
    return Label(
        _ORDINAL_STYLES[unit],
        value,
        text[: match.end()].strip(),
        match.end(),
        f"第{numeral}{unit}",
        damaged=numeral != match[1],
    )


def _bracketed(text: str, head: str) -> Label | None:
    match = _CHINESE_BRACKET.match(head)
    raw = text[: match.end()].strip() if match else ""
    if match is not None:
        value = chinese_value(_mended(match[1]))
        if not value:
            return None
        damaged = _mended(match[1]) != match[1] or _mixed_brackets(raw)
        canonical = f"（{chinese_numeral(value)}）"
        return Label(Style.CHINESE_BRACKET, value, raw, match.end(), canonical, damaged)
    match = _ARABIC_BRACKET.match(head)
    if match is None:
        return None
    raw = text[: match.end()].strip()
    digits = re.sub("[Oo]", "0", re.sub("[Il]", "1", match[1]))
    value = int(digits)
    if not 0 < value < 200:
        return None
    damaged = digits != match[1] or _mixed_brackets(raw)
    return Label(Style.ARABIC_BRACKET, value, raw, match.end(), f"（{value}）", damaged)


def _mixed_brackets(raw: str) -> bool:
    return ("（" in raw) != ("）" in raw)


def _chinese(text: str, head: str) -> Label | None:
    match = _POINT.match(head)
    if match is not None:
        value = chinese_value(match[1])
        if value and value < 20:
            return Label(Style.POINT, value, match[0], match.end(), match[0])
    match = _CHINESE_HALF_BRACKET.match(head)
    style = Style.CHINESE_BRACKET
    bare = False
    if match is None:
        style = Style.CHINESE
        match = _CHINESE.match(head)
        # 一、二产业: an enumeration that a line break cut, not a number of ours.
        if match is not None and re.match(rf"[{NUMERALS}]+[、是类级产线]", head[match.end() :]):
            return None
    if match is None:
        match, bare = _CHINESE_BARE.match(head), True
    if match is None:
        return None
    numeral = _mended(match[1])
    value = chinese_value(numeral)
    if not value or value >= 200:
        return None
    name = chinese_numeral(value)
    canonical = f"（{name}）" if style is Style.CHINESE_BRACKET else name
    damaged = numeral != match[1]
    return Label(
        style, value, text[: match.end()].strip(), match.end(), canonical, damaged, bare=bare
    )


def _arabic(text: str, head: str) -> Label | None:
    match = _DECIMAL.match(head)
    if match is not None:
        if head[match.end() : match.end() + 1] in tuple(_COUNTED):
            return None
        numbers = match[1].split(".")
        if not 1 <= int(numbers[0]) < 100 or int(numbers[-1]) == 0:
            return None
        style = (Style.DECIMAL_2, Style.DECIMAL_3, Style.DECIMAL_4)[len(numbers) - 2]
        raw = text[: match.end()].strip()
        return Label(style, int(numbers[-1]), raw, match.end(), match[1])
    style, bare, damaged = Style.ARABIC, False, False
    match = _ARABIC_HALF_BRACKET.match(head)
    if match is not None:
        style = Style.ARABIC_BRACKET
    else:
        match = _ARABIC.match(head)
        if match is not None:
            damaged = match[2] in "，," or " " in match[1]
    if match is None:
        match, bare = _ARABIC_BARE.match(head), True
        if match is None or head[match.end()] in _COUNTED:
            return None
    value = int(match[1].replace(" ", "").replace("O", "0").replace("o", "0"))
    if not 0 < value < 200:
        return None
    canonical = f"（{value}）" if style is Style.ARABIC_BRACKET else str(value)
    raw = text[: match.end()].strip()
    return Label(style, value, raw, match.end(), canonical, damaged, bare)


def _circled(text: str) -> Label | None:
    code = ord(text[0])
    for base, count, style in _CIRCLES:
        if base <= code < base + count:
            value = code - base + 1
            end = 1
            while end < len(text) and end < 4 and text[end] in " \t\u3000、.．":
                end += 1
            canonical = {
                Style.CIRCLED: chr(0x2460 + value - 1),
                Style.ARABIC_BRACKET: f"（{value}）",
                Style.CHINESE_BRACKET: f"（{chinese_numeral(value)}）",
            }.get(style, str(value))
            return Label(style, value, text[:end].strip(), end, canonical)
    return None
