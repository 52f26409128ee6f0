"""Every character prints as a glyph of the shipped faces, or is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.documents import selftest
from reports.documents.content import Annex, Column, OfficialPaper, Paragraph
from reports.documents.pdf import render_pdf
from reports.documents.typefaces import (
    FONTS,
    ROLES,
    characters_of,
    printable,
    unprintable,
    unprintable_sentence,
)

from . import samples
from .measure import pages_of, text_of

pytestmark = pytest.mark.nodb


def gb2312() -> str:
    found = []
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.append(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return "".join(found)


def test_the_start_up_check_finds_nothing():
    assert selftest.problems() == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_role_covers_gb2312_and_the_rare_names(role):
    known = frozenset().union(*map(characters_of, role.files))
    assert [c for c in gb2312() + selftest.RARE_NAMES if ord(c) not in known] == []


def test_a_whole_paper_has_no_empty_glyph():
    assert selftest.glyph_problems(render_pdf(samples.with_annexes())) == []


def test_gb2312_prints_in_text_headings_and_title():
    text = gb2312()
    paper = OfficialPaper(title="字形", body=(Paragraph(text),))
    made = render_pdf(paper)
    assert selftest.glyph_problems(made) == []
    printed = "".join(map(text_of, pages_of(made)))
    assert [c for c in text if c not in printed and not c.isspace()] == []


def test_characters_beyond_the_shipped_faces_are_marked_and_reported():
    paper = OfficialPaper(
        title="名单",
        body=(Paragraph("联络员𬎆某、陳某，✅"),),
        annexes=(Annex.of_table("表", (Column("姓名"),), (("𠮷某",),)),),
    )
    rare = unprintable(paper.texts())
    assert [r.character for r in rare] == ["𬎆", "陳", "✅", "𠮷"]
    sentence = unprintable_sentence(rare)
    assert "U+2C386" in sentence or "U+2C386" in str(rare[0]) or f"U+{ord('𬎆'):04X}" in sentence
    made = render_pdf(paper)
    assert selftest.glyph_problems(made) == []
    assert "联络员〓某、〓某，〓" in text_of(pages_of(made)[0])


def test_nothing_to_report_is_no_sentence():
    assert unprintable(samples.with_annexes().texts()) == []
    assert unprintable_sentence([]) == ""
    assert printable("喆堃") == "喆堃"


def test_the_glyph_check_sees_a_missing_glyph(monkeypatch):
    monkeypatch.setattr("reports.documents.markup.printable", lambda text: text)
    made = render_pdf(OfficialPaper(title="名单", body=(Paragraph("\ue000"),)))
    assert selftest.glyph_problems(made) != []


def test_every_shipped_face_is_used_and_licensed():
    files = {path.name for path in FONTS.glob("*.ttf")}
    assert files == {file for role in ROLES for file in role.files}
    notes = (FONTS / "README.md").read_text("utf-8")
    assert [f for f in files if Path(f).stem not in notes] == []
    assert len(list((FONTS / "licences").glob("*.txt"))) >= 5


def test_the_faces_share_one_line_grid():
    from fontTools.ttLib import TTFont

    for path in FONTS.glob("*.ttf"):
        with TTFont(path, lazy=True) as font:
            unit = font["head"].unitsPerEm
            assert font["hhea"].ascent == pytest.approx(0.88 * unit, abs=1), path.name
            assert font["hhea"].descent == pytest.approx(-0.12 * unit, abs=1), path.name
            assert font["hhea"].lineGap == 0, path.name
