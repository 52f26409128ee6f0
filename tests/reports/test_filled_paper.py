"""The filled paper: values in place, everything else as it was, the same bytes each time."""

from __future__ import annotations

import os
from datetime import date
from io import BytesIO
from pathlib import Path

import docx
import pytest
from django.utils import timezone
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from accountability.door import acting
from accountability.models import Tenure
from reports.selectors.paper_slots import paper_rows
from reports.services import filled_paper
from reports.services.filled_paper import (
    filled_docx,
    official_paper,
    prepare,
    table_of,
    task_table,
)
from tasks.models import Assignment, ItemSlot, Paper, TaskItem, TaskState
from tasks.outline.analyse import analyse
from tasks.outline.model import SlotKind
from tasks.outline.readers import read
from tests.papers import make_paper
from tests.reports.documents.measure import MM, lines_of, pages_of, text_of
from tests.reports.filled import (
    DAY,
    SYSTEM,
    TEXT,
    WRITTEN,
    add_by_hand,
    docx_of,
    fill_all,
    imported,
    lines_of_docx,
    put,
    saved,
)
from tests.world import World

pytestmark = pytest.mark.django_db

_ROOT = Path(__file__).resolve().parents[2]
SEEDS = Path(os.environ.get("PORTAL_SEEDS_DIR", _ROOT.parent / "shared" / "seeds"))
PAPERS = sorted(SEEDS.glob("*.txt"))


def test_the_seed_papers_are_there() -> None:
    if not PAPERS and not os.environ.get("CI"):
        pytest.skip(f"no seed papers in {SEEDS}")
    assert PAPERS


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name[:3])
def test_a_real_paper_keeps_its_words_and_gets_its_values(world: World, path: Path) -> None:
    data = docx_of(path.read_text(encoding="utf-8"))
    paper = imported(world, data, "意见.docx", with_slots=True)
    before = lines_of_docx(data)
    has_slots = not ItemSlot.objects.filter(item__paper=paper, is_by_hand=True).exists()
    fill_all(world, paper)
    made = filled_docx(paper, DAY)
    after = lines_of_docx(made)
    assert made == filled_docx(paper, DAY)
    if has_slots:
        assert len(after) == len(before)
        changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
        assert len(changed) == ItemSlot.objects.filter(item__paper=paper).count()
        assert all(new.startswith(old.rstrip()) for old, new in changed)
    else:
        added = iter(after)
        assert all(line in added for line in before), "the paper's own lines in their order"
        slots = ItemSlot.objects.filter(item__paper=paper).count()
        assert len(after) == len(before) + slots
    for kind, written in WRITTEN.items():
        slots = ItemSlot.objects.filter(item__paper=paper, kind=kind).count()
        assert sum(line.endswith(written) for line in after) == slots


def test_a_real_paper_is_read_again_with_its_values(world: World) -> None:
    if not PAPERS:
        pytest.skip("no seed papers")
    paper = imported(world, docx_of(PAPERS[0].read_text(encoding="utf-8")), "意见.docx")
    fill_all(world, paper)
    outline = analyse(read(filled_docx(paper, DAY), "a.docx"), year=2026)
    assert len(outline.items) == 20
    for item in outline.items:
        for slot in item.slots:
            assert "、".join(slot.values) == WRITTEN[slot.kind]
    assert sum(len(item.slots) for item in outline.items) == 79


