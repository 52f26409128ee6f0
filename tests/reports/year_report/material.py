"""A year's material of so many subjects, from the example schemes; drawn with a fixed seed."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from random import Random
from typing import Any

from reports.assessment import Entry, Nature, Scheme, hundredth, package
from reports.scheme_examples import examples
from reports.year_report.material import Material, read

KINDS = (("town", "乡镇", "镇"), ("department", "部门", "局"))
REASONS = ("缺一次专题研究记录", "台账与抽查结果不符", "一个村没有检查记录")


def packed(kind: str, label: str, names: list[str], *, seed: int = 5) -> str:
    """One published round as its package."""
    scheme = next(e.core for e in examples().values() if e.kind == kind)
    random = Random(seed)
    entries, notes = [], {}
    for n, name in enumerate(names):
        scores, told = {}, {}
        for c in scheme.criteria:
            if c.nature == Nature.SCORE:
                off = c.points * Decimal(random.choice((0, 0, 0, 5, 10, 20))) / 100
                scores[c.code] = hundredth(c.points - off)
                if off:
                    told[c.code] = {
                        "reason": random.choice(REASONS), "bases": [f"考核组记录第{n + 1}号"],
                    }  # fmt: skip
        entries.append(Entry(f"u{n + 1}", name, scores))
        notes[f"u{n + 1}"] = told
    return as_package(scheme, entries, label, notes)


def as_package(
    scheme: Scheme, entries: list[Entry], label: str, notes: dict[str, Any] | None = None
) -> str:
    return package(
        scheme, entries,
        about={"county": "安和县", "year": 2025, "round": f"{label}年终考核", "kind": label},
        notes=notes,
    )  # fmt: skip


def noted(text: str, label: str, *, own: int) -> dict[str, Any]:
    return {
        "title": f"2025年度{label}年终考核", "version": 1, "own": own, "teams": 3, "members": 9,
        "digest": hashlib.sha256(text.encode()).hexdigest(), "counted_on": "2025-12-10",
        "published_on": "2025-12-28", "appeals": 2, "changed": 1,
    }  # fmt: skip


def data_of(texts: list[tuple[str, str, int]], ballots: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "year": 2025, "county": "安和县", "issuer": "安和县人民政府", "on": "2026-01-05",
        "rounds": [noted(text, label, own=own) for text, label, own in texts], "ballots": ballots,
    }  # fmt: skip


def material(units: int = 12) -> Material:
    """A quarter towns, the rest departments."""
    towns = max(units // 4, 1)
    texts = []
    for (kind, label, word), count in zip(KINDS, (towns, units - towns), strict=True):
        names = [f"第{n + 1}{word}" for n in range(count)]
        texts.append((packed(kind, label, names), label, count))
    ballot = {
        "title": "年度民主测评", "subject": "第1镇", "group": "干部职工", "issued": 30,
        "returned": 29, "valid": 28, "spoiled": 1, "abstained": 0, "score": "91.25",
    }  # fmt: skip
    small = {**ballot, "subject": "第2镇", "issued": 4, "returned": 4} | dict.fromkeys(
        ("valid", "spoiled", "abstained", "score")
    )
    return read(data_of(texts, [ballot, small]), [text for text, _, _ in texts])
