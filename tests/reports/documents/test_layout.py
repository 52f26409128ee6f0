"""The layout of GB/T 9704-2012, measured in the made PDF."""

from __future__ import annotations

import random
import re
from datetime import date
from io import BytesIO
from itertools import pairwise

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from reports.documents.content import Annex, Column, Imprint, OfficialPaper, Paragraph, Table
from reports.documents.paper_html import signature_indents
from reports.documents.pdf import render_pdf
from reports.documents.typefaces import FONTS

from . import samples
from .measure import MM, lines_of, pages_of, rules_of, text_of

pytestmark = pytest.mark.nodb


def only_text(characters: int) -> OfficialPaper:
    dice = random.Random(1)
    known = samples.hanzi()
    return samples.letter(
        body=(Paragraph("".join(dice.choice(known) for _ in range(characters))),),
        note="",
        imprint=None,
    )


@pytest.fixture(scope="module")
def plain() -> list:
    return pages_of(render_pdf(only_text(28 * 22 * 3)))


@pytest.fixture(scope="module")
def annexed() -> list:
    return pages_of(render_pdf(samples.with_annexes()))


def test_a_full_page_holds_22_lines_of_28_characters(plain):
    for page in plain[1:3]:
        assert [len(line.text) for line in lines_of(page)] == [28] * 22


def test_the_type_area_is_156_by_225_mm_at_37_and_28(plain):
    for page in plain[1:3]:
        lines = lines_of(page)
        assert min(line.left for line in lines) == pytest.approx(28, abs=0.5)
        assert max(line.right for line in lines) == pytest.approx(184, abs=0.5)
        assert lines[0].top == pytest.approx(37, abs=0.5)
        assert lines[-1].bottom == pytest.approx(262, abs=0.5)


def test_the_pitch_is_a_character_and_seven_eighths(plain):
    lines = lines_of(plain[1])
    for above, below in pairwise(lines):
        assert below.top - above.top == pytest.approx(10.4455, abs=0.05)


def test_the_red_mark_begins_35_mm_below_the_type_areas_top(plain):
    (mark,) = lines_of(plain[0], 44)
    font = TTFont(FONTS / "GovXBS.ttf")
    tallest = max(font["glyf"][font.getBestCmap()[ord(c)]].yMax for c in mark.text) / 1000
    ink = mark.top + (0.88 - tallest) * mark.size * MM
    assert ink == pytest.approx(72, abs=1)
    assert (mark.left + mark.right) / 2 == pytest.approx(106, abs=0.5)


def test_a_long_name_of_the_issuer_stays_on_one_line_of_the_type_area():
    long = "安和县党风廉政建设责任制工作领导小组办公室文件"
    page = pages_of(render_pdf(samples.letter(head=long)))[0]
    mark = max(lines_of(page, None), key=lambda line: line.text == long)
    assert mark.text == long
    assert mark.left >= 27.5
    assert mark.right <= 184.5


def test_the_red_rule_is_4_mm_below_the_number_and_as_wide_as_the_type_area(plain):
    number = lines_of(plain[0])[0]
    assert number.text == "安政发〔2026〕10号"
    left, right, top, bottom, colour = rules_of(plain[0])[0]
    assert (left, right) == (pytest.approx(28, abs=0.5), pytest.approx(184, abs=0.5))
    assert top - number.bottom == pytest.approx(4, abs=1)
    assert bottom - top == pytest.approx(0.7, abs=0.1)
    assert colour[0] > 0.85
    assert max(colour[1:]) < 0.15


def test_the_title_stands_two_lines_below_the_rule_centred_in_22_points(plain):
    lines = lines_of(plain[0], 22)
    rule = rules_of(plain[0])[0]
    assert len(lines) == 2
    pitch, leading = 10.4455, (10.4455 - 22 * MM) / 2
    assert lines[0].top == pytest.approx(rule[3] + 2 * pitch + leading, abs=1)
    for line in lines:
        assert (line.left + line.right) / 2 == pytest.approx(106, abs=0.5)


