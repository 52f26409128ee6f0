"""Schemes and scores for the property tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from reports.assessment import Band, Criterion, Entry, Method, Nature, Quota, Scheme

BANDS = (
    Band("优秀", Decimal(90), None, low_in=True),
    Band("良好", Decimal(80), Decimal(90)),
    Band("一般", Decimal(60), Decimal(80)),
    Band("较差", None, Decimal(60)),
)

QUOTAS = (None, Quota("优秀", Decimal(30)), Quota("良好", Decimal("12.5")))


def criterion(code: str, nature: str, parent: str = "", **values: Any) -> Criterion:
    for name in ("points", "weight", "per_case"):
        if values.get(name) is not None:
            values[name] = Decimal(str(values[name]))
    if "method" in values:
        values["method"] = Method(values["method"])
    return Criterion(code, f"项目{code}", Nature(nature), parent, **values)


def weighted() -> Scheme:
    """Two weighed parts, one with a group; additions, deductions, a veto."""
    return Scheme(
        "试行方案",
        (
            criterion("1", "part", weight=60),
            criterion("1.1", "score", "1", points=30),
            criterion("1.2", "group", "1"),
            criterion("1.2.1", "score", "1.2", points=50),
            criterion("1.2.2", "score", "1.2", points=20),
            criterion("2", "part", weight=40),
            criterion("2.1", "score", "2", points=30),
            criterion("加1", "add", points=3),
            criterion("加2", "add", points=3),
            criterion("扣1", "deduct", points=10),
            criterion("否1", "veto"),
        ),
        BANDS,
        quota=Quota("优秀", Decimal(30)),
        veto_grade="较差",
        add_cap=Decimal(4),
        deduct_cap=Decimal(8),
    )


def points(most: Decimal) -> st.SearchStrategy[Decimal]:
    """Points to the hundredth, whole ones often: ties must come about."""
    whole = st.integers(0, int(most)).map(Decimal)
    return st.one_of(whole, st.decimals(0, most, places=2))


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    """A scheme that `problems` accepts."""
    parts = draw(st.integers(1, 3))
    weights = [40, 35, 25] if parts == 3 else [70, 30] if parts == 2 else [100]
    criteria = []
    for p in range(1, parts + 1):
        criteria.append(criterion(str(p), "part", weight=weights[p - 1]))
        for g in range(1, draw(st.integers(1, 3)) + 1):
            if draw(st.booleans()):
                criteria.append(criterion(f"{p}.{g}", "group", str(p)))
                criteria += [
                    criterion(f"{p}.{g}.{k}", "score", f"{p}.{g}", points=draw(st.integers(1, 40)))
                    for k in (1, 2)
                ]
            else:
                criteria.append(
                    criterion(f"{p}.{g}", "score", str(p), points=draw(st.integers(1, 60)))
                )
    criteria += [
        criterion("加1", "add", points=5),
        criterion("扣1", "deduct", points=20),
        criterion("否1", "veto"),
    ]
    cut = sorted(draw(st.sets(st.integers(1, 105), min_size=2, max_size=3)), reverse=True)
    closed = [draw(st.booleans()) for _ in cut]
    names = [*("优秀", "良好", "一般")[: len(cut)], "末等"]
    edges = [None, *map(Decimal, cut), None]
    bands = tuple(
        Band(
            name,
            edges[i + 1],
            edges[i],
            low_in=closed[i] if i < len(cut) else True,
            high_in=not closed[i - 1] if i else False,
        )
        for i, name in enumerate(names)
    )
    return Scheme(
        "方案",
        tuple(criteria),
        bands,
        quota=draw(
            st.sampled_from([None, Quota("优秀", Decimal(30)), Quota("良好", Decimal("12.5"))])
        ),
        veto_grade="末等",
        add_cap=draw(st.sampled_from([None, Decimal(3), Decimal("2.5")])),
        deduct_cap=draw(st.sampled_from([None, Decimal(10)])),
    )


@st.composite
def rounds(draw: st.DrawFn) -> tuple[Scheme, list[Entry]]:
    """A scheme and the scores of up to a dozen subjects under it."""
    scheme = draw(schemes())
    entries = []
    for number in range(draw(st.integers(1, 12))):
        scores = {
            c.code: draw(points(c.points))
            for c in scheme.of(Nature.SCORE, Nature.ADD, Nature.DEDUCT)
        }
        vetoes = frozenset({"否1"}) if draw(st.integers(0, 5)) == 0 else frozenset()
        entries.append(Entry(f"u{number}", f"单位{number}", scores, vetoes))
    return scheme, entries
