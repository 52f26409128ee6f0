"""Words for what letters, schemes, sheets and ballots keep in a form of their own (JSON)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from accountability.selectors.as_of import NONE

PRINTED = {"heading": "任务", "text": "内容", "due": "完成时限"}


def annex(row: Any) -> str:
    """What the letter prints of the task from this annex on."""
    told = [
        f"{name} {row.values[key] or '未定'}" for key, name in PRINTED.items() if key in row.values
    ]
    return "，".join(told) or NONE


def bands(row: Any) -> str:
    """Grades from the best to the worst with their lower bounds."""
    told = (
        f"{band['name']} {band['low']} 分起" if band.get("low") else f"{band['name']} 不设下限"
        for band in row.bands
    )
    return "、".join(told) or NONE


def options(row: Any) -> str:
    """What a ballot offers, with what each is worth."""
    told = (
        f"{option['name']}（{option['weight']} 分）"
        if option.get("weight") is not None
        else f"{option['name']}（不计分）"
        for option in row.options
    )
    return "、".join(told) or NONE


def bases(field: str) -> Callable[[Any], str]:
    """The bases of a score, by their names."""

    def words(row: Any) -> str:
        return _labels(getattr(row, field)) or NONE

    return words


def vetoes(row: Any) -> str:
    """The vetoes that were established, with reason and bases."""
    told = (
        f"{code}：{found.get('reason', '')}（依据：{_labels(found.get('bases', [])) or '未列'}）"
        for code, found in sorted(row.vetoes.items())
    )
    return "；".join(told) or NONE


def _labels(found: Iterable[Mapping[str, Any]]) -> str:
    return "、".join(str(basis.get("label", "")) for basis in found)
