"""更正文字: what is a slip of the pen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.slips import MOST_CHARACTERS, is_slip, told

pytestmark = pytest.mark.nodb
PLAIN = st.text("开展谈心话监督检查落实责任", max_size=40)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("开展谈心话", "开展谈心谈话", True),
        ("及时反溃", "及时反馈", True),
        ("每年2次", "每年3次", False),
        ("两次", "三次", False),
        ("不得拖延", "得拖延", False),
        ("开展检查", "开展检查并将结果向社会公布", False),
        ("6月底前完成", "7月底前完成", False),
        ("原样", "原样", True),
    ],
)
def test_a_slip_changes_little_and_nothing_that_counts(
    before: str, after: str, wanted: bool
) -> None:
    assert is_slip(before, after) is wanted
    assert is_slip(after, before) is wanted


def test_it_is_told_with_what_stands_around() -> None:
    assert told("按季开展谈心话活动", "按季开展谈心谈话活动") == [
        "“开展谈心话活动”更正为“开展谈心谈话活动”"
    ]
    assert told("原样", "原样") == []


@given(PLAIN, PLAIN)
def test_a_slip_is_never_long(before: str, after: str) -> None:
    if is_slip(before, after):
        assert abs(len(before) - len(after)) <= MOST_CHARACTERS
    assert bool(told(before, after)) == (before != after)
