"""Periods, deadlines, reminder days, numbers of persons: arithmetic without a database."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accountability.duty_content import FIELDS, held_on_of, judge, missing_of, sending_key
from accountability.duty_periods import label_of, month_day, periods, reminder_days
from accountability.duty_shipped import TEN_THINGS, shipped
from accountability.models import DutyKind
from accountability.private_numbers import found_in

pytestmark = pytest.mark.nodb
ON = date(2026, 7, 1)


@given(st.integers(2000, 2090), st.sampled_from([1, 2, 4, 6, 12]))
def test_the_periods_of_a_year_cover_it_without_gap_or_overlap(year: int, per_year: int) -> None:
    found = periods(year, per_year)
    assert len(found) == len({p.key for p in found}) == per_year
    assert found[0].start == date(year, 1, 1)
    assert found[-1].end == date(year, 12, 31)
    for before, after in pairwise(found):
        assert after.start - before.end == timedelta(days=1)
    assert all(label_of(p.key) for p in found)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 13), st.integers(1, 31))
def test_a_day_of_a_month_is_the_months_last_at_most(start: date, month: int, day: int) -> None:
    found = month_day(start.replace(day=1), month, day)
    assert found.day == day or (found + timedelta(days=1)).day == 1
    assert (found.year * 12 + found.month) - (start.year * 12 + start.month) == month - 1


def test_the_31st_of_january_and_the_end_of_february() -> None:
    assert month_day(date(2026, 1, 1), 1, 31) == date(2026, 1, 31)
    assert month_day(date(2026, 1, 1), 2, 31) == date(2026, 2, 28)
    assert month_day(date(2028, 1, 1), 2, 31) == date(2028, 2, 29)
    assert month_day(date(2026, 1, 1), 13, 31) == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("key", "words"),
    [("2026", "2026年"), ("2026H2", "下半年"), ("2026Q3", "三季度"), ("2026B2", "3至4月"),
     ("2026M11", "11月")],
)  # fmt: skip
def test_a_period_in_words(key: str, words: str) -> None:
    assert label_of(key) == words


def test_at_most_two_reminders_and_none_for_zero() -> None:
    due = date(2026, 6, 30)
    assert reminder_days(due, 15, 3) == [date(2026, 6, 15), date(2026, 6, 27)]
    assert reminder_days(due, 15, 0) == [date(2026, 6, 15)]
    assert reminder_days(due, 0, 0) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("张三 110101199003077231", ""),  # the check digit is wrong
        ("11010519491231002X", "身份证号"),
        ("电话 138 0013 8000", "手机号"),
        ("卡号 6222 0212 0300 0000 003", ""),
        ("4111111111111111", "银行卡号"),
        ("试政发〔2026〕12号，2026-03-15 至 2026-04-20", ""),
        ("第1380013800号", ""),
    ],
)
def test_numbers_of_persons_are_seen(text: str, what: str) -> None:
    assert found_in(text) == what


def test_every_kind_has_its_form_and_every_shipped_rule_a_known_kind() -> None:
    assert set(FIELDS) == set(DutyKind.values)
    assert {rule["kind"] for rule in shipped()} == set(DutyKind.values)
    codes = [rule["code"] for rule in shipped()]
    assert len(codes) == len(set(codes))
    things = {rule.get("thing") for rule in shipped()} - {None}
    assert things == set(range(1, len(TEN_THINGS) + 1))


def test_a_record_keeps_what_its_kind_knows_and_says_what_is_wrong() -> None:
    good = judge(
        DutyKind.MEETING,
        {"place": "二楼", "chair": "曾立", "present": "曾立、吴霞", "topics": " 议题一 \n议题二",
         "decisions": "一项", "secret": "x"},
        on=ON,
    )  # fmt: skip
    assert not good.wrong
    assert good.content["topics"] == "议题一\n议题二"
    assert "secret" not in good.content
    bad = judge(DutyKind.MEETING, {"place": "长" * 81, "chair": "电话13800138000"}, on=ON)
    assert set(bad.wrong) == {"place", "chair", "present", "topics", "decisions"}
    assert "80" in bad.wrong["place"][0]
    assert "手机号" in bad.wrong["chair"][0]


@pytest.mark.parametrize(
    ("given_", "wrong"),
    [
        ({"received": "12", "answered": "12"}, set()),
        ({"received": "3", "answered": "4"}, {"answered"}),
        ({"received": "三", "answered": "-1"}, {"received", "answered"}),
    ],
)
def test_letters_and_visits_are_counted(given_: dict[str, str], wrong: set[str]) -> None:
    assert set(judge(DutyKind.VISIT, given_, on=ON).wrong) == wrong


def test_a_report_goes_to_each_addressee_with_a_receipt() -> None:
    to = ["上级党委", "上级纪委"]
    given_ = {
        "title": "报告",
        sending_key(0, "sent_on"): "2026-01-20",
        sending_key(1, "sent_on"): "2026-01-25",
        sending_key(0, "receipt_on"): "2026-01-21",
        sending_key(0, "receipt"): "收文 12 号",
    }
    found = judge(DutyKind.REPORT, given_, send_to=to, on=ON)
    assert not found.wrong
    assert held_on_of(DutyKind.REPORT, found.content, None) == date(2026, 1, 25)
    missing = missing_of(hand_in=[], send_to=to, handed=frozenset(), content=found.content)
    assert missing == ["上级纪委的签收"]
    given_[sending_key(1, "receipt_on")] = "2026-01-24"  # before it was sent, and no proof
    wrong = judge(DutyKind.REPORT, given_, send_to=to, on=ON).wrong
    assert set(wrong) == {"to1_receipt_on", "to1_receipt"}
    half = judge(DutyKind.REPORT, {"title": "报告"}, send_to=to, on=ON)
    assert held_on_of(DutyKind.REPORT, half.content, None) is None
