"""Numbers that stand in an address or a form: what is none is left out."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

LONGEST = 17  # digits; one more may be beyond a bigint


def number_of(request: HttpRequest, name: str) -> int | None:
    """The number that the address gives under `name`."""
    text = request.GET.get(name, "")
    return int(text) if _is_number(text) else None


def numbers_of(given: QueryDict, name: str) -> list[int]:
    """All numbers given under `name`, each once, in their order."""
    return list(dict.fromkeys(int(text) for text in given.getlist(name) if _is_number(text)))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST
