"""Reading takes time in step with the length, whatever the text."""

from __future__ import annotations

import time

import pytest

from tasks.outline.numbering import chinese_numeral

from .paper import outline_of

pytestmark = pytest.mark.nodb

SENTENCE = (
    "各乡镇、各部门要切实担负责任，每季度报告一次，2026年6月底前完成自查，严格实行“一案双查”。"
)


def seconds(text: str, *, runs: int = 2) -> float:
    """The best of some runs: the cores are shared."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        outline_of(text)
        times.append(time.process_time() - start)
    return min(times)


def test_three_hundred_pages_in_two_seconds() -> None:
    item = "（{}）工作事项。{}\n责任领导：王强\n牵头单位：县财政局、县审计局\n责任单位：\n"
    parts = [
        f"{chinese_numeral(part)}、任务\n"
        + "".join(item.format(chinese_numeral(n), SENTENCE * 3) for n in range(1, 10))
        for part in range(1, 120)
    ]
    text = "".join(parts)
    assert len(text) > 180_000
    assert len(outline_of(text).items) == 119 * 9
    assert seconds(text) < 2  # 0.7 s on a core of its own


@pytest.mark.parametrize(
    "unit",
    [
        *["责任：", "责任领导：", "（责任领导：王", "（", "王、", " ", "“", "X"],
        *["一是", "，一是二是", "1.1.", "每年年", "6月30日前", "（一）", "。", "|"],
    ],
)
def test_a_line_of_a_million_characters(unit: str) -> None:
    assert seconds(unit * (1_000_000 // len(unit)), runs=1) < 5  # under two on a core of its own


@pytest.mark.parametrize("line", ["（一）", "1.甲", "县", "责任人：\n王强", "安和县，", "a\tb\tc"])
def test_many_lines(line: str) -> None:
    short = seconds(f"{line}\n" * 5_000)
    long = seconds(f"{line}\n" * 20_000)
    assert long < max(10 * short, 0.5)
