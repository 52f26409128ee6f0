"""The letter form (GB/T 9704-2012, 10.1) and the 简报, measured; both also as .docx."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn

from reports.documents.content import Imprint
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf

from . import samples
from .measure import MM, lines_of, pages_of, rules_of, text_of

pytestmark = pytest.mark.nodb


@pytest.fixture(scope="module")
def letter() -> list:
    return pages_of(render_pdf(samples.outgoing_letter()))


@pytest.fixture(scope="module")
def bulletin() -> list:
    return pages_of(render_pdf(samples.bulletin()))


def red(page) -> list:
    return [r for r in rules_of(page) if r[4] and len(r[4]) == 3 and r[4][0] > 0.8]


def line_with(page, text: str, size: float | None = 16.0):
    return next(line for line in lines_of(page, size) if text in line.text)


def test_a_letters_mark_begins_30_mm_below_the_sheets_top(letter):
    image = letter[0].to_image(resolution=300).original.convert("RGB")
    left, right = round(28 / 25.4 * 300), round(184 / 25.4 * 300)
    first = next(
        y
        for y in range(image.height)
        if any(image.getpixel((x, y))[1] < 120 for x in range(left, right, 2))
    )
    assert first / 300 * 25.4 == pytest.approx(30, abs=1)


def strokes(page) -> list[tuple[float, float]]:
    """The red strokes 24 mm from the sheet's left edge, outside all text: top, bottom in mm."""
    image = page.to_image(resolution=600).original.convert("RGB")
    column, found, begun = round(24 / 25.4 * 600), [], None
    for y in range(image.height):
        is_red = image.getpixel((column, y))[1] < 120
        if is_red and begun is None:
            begun = y
        elif not is_red and begun is not None:
            found.append((begun / 600 * 25.4, y / 600 * 25.4))
            begun = None
    return found


def test_a_letters_double_rules_are_170_mm_and_where_they_belong(letter):
    for left, right, *_ in red(letter[0]):
        assert (left, right) == (pytest.approx(20, abs=0.5), pytest.approx(190, abs=0.5))
    drawn = strokes(letter[0])
    assert len(drawn) == 4
    thick = [bottom - top for top, bottom in drawn]
    assert thick[0] > 2 * thick[1]  # 上粗下细
    assert thick[3] > 2 * thick[2]  # 上细下粗
    mark = max(lines_of(letter[0], None), key=lambda line: line.size)
    assert drawn[0][0] - mark.bottom == pytest.approx(4, abs=1)
    assert drawn[3][1] == pytest.approx(297 - 20, abs=1)


def test_a_letters_number_is_on_the_right_seven_eighths_below_the_rule(letter):
    number = line_with(letter[0], "安政函")
    assert number.right == pytest.approx(184, abs=1)
    assert number.top - strokes(letter[0])[1][1] == pytest.approx(16 * MM * 7 / 8, abs=1)


def test_a_letters_title_stands_two_lines_below_its_number(letter):
    number, title = line_with(letter[0], "安政函"), lines_of(letter[0], 22)[0]
    pitch = 10.4455
    assert title.top - number.bottom == pytest.approx(3 * pitch - (16 + 22) / 2 * MM, abs=1)
    assert (title.left + title.right) / 2 == pytest.approx(106, abs=1)


def test_a_letter_numbers_its_pages_from_the_second_on(letter):
    assert "—1—" not in text_of(letter[0])
    assert "—2—" in text_of(letter[1])
    assert len(letter) == 3


def test_a_letters_later_pages_are_as_of_the_general_form(letter):
    lines = lines_of(letter[1])
    assert len(lines) == 22
    assert lines[0].top == pytest.approx(37, abs=0.5)
    assert not red(letter[1])


def test_a_letters_imprint_names_the_copies_alone(letter):
    last = text_of(letter[-1])
    assert "抄送：县委各部门" in last
    assert "印发" not in last
    assert not rules_of(letter[-1])
    bare = samples.outgoing_letter(imprint=Imprint("安和县人民政府办公室", samples.letter().dated))
    assert len(render_pdf(bare)) > 0
    assert "办公室" not in text_of(pages_of(render_pdf(bare))[-1]).replace(
        "安和县人民政府办公室2026", ""
    )


def test_a_bulletin_has_issuer_and_date_over_the_rule_and_not_at_the_end(bulletin):
    byline, rule = line_with(bulletin[0], "领导小组办公室"), red(bulletin[0])[0]
    assert "2026年3月28日" in byline.text
    assert byline.left == pytest.approx(28, abs=0.5)
    assert byline.right == pytest.approx(184, abs=0.5)
    assert 2 < rule[2] - byline.bottom < 6
    assert (rule[0], rule[1]) == (pytest.approx(28, abs=0.5), pytest.approx(184, abs=0.5))
    number = line_with(bulletin[0], "第3期")
    assert (number.left + number.right) / 2 == pytest.approx(106, abs=1)
    whole = "".join(text_of(page) for page in bulletin)
    assert whole.count("2026年3月28日") == 1
    assert whole.count("领导小组办公室") == 1


def test_a_bulletin_ends_with_the_imprint_on_an_even_page(bulletin):
    assert len(bulletin) % 2 == 0
    assert "2026年3月30日印发" in text_of(bulletin[-1])


def styles_of(document) -> dict[str, str]:
    return {p.style.name: p.text for p in document.paragraphs}


def test_a_letter_as_docx():
    document = Document(BytesIO(render_docx(samples.outgoing_letter())))
    found = styles_of(document)
    assert found["信函标志"] == "安和县人民政府办公室"
    assert found["信函文号"] == "安政函〔2026〕12号"
    assert "发文机关标志" not in found
    first = document.sections[0]
    assert first.different_first_page_header_footer
    assert not first.first_page_footer.paragraphs[0].text
    borders = [
        border.get(qn("w:val"))
        for border in (
            document.paragraphs[0]._p.find(f".//{qn('w:pBdr')}/{qn('w:bottom')}"),
            first.first_page_footer._element.find(f".//{qn('w:pBdr')}/{qn('w:top')}"),
        )
    ]
    assert borders == ["thickThinSmallGap", "thinThickSmallGap"]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert cells == ["抄送：县委各部门，县监委，县法院。"]


def test_a_bulletin_as_docx():
    document = Document(BytesIO(render_docx(samples.bulletin())))
    found = styles_of(document)
    assert found["发文机关标志"] == "党风廉政建设工作简报"
    assert found["发文字号"] == "第3期"
    assert found["简报署名"] == "安和县党风廉政建设工作领导小组办公室\t2026年3月28日"
    assert "署名" not in found
    assert "成文日期" not in found


@pytest.mark.parametrize("paper", [samples.outgoing_letter(), samples.bulletin()])
@pytest.mark.parametrize("render", [render_pdf, render_docx])
def test_the_same_form_is_the_same_file(paper, render):
    assert sha256(render(paper)).digest() == sha256(render(paper)).digest()
