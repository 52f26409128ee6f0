"""Three example schemes as data: a county starts from one and makes it its own.

Written for the portal after the shapes that schemes have (domain.md 4.1): parts
with weights, points that add up to a hundred, and a leader's sheet.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from reports.assessment import Band, Criterion, Method, Nature, Quota, Scheme, numbered

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Example:
    """One example: what it is for, and its content."""

    code: str
    label: str
    kind: str
    core: Scheme


@cache
def examples() -> dict[str, Example]:
    """All examples by code (the file's name)."""
    found = {}
    for path in sorted(HERE.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        found[path.stem] = Example(path.stem, data["label"], data["kind"], _scheme(data))
    return found


def _scheme(data: dict[str, Any]) -> Scheme:
    lines: list[tuple[int, int | None, dict[str, Any]]] = []

    def take(row: dict[str, Any], parent: int | None) -> None:
        key = len(lines)
        lines.append((key, parent, row))
        for inner in row.get("items", ()):
            take({"nature": "group" if "items" in inner else "score"} | inner, key)

    for row in data["part"]:
        take({"nature": "part"} | row, None)
    for nature in ("add", "deduct", "veto"):
        for row in data.get(nature, ()):
            take({"nature": nature} | row, None)
    codes = dict(numbered([(key, parent, Nature(row["nature"])) for key, parent, row in lines]))
    rows = {key: (parent, row) for key, parent, row in lines}
    edges = [None, *(Decimal(b["low"]) for b in data["band"] if "low" in b)]
    quota = data.get("quota")
    return Scheme(
        title=data["title"],
        criteria=tuple(_criterion(code, codes, *rows[key]) for key, code in codes.items()),
        bands=tuple(
            Band(b["name"], Decimal(b["low"]) if "low" in b else None, edge)
            for b, edge in zip(data["band"], edges, strict=True)
        ),
        quota=Quota(quota["grade"], Decimal(quota["percent"])) if quota else None,
        veto_grade=data.get("veto_grade", ""),
        add_cap=_number(data.get("add_cap")),
        deduct_cap=_number(data.get("deduct_cap")),
    )


def _criterion(
    code: str, codes: dict[int, str], parent: int | None, row: dict[str, Any]
) -> Criterion:
    method = Method.RULE if "rule" in row else Method.BALLOT if "ballot" in row else Method.REVIEW
    return Criterion(
        code=code,
        name=row["name"],
        nature=Nature(row["nature"]),
        parent="" if parent is None else codes[parent],
        points=Decimal(row.get("points", 0)),
        weight=_number(row.get("weight")),
        standard=row.get("standard", ""),
        method=method,
        rule=row.get("rule", ""),
        per_case=_number(row.get("per_case")),
    )


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
