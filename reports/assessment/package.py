"""The frozen inputs of a round as one JSON text, and the recomputation from it (校核)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from .computing import Entry, Result, compute
from .grading import GRADING_RULES
from .points import plain, shown
from .scheme import Band, Criterion, Method, Nature, Quota, Scheme

FORMAT = "assessment/1"
ROUNDING = "各项得分、各部分加权得分和合计均四舍五入到百分位；其余不取舍。"


class BadPackage(ValueError):
    """The text is no package of a round."""


def package(
    scheme: Scheme,
    entries: Iterable[Entry],
    *,
    about: Mapping[str, Any],
    notes: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """Scheme, inputs and results as canonical JSON: the same content gives the same text.

    `about` names county, year, round and version; `notes` are reasons and bases by
    subject, printed but not computed with.
    """
    entries = list(entries)
    results = compute(scheme, entries)
    content = {
        "format": FORMAT,
        "about": dict(about),
        "rounding": ROUNDING,
        "rules": list(GRADING_RULES),
        "scheme": scheme_as_data(scheme),
        "subjects": [
            {
                "key": e.key,
                "name": e.name,
                "scores": {code: shown(value) for code, value in sorted(e.scores.items())},
                "vetoes": sorted(e.vetoes),
                "notes": dict((notes or {}).get(e.key, {})),
            }
            for e in entries
        ],
        "results": [_result(r) for r in results],
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def recompute(text: str) -> tuple[list[Result], list[str]]:
    """Totals, ranks and grades from a package's inputs, and where its results differ from them."""
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise BadPackage(f"unknown format {content['format']!r}")
        scheme = scheme_from_data(content["scheme"])
        entries = [
            Entry(
                row["key"],
                row["name"],
                {code: Decimal(value) for code, value in row["scores"].items()},
                frozenset(row["vetoes"]),
            )
            for row in content["subjects"]
        ]
        printed = {row["key"]: row for row in content["results"]}
    except BadPackage:
        raise
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise BadPackage(str(error)) from error
    results = compute(scheme, entries)
    wrong = []
    for result in results:
        was, now = printed.pop(result.key, None), _result(result)
        if was is None:
            wrong.append(f"{result.name}没有成绩")
            continue
        labels = (("total", "得分"), ("rank", "名次"), ("grade", "等次"))
        wrong += [
            f"{result.name}{label}为 {was[key]}，重算为 {now[key]}"
            for key, label in labels
            if was[key] != now[key]
        ]
    wrong += [f"{row['name']}有成绩而没有评分" for row in printed.values()]
    return results, wrong


def _result(result: Result) -> dict[str, Any]:
    assert result.graded is not None
    return {
        "key": result.key,
        "name": result.name,
        "total": shown(result.total),
        "rank": result.graded.rank,
        "grade": result.graded.grade,
        "band": result.graded.band,
        "why": result.graded.why,
    }


def scheme_as_data(scheme: Scheme) -> dict[str, Any]:
    """The scheme as plain data, numbers as text."""
    return {
        "title": scheme.title,
        "criteria": [
            {
                "code": c.code,
                "name": c.name,
                "nature": c.nature.value,
                "parent": c.parent,
                "points": plain(c.points),
                "weight": _text(c.weight),
                "standard": c.standard,
                "method": c.method.value,
                "rule": c.rule,
                "per_case": _text(c.per_case),
            }
            for c in scheme.criteria
        ],
        "bands": [band_as_data(b) for b in scheme.bands],
        "quota": {"grade": scheme.quota.grade, "percent": plain(scheme.quota.percent)}
        if scheme.quota
        else None,
        "veto_grade": scheme.veto_grade,
        "add_cap": _text(scheme.add_cap),
        "deduct_cap": _text(scheme.deduct_cap),
    }


def scheme_from_data(data: Mapping[str, Any]) -> Scheme:
    """The scheme that `scheme_as_data` wrote."""
    quota = data["quota"]
    return Scheme(
        title=data["title"],
        criteria=tuple(
            Criterion(
                code=c["code"],
                name=c["name"],
                nature=Nature(c["nature"]),
                parent=c["parent"],
                points=Decimal(c["points"]),
                weight=_number(c["weight"]),
                standard=c["standard"],
                method=Method(c["method"]),
                rule=c["rule"],
                per_case=_number(c["per_case"]),
            )
            for c in data["criteria"]
        ),
        bands=tuple(band_from_data(b) for b in data["bands"]),
        quota=Quota(quota["grade"], Decimal(quota["percent"])) if quota else None,
        veto_grade=data["veto_grade"],
        add_cap=_number(data["add_cap"]),
        deduct_cap=_number(data["deduct_cap"]),
    )


def band_as_data(band: Band) -> dict[str, Any]:
    """One grade as plain data."""
    return {
        "name": band.name,
        "low": _text(band.low),
        "high": _text(band.high),
        "low_in": band.low_in,
        "high_in": band.high_in,
    }


def band_from_data(data: Mapping[str, Any]) -> Band:
    """The grade that `band_as_data` wrote."""
    return Band(
        data["name"],
        _number(data["low"]),
        _number(data["high"]),
        bool(data["low_in"]),
        bool(data["high_in"]),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
