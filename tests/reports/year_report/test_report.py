"""The report: its figures are the material's, edited ones are told, links lead somewhere."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from reports.assessment import BadPackage
from reports.documents.content import Figure, Heading, Link, Paragraph, Table
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf
from reports.documents.typefaces import unprintable
from reports.year_report import marks
from reports.year_report.drafting import drafted, title_of
from reports.year_report.material import Material, average, percent, read, share
from reports.year_report.paper import Front, blocks_of, charts_of, paper_of, spread

from .material import data_of, material, packed

pytestmark = pytest.mark.nodb


@pytest.fixture(scope="module")
def year() -> Material:
    return material(12)


def front(year: Material) -> Front:
    return Front(
        title_of(year), "县委常委会", drafted(year).body, "安政发〔2026〕3号", date(2026, 1, 6)
    )


def test_the_figures_of_the_text_are_those_of_the_results(year: Material) -> None:
    draft = drafted(year)
    by_meaning = {fact.meaning: fact.value for fact in draft.facts}
    towns = year.rounds[0]
    totals = [s.total for s in towns.subjects]
    assert by_meaning["参加年度考核的对象"] == "12"
    assert by_meaning["乡镇平均得分"] == str(average(totals))
    assert by_meaning["乡镇最高得分"] == str(max(totals))
    assert by_meaning["乡镇扣分事项"] == str(len(list(towns.lost())))
    assert sum(int(by_meaning[f"乡镇评为{g}的对象"]) for g in towns.grades) == len(totals)
    assert "第2镇" not in by_meaning


def test_every_count_of_the_draft_has_its_source(year: Material) -> None:
    draft = drafted(year)
    assert not marks.strange(draft.body, draft.facts)
    assert marks.used(draft.body) == {fact.number for fact in draft.facts}
    assert draft == drafted(year)


def test_what_is_edited_is_told(year: Material) -> None:
    draft = drafted(year)
    fact = draft.facts[0]
    changed = draft.body.replace(f"{fact.value}{{1}}", "99{1}") + "\n另有3个单位、5{999}项。"
    told = marks.strange(changed, draft.facts)
    assert f"99（来源 1 为 {fact.value}）" in told
    assert "5{999}（没有这个来源）" in told
    assert "3个（没有来源）" in told


def test_marks_become_links_and_are_never_printed(year: Material) -> None:
    facts = drafted(year).facts
    text, links = marks.read("平均92.35{2}分，共5{999}个，{7}完", facts)
    assert text == "平均92.35分，共5个，完"
    assert links == (Link(2, 7, "fact2"),)
    paper = paper_of(front(year), year, facts)
    assert not any(re.search(r"\{\d+\}", text) for text in paper.texts())


def test_every_link_leads_to_an_anchor(year: Material) -> None:
    paper = paper_of(front(year), year, drafted(year).facts)
    anchors, targets = set(), set()
    for block in (*paper.body, *(b for annex in paper.annexes for b in annex.body)):
        if isinstance(block, Table):
            anchors |= set(filter(None, block.anchors))
            targets |= set(filter(None, block.links))
        elif isinstance(block, Paragraph | Heading):
            targets |= {link.to for link in block.links}
    assert targets <= anchors
    assert any(to.startswith("fact") for to in targets)


def test_the_paper_has_its_annexes_and_figures(year: Material) -> None:
    paper = paper_of(front(year), year, drafted(year).facts)
    assert paper.attachment_names == (
        "考核对象得分、等次和排名", "评分指标得分率", "各考核对象评分表", "扣分明细",
        "民主测评统计表", "数据来源",
    )  # fmt: skip
    assert sum(isinstance(block, Figure) for block in paper.body) == 2
    sheets = [t for t in paper.annexes[2].body if isinstance(t, Table)]
    assert sum(isinstance(row, str) for t in sheets for row in t.rows) == 12
    ballots = paper.annexes[4].body[0]
    assert isinstance(ballots, Table)
    assert ballots.rows[1][5:] == ("--", "--", "--", "不显示")
    assert not unprintable(paper.texts())


def test_a_figure_line_that_is_taken_out_takes_its_figure_with_it(year: Material) -> None:
    body = "一、总体情况\n〔图2〕\n〔图9〕\n完。"
    blocks = blocks_of(body, (), charts_of(year))
    assert [type(b) for b in blocks] == [Heading, Figure, Table, Paragraph]


def test_pdf_and_docx_link_within_themselves_and_repeat(year: Material) -> None:
    paper = paper_of(front(year), year, drafted(year).facts)
    pdf = render_pdf(paper)
    assert pdf == render_pdf(paper)
    pages = PdfReader(BytesIO(pdf)).pages
    links = [
        note.get_object()
        for page in pages
        for note in page.get("/Annots", [])
        if note.get_object()["/Subtype"] == "/Link"
    ]
    assert len(links) > len(drafted(year).facts)
    assert not any("/URI" in str(link.get("/A", "")) for link in links)
    docx = render_docx(paper)
    assert docx == render_docx(paper)
    with zipfile.ZipFile(BytesIO(docx)) as parts:
        text = parts.read("word/document.xml").decode()
    wanted = set(re.findall(r'w:anchor="([^"]+)"', text))
    assert wanted
    assert wanted <= set(re.findall(r'<w:bookmarkStart[^>]*w:name="([^"]+)"', text))


def test_a_package_that_is_not_the_noted_one_is_refused() -> None:
    text = packed("town", "乡镇", ["甲镇", "乙镇"])
    data = data_of([(text, "乡镇", 2)], [])
    other = json.loads(text)
    other["results"][0]["total"] = "1.00"
    with pytest.raises(BadPackage, match="摘要不符"):
        read(data, [json.dumps(other)])
    forged = json.dumps(other)
    with pytest.raises(BadPackage, match="校核不一致"):
        read(data_of([(forged, "乡镇", 2)], []), [forged])


def test_a_year_without_ballots_or_with_one_subject_is_drafted() -> None:
    text = packed("town", "乡镇", ["甲镇"])
    alone = read(data_of([(text, "乡镇", 0)], []), [text])
    draft = drafted(alone)
    assert not marks.strange(draft.body, draft.facts)
    assert "末位" not in draft.body
    assert "民主测评" not in paper_of(front(alone), alone, draft.facts).attachment_names


def test_shares_are_half_up_and_nothing_has_none() -> None:
    assert percent(1, 3) == "33.3%"
    assert percent(3, 3) == "100%"
    assert share(1, 0) == 0
    assert spread([s.total for s in material(4).subjects])[0][0] == "60分以下"


def test_a_stretch_holds_its_lower_end(year: Material) -> None:
    from decimal import Decimal

    counts = dict(spread([Decimal("60.00"), Decimal("59.99"), Decimal(95), Decimal("100")]))
    assert counts["60分以下"] == 1
    assert counts["60—70分"] == 1
    assert counts["95分以上"] == 2
    assert replace(front(year), number="").number == ""