def test_the_first_page_shows_text_after_the_addressee(plain):
    lines = lines_of(plain[0])
    assert lines[1].text == "各乡镇人民政府，县政府各部门、各直属机构："
    assert lines[1].left == pytest.approx(28, abs=0.5)
    assert lines[2].left == pytest.approx(28 + 2 * 156 / 28, abs=0.5)


def test_page_numbers_lie_outside_the_dash_7_mm_below(plain):
    for number, page in enumerate(plain, 1):
        (line,) = [found for found in lines_of(page, 14) if found.top > 262]
        assert line.text.replace("\u2002", " ") == f"— {number} —"
        dash = line.bottom - (0.12 + 0.316) * 14 * MM  # the stroke above the em box's foot
        assert dash == pytest.approx(269, abs=1)
        if number % 2:
            assert line.right == pytest.approx(184 - 14 * MM, abs=1)
        else:
            assert line.left == pytest.approx(28 + 14 * MM, abs=1)


def test_the_imprint_ends_on_the_lower_edge_of_the_last_even_page():
    pages = pages_of(render_pdf(samples.letter()))
    assert len(pages) % 2 == 0
    *_, last = rules_of(pages[-1])
    assert last[3] == pytest.approx(262, abs=0.5)
    assert last[1] - last[0] == pytest.approx(156, abs=0.5)
    assert "安和县人民政府办公室2026年3月30日印发" in text_of(pages[-1])
    assert "抄送：县委各部门，县监委，县法院。" in text_of(pages[-1])


@pytest.mark.parametrize("characters", [200, 560, 620, 900, 1200, 1250, 1300])
def test_the_imprint_is_on_the_last_even_page_wherever_the_text_ends(characters):
    paper = only_text(characters)
    imprint = Imprint("安和县人民政府办公室", date(2026, 3, 30))
    for duplex in (True, False):
        changed = samples.letter(
            body=paper.body, imprint=Imprint(imprint.issuer, imprint.issued_on, duplex=duplex)
        )
        pages = pages_of(render_pdf(changed))
        assert not duplex or len(pages) % 2 == 0
        assert "日印发" in text_of(pages[-1])
        assert rules_of(pages[-1])[-1][3] == pytest.approx(262, abs=0.5)


def test_after_a_landscape_annex_the_imprint_has_a_portrait_page():
    paper = samples.letter(
        annexes=(Annex.of_table("任务分解表", samples.COLUMNS, samples.task_rows(4)),)
    )
    pages = pages_of(render_pdf(paper))
    assert len(pages) % 2 == 0
    assert pages[-1].width < pages[-1].height
    assert rules_of(pages[-1])[-1][3] == pytest.approx(262, abs=0.5)
    if len(pages[-2].chars) == 0:  # a blank page before it: neither is numbered
        assert "—" not in text_of(pages[-1])
    else:
        assert f"—{len(pages)}—" in text_of(pages[-1])


def test_an_imprint_page_goes_on_with_the_numbers_on_the_outer_side():
    pages = pages_of(render_pdf(samples.letter(body=(Paragraph("特此通知。"),))))
    assert len(pages) == 2
    number = next(line for line in lines_of(pages[1], 14) if line.top > 262)
    assert number.text == "— 2 —"
    assert number.left == pytest.approx(28 + 14 * MM, abs=1)


def test_a_blank_page_and_the_imprint_after_it_are_not_numbered():
    """The text fills an even page, so that the imprint has no room at its foot."""
    full = next(
        pages
        for pages in (
            pages_of(render_pdf(samples.letter(body=only_text(28 * lines).body)))
            for lines in range(16, 28)
        )
        if len(pages) == 4
    )
    assert [len(page.chars) == 0 for page in full] == [False, False, True, False]
    assert "—" not in text_of(full[3])
    assert "日印发" in text_of(full[3])


