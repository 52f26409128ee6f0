"""Charts: what they draw, that grey tells tones apart, that nothing gets out of them."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.charts import bars, columns, stacked, to_png, to_svg
from reports.charts.drawing import TONES, Area, Drawing, Words, cut, ems
from reports.documents.typefaces import FONTS

pytestmark = pytest.mark.nodb
SVG = "{http://www.w3.org/2000/svg}"


def test_a_bar_is_as_long_as_its_share_and_none_has_no_bar() -> None:
    chart = bars(
        "得分",
        [("甲", Decimal(100)), ("乙", Decimal(50)), ("丙", None)],
        of="单位",
        unit="分",
        top=100,
    )
    long, half = (s for s in chart.drawing.shapes if isinstance(s, Area))
    assert long.width == pytest.approx(2 * half.width)
    assert chart.head == ("单位", "分")
    assert chart.rows == (("甲", "100"), ("乙", "50"), ("丙", "--"))


def test_stacked_bars_lie_end_to_end_and_sum_up() -> None:
    chart = stacked("等次", ["优秀", "良好"], [("乡镇", [2, 6]), ("部门", [0, 4])], of="类别")
    legend, bars_ = [], []
    for shape in chart.drawing.shapes:
        if isinstance(shape, Area):
            (legend if shape.width == 20 else bars_).append(shape)
    assert len(legend) == 2
    assert bars_[0].x + bars_[0].width == pytest.approx(bars_[1].x)
    assert bars_[1].width == pytest.approx(3 * bars_[0].width)
    assert chart.rows == (("乡镇", "2", "6", "8"), ("部门", "0", "4", "4"))
    with pytest.raises(ValueError, match="told apart"):
        stacked("多", [str(n) for n in range(len(TONES) + 1)], [], of="类")


def test_tones_differ_in_grey() -> None:
    """Neighbours differ by ground or by hatching, whatever the printer makes of colour."""
    marks = [(tone.ground, tone.strokes, tone.pitch) for tone in TONES]
    assert len(set(marks)) == len(marks)
    grey = [
        sum(int(t.ground[i : i + 2], 16) for i in (1, 3, 5)) / 3 for t in TONES if not t.strokes
    ]
    assert min(abs(a - b) for n, a in enumerate(grey) for b in grey[:n]) > 40


@given(
    st.lists(
        st.tuples(st.text(max_size=30), st.integers(min_value=0, max_value=10**6)), max_size=30
    )
)
@settings(max_examples=25, deadline=None)
def test_whatever_is_drawn_is_well_formed_and_within_its_bounds(
    rows: list[tuple[str, int]],
) -> None:
    printable = "".join
    for chart in (bars("标题", rows, of="a", unit="b"), columns("标题", rows, of="a", unit="b")):
        tree = ElementTree.fromstring(
            to_svg(
                chart.drawing,
                printable=lambda text: printable(c for c in text if c.isprintable()),
            )
        )
        assert tree.tag == f"{SVG}svg"
        for shape in chart.drawing.shapes:
            if isinstance(shape, Area):
                assert shape.x >= 0
                assert shape.x + shape.width <= chart.drawing.width
                assert shape.y + shape.height <= chart.drawing.height


def test_a_text_is_never_markup() -> None:
    chart = bars('"><script>', [("<b>&", 1)], of="a", unit="b")
    svg = to_svg(chart.drawing, family='"x')
    assert "<script" not in svg
    assert "<b>" not in svg
    ElementTree.fromstring(svg)
    assert "style=" not in svg


def test_hatching_stays_within_its_area() -> None:
    for tone in TONES:
        area = Area(10, 20, 33, 15, tone)
        for x1, y1, x2, y2 in area.strokes():
            assert 10 <= x1 < x2 <= 43.001
            assert 19.999 <= min(y1, y2) <= max(y1, y2) <= 35.001


def test_the_same_drawing_gives_the_same_picture() -> None:
    chart = stacked("等次", ["优秀", "良好"], [("乡镇", [2, 6])], of="类别")
    faces = {"latin": FONTS / "GovLatinB.ttf", "main": FONTS / "GovHei.ttf"}
    picture = to_png(chart.drawing, **faces)
    assert picture.startswith(b"\x89PNG")
    assert picture == to_png(chart.drawing, **faces)


def test_nothing_at_all_is_said_to_be_nothing() -> None:
    empty = bars("空", [], of="a", unit="b").drawing
    assert "没有数据" in list(empty.texts())
    assert isinstance(empty, Drawing)


def test_a_long_name_is_cut_to_its_room() -> None:
    assert cut("县财政局", 9) == "县财政局"
    name = cut("县机关事务和公共资源交易服务中心", 9)
    assert name.endswith("…")
    assert ems(name) <= 9
    assert Words(0, 0, "甲1", 10).width == pytest.approx(15.5)