def test_the_print_says_all_and_keeps_22_lines_of_28(world: World) -> None:
    if not PAPERS:
        pytest.skip("no seed papers")
    paper = imported(world, docx_of(PAPERS[0].read_text(encoding="utf-8")), "意见.docx")
    fill_all(world, paper)
    pdf = prepare(paper, "pdf", on=DAY).write()
    assert pdf == prepare(paper, "pdf", on=DAY).write()
    pages = pages_of(pdf)
    upright = [page for page in pages if page.width < page.height]
    text = "".join(text_of(page) for page in upright)
    for kind, label in (
        (SlotKind.RESPONSIBLE_LEADER, "责任领导"),
        (SlotKind.RESPONSIBLE_PERSON, "责任人员"),
        (SlotKind.LEAD_UNIT, "牵头单位"),
        (SlotKind.RESPONSIBLE_UNIT, "责任单位"),
    ):
        wanted = ItemSlot.objects.filter(item__paper=paper, kind=kind).count()
        assert text.count(f"{label}：{WRITTEN[kind]}") == wanted
    full = [lines for page in upright[1:-2] if len(lines := lines_of(page)) == 22]
    assert len(full) >= 5
    for lines in full:
        assert lines[0].top == pytest.approx(37, abs=0.6)
        assert lines[-1].bottom == pytest.approx(262, abs=0.6)
        assert min(line.left for line in lines) == pytest.approx(28, abs=0.5)
        assert max(line.right for line in lines) == pytest.approx(184, abs=0.6)
    wide = [page for page in pages if page.width > page.height]
    assert len(wide) >= 2
    assert wide[0].width * MM == pytest.approx(297, abs=0.5)
    assert all("责任领导" in text_of(page) for page in wide), "the head on every page"
    table = "".join(text_of(page) for page in wide)
    assert all(item.number in table for item in TaskItem.objects.filter(paper=paper))


def test_the_elements_of_the_paper(world: World) -> None:
    paper = imported(world, TEXT.encode(), "意见.txt")
    fill_all(world, paper)
    official = official_paper(paper, DAY)
    assert official.head == "试县人民政府文件"
    assert official.number == "试政发〔2026〕7号"
    assert official.title == "试县人民政府关于2026年度廉政工作的实施意见"
    assert official.addressee == "各乡镇人民政府，县政府各部门"
    assert official.signature == "试县人民政府"
    assert official.dated == date(2026, 2, 3)
    assert official.imprint is None, "not issued yet"
    annex = official.annexes[0]
    assert annex.landscape
    assert annex.title == "2026年度党风廉政建设主体责任任务分解表"
    printed = "".join(official.texts())
    for line in TEXT.splitlines()[3:-2]:
        assert line in printed, "the paper's own words"


def test_a_paper_that_came_as_text_gets_a_new_docx(world: World) -> None:
    paper = imported(world, TEXT.encode(), "意见.txt")
    fill_all(world, paper)
    made = filled_docx(paper, DAY)
    assert made == filled_docx(paper, DAY)
    lines = lines_of_docx(made)
    assert lines.count(f"责任领导：{WRITTEN[SlotKind.RESPONSIBLE_LEADER]}") == 2
    assert "各乡镇人民政府，县政府各部门：" in lines
    outline = analyse(read(made, "a.docx"), year=2026)
    assert [slot.values for slot in outline.items[0].slots][-1] == ["各乡镇", "县审计局"]


def test_a_paper_that_came_as_a_table(world: World) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["2026年廉政任务分解表"])
    sheet.append(["序号", "工作任务", "责任领导", "责任人员", "牵头单位", "责任单位", "完成时限"])
    sheet.append(["1", "管好会议经费：超标准的不予报销", "", "", "县财政局", "", "6月底前"])
    sheet.append(["2", "公开村级账目", "", "", "", "", "长期坚持"])
    out = BytesIO()
    book.save(out)
    paper = imported(world, out.getvalue(), "分解表.xlsx")
    fill_all(world, paper)
    for kind in ("docx", "pdf"):
        assert prepare(paper, kind, on=DAY).write() == prepare(paper, kind, on=DAY).write()
    made = docx.Document(BytesIO(filled_docx(paper, DAY)))
    cells = [[cell.text for cell in row.cells] for row in made.tables[0].rows]
    assert cells[0][:2] == ["编号", "工作任务"]
    assert cells[1][:2] == ["1", "管好会议经费：超标准的不予报销"]
    assert cells[1][2:] == ["周建平", "黄志强\n任喆", "县财政局", "各乡镇、县审计局", "6月底前"]