@pytest.mark.parametrize("extra", range(0, 28 * 12, 28))
def test_the_signature_never_stands_on_a_page_without_text(extra):
    paper = samples.letter(body=only_text(28 * 20 + extra).body, imprint=None)
    pages = pages_of(render_pdf(paper))
    page = next(p for p in pages if "2026年3月28日" in text_of(p))
    lines = lines_of(page)
    place = next(n for n, line in enumerate(lines) if line.text == "安和县人民政府")
    assert place > 0
    assert lines[place + 1].text == "2026年3月28日"
    assert lines[place + 2].text == "（此件公开发布）"


@pytest.mark.parametrize("extra", range(0, 28 * 8, 56))
def test_attachments_never_stand_on_a_page_without_text(extra):
    body = only_text(28 * 20 + extra).body
    paper = samples.letter(body=body, attachments=("任务分解表",), imprint=None)
    for page in pages_of(render_pdf(paper)):
        assert not text_of(page).startswith("附件：")


def test_a_sealed_date_is_four_characters_in_and_the_name_centred_over_it():
    page = pages_of(render_pdf(samples.letter(body=(Paragraph("特此通知。"),))))[0]
    lines = lines_of(page)
    day = next(line for line in lines if line.text == "2026年3月28日")
    name = next(line for line in lines if line.text == "安和县人民政府")
    cell = 156 / 28
    assert day.right == pytest.approx(184 - 4 * cell, abs=1)
    assert (name.left + name.right) / 2 == pytest.approx((day.left + day.right) / 2, abs=1)


@pytest.mark.parametrize(
    ("name", "day", "sealed", "expected"),
    [
        (7, 6.5, True, (3.75, 4)),
        (20, 6, True, (0, 4)),
        (9, 6.5, False, (2, 2.5)),
        (4, 6.5, False, (6.5, 2)),
    ],
)
def test_indents_of_signature_and_date(name, day, sealed, expected):
    assert signature_indents(name, day, sealed=sealed) == expected


def test_later_attachments_and_lines_stand_under_the_first_name(annexed):
    (page,) = [p for p in annexed if "附件：1." in text_of(p)]
    first = next(line for line in lines_of(page) if line.text.startswith("附件：1."))
    second = next(line for line in lines_of(page) if line.text.startswith("2."))
    assert first.left == pytest.approx(28 + 2 * 156 / 28, abs=1)
    assert second.left == pytest.approx(first.left + 3 * 16 * MM, abs=0.5)


@pytest.mark.parametrize("count", [1, 2, 12])
def test_a_long_attachments_second_line_stands_under_its_first_character(count):
    name = "关于安和县党风廉政建设责任制考核评分细则和年度任务分解的说明"
    paper = samples.letter(head="", body=(), attachments=(name,) * count, imprint=None)
    page = pages_of(render_pdf(paper))[0]
    lines = lines_of(page)
    place = next(n for n, line in enumerate(lines) if line.text.startswith("附件："))
    char = next(c for c in page.chars if c["text"] == "关" and c["top"] * MM > lines[place].top - 1)
    assert lines[place + 1].left == pytest.approx(char["x0"] * MM, abs=0.6)


def test_landscape_pages_repeat_the_head_and_carry_a_number(annexed):
    wide = [(n, page) for n, page in enumerate(annexed, 1) if page.width > page.height]
    assert len(wide) >= 2
    for number, page in wide:
        assert float(page.width) * MM == pytest.approx(297, abs=0.1)
        texts = text_of(page)
        assert "重点任务责任领导责任人员牵头单位责任单位完成时限" in texts
        turned = [c for c in page.chars if not c["upright"] and c["text"].strip()]
        assert "".join(c["text"] for c in sorted(turned, key=lambda c: c["top"])) == f"—{number}—"
        assert 26.5 - 1 < min(c["x0"] for c in turned) * MM < 28  # the dash's em box beside 28 mm
        if number % 2:
            assert max(c["bottom"] for c in turned) * MM == pytest.approx(179.06, abs=1)
        else:
            assert min(c["top"] for c in turned) * MM == pytest.approx(32.94, abs=1)
        cells = [c for c in page.chars if abs(c["size"] - 12) < 0.3]
        assert min(c["x0"] for c in cells) * MM >= 35
        assert max(c["x1"] for c in cells) * MM <= 260
        assert max(c["bottom"] for c in cells) * MM <= 184.5


