"""Links told outside: a mapping like any other, a sixth of its size."""

from __future__ import annotations

import hashlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accountability.ledger.links import Links

pytestmark = pytest.mark.nodb


def link(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


@given(st.lists(st.tuples(st.integers(1, 40), st.one_of(st.integers(0, 99).map(link), st.text()))))
def test_it_says_what_it_was_told_first(told: list[tuple[int, str]]) -> None:
    links, plain = Links(), dict[int, str]()
    for seq, value in told:
        assert links.setdefault(seq, value) == plain.setdefault(seq, value)
    assert dict(links) == plain
    assert len(links) == len(plain)
    assert links.get(41) is None


def test_what_was_told_stays_told() -> None:
    links = Links()
    links[1] = link(1)
    with pytest.raises(TypeError):
        links[1] = link(2)
    with pytest.raises(TypeError):
        del links[1]


def test_ten_thousand_in_a_row_take_32_bytes_each() -> None:
    links = Links()
    for seq in range(1, 10_001):
        links[seq] = link(seq)
    assert sys.getsizeof(links._row) < 10_000 * 40
    assert not links._others
