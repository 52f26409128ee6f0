"""A list number as Word writes it (ECMA-376 Part 1, 17.18.59 ST_NumberFormat)."""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def chinese(number: int) -> str:
    """chineseCounting: 一 … 十、十一 … 九十九, above it digit by digit (一〇〇)."""
    if number >= 100 or number <= 0:
        return "".join(_DIGITS[int(digit)] for digit in str(number)) if number >= 0 else str(number)
    tens, ones = divmod(number, 10)
    return (
        (_DIGITS[tens] if tens > 1 else "")
        + ("十" if tens else "")
        + (_DIGITS[ones] if ones else "")
    )


def chinese_thousand(number: int) -> str:
    """chineseCountingThousand: 一百零一, 一千二百三十四."""
    if number <= 0:
        return "零" if number == 0 else str(number)
    return _with_units(number, "零" + _DIGITS[1:], "十百千", bare_ten=True)


def chinese_legal(number: int) -> str:
    """chineseLegalSimplified: 壹拾贰."""
    if number <= 0:
        return "零" if number == 0 else str(number)
    return _with_units(number, _LEGAL_DIGITS, "拾佰仟", bare_ten=False)


def _with_units(number: int, digits: str, units: str, *, bare_ten: bool) -> str:
    if number >= 100_000_000:
        return str(number)
    high, low = divmod(number, 10_000)
    text = ""
    if high:
        text = _with_units(high, digits, units, bare_ten=bare_ten) + "万"
        if 0 < low < 1000:
            text += digits[0]
    pending_zero = False
    written = False
    for power in (3, 2, 1, 0):
        digit = low // 10**power % 10
        if not digit:
            pending_zero = written
            continue
        if pending_zero:
            text += digits[0]
            pending_zero = False
        if not (bare_ten and power == 1 and digit == 1 and not written and not high):
            text += digits[digit]
        text += units[power - 1] if power else ""
        written = True
    return text


def _letters(number: int) -> str:
    if not 0 < number <= 780:
        return str(number)
    times, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * (times + 1)


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    text = ""
    for value, letters in _ROMAN:
        while number >= value:
            text += letters
            number -= value
    return text


def _full_width(number: int) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))


def _circled(number: int) -> str:
    for first, last, start in ((1, 20, 0x2460), (21, 35, 0x3251), (36, 50, 0x32B1)):
        if first <= number <= last:
            return chr(start + number - first)
    return str(number)


def _from(first: int, count: int) -> Callable[[int], str]:
    return lambda number: chr(first + number - 1) if 1 <= number <= count else str(number)


def _cycle(characters: str) -> Callable[[int], str]:
    return lambda n: characters[n - 1] if 1 <= n <= len(characters) else str(n)


FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda number: f"{number:02d}",
    "numberInDash": lambda number: f"- {number} -",
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _from(0x2474, 20),
    "decimalEnclosedFullstop": _from(0x2488, 20),
    "ideographEnclosedCircle": _from(0x3280, 10),
    "chineseCounting": chinese,
    "ideographDigital": lambda n: "".join(_DIGITS[int(d)] for d in str(max(n, 0))),
    "taiwaneseCounting": chinese,
    "japaneseCounting": chinese_thousand,
    "chineseCountingThousand": chinese_thousand,
    "taiwaneseCountingThousand": chinese_thousand,
    "chineseLegalSimplified": chinese_legal,
    "ideographLegalTraditional": chinese_legal,
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "none": lambda number: "",
}


def format_number(number: int, name: str) -> str:
    """`number` in the format called `name`; an unknown format is shown as a decimal."""
    return FORMATS.get(name, str)(number)