def test_an_annex_has_its_name_on_line_1_and_its_title_on_line_3(annexed):
    (page,) = [p for p in annexed if text_of(p).startswith("附件2")]
    assert lines_of(page)[0].top == pytest.approx(37, abs=0.5)
    title = lines_of(page, 22)[0]
    leading = (10.4455 - 22 * MM) / 2
    assert title.top == pytest.approx(34.6 + 2 * 10.4455 + leading, abs=1)


def test_a_row_higher_than_the_page_loses_no_text():
    text = "责任" * 1500 + "完"
    row = ("1", text, "", "", "", "", "")
    paper = samples.letter(annexes=(Annex.of_table("分解表", samples.COLUMNS, (row,)),))
    assert "".join(map(text_of, pages_of(render_pdf(paper)))).count("责任") >= 1500


@pytest.mark.parametrize(("count", "runs_over"), [(60, False), (260, True)])
def test_only_a_tall_row_runs_over_to_the_next_page(count: int, runs_over: bool):
    columns = (Column("序号", 1), Column("责任事项", 3))
    rows = tuple((str(n), f"{'责任' * (count // 2)}完") for n in range(1, 12))
    pages = pages_of(render_pdf(OfficialPaper(title="清单", body=(Table(columns, rows),))))
    assert len(pages) > 1
    assert text_of(pages[0]).split("—")[0].endswith("完") is not runs_over


def test_an_empty_and_a_bare_paper_can_be_made():
    assert pages_of(render_pdf(OfficialPaper(title="")))
    page = pages_of(render_pdf(OfficialPaper(title="责任清单", body=(Paragraph("空。"),))))[0]
    title = lines_of(page, 22)[0]
    assert title.top == pytest.approx(34.6 + 2 * 10.4455 + 1.34, abs=1)


def test_the_files_properties_name_title_issuer_and_date():
    info = PdfReader(BytesIO(render_pdf(samples.letter()))).metadata
    assert info is not None
    assert info.title == samples.letter().title
    assert info.author == "安和县人民政府"
    assert info.creation_date is not None
    assert info.creation_date.date() == date(2026, 3, 28)


def test_the_rest_of_a_row_that_runs_over_says_whose_it_is():
    long = "逐项核对、逐条整改并按季报告进展情况。" * 40
    rows = tuple((str(n), long, "县财政局") for n in range(1, 6))
    columns = (Column("序号", 0.5, "center"), Column("内容", 6), Column("单位", 1.5))
    table = Annex.of_table("整改台账", columns, rows, landscape=False)
    pages = pages_of(render_pdf(samples.letter(annexes=(table,), imprint=None)))
    held = [text_of(page) for page in pages if "逐项核对" in text_of(page)]
    assert len(held) > 2
    assert [text.count("续") for text in held] == [0] + [1] * (len(held) - 1)
    numbers = re.findall(r"(\d)续", "".join(held))
    assert len(numbers) == len(held) - 1
    assert numbers == sorted(numbers)


def test_rows_that_end_on_their_page_are_not_marked():
    table = Annex.of_table("任务分解表", samples.COLUMNS, samples.task_rows(40))
    pages = pages_of(render_pdf(samples.letter(annexes=(table,))))
    assert not any("续" in text_of(page) for page in pages)
