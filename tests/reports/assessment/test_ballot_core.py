"""测评计票: what holds of every form, every set of votes and every hand count."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.assessment import ballots
from reports.assessment.ballots import BadVote, Form, Option, Tally

pytestmark = pytest.mark.nodb
USUAL = Form(
    ("总体评价",),
    (
        Option("满意", Decimal(100)),
        Option("基本满意", Decimal(70)),
        Option("不满意", Decimal(30)),
        Option("不了解", None),
    ),
)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    weights = draw(
        st.lists(
            st.one_of(st.none(), st.decimals(0, 100, places=2)), min_size=2, max_size=5
        ).filter(lambda found: any(w is not None for w in found))
    )
    options = tuple(Option(f"选项{n}", w) for n, w in enumerate(weights))
    aspects = tuple(f"项目{n}" for n in range(draw(st.integers(1, 4))))
    return Form(aspects, options)


@st.composite
def polls(draw: st.DrawFn) -> tuple[Form, list[tuple[int | None, ...]]]:
    form = draw(forms())
    answer = st.one_of(st.none(), st.integers(0, len(form.options) - 1))
    vote = st.tuples(*[answer for _ in form.aspects])
    return form, draw(st.lists(vote, max_size=30))


@given(polls(), st.randoms(use_true_random=False))
def test_the_order_of_the_votes_is_nothing(
    poll: tuple[Form, list[tuple[int | None, ...]]], chance: random.Random
) -> None:
    form, votes = poll
    other = list(votes)
    chance.shuffle(other)
    assert ballots.tally_of(form, votes) == ballots.tally_of(form, other)


@given(polls())
def test_a_vote_is_read_as_it_was_written(poll: tuple[Form, list[tuple[int | None, ...]]]) -> None:
    form, votes = poll
    for vote in votes:
        assert ballots.read(form, ballots.written(form, vote)) == vote


@given(polls(), st.integers(0, 40), st.integers(0, 12))
def test_counts_add_up_and_nothing_is_shown_of_a_small_group(
    poll: tuple[Form, list[tuple[int | None, ...]]], issued: int, smallest: int
) -> None:
    form, votes = poll
    tally = ballots.tally_of(form, votes)
    assert ballots.faults_of(form, tally) == []
    found = ballots.outcome(form, tally, issued=issued, smallest=smallest)
    assert found.is_void == (len(votes) > issued)
    if not found.is_shown:
        assert (found.valid, found.void, found.abstained) == (None, None, None)
        assert (found.aspects, found.score, found.how) == ((), None, "")
        assert found.is_void or tally.valid < max(smallest, 5)
        return
    assert tally.valid >= max(smallest, 5)
    assert found.valid is not None
    assert found.abstained is not None
    assert found.valid + found.abstained == found.returned == len(votes) <= found.issued
    for aspect in found.aspects:
        assert sum(aspect.chosen) + aspect.left_open == found.valid
        assert aspect.left_open >= 0


@given(polls())
def test_the_score_is_the_mean_of_the_weights_rounded_once(
    poll: tuple[Form, list[tuple[int | None, ...]]],
) -> None:
    form, votes = poll
    found = ballots.outcome(form, ballots.tally_of(form, votes), issued=99, smallest=5)
    scored = [o.weight for o in form.options if o.weight is not None]
    for place, aspect in enumerate(found.aspects):
        weights = [
            w
            for vote in votes
            if (a := vote[place]) is not None and (w := form.options[a].weight) is not None
        ]
        if not weights:
            assert aspect.score is None
            continue
        mean = sum(map(Fraction, weights), Fraction(0)) / len(weights)
        assert aspect.score is not None
        assert abs(Fraction(aspect.score) - mean) <= Fraction(1, 200)
        assert min(scored) <= aspect.score <= max(scored)


def test_options_that_are_not_counted_leave_the_score_alone() -> None:
    known = [(0,)] * 4 + [(1,)] * 2
    told = ballots.outcome(USUAL, ballots.tally_of(USUAL, known), issued=9, smallest=5)
    more = ballots.outcome(
        USUAL, ballots.tally_of(USUAL, [*known, (3,), (3,)]), issued=9, smallest=5
    )
    assert told.score == more.score == Decimal("90.00")
    assert told.how == "（100 × 4 + 70 × 2 + 30 × 0）÷ 6 = 90.00"


def test_more_back_than_went_out_is_void_and_says_nothing_else() -> None:
    tally = ballots.tally_of(USUAL, [(0,)] * 8)
    found = ballots.outcome(USUAL, tally, issued=7, smallest=5)
    assert found.is_void
    assert not found.is_shown
    assert found.score is None


@pytest.mark.parametrize(
    ("tally", "sentence"),
    [
        (Tally(10, 6, 5, ((0, 0, 0, 0),)), "无效票与弃权票合计多于收回票"),
        (Tally(10, 0, 0, ((8, 3, 0, 0),)), "合计 11 张，多于有效票 10 张"),
        (Tally(10, 0, 0, ((8, 1, 0, 0),)), "少于有效票"),
        (Tally(10, -1, 0, ((8, 1, 0, 0),)), "负数"),
        (Tally(10, 0, 0, ((10,),)), "不符"),
    ],
)
def test_a_hand_count_that_cannot_be_is_told(tally: Tally, sentence: str) -> None:
    assert sentence in ballots.faults_of(USUAL, tally)[0]
    with pytest.raises(BadVote):
        ballots.outcome(USUAL, tally, issued=20, smallest=5)


def test_differences_name_places_and_no_figures() -> None:
    one, other = Tally(10, 1, 0, ((6, 3, 0, 0),)), Tally(10, 1, 0, ((5, 4, 0, 0),))
    found = ballots.differences_of(USUAL, one, other)
    assert found == ["总体评价“满意”", "总体评价“基本满意”"]
    assert ballots.differences_of(USUAL, one, one) == []


def test_several_groups_are_weighed() -> None:
    points, how = ballots.combined(
        [("分管领导", Decimal(20), Decimal("95.00")), ("干部职工", Decimal(40), Decimal("88.25"))],
        Decimal(20),
    )
    assert points == Decimal("18.10")  # 20 × (95 × 20 + 88.25 × 40) ÷ 60 ÷ 100
    assert "分管领导 95.00 × 20" in how
    alone, how = ballots.combined([("全体", Decimal(7), Decimal("92.5"))], Decimal(10))
    assert (alone, how) == (Decimal("9.25"), "10 × 92.50% = 9.25")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("满意", "没有分值"),
        ("满意 一百", "不是数字"),
        ("满意 101", "0 至 100"),
        ("满意 NaN", "0 至"),
    ],
)
def test_an_option_without_a_good_weight_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(BadVote, match=sentence):
        ballots.options_from(text)


def test_options_and_problems() -> None:
    found = ballots.options_from("满意 100\n 基本满意　70 \n\n不了解 不计")
    assert [str(o) for o in found] == ["满意 100", "基本满意 70", "不了解 不计"]
    assert ballots.problems_of(Form(("甲",), found), smallest=5) == []
    bad = ballots.problems_of(Form(("甲", "甲"), (Option("好", None),)), smallest=4)
    assert len(bad) == 4


@given(
    st.lists(
        st.tuples(st.text("0123456789abcdef", min_size=4), st.integers(0, 3), st.integers(0, 3)),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_digest_of_a_set_has_no_order(
    rows: list[tuple[str, int, int]], chance: random.Random
) -> None:
    other = list(rows)
    chance.shuffle(other)
    assert ballots.set_digest(rows) == ballots.set_digest(other)
    if rows:
        key, aspect, option = rows[0]
        assert ballots.set_digest([(key, aspect, option + 1), *rows[1:]]) != ballots.set_digest(
            rows
        )


@pytest.mark.parametrize("answers", [(), (0, 1), (4,), (-1,)])
def test_a_vote_that_does_not_fit_is_refused(answers: tuple[int, ...]) -> None:
    with pytest.raises(BadVote):
        ballots.written(USUAL, answers)