def test_slots_in_cells_on_one_line_and_in_brackets(world: World) -> None:
    document = docx.Document()
    document.add_paragraph("试县2026年度廉政工作任务分工")
    document.add_paragraph("一、重点任务")
    document.add_paragraph("1.管好经费。年内抽查一次。")
    document.add_paragraph("责任领导：    牵头单位：    责任单位：    ")
    document.add_paragraph("2.公开账目。按月公开。（牵头单位：；责任单位：）")
    table = document.add_table(rows=2, cols=4)
    for cell, text in zip(
        table.rows[0].cells, ["序号", "工作任务", "牵头单位", "责任单位"], strict=True
    ):
        cell.text = text
    table.rows[1].cells[0].text = "1"
    table.rows[1].cells[1].text = "清理闲置房产"
    paper = imported(world, saved(document), "分工.docx")
    assert ItemSlot.objects.filter(item__paper=paper).count() == 7
    fill_all(world, paper)
    made = filled_docx(paper, DAY)
    lines = lines_of_docx(made)
    assert "".join(lines[3].split()) == (
        "责任领导：周建平牵头单位：县财政局责任单位：各乡镇、县审计局"
    )
    assert "周建平 " in lines[3].replace("\u3000", " ")
    assert lines[4] == ("2.公开账目。按月公开。（牵头单位：县财政局；责任单位：各乡镇、县审计局）")
    row = docx.Document(BytesIO(made)).tables[0].rows[1].cells
    assert [cell.text for cell in row] == ["1", "清理闲置房产", "县财政局", "各乡镇、县审计局"]


def test_a_slot_added_by_hand_is_a_line_after_the_last_slot(world: World) -> None:
    for name, data in (("意见.docx", docx_of(TEXT)), ("意见.txt", TEXT.encode())):
        paper = imported(world, data, name)
        fill_all(world, paper)
        put(world, add_by_hand(paper, "一1", "配合单位"), ["柳河镇"])
        lines = lines_of_docx(filled_docx(paper, DAY))
        at = lines.index("配合单位：柳河镇")
        assert lines[at - 1] == "责任单位：各乡镇、县审计局"
        assert lines[at + 1].startswith("2.公开村级账目")
        table = task_table(paper, DAY)
        assert [c.heading for c in table.columns][6] == "配合单位"
        assert [row[6] for row in table.rows] == ["柳河镇", "—"]


def test_styles_of_the_uploaded_file_are_kept(world: World) -> None:
    document = docx.Document(BytesIO(docx_of(TEXT)))
    for paragraph in document.paragraphs:
        for run in paragraph.runs:
            run.font.name = "仿宋_GB2312"
    paper = imported(world, saved(document), "意见.docx")
    fill_all(world, paper)
    made = docx.Document(BytesIO(filled_docx(paper, DAY)))
    filled = [p for p in made.paragraphs if p.text.startswith("责任单位：各乡镇")]
    assert len(filled) == 2
    assert all(run.font.name == "仿宋_GB2312" for p in filled for run in p.runs)


def test_what_the_paper_names_itself_stays_as_typed(world: World) -> None:
    text = TEXT.replace("责任领导：\n", "责任领导：周 建 平\n", 1).replace(
        "责任单位：\n", "责任单位：住建局,县财政局\n", 1
    )
    paper = imported(world, docx_of(text), "意见.docx")
    lines = lines_of_docx(filled_docx(paper, timezone.localdate()))
    assert "责任领导：周 建 平" in lines
    assert "责任单位：住建局,县财政局" in lines
    slot = ItemSlot.objects.filter(item__paper=paper, kind=SlotKind.RESPONSIBLE_UNIT).first()
    assert slot is not None
    put(world, slot, ["各乡镇"], after=2)
    lines = lines_of_docx(filled_docx(paper, timezone.localdate()))
    assert "责任单位：住建局、县财政局、各乡镇" in lines, "own words kept, the new holder added"


def test_a_slot_that_was_emptied_is_empty(world: World) -> None:
    text = TEXT.replace("牵头单位：\n", "牵头单位：县财政局\n", 1)
    paper = imported(world, docx_of(text), "意见.docx")
    slot = ItemSlot.objects.get(item__paper=paper, kind=SlotKind.LEAD_UNIT, item__number="一1")
    with acting(by=SYSTEM) as act:
        act.unchanged()
        held = Assignment.objects.get(slot=slot)
        held.valid_from, held.valid_to = date(2026, 1, 1), date(2026, 4, 1)
        held.save()
        slot.version += 1
        slot.save()
    assert "牵头单位：" in lines_of_docx(filled_docx(paper, DAY))
    assert "牵头单位：县财政局" in lines_of_docx(filled_docx(paper, date(2026, 3, 1)))


