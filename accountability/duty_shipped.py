"""The rules that ship with the portal, as they stand in duty_rules.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("duty_rules.toml")
# The ten things of the first responsible person, in their order (M05).
TEN_THINGS = (
    "研究部署",
    "党内生活",
    "廉政教育",
    "专题报告",
    "解决问题",
    "检查考核",
    "选人用人",
    "监督管理",
    "支持办案",
    "接受监督",
)


@cache
def shipped() -> tuple[dict[str, Any], ...]:
    """Each rule as the fields of a `DutyRule`; `units` are names to look for in the county."""
    with FILE.open("rb") as file:
        rows = tomllib.load(file)["rules"]
    found = []
    for place, row in enumerate(rows, start=1):
        values = {k: v for k, v in row.items() if k not in ("basis", "due")}
        values["basis_paper"], values["basis_clause"] = row["basis"]
        values["due_month"], values["due_day"] = row["due"]
        values["precedence"] = place * 10
        found.append(values)
    return tuple(found)
