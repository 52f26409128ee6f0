"""Numbers of persons that no free text of the portal may hold (security.md 5.1)."""

from __future__ import annotations

import re

ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
CARD = re.compile(r"(?<!\d)\d{16,19}(?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def found_in(text: str) -> str:
    """What kind of number stands in `text`: 身份证号, 手机号, 银行卡号; "" for none."""
    plain = re.sub(r"(?<=\d)[ \-](?=\d)", "", text)
    if any(_is_id_number(match[0]) for match in ID_NUMBER.finditer(plain)):
        return "身份证号"
    if MOBILE.search(plain):
        return "手机号"
    if any(_passes_luhn(match[0]) for match in CARD.finditer(plain)):
        return "银行卡号"
    return ""


def _is_id_number(number: str) -> bool:
    total = sum(int(n) * w for n, w in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[17].upper()


def _passes_luhn(number: str) -> bool:
    digits = [int(n) for n in reversed(number)]
    doubled = (d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