def test_the_seat_names_who_holds_it_on_the_day(world: World) -> None:
    text = TEXT.replace("责任领导：\n", "责任领导：周建平\n", 1)
    paper = imported(world, docx_of(text), "意见.docx")
    with acting(by=SYSTEM) as act:
        act.unchanged()
        for held in Assignment.objects.filter(item__paper=paper):
            held.valid_from = date(2026, 1, 1)
            held.save()
        post = world.posts["周建平"]
        old = Tenure.objects.get(post=post)
        old.valid_to = date(2026, 4, 1)
        old.save()
        Tenure(post=post, person=world.persons["许静"], valid_from=date(2026, 4, 1)).save()
    assert "责任领导：许静" in lines_of_docx(filled_docx(paper, DAY))
    assert "责任领导：周建平" in lines_of_docx(filled_docx(paper, date(2026, 3, 1)))


def test_the_table_as_excel_is_read_again(world: World) -> None:
    paper = imported(world, docx_of(TEXT), "意见.docx")
    fill_all(world, paper)
    data = prepare(paper, "xlsx", on=DAY).write()
    assert data == prepare(paper, "xlsx", on=DAY).write()
    sheet = load_workbook(BytesIO(data)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[1] == [
        "编号",
        "工作任务",
        "责任领导",
        "责任人员",
        "牵头单位",
        "责任单位",
        "完成时限",
    ]
    assert rows[2] == [
        "一1",
        "管好会议经费",
        "周建平",
        "黄志强、任喆",
        "县财政局",
        "各乡镇、县审计局",
        "6月底前",
    ]
    outline = analyse(read(data, "a.xlsx"), year=2026)
    assert [item.heading for item in outline.items] == ["管好会议经费", "公开村级账目"]
    assert outline.items[0].slots[-1].values == ["各乡镇", "县审计局"]


def test_drafts_are_the_offices_alone(world: World) -> None:
    paper = imported(world, docx_of(TEXT), "意见.docx")
    fill_all(world, paper)
    with acting(by=SYSTEM) as act:
        act.unchanged()
        item = TaskItem.objects.get(paper=paper, number="一1")
        item.state, item.issued_by = TaskState.ISSUED, world.users["bangong"]
        item.issued_at = paper.imported_at
        item.save()
    lines = lines_of_docx(filled_docx(paper, DAY, with_drafts=False))
    assert lines.count("责任领导：周建平") == 1
    assert lines.count("责任领导：") == 1
    assert len(task_table(paper, DAY, with_drafts=False).rows) == 1


def test_changed_slots_change_the_digest(world: World) -> None:
    paper = imported(world, docx_of(TEXT), "意见.docx")
    before = {kind: prepare(paper, kind, on=DAY).digest for kind in ("docx", "pdf", "xlsx")}
    assert before == {kind: prepare(paper, kind, on=DAY).digest for kind in before}
    fill_all(world, paper)
    for kind, digest in before.items():
        assert prepare(paper, kind, on=DAY).digest != digest


def test_unprintable_characters_are_told(world: World) -> None:
    paper = imported(world, TEXT.replace("提出如下", "提出\U00020001如下").encode(), "意见.txt")
    warnings = prepare(paper, "pdf", on=DAY).warnings
    assert any("U+20001" in warning for warning in warnings)


def test_queries_do_not_grow_with_the_paper(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for items, year in ((3, 2026), (40, 2027)):
        paper = make_paper(world, items=items, year=year, filled=items)
        paper = Paper.objects.select_related("county").get(pk=paper.pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            table_of(paper_rows(paper, on=DAY))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_text_of_the_pdf_is_text(world: World) -> None:
    paper = imported(world, TEXT.encode(), "意见.txt")
    fill_all(world, paper)
    reader = PdfReader(BytesIO(prepare(paper, "pdf", on=DAY).write()))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "管好会议经费" in text
    assert "黄志强、任喆" in text


def test_values_that_run_over_lines_are_replaced_whole(world: World) -> None:
    text = TEXT.replace("责任单位：\n", "责任单位：县财政局、\n县审计局\n", 1)
    paper = imported(world, docx_of(text), "意见.docx")
    slot = ItemSlot.objects.get(
        item__paper=paper, kind=SlotKind.RESPONSIBLE_UNIT, item__number="一1"
    )
    today = timezone.localdate()
    lines = lines_of_docx(filled_docx(paper, today))
    assert lines[lines.index("责任单位：县财政局、") + 1] == "县审计局", "untouched"
    with acting(by=SYSTEM) as act:
        act.unchanged()
        for held in Assignment.objects.filter(slot=slot):
            held.valid_from, held.valid_to = date(2026, 1, 1), date(2026, 1, 2)
            held.save()
    put(world, slot, ["各乡镇"])
    lines = lines_of_docx(filled_docx(paper, today))
    assert "责任单位：各乡镇" in lines
    assert "县审计局" not in lines
    printed = "".join(official_paper(paper, today).texts())
    assert "责任单位：各乡镇2.公开" in printed


def test_a_merged_cell_of_several_tasks_is_written_once(world: World) -> None:
    document = docx.Document()
    document.add_paragraph("试县2026年度廉政工作任务分解表")
    table = document.add_table(rows=3, cols=4)
    rows = [
        ["序号", "工作任务", "牵头单位", "责任单位"],
        ["1", "清理闲置房产", "", ""],
        ["2", "公开村级账目", "", ""],
    ]
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 2).merge(table.cell(2, 2)).text = ""
    paper = imported(world, saved(document), "分解表.docx")
    for slot in ItemSlot.objects.filter(item__paper=paper, kind=SlotKind.LEAD_UNIT):
        put(world, slot, ["县财政局" if slot.item.number == "1" else "县审计局"])
    made = docx.Document(BytesIO(filled_docx(paper, DAY))).tables[0]
    assert made.cell(1, 2).text == "县财政局、县审计局"
    official = official_paper(paper, DAY)
    assert official.body == (), "the annex lists the tasks"
    assert len(official.annexes[0].body) == 1


def test_a_label_without_a_colon_gets_one(world: World) -> None:
    text = TEXT.replace("责任领导：\n责任人员：\n", "责任领导\n责任人员\n", 1)
    paper = imported(world, docx_of(text), "意见.docx")
    fill_all(world, paper)
    lines = lines_of_docx(filled_docx(paper, DAY))
    assert lines.count("责任领导：周建平") == 2


def test_a_paper_with_an_annex_and_copies(world: World) -> None:
    text = TEXT + "附件1\n经费清单\n会议费逐项列明。\n抄送：县委办公室，县人大常委会办公室。\n"
    paper = imported(world, text.encode(), "意见.txt")
    with acting(by=SYSTEM) as act:
        act.unchanged()
        paper = Paper.objects.get(pk=paper.pk)
        paper.state, paper.number = "issued", "试政发〔2026〕9号"
        paper.issued_at, paper.issued_by = timezone.now(), world.users["bangong"]
        paper.save()
    official = official_paper(paper, DAY)
    assert official.number == "试政发〔2026〕9号"
    assert [annex.title for annex in official.annexes] == [
        "经费清单",
        "2026年度党风廉政建设主体责任任务分解表",
    ]
    assert official.imprint is not None
    assert official.imprint.issuer == "试县人民政府办公室"
    assert official.imprint.copies_to == "县委办公室，县人大常委会办公室。"
    assert prepare(paper, "pdf", on=DAY).write().startswith(b"%PDF")


def test_notices_around_a_paper_are_left_out_and_told(world: World) -> None:
    text = "仅供学习 禁止外传\n某某文行\n" + TEXT
    paper = imported(world, text.encode(), "意见.txt")
    printed = "".join(official_paper(paper, DAY).texts())
    assert "禁止外传" not in printed
    assert "某某文行" not in printed
    (warning,) = prepare(paper, "pdf", on=DAY).warnings
    assert "某某文行" in warning


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("dated", "told"),
    [
        (date(2025, 1, 20), date(2025, 1, 20)),  # entered a year later
        (date(2026, 3, 28), date(2026, 4, 2)),
        (None, date(2026, 4, 2)),
    ],
)
def test_an_earlier_years_paper_was_printed_in_its_own_time(dated: date | None, told: date) -> None:
    assert filled_paper._printed(dated, date(2026, 4, 2)) == told
