"""The right edge and 避头尾 under random text thick with punctuation.

Keeps the patch of WeasyPrint's private functions honest when WeasyPrint is renewed.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from reports.documents.content import OfficialPaper, Paragraph
from reports.documents.pdf import render_pdf

from . import samples
from .measure import Line, lines_of, pages_of

pytestmark = pytest.mark.nodb

NOT_FIRST = "，。、；：？！）》”’』」】〕…·％%℃"
NOT_LAST = "（《“‘『「【〔·"


@pytest.fixture(scope="module")
def lines() -> list[tuple[Line, Line]]:
    """Each line of the text with the line after it."""
    paper = OfficialPaper(title="", body=samples.punctuated(80))
    found = [line for page in pages_of(render_pdf(paper)) for line in lines_of(page)]
    return list(pairwise(found))


def goes_on(line: Line, following: Line) -> bool:
    """Whether the paragraph goes on: the next line is not indented."""
    return following.left < 30


def test_enough_text_was_set(lines):
    assert len(lines) > 250


def test_every_line_but_a_paragraphs_last_reaches_the_right_edge(lines):
    short = [a for a, b in lines if goes_on(a, b) and not 183.5 <= a.right <= 184.5]
    assert short == []


def test_nothing_sticks_out(lines):
    assert max(line.right for line, _ in lines) <= 184.5
    assert min(line.left for line, _ in lines) >= 27.9


def test_no_line_begins_with_a_closing_mark(lines):
    wrong = [b.text for a, b in lines if goes_on(a, b) and b.text[0] in NOT_FIRST]
    assert wrong == []


def test_a_figure_and_its_unit_are_not_parted(lines):
    wrong = [
        (a.text, b.text)
        for a, b in lines
        if goes_on(a, b) and a.text[-1].isdigit() and b.text[0] in "年月日号.%0123456789"
    ]
    assert wrong == []


def test_no_line_ends_with_an_opening_mark(lines):
    assert [a.text for a, _ in lines if a.text[-1] in NOT_LAST] == []


def test_dashes_and_dots_of_two_characters_are_not_parted(lines):
    for mark in "—…":
        parted = [a.text for a, b in lines if a.text[-1] == mark == b.text[0]]
        assert parted == []


def test_lines_may_end_beside_chinese_quotation_marks():
    page = pages_of(
        render_pdf(OfficialPaper(title="", body=(Paragraph("责" * 26 + "“任务”" * 20),)))
    )[0]
    assert lines_of(page)[1].text.startswith("“")


def test_figures_and_latin_words_are_not_pulled_apart():
    text = "完成情况按季度通报" * 2 + "经办人Wang2026XYZ，（甲乙丙丁），戊己庚辛壬癸" * 6
    page = pages_of(render_pdf(OfficialPaper(title="", body=(Paragraph(text),))))[0]
    latin = [c for c in page.chars if c["text"].isascii() and c["text"].isalnum()]
    for left, right in pairwise(latin):
        if 0 < right["x0"] - left["x0"] < 16 and left["matrix"][5] == right["matrix"][5]:
            assert right["x0"] - left["x1"] < 0.3


def test_a_line_that_cannot_be_filled_stays_ragged():
    long = "https://" + "a" * 60
    page = pages_of(render_pdf(OfficialPaper(title="", body=(Paragraph("见" + long),))))[0]
    assert max(line.right for line in lines_of(page)) <= 184.5
