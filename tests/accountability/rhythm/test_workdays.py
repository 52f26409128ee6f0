"""工作日: the shipped calendar, the county's own table before it, the counting of days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accountability import workdays
from accountability.models import County, WorkYear
from accountability.workdays import Workdays

SHIPPED = Workdays({}, frozenset())
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-01-04", True),  # 周日调休上班
        ("2026-02-14", True),
        ("2026-02-16", False),  # 除夕
        ("2026-05-09", True),
        ("2026-10-10", True),
        ("2026-10-07", False),
        ("2026-03-31", True),
        ("2026-04-04", False),
        ("2025-10-08", False),
    ],
)
def test_the_announced_days_are_known(day: str, works: bool) -> None:
    assert SHIPPED.is_workday(date.fromisoformat(day)) is works


@pytest.mark.nodb
def test_a_year_not_announced_has_its_statutory_days_and_is_not_known() -> None:
    assert SHIPPED.known(2026)
    assert not SHIPPED.known(2031)
    assert not SHIPPED.is_workday(date(2031, 10, 1))
    assert SHIPPED.is_workday(date(2031, 10, 15))


@pytest.mark.nodb
def test_days_are_counted_over_the_holidays() -> None:
    # 2026: 9月25日中秋起三天，10月1日至7日国庆，9月20日和10月10日上班
    assert SHIPPED.add(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert SHIPPED.add(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert SHIPPED.add(date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert SHIPPED.between(date(2026, 9, 30), date(2026, 10, 10)) == 3
    assert SHIPPED.between(date(2026, 10, 10), date(2026, 9, 30)) == -3
    assert SHIPPED.roll(date(2026, 10, 1)) == date(2026, 10, 8)
    assert SHIPPED.add(date(2026, 10, 1), 0) == date(2026, 10, 1)
    with pytest.raises(ValueError, match="more than any deadline"):
        SHIPPED.add(date(2026, 1, 1), 5000)


@pytest.mark.nodb
@settings(max_examples=60, deadline=None)
@given(day=DAYS, days=st.integers(1, 60), turned=st.dictionaries(DAYS, st.booleans(), max_size=9))
def test_adding_and_counting_agree_whatever_was_entered(
    day: date, days: int, turned: dict[date, bool]
) -> None:
    calendar = Workdays(turned, frozenset())
    end = calendar.add(day, days)
    assert calendar.is_workday(end)
    assert calendar.between(day, end) == days
    assert calendar.between(day, end - timedelta(days=1)) == days - 1
    assert calendar.roll(end) == end
    assert calendar.between(end, day) == -days


def test_the_countys_own_table_goes_before_the_shipped_one(
    county: County, django_assert_num_queries: Any
) -> None:
    day = date(2026, 3, 31)
    assert workdays.is_workday(county.pk, day)
    assert not workdays.known(county.pk, 2031)
    WorkYear(county=county, year=2026, days={"2026-03-31": [False, "防汛调休"]}).save()
    WorkYear(county=county, year=2031, is_announced=True, basis="国办发明电〔2030〕1号").save()
    assert not workdays.is_workday(county.pk, day)
    assert workdays.roll(county.pk, day) == date(2026, 4, 1)
    assert workdays.add(county.pk, date(2026, 3, 30), 1) == date(2026, 4, 1)
    assert workdays.between(county.pk, date(2026, 3, 30), date(2026, 4, 1)) == 1
    assert workdays.known(county.pk, 2031)
    assert workdays.is_workday(county.pk + 1, day)
    with django_assert_num_queries(1):
        calendar = workdays.of(county.pk)
        assert not any(calendar.is_workday(day) for _ in range(100))
