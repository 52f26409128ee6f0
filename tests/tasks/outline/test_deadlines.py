from __future__ import annotations

from datetime import date

import pytest

from tasks.outline.deadlines import due_of
from tasks.outline.model import Recurring
from tasks.outline.recurring import find_recurring

from .paper import outline_of, source_of

pytestmark = pytest.mark.nodb


@pytest.mark.parametrize(
    ("wording", "day"),
    [
        ("2026年6月底", date(2026, 6, 30)),
        ("2026年6月底前", date(2026, 6, 30)),
        ("6月30日前", date(2026, 6, 30)),
        ("6月30日之前完成", date(2026, 6, 30)),
        ("2026-08-15", date(2026, 8, 15)),
        ("2026/8/15", date(2026, 8, 15)),
        ("2026-08-15 00:00:00", date(2026, 8, 15)),
        ("2026.9.30", date(2026, 9, 30)),
        ("２０２６年９月３０日", date(2026, 9, 30)),
        ("2026年2月", date(2026, 2, 28)),
        ("2026.11", date(2026, 11, 30)),
        ("11月中旬", date(2026, 11, 20)),
        ("年底前", date(2026, 12, 31)),
        ("2026年底", date(2026, 12, 31)),
        ("2026年年底", date(2026, 12, 31)),
        ("上半年", date(2026, 6, 30)),
        ("2026年第三季度", date(2026, 9, 30)),
        ("三季度末", date(2026, 9, 30)),
        ("3月至6月底", date(2026, 6, 30)),
        ("2026年3月—2027年5月", date(2027, 5, 31)),
        ("次年1月底前", date(2027, 1, 31)),
        ("六月底前", date(2026, 6, 30)),
        ("二〇二六年十二月三十一日", date(2026, 12, 31)),
        ("2026年9月底，长期坚持", date(2026, 9, 30)),
        ("9.30前", date(2026, 9, 30)),
        ("每季度末", None),
        ("每年6月底前", None),
        ("每月25日前", None),
        ("长期坚持", None),
        ("全年", None),
        ("2月30日前", None),
        ("", None),
    ],
)
def test_due_of(wording: str, day: date | None) -> None:
    assert due_of(wording, 2026) == day


def test_without_a_year_there_is_no_date_but_a_warning() -> None:
    item = outline_of("1.建立清单。\n责任单位：各乡镇\n完成时限：6月30日前").items[0]
    assert (item.due, item.due_text) == (None, "6月30日前")
    assert any("年份" in warning for warning in item.warnings)


def test_an_impossible_day_is_pointed_out() -> None:
    item = outline_of("2026年要点\n1.建立清单。\n责任单位：各乡镇\n完成时限：2月30日").items[0]
    assert item.due is None
    assert any("不是有效日期" in warning for warning in item.warnings)


def test_the_papers_year_is_taken() -> None:
    text = "安和县2027年工作方案\n1.建立清单。\n责任单位：各乡镇\n完成时限：6月30日前"
    assert outline_of(text).items[0].due == date(2027, 6, 30)
    assert outline_of(text, year=2025).items[0].due == date(2025, 6, 30)


@pytest.mark.parametrize("front", ["安政发〔2026〕7号", "（2026年3月1日印发）"])
def test_year_from_number_or_date(front: str) -> None:
    assert outline_of(f"{front}\n工作方案\n1.建立清单。\n责任单位：").year == 2026


def test_a_deadline_in_the_text_is_taken_with_a_warning() -> None:
    item = outline_of("2026年要点\n一、任务\n1.建清单。9月底前完成自查，11月底前完成整改。").items[
        0
    ]
    assert item.due == date(2026, 11, 30)
    assert item.due_text == "11月底前"
    assert any("正文" in warning for warning in item.warnings)


def test_a_yearly_date_in_the_text_is_no_deadline() -> None:
    assert outline_of("2026年要点\n一、任务\n1.建清单。每年1月底前报告。").items[0].due is None


def demands(text: str) -> list[Recurring]:
    from tasks.outline.line import running_lines

    return [d for line in running_lines(source_of(text), [0]) for d in find_recurring(line, "")]


@pytest.mark.parametrize(
    ("text", "frequency", "times"),
    [
        ("各单位每季度报告一次进展。", "quarter", 1),
        ("每半年开展两次检查。", "half_year", 2),
        ("每年至少开展3次警示教育。", "year", 3),
        ("每年１月底前，书面报告。", "date", 1),
        ("6月底前报送清单。", "date", 1),
        ("每两个月通报一次。", "two_months", 1),
        ("双月月底集中通报。", "two_months", 1),
        ("每月25日前报送。", "month", 1),
        ("每周调度。", "week", 1),
        ("年底对各单位进行考核。", "year", 1),
        ("年初要分解任务。", "year", 1),
        ("各季度末报送报表。", "quarter", 1),
    ],
)
def test_recurring(text: str, frequency: str, times: int) -> None:
    found = demands(text)
    assert [(d.frequency, d.times) for d in found] == [(frequency, times)]


@pytest.mark.parametrize(
    "text",
    [
        "2026年6月底前完成整改。",
        "去年底召开了会议。",
        "按照年初预算执行。",
        "每个单位都要重视。",
        "年度考核结果。",
        "抓住每个时间节点。",
        "定期研究部署。",
    ],
)
def test_not_recurring(text: str) -> None:
    assert demands(text) == []


def test_two_demands_in_one_sentence() -> None:
    found = demands("县政府每季度听取一次汇报，每半年开展一次督查，推动落实。")
    assert [d.text for d in found] == [
        "县政府每季度听取一次汇报",
        "每半年开展一次督查，推动落实",
    ]
