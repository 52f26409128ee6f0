"""How a filter's word finds a name: Chinese text, pinyin, initials.

Keys hold several variants separated by spaces (单 as shan and dan); a word
of letters must begin one of them, so that `sj` finds 审计 and not every name
with an s and a j in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from .directory import squeezed


def matches(word: str, names: Iterable[str], *keys: str) -> bool:
    """Whether `word` is part of one of `names`, or begins one of the variants in `keys`."""
    wanted = squeezed(word).lower()
    if any(wanted in squeezed(name).lower() for name in names):
        return True
    return wanted.isascii() and any(
        variant.startswith(wanted) for key in keys for variant in key.split()
    )


def named(word: str, *fields: str, keyed: str = "") -> Q:
    """The same as a condition: `fields` are text columns, `keyed` the path of the keyed row."""
    wanted = squeezed(word)
    found = Q()
    for field in fields:
        found |= Q(**{f"{field}__icontains": wanted})
    if wanted.isascii():
        for key in ("pinyin", "initials"):
            found |= Q(**{f"{keyed}{key}__startswith": wanted.lower()})
            found |= Q(**{f"{keyed}{key}__contains": f" {wanted.lower()}"})
    return found
