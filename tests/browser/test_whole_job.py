"""The whole job on the first real paper: sign in, import, fill, hand out, download, be read.

Nothing is put in place by the test but the demo county: every step is a page,
a file and a key.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pdfplumber
import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from accountability.models import AuditEvent, Job, User
from accountability.services import jobs
from accountability.services.second_factor import demo_code
from tasks.models import Assignment, ItemSlot, Paper, TaskItem
from tasks.outline.analyse import analyse
from tasks.outline.readers import read
from tests.reports.filled import docx_of
from tests.tasks.test_import_seeds import seed
from tests.world import PASSWORD

from .conftest import SignIn
from .filling import OF_COUNTY_HEAD, OF_FINANCE, PLAN, expected, type_plan
from .pages import axe, no_sideways_scroll, shot

ADMINISTRATORS = {"xitong", "anquan", "shenji"}
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NUMBER = "安政发〔{year}〕6号"
COUNT_KEYS = """
window.__keys = 0;
document.addEventListener('keydown', () => { window.__keys++; }, true);
"""
KINDS = ["responsible_leader", "responsible_person", "lead_unit", "responsible_unit"]


@pytest.fixture
def year(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> int:
    """The working year of the demo county, which is loaded as a newcomer has it."""
    monkeypatch.setenv("PORTAL_DEMO_PASSWORD", PASSWORD)
    call_command("load_demo", signed=0, stdout=io.StringIO())
    work_off()
    return timezone.localdate().year


@pytest.fixture
def enter(open_page: SignIn) -> Callable[[str], Page]:
    """`enter("jiwei")` is that account's browser, signed in through the login form."""

    def sign_in(username: str) -> Page:
        page = open_page()
        page.add_init_script(COUNT_KEYS)
        page.goto("/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.keyboard.press("Enter")
        if username in ADMINISTRATORS:
            page.wait_for_url("**/login/code/")
            code = demo_code(User.objects.get(username=username))
            page.get_by_label("动态码").fill(code)
            page.keyboard.press("Enter")
        expect(page.locator(".mainnav [aria-current]")).to_have_text("工作台")
        return page

    return sign_in


def looked_at(page: Page, name: str) -> None:
    """A picture for the guide; axe finds nothing; nothing runs over the side."""
    axe(page)
    no_sideways_scroll(page)
    shot(page, name)


def upload(page: Page, path: Path) -> None:
    """From the desk to the page ② of the import."""
    page.get_by_role("link", name="导入意见").first.click()
    looked_at(page, "import-choose")
    page.set_input_files("#id_file", str(path))
    page.get_by_role("button", name="上传并识别").click()
    expect(page.get_by_role("heading", name="核对导入意见", level=1)).to_be_visible()


def check_reading(page: Page) -> None:
    """What was recognised, as the clerk reads it on the page."""
    found = page.locator(".imp-found")
    expect(found).to_contain_text("20 项任务")
    expect(found).to_contain_text("79 个槽位")
    expect(page.locator("#h-demands")).to_contain_text("周期要求 6 条")
    expect(page.locator('[data-code="placeholder"] summary')).to_contain_text("占位符 12 处")
    expect(page.locator('[data-code="county_district"] summary')).to_contain_text("3 处")
    expect(page.locator("#text .x-none")).to_have_text("责任人员 原文无此项")
    expect(page.locator('#tree a[data-node][aria-current="true"], #panel')).not_to_have_count(0)
    expect(page.locator("#panel")).to_contain_text("原文无此项")


def work_off() -> int:
    """Run the background work that waits; how many."""
    waiting = jobs.waiting()
    for job in waiting:
        jobs.run(job)
    return len(waiting)


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as got:
        page.get_by_role("link", name=name, exact=True).click()
    path = got.value.path()
    assert path is not None
    return Path(path).read_bytes()


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def pdf_text(data: bytes) -> str:
    """The running text of a PDF without line ends and page numbers."""
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        pages = [page.extract_text() for page in pdf.pages]
    return squeezed("".join(re.sub(r"[—–-]\s*\d+\s*[—–-]", "", page) for page in pages))


def check_docx(data: bytes) -> None:
    """The paper read back: every slot of every task holds what was typed into it."""
    source = read(data, "印发件.docx")
    items = {item.number: item for item in analyse(source, year=2026).items}
    assert len(items) == 20
    for told in expected():
        slots = {s.label: s.values for s in items[told.number].slots}
        assert slots == told.slots, told.number


def check_pdf(data: bytes, paper: Paper) -> None:
    """Behind each task's heading and before the next one's stand its four lines, in order."""
    text = pdf_text(data)
    headings = {i.number: squeezed(i.heading) for i in TaskItem.objects.filter(paper=paper)}
    at = 0
    for told in expected():
        at = text.index(headings[told.number], at)
        for label, values in told.slots.items():
            line = squeezed(f"{label}：{'、'.join(values)}")
            found = text.find(line, at)
            assert found >= 0, f"{told.number} {line}"
            at = found + len(line)
    assert squeezed(paper.number) in text


def issue_everything(page: Page, number: str) -> None:
    page.get_by_role("link", name="校验并下发").click()
    go = page.get_by_role("button", name="下发全部 20 项")
    expect(go).to_be_enabled()
    page.get_by_label("文号").fill(number)
    looked_at(page, "assign-issue")
    go.click()
    expect(page.locator(".notice")).to_contain_text(f"意见已印发，文号 {number}")


@pytest.mark.parametrize("kind", ["txt", "docx"])
def test_from_the_paper_to_the_filled_paper(
    enter: Callable[[str], Page], year: int, tmp_path: Path, kind: str
) -> None:
    text = seed("000")
    path = tmp_path / f"县政府实施意见.{kind}"
    path.write_bytes(text if kind == "txt" else docx_of(text.decode("utf-8-sig")))
    papers = Paper.objects.count()

    page = enter("bangong")
    looked_at(page, "home-office")
    upload(page, path)
    check_reading(page)
    looked_at(page, "import-check")
    assert Paper.objects.count() == papers, "nothing is stored before 确认导入"
    page.get_by_role("button", name="确认导入 20 项任务").click()
    expect(page.get_by_role("main")).to_contain_text("已导入 20 项任务，79 个责任槽位")
    looked_at(page, "import-done")
    page.get_by_role("link", name="去任务分解").click()

    todo = page.locator("#todo")
    expect(todo).to_have_text("还有 20 项未落实（79 处）")
    looked_at(page, "assign-empty")
    paper = Paper.objects.order_by("-pk")[0]
    keys = type_plan(page)
    print(
        f"\n79 slots, {sum(len(u.split()) + 2 + bool(p) for _, _, p, _, u in PLAN)} values,"
        f" {keys} keydowns ({kind})"
    )
    assert keys <= 400
    expect(todo).to_have_text("全部落实")
    expect(page.locator("#savest")).to_contain_text("已自动保存")
    looked_at(page, "assign-filled")
    assert ItemSlot.objects.filter(item__paper=paper).count() == 79
    held = Assignment.objects.filter(item__paper=paper, valid_to=None)
    assert held.values("slot").distinct().count() == 79
    assert not AuditEvent.objects.filter(summary__contains="采纳建议").exists()

    number = NUMBER.format(year=year)
    issue_everything(page, number)
    looked_at(page, "assign-issued")
    paper.refresh_from_db()
    assert (paper.state, paper.number) == ("issued", number)
    assert work_off() >= 1
    assert not Job.objects.exclude(state="done").exists()
    page.get_by_role("link", name="意见文件").first.click()
    looked_at(page, "papers")
    check_docx(download(page, "Word"))
    check_pdf(download(page, "PDF"), paper)
    if kind == "txt":
        each_sees_what_is_theirs(enter, paper)


def numbers_seen(page: Page, paper: Paper) -> set[str]:
    """The numbers of the paper's tasks on the whole of 任务台账, page after page."""
    ours = {f"/tasks/{pk}/": number for pk, number in paper.items.values_list("pk", "number")}
    seen: set[str] = set()
    page.goto(f"/y/{paper.year}/tasks/")
    while True:
        links = page.locator(".ltab tbody a").evaluate_all("a => a.map(x => x.pathname)")
        seen |= {ours[link] for link in links if link in ours}
        following = page.get_by_role("link", name="下一页")
        if not following.count():
            return seen
        following.click()


def status_of(page: Page, path: str) -> int:
    """What the portal answers to a GET of `path` by this person."""
    return page.context.request.get(path).status


def each_sees_what_is_theirs(enter: Callable[[str], Page], paper: Paper) -> None:
    """A liaison officer, the county head, an inspector, the system administrator."""
    every = {number for number, *_ in PLAN}
    pages = {number: f"/tasks/{pk}/" for pk, number in paper.items.values_list("pk", "number")}
    grid = f"/y/{paper.year}/assign/"

    page = enter("caizheng")
    looked_at(page, "home-liaison")
    assert numbers_seen(page, paper) == OF_FINANCE
    looked_at(page, "tasks-liaison")
    page.goto(pages["三（二）1"])
    looked_at(page, "task-liaison")
    assert page.get_by_role("main").get_by_role("button", name="调整").count() == 0
    assert status_of(page, pages["三（七）2"]) == 404, "what is not theirs does not exist"
    page.goto(grid)
    assert page.locator("tr[data-task]").count() == len(OF_FINANCE)
    assert page.locator("[role=gridcell], [data-act]").count() == 0
    for closed in (f"{grid}issue/", f"/y/{paper.year}/import/", "/audit/"):
        assert status_of(page, closed) == 403, closed

    page = enter("xianzhang")
    looked_at(page, "home-leader")
    assert numbers_seen(page, paper) == OF_COUNTY_HEAD
    assert status_of(page, pages["三（一）"]) == 404

    page = enter("jiwei")
    looked_at(page, "home-inspector")
    assert numbers_seen(page, paper) == every
    page.goto(grid)
    assert page.locator("tr[data-task]").count() == 20
    assert page.locator("[role=gridcell], [data-act]").count() == 0
    assert status_of(page, f"{grid}issue/") == 403
    page.get_by_role("link", name="审计轨迹").click()
    expect(page.get_by_role("main")).to_contain_text(f"印发《{paper.title}》（{paper.number}）")
    looked_at(page, "audit")

    page = enter("xitong")
    looked_at(page, "home-admin")
    assert page.locator(".mainnav a").all_inner_texts() == ["工作台", "设置"]
    for closed in (f"/y/{paper.year}/tasks/", grid, f"/y/{paper.year}/papers/", "/audit/"):
        assert status_of(page, closed) == 403, closed
    assert status_of(page, pages["三（二）1"]) in (403, 404)
