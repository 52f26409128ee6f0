"""The arithmetic of 考核: by examples worked by hand, and by properties that always hold."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

from reports.assessment import (
    BadPackage,
    Band,
    Entry,
    Nature,
    Quota,
    Scheme,
    compute,
    hundredth,
    package,
    problems,
    recompute,
    standalone,
    total_of,
)
from reports.assessment.package import scheme_as_data, scheme_from_data

from .schemes import BANDS, criterion, rounds, schemes, weighted

pytestmark = pytest.mark.nodb
ABOUT = {"county": "试县", "year": 2026}


def entry(key: str = "u1", *, vetoes: tuple[str, ...] = (), **scores: str) -> Entry:
    """Scores by code, written p1_1 for 1.1 and 加1 as it is."""
    return Entry(
        key,
        f"单位{key}",
        {code.removeprefix("p").replace("_", "."): Decimal(v) for code, v in scores.items()},
        frozenset(vetoes),
    )


WHOLE = criterion("1.1", "score", "1", points=100)
FULL = {"p1_1": "30", "p1_2_1": "50", "p1_2_2": "20", "p2_1": "30"}


def flat(count: int = 1, percent: str | None = None) -> Scheme:
    """One score of 100 points, the usual bands."""
    return Scheme(
        "简单方案",
        (criterion("1", "part"), WHOLE),
        BANDS,
        quota=Quota("优秀", Decimal(percent)) if percent else None,
    )


def test_87_50_comes_about_as_by_hand() -> None:
    """(30+45+10)/100 × 60 = 51.00; 27.38/30 × 40 = 36.51 (36.5066…); 加 5 至多 4; 扣 4.01."""
    result = total_of(
        weighted(),
        entry(p1_1="30", p1_2_1="45", p1_2_2="10", p2_1="27.38", 加1="3", 加2="2", 扣1="4.01"),
    )
    assert result.total == Decimal("87.50")
    assert result.line.how == "51.00 + 36.51 + 4.00 - 4.01"
    first, second, more, less = result.line.children
    assert first.how == "85.00 ÷ 100 × 60 = 51.00"
    assert second.how == "27.38 ÷ 30 × 40 = 36.51"
    assert more.how == "3.00 + 2.00 = 5.00，超过上限，按 4.00 计"
    assert less.points == Decimal("4.01")
    codes = [line.code for _, line in result.line.walk() if line.code]
    assert codes[:5] == ["1", "1.1", "1.2", "1.2.1", "1.2.2"]


@pytest.mark.parametrize(
    ("given", "rounded"), [("2.345", "2.35"), ("2.344", "2.34"), ("0.005", "0.01"), ("7", "7.00")]
)
def test_rounding_is_half_up(given: str, rounded: str) -> None:
    assert str(hundredth(Decimal(given))) == rounded


@pytest.mark.parametrize(
    ("total", "low_in", "grade"),
    [
        ("90", True, "优秀"),
        ("90", False, "良好"),
        ("89.99", True, "良好"),
        ("60", True, "一般"),
        ("59.99", True, "较差"),
    ],
)
def test_a_band_has_its_edge_or_not(total: str, low_in: bool, grade: str) -> None:
    edge = Decimal(90)
    bands = (
        Band("优秀", edge, None, low_in=low_in),
        Band("良好", Decimal(80), edge, high_in=not low_in),
        *BANDS[2:],
    )
    scheme = replace(flat(), bands=bands)
    assert problems(scheme, rules={}) == []
    (result,) = compute(scheme, [entry(p1_1=total)])
    assert result.graded is not None
    assert result.graded.grade == grade


def test_bands_speak_as_the_law_counts() -> None:
    assert str(BANDS[1]) == "良好：80 分以上、不满 90 分"
    assert str(Band("中", Decimal(60), Decimal(80), low_in=False, high_in=True)) == (
        "中：超过 60 分、80 分以下"
    )


def test_ties_share_a_rank_and_the_next_rank_is_skipped() -> None:
    totals = ["95", "92", "92", "88"]
    results = compute(flat(), [entry(f"u{n}", p1_1=t) for n, t in enumerate(totals)])
    assert [r.graded and r.graded.rank for r in results] == [1, 2, 2, 4]


def test_a_tie_at_the_edge_of_the_quota_stays_out_together() -> None:
    """10 subjects, 30 %: 3 places; 1st, then three 2nd: only the 1st gets in."""
    totals = ["98", "95", "95", "95", "91", "70", "70", "70", "70", "50"]
    results = compute(flat(percent="30"), [entry(f"u{n}", p1_1=t) for n, t in enumerate(totals)])
    grades = [r.graded.grade for r in results if r.graded]
    assert grades == ["优秀", *["良好"] * 4, *["一般"] * 4, "较差"]
    assert results[1].graded is not None
    assert "优秀名额 3 个（10 个对象的 30%），名次第 2 未能进入" in results[1].graded.why


def test_a_veto_is_the_named_grade_and_ranks_behind_all_others() -> None:
    scheme = weighted()
    results = compute(
        scheme,
        [entry("u1", vetoes=("否1",), **FULL), entry("u2", **{**FULL, "p1_1": "0", "p2_1": "0"})],
    )
    assert [r.total for r in results] == [Decimal("100.00"), Decimal("42.00")]
    assert [(r.graded.rank, r.graded.grade) for r in results if r.graded] == [
        (2, "较差"),
        (1, "较差"),
    ]
    assert "一票否决：项目否1" in results[0].line.how


def test_a_total_never_falls_below_zero_and_unscored_counts_nothing() -> None:
    result = total_of(weighted(), entry(扣1="10"))
    assert result.total == 0
    assert "低于 0 分按 0 分计" in result.line.how
    assert result.missing == ("1.1", "1.2.1", "1.2.2", "2.1")


def test_points_outside_the_criterion_are_refused() -> None:
    for wrong in ("30.01", "-0.01"):
        with pytest.raises(ValueError, match=r"1\.1"):
            total_of(weighted(), entry(p1_1=wrong))
    with pytest.raises(ValueError, match="veto"):
        total_of(weighted(), entry(vetoes=("否9",)))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bands": BANDS[:1]}, "等次至少要有两个"),
        ({"bands": (BANDS[0], BANDS[2], BANDS[3])}, "没有接上"),
        ({"bands": (BANDS[0], replace(BANDS[1], high_in=True), *BANDS[2:])}, "都包含 90 分"),
        ({"bands": (replace(BANDS[0], low_in=False), *BANDS[1:])}, "都不包含 90 分"),
        ({"bands": (replace(BANDS[0], high=Decimal(95)), *BANDS[1:])}, "最高等次不设上限"),
        ({"quota": Quota("较差", Decimal(30))}, "名额只能设在"),
        ({"quota": Quota("优秀", Decimal(0))}, "名额比例"),
        ({"veto_grade": "无"}, "请选择否决后的等次"),
        ({"add_cap": Decimal(-1)}, "加分上限"),
        ({"criteria": (criterion("1", "part"),)}, "没有评分项"),
        ({"criteria": ()}, "没有评分部分"),
        (
            {"criteria": (criterion("1", "part"), criterion("1.1", "score", "1", points=99))},
            "合计为 99 分，应为 100 分",
        ),
        (
            {
                "criteria": (
                    criterion("1", "part", weight=90),
                    criterion("1.1", "score", "1", points=9),
                )
            },
            "权重合计为 90%",
        ),
        (
            {
                "criteria": (
                    criterion("1", "part"),
                    criterion("1.1", "score", "1", points=100, method="rule", rule="none"),
                )
            },
            "请选择一条规则",
        ),
        (
            {"criteria": (criterion("1", "part"), criterion("1.1", "score", "", points=100))},
            "须放在某一部分或类别之下",
        ),
    ],
)
def test_a_scheme_that_cannot_be_used_says_why(change: dict[str, object], told: str) -> None:
    found = problems(replace(weighted(), **change), rules={})  # type: ignore[arg-type]
    assert any(told in sentence for sentence in found), found


def test_the_usual_scheme_has_no_problems() -> None:
    assert problems(weighted(), rules={}) == []


@given(schemes())
@settings(max_examples=40, deadline=None)
def test_a_scheme_survives_being_written(scheme: Scheme) -> None:
    assert problems(scheme, rules={}) == []
    assert scheme_from_data(scheme_as_data(scheme)) == scheme


@given(rounds())
@settings(max_examples=80, deadline=None)
def test_what_always_holds(made: tuple[Scheme, list[Entry]]) -> None:
    scheme, entries = made
    results = compute(scheme, entries)
    bands = [b.name for b in scheme.bands]
    most = 100 + (scheme.add_cap if scheme.add_cap is not None else Decimal(5))
    for result in results:
        graded = result.graded
        assert graded is not None
        assert 0 <= result.total <= most
        assert result.total == hundredth(result.total)
        assert sum(band.holds(result.total) for band in scheme.bands) == 1
        assert graded.rank == 1 + sum(
            (bool(o.vetoes), -o.total) < (bool(result.vetoes), -result.total) for o in results
        )
        assert (graded.grade == graded.band) or result.vetoes or scheme.quota
        # The explanation adds up to what it explains.
        signs = {"扣分": -1}
        total = sum(
            (line.points or Decimal(0)) * signs.get(line.name, 1) for line in result.line.children
        )
        assert max(total, Decimal(0)) == result.total
    for one in results:
        for other in results:
            assert one.graded is not None
            assert other.graded is not None
            if bool(one.vetoes) == bool(other.vetoes) and one.total == other.total:
                assert one.graded.rank == other.graded.rank
                assert one.graded.grade == other.graded.grade
            if not one.vetoes and not other.vetoes and one.total > other.total:
                assert bands.index(one.graded.grade) <= bands.index(other.graded.grade)
    if scheme.quota:
        got = [r for r in results if r.graded and r.graded.band == scheme.quota.grade
               and r.graded.grade == scheme.quota.grade and not r.vetoes]  # fmt: skip
        assert len(got) <= len(results) * scheme.quota.percent / 100


@given(rounds())
@settings(max_examples=40, deadline=None)
def test_more_points_never_make_a_smaller_total(made: tuple[Scheme, list[Entry]]) -> None:
    scheme, (one, *_) = made
    before = total_of(scheme, one).total
    for c in scheme.of(Nature.SCORE, Nature.ADD):
        more = {**one.scores, c.code: c.points}
        assert total_of(scheme, Entry(one.key, one.name, more)).total >= before
    less = {**one.scores, "扣1": Decimal(20)}
    assert total_of(scheme, Entry(one.key, one.name, less)).total <= before


@given(rounds())
@settings(max_examples=80, deadline=None)
def test_the_stand_alone_recomputation_agrees(made: tuple[Scheme, list[Entry]]) -> None:
    text = package(*made, about=ABOUT)
    results, wrong = recompute(text)
    assert wrong == []
    assert standalone.results(json.loads(text)) == {
        r.key: (str(r.total), r.graded.rank, r.graded.grade) for r in results if r.graded
    }


def test_a_tampered_figure_is_found_by_both(tmp_path: Path) -> None:
    text = package(weighted(), [entry("u1", **FULL), entry("u2", 扣1="1", **FULL)], about=ABOUT)
    script = Path(standalone.__file__)

    def run(content: str) -> tuple[int, str]:
        path = tmp_path / "package.json"
        path.write_text(content, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-I", str(script), str(path)], capture_output=True, text=True
        )
        return done.returncode, done.stdout

    code, told = run(text)
    assert code == 0
    assert "全部一致" in told
    forged = text.replace('"total":"99.00"', '"total":"99.50"')
    assert recompute(forged)[1] == ["单位u2得分为 99.50，重算为 99.00"]
    code, told = run(forged)
    assert code == 1
    assert "1 个不一致" in told
    assert run("{}")[0] == 2
    with pytest.raises(BadPackage):
        recompute("{}")
