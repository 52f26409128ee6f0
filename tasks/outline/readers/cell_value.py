"""What a sheet cell shows: dates as 2026-06-30, whole numbers without .0, percentages."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

# Numbers of the built-in formats that show a date (ECMA-376 Part 1, 18.8.30; 27–36 and
# 50–58 are the Chinese ones), and what they show of it.
_BUILT_IN_FULL = {*range(14, 18), 22, 30, 31, 36, 50, 51, 52, 53, 54, 58}
_BUILT_IN_MONTH = {17, 27, 57}
_BUILT_IN_TIME = {18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56}
_BUILT_IN_PERCENT = {9: 0, 10: 2}

_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_LAST_SERIAL = 2_958_465  # 9999-12-31


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """What kind of thing a number format shows."""

    kind: str = "number"
    """number, date, month, time or percent."""
    decimals: int = 0


def built_in(identifier: int) -> NumberFormat:
    if identifier in _BUILT_IN_PERCENT:
        return NumberFormat("percent", _BUILT_IN_PERCENT[identifier])
    if identifier in _BUILT_IN_MONTH:
        return NumberFormat("month")
    if identifier in _BUILT_IN_FULL:
        return NumberFormat("date")
    if identifier in _BUILT_IN_TIME:
        return NumberFormat("time")
    return NumberFormat()


def from_code(code: str) -> NumberFormat:
    """The kind of a format code such as `yyyy"年"m"月"d"日"` or `0.0%`."""
    shown = _NOT_CODE.sub("", code.split(";")[0]).lower()
    if "%" in shown:
        fraction = re.search(r"\.(0+)", shown)
        return NumberFormat("percent", len(fraction[1]) if fraction else 0)
    if "general" in shown:
        return NumberFormat()
    has_year = "y" in shown or ("e" in shown and "0" not in shown)
    if "d" in shown or (has_year and "m" not in shown):
        return NumberFormat("date")
    if has_year:
        return NumberFormat("month")
    if "h" in shown or "s" in shown:
        return NumberFormat("time")
    return NumberFormat("date") if "m" in shown and "0" not in shown else NumberFormat()


def shown_text(value: str, number_format: NumberFormat, *, from_1904: bool) -> str:
    """The text of a number cell whose stored value is `value`."""
    try:
        number = float(value)
    except ValueError:
        return value
    if not math.isfinite(number):
        return value
    if number_format.kind == "percent":
        return f"{number * 100:.{min(number_format.decimals, 10)}f}%"
    if number_format.kind != "number":
        dated = _date(number, number_format.kind, from_1904=from_1904)
        if dated:
            return dated
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.15g}"


def _date(serial: float, kind: str, *, from_1904: bool) -> str:
    if from_1904:
        serial += 1462
    if not 0 <= serial <= _LAST_SERIAL:
        return ""
    # Day 60 is the 29 February 1900 that never was; before it the count is one off.
    epoch = datetime(1899, 12, 31 if serial < 60 else 30)
    moment = epoch + timedelta(seconds=round(serial * 86_400))
    if serial < 1 or kind == "time":
        clock = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
        return clock if serial < 1 else f"{moment:%Y-%m-%d} {clock}"
    if kind == "month":
        return f"{moment.year}年{moment.month}月"
    if moment.hour or moment.minute:
        return f"{moment:%Y-%m-%d %H:%M}"
    return f"{moment:%Y-%m-%d}"
