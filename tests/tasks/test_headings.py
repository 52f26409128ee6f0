"""Sections as the typist sets them."""

import pytest

from tasks.selectors.headings import short_titled, titled

pytestmark = pytest.mark.nodb


@pytest.mark.parametrize(
    ("number", "heading", "long", "short"),
    [
        ("二", "明确责任", "二、明确责任", "二、明确责任"),
        ("三（二）", "管好资金", "三、（二）管好资金", "（二）管好资金"),
        ("第一章", "总则", "第一章 总则", "第一章 总则"),
        ("保障措施", "保障措施", "保障措施", "保障措施"),
        ("", "保障措施", "保障措施", "保障措施"),
        (None, None, "", ""),
    ],
)
def test_number_and_heading(number: str | None, heading: str | None, long: str, short: str) -> None:
    assert titled(number, heading) == long
    assert short_titled(number, heading) == short
